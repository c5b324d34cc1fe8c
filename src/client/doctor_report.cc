// SPDX-License-Identifier: Apache-2.0
#include "client/doctor_report.h"

#include <algorithm>

#include "codec/json.h"

namespace aipg::client {
namespace {

using program::Colour;

constexpr std::size_t kStateWidth = 7;

std::string_view word(Check::State state) {
  switch (state) {
    case Check::State::ok:
      return "ok";
    case Check::State::note:
      return "note";
    case Check::State::wrong:
      break;
  }
  return "wrong";
}

Colour colour(Check::State state) {
  if (state == Check::State::ok) return Colour::good;
  return state == Check::State::note ? Colour::doubtful : Colour::bad;
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text).append(width > text.size() ? width - text.size() : 0, ' ');
}

// Each line of what to do stands below what is so.
std::string below(std::string_view text, std::size_t column) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.append(column, ' ').append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string member(std::string_view name, const std::string& text) {
  return codec::json::quote(name) + ":" + codec::json::quote(text);
}

}  // namespace

Check is_ok(std::string name, std::string says) { return {std::move(name), Check::State::ok, std::move(says), {}, {}}; }

Check is_noted(std::string name, std::string says, std::string next) {
  return {std::move(name), Check::State::note, std::move(says), std::move(next), {}};
}

Check is_wrong(std::string name, const program::Complaint& complaint) {
  return {std::move(name), Check::State::wrong, complaint.happened, complaint.next, std::string(complaint.code.view())};
}

bool would_work(const std::vector<Check>& checks) {
  return std::ranges::none_of(checks, [](const Check& check) { return check.state == Check::State::wrong; });
}

std::string doctor_text(const std::vector<Check>& checks, const program::Paint& paint) {
  std::size_t widest = 0;
  for (const Check& check : checks) widest = std::max(widest, check.name.size());
  std::string out;
  for (const Check& check : checks) {
    const std::string_view state = word(check.state);
    out += padded(check.name, widest + 2) + paint(colour(check.state), state);
    out += padded("", kStateWidth - state.size()) + check.says;
    if (!check.code.empty()) out += paint(Colour::faint, " (" + check.code + ")");
    out += "\n" + below(check.next, widest + 2 + kStateWidth);
  }
  const bool works = would_work(checks);
  return out + "\n" +
         paint(works ? Colour::good : Colour::bad,
               works ? "A confidential request would work." : "A confidential request would not work.") +
         "\n";
}

std::string doctor_json(const std::vector<Check>& checks) {
  std::string all;
  for (const Check& check : checks) {
    const std::string state(word(check.state));
    all += (all.empty() ? "" : ",");
    all += "{" + member("name", check.name) + "," + member("state", state) + "," + member("says", check.says) + "," +
           member("next", check.next) + "," + member("code", check.code) + "}";
  }
  return std::string(R"({"would_work":)") + (would_work(checks) ? "true" : "false") + R"(,"checks":[)" + all + "]}";
}

}  // namespace aipg::client
