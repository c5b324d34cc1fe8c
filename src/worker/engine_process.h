// SPDX-License-Identifier: Apache-2.0
// One run of the engine as a child: its own process group, no inherited
// descriptors, no environment but the given, no core dumps; it dies with us.
// What it writes is not logged: prompts may be in it. Only the last line before
// it answered is kept, to explain a start that failed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace aipg::worker {

class EngineProcess {
 public:
  // `on_exit` is called once, from a thread of this object's, when the child has ended, whoever else holds its output.
  // Error: engine_spawn (where names the call that failed).
  [[nodiscard]] static Result<std::unique_ptr<EngineProcess>> start(const std::vector<std::string>& argv,
                                                                    const std::vector<std::string>& environment,
                                                                    std::function<void()> on_exit);
  // Kills the whole group and waits.
  ~EngineProcess();
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  // Printable ASCII, at most 200 characters; empty after forget_output().
  [[nodiscard]] std::string last_line();
  // From now on nothing that it writes is kept.
  void forget_output();

 private:
  EngineProcess(int pid, int handle, int output, std::function<void()> on_exit);
  void watch();
  [[nodiscard]] bool take_output();

  const int pid_;
  const int handle_;  // a pidfd
  const int output_;  // read end of its stdout and stderr
  std::function<void()> on_exit_;
  std::mutex mutex_;
  std::string line_, last_line_;
  bool keep_ = true;
  std::thread watcher_;
};

}  // namespace aipg::worker
