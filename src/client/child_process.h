// SPDX-License-Identifier: Apache-2.0
// A program of ours as a child: started with a log file, ended with SIGTERM,
// and never left behind (it is told when its parent dies). Used on one thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/runtime.h"

namespace aipg::client {

class ChildProcess {
 public:
  // stdout and stderr are appended to `log_file` (mode 0600); stdin is empty.
  // Error: child_start.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& argv, const std::string& log_file);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // A child still running is killed: stop() is the polite way.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Its exit status once it has ended.
  [[nodiscard]] std::optional<int> ended();
  // SIGTERM, then SIGKILL when `grace` is over.
  [[nodiscard]] net::Task<void> stop(net::Runtime& runtime, milliseconds grace);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct CapturedOutput {
  int status = 0;
  std::string text;  // of stdout; stderr goes to ours
};
// Runs a program to its end and returns what it printed. Error: child_start.
[[nodiscard]] Result<CapturedOutput> run_and_capture(const std::vector<std::string>& argv);

struct SecretOutput {
  int status = 0;
  SecretBytes text;  // of stdout; stderr goes to ours
};
// Runs a program that is looked for in $PATH, in our process group so that Ctrl-C ends it as well, with empty stdin.
// What it prints over `max_bytes` is dropped. Past `limit` it is killed. Errors: child_start, child_timeout.
[[nodiscard]] Result<SecretOutput> run_for_secret(const std::vector<std::string>& argv, std::size_t max_bytes,
                                                  milliseconds limit);

}  // namespace aipg::client
