// SPDX-License-Identifier: Apache-2.0
#include "program/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/hex.h"
#include "program/in_quotes.h"

namespace aipg::program {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
constexpr std::size_t kShownIdBytes = 8;

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

// What a reader takes for one word, without the signs that key=value needs itself.
bool is_plain_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '='; });
}

struct Shown {
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(std::string_view text) const { return std::string(text); }
  std::string operator()(ByteView id) const { return to_hex(id.first(std::min(kShownIdBytes, id.size()))); }
  // Code, place, offset.
  std::string operator()(const Error* error) const {
    std::string out{error->code.view()};
    if (!error->where.view().empty()) out.append("/").append(error->where.view());
    if (error->offset != 0) out.append("@").append(std::to_string(error->offset));
    return out;
  }
};

}  // namespace

std::string Field::text() const { return std::visit(Shown{}, value_); }

Log::Log(LogLevel level) : Log(level, isatty(STDERR_FILENO) == 1 ? LogFormat::text : LogFormat::json, STDERR_FILENO) {}

Log::Log(LogLevel level, LogFormat format, int fd, const Clock& clock)
    : level_(level), format_(format), fd_(fd), clock_(&clock) {}

const Clock& Log::system_clock() {
  static const SystemClock clock;
  return clock;
}

void Log::write(LogLevel level, Literal event, std::initializer_list<Field> fields) const {
  if (level < level_) return;
  const std::string line =
      format_ == LogFormat::text ? text_line(level, event, fields) : json_line(level, event, fields);
  // One call, so that lines of several threads and processes do not mix; the rest of a short write is given up.
  while (::write(fd_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

std::string Log::text_line(LogLevel level, Literal event, std::initializer_list<Field> fields) const {
  std::string out = to_text(clock_->now());
  out.append(" ").append(name_of(level)).append(" ").append(event.view());
  for (const Field& field : fields) {
    out.append(" ").append(field.key_.view()).append("=");
    const std::string text = field.text();
    out.append(is_plain_word(text) ? text : in_quotes(text));
  }
  out += '\n';
  return out;
}

std::string Log::json_line(LogLevel level, Literal event, std::initializer_list<Field> fields) const {
  std::string out = "{\"ts\":" + in_quotes(to_text(clock_->now()));
  out.append(",\"level\":").append(in_quotes(name_of(level)));
  out.append(",\"event\":").append(in_quotes(event.view()));
  for (const Field& field : fields) {
    out.append(",").append(in_quotes(field.key_.view())).append(":");
    out.append(field.bare() ? field.text() : in_quotes(field.text()));
  }
  out += "}\n";
  return out;
}

Result<LogLevel> parse_log_level(std::string_view text) {
  const auto found = std::ranges::find(kLevelNames, text);
  if (found == kLevelNames.end()) return fail("invalid_log_level");
  return static_cast<LogLevel>(found - kLevelNames.begin());
}

}  // namespace aipg::program
