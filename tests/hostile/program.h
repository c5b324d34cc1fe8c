// SPDX-License-Identifier: Apache-2.0
// One of our programs as a process of its own, looked at from outside: its log,
// its memory, its descriptors.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace aipg::hostile {

// Polls what can be seen. The limit bounds a failure, and decides nothing.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, milliseconds limit = milliseconds(20'000));

class Program {
 public:
  // `command` is looked for in the build's bin folder; what it logs goes to `log_file`.
  Program(std::vector<std::string> command, std::string log_file);
  ~Program();  // stops it
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] std::string log() const;
  [[nodiscard]] bool logged(std::string_view text) const { return log().contains(text); }
  [[nodiscard]] std::size_t memory_kib() const;  // resident now
  // A sanitizer holds what was freed for a while: its memory says nothing.
  [[nodiscard]] bool sanitized() const;
  [[nodiscard]] std::size_t descriptors() const;
  [[nodiscard]] bool runs();
  // SIGTERM, and its exit code; killed when it takes too long.
  int stop();

 private:
  std::string log_file_;
  pid_t pid_ = -1;
  int exit_ = -1;
};

// Its standard output, to the end.
[[nodiscard]] std::string output_of(std::vector<std::string> command);

}  // namespace aipg::hostile
