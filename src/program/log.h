// SPDX-License-Identifier: Apache-2.0
// Structured logs on stderr: one event a line, `ts level event key=value …` on
// a terminal, JSON elsewhere. A field's value is an id, a size, a duration, a
// count or a code: other types do not compile, so content cannot get in.
//
//   log.info("job_assigned", {{"job", Id(job_id)}, {"bytes", size}});
//
// Keys of one event differ; "ts", "level" and "event" are taken.
// A line is one write(2), so lines of several threads do not mix. A line that
// cannot be written is lost: logging never stops the program.
// Threads: any.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::program {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };

// An id made of random or hashed bytes; shown as its first 8 bytes in hex.
struct Id {
  explicit Id(ByteView whole) : bytes(whole) {}
  ByteView bytes;
};
// A name from our own configuration (a model, a worker id, an address, a path
// of a file): never something a client wrote into a body.
struct Name {
  explicit Name(std::string_view from) : text(from) {}
  std::string_view text;
};

// Characters are content; numbers are not.
template <typename T>
concept LogNumber = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
                    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

// Refers to its value, and is made for one call: of a line that is not written it costs nothing.
class Field {
 public:
  template <std::signed_integral T>
    requires LogNumber<T>
  Field(Literal key, T value) : key_(key), value_(std::int64_t{value}) {}
  template <std::unsigned_integral T>
    requires LogNumber<T>
  Field(Literal key, T value) : key_(key), value_(std::uint64_t{value}) {}
  template <std::same_as<bool> T>
  Field(Literal key, T value) : key_(key), value_(value) {}
  Field(Literal key, Literal code) : key_(key), value_(code.view()) {}
  Field(Literal key, milliseconds duration) : key_(key), value_(std::int64_t{duration.count()}) {}
  Field(Literal key, Id id) : key_(key), value_(id.bytes) {}
  Field(Literal key, Name name) : key_(key), value_(name.text) {}
  Field(Literal key, const Error& error) : key_(key), value_(&error) {}  // "quote_truncated/qe_report@12"

 private:
  friend class Log;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool bare() const { return value_.index() < 3; }  // needs no quotes in JSON

  Literal key_;
  std::variant<std::int64_t, std::uint64_t, bool, std::string_view, ByteView, const Error*> value_;
};

class Log {
 public:
  // Format by what stderr is.
  explicit Log(LogLevel level = LogLevel::info);
  // `clock` must outlive the log; `fd` stays the caller's.
  Log(LogLevel level, LogFormat format, int fd, const Clock& clock = system_clock());

  void debug(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::info, event, fields); }
  void warn(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::warn, event, fields); }
  void error(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::error, event, fields); }

 private:
  static const Clock& system_clock();
  void write(LogLevel level, Literal event, std::initializer_list<Field> fields) const;
  [[nodiscard]] std::string text_line(LogLevel level, Literal event, std::initializer_list<Field> fields) const;
  [[nodiscard]] std::string json_line(LogLevel level, Literal event, std::initializer_list<Field> fields) const;

  LogLevel level_;
  LogFormat format_;
  int fd_;
  const Clock* clock_;
};

// "debug", "info", "warn", "error". Error: invalid_log_level.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

}  // namespace aipg::program
