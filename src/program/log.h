// SPDX-License-Identifier: Apache-2.0
// Structured logs on stderr: one event a line, `ts level event key=value …` on
// a terminal, JSON elsewhere. A field's value is an id, a size, a duration, a
// count or a code: other types do not compile, so content cannot get in.
//
//   log.info("job_assigned", {{"job", Id(job_id)}, {"bytes", size}});
//
// Threads: any.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::program {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };

// An id made of random or hashed bytes; shown as its first 8 bytes in hex.
struct Id {
  explicit Id(ByteView bytes) : bytes_begin(bytes) {}
  ByteView bytes_begin;
};
// A name from our own configuration (a model, a worker id, an address, a path
// of a file): never something a client wrote into a body.
struct Name {
  explicit Name(std::string_view text) : text(text) {}
  std::string_view text;
};

class Field {
 public:
  template <std::integral T>
  Field(Literal key, T value) : key_(key), text_(std::to_string(value)), number_(true) {}
  Field(Literal key, Literal code) : key_(key), text_(code.view()) {}
  Field(Literal key, milliseconds duration) : key_(key), text_(std::to_string(duration.count())), number_(true) {}
  Field(Literal key, Id id);
  Field(Literal key, Name name) : key_(key), text_(name.text) {}
  Field(Literal key, const Error& error);   // code and place

 private:
  friend class Log;
  Literal key_;
  std::string text_;
  bool number_ = false;
};

class Log {
 public:
  // Format by what stderr is.
  explicit Log(LogLevel level = LogLevel::info);
  Log(LogLevel level, LogFormat format, int fd) : level_(level), format_(format), fd_(fd) {}

  void debug(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::info, event, fields); }
  void warn(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::warn, event, fields); }
  void error(Literal event, std::initializer_list<Field> fields = {}) const { write(LogLevel::error, event, fields); }

 private:
  void write(LogLevel level, Literal event, std::initializer_list<Field> fields) const;
  LogLevel level_;
  LogFormat format_;
  int fd_;
};

// Error: invalid_log_level.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

}  // namespace aipg::program
