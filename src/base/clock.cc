// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <algorithm>

#include <array>
#include <cstdio>

namespace aipg {
namespace {

// Reads exactly `digits` decimal digits.
bool read_digits(std::string_view text, std::size_t at, std::size_t digits, int& out) {
  out = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

}  // namespace

std::string to_text(Instant at) {
  using namespace std::chrono;
  // Numbers from documents may be of any size; years that people write have four digits.
  constexpr std::int64_t kYear0 = -62'167'219'200'000, kYear10000 = 253'402'300'800'000;
  const sys_time<milliseconds> time{milliseconds(std::clamp(at.ms, kYear0, kYear10000 - 1))};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 32> text{};
  const int n = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                              static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                              static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                              static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(n)};
}

Result<Instant> parse_instant(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  if (text.size() != kShape.size()) return fail("invalid_instant", "length");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] != '0' && text[i] != kShape[i]) return fail("invalid_instant", "separator", i);
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool digits = read_digits(text, 0, 4, year) && read_digits(text, 5, 2, month) && read_digits(text, 8, 2, day) &&
                      read_digits(text, 11, 2, hour) && read_digits(text, 14, 2, minute) &&
                      read_digits(text, 17, 2, second);
  if (!digits) return fail("invalid_instant", "digit");
  return instant_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day), static_cast<unsigned>(hour),
                            static_cast<unsigned>(minute), static_cast<unsigned>(second));
}

Result<Instant> instant_from_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                                   unsigned second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return fail("invalid_instant", "date");
  if (hour > 23 || minute > 59 || second > 59) return fail("invalid_instant", "time");
  // In milliseconds from the start: where long has 32 bits, minutes since 1970 end in the year 6053.
  const sys_time<milliseconds> midnight = sys_days(date);
  const auto time = midnight + hours(hour) + minutes(minute) + std::chrono::seconds(second);
  return Instant{time.time_since_epoch().count()};
}

Instant SystemClock::now() const {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

milliseconds SystemClock::monotonic() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch());
}

}  // namespace aipg
