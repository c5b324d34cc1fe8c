// SPDX-License-Identifier: Apache-2.0
#include "net/http_date.h"

#include <algorithm>
#include <array>

namespace aipg::net {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // from 1970-01-01 on
constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
constexpr std::size_t kSize = 29;

// As in "2026-11-22T12:00:00Z".
std::string_view part(const std::string& instant, std::size_t from, std::size_t size) {
  return std::string_view(instant).substr(from, size);
}

}  // namespace

std::string http_date(Instant at) {
  const Instant whole{std::max<std::int64_t>(at.ms, 0) / 1000 * 1000};
  const std::string text = to_text(whole);
  const auto month = static_cast<std::size_t>((text[5] - '0') * 10 + text[6] - '0');
  std::string out(kDays.at(static_cast<std::size_t>(whole.ms / kDayMs % 7)));
  out.append(", ").append(part(text, 8, 2)).append(" ").append(kMonths.at(month - 1)).append(" ");
  return out.append(part(text, 0, 4)).append(" ").append(part(text, 11, 8)).append(" GMT");
}

Result<Instant> parse_http_date(std::string_view text) {
  if (text.size() != kSize) return fail("invalid_http_date");
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  if (month == kMonths.end()) return fail("invalid_http_date");
  const auto number = static_cast<std::size_t>(month - kMonths.begin()) + 1;
  std::string instant(text.substr(12, 4));
  instant.append("-").append(number < 10 ? "0" : "").append(std::to_string(number)).append("-");
  instant.append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  const auto at = parse_instant(instant);
  // Written again it must be the same: that checks the day of the week and whatever stands between.
  if (!at || http_date(*at) != text) return fail("invalid_http_date");
  return *at;
}

}  // namespace aipg::net
