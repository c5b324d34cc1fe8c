// SPDX-License-Identifier: Apache-2.0
// One run of the engine, which a launcher started. What it writes is not logged:
// prompts may be in it. Only the last line before it answered is kept, to explain
// a start that failed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "worker/engine_launcher.h"

namespace aipg::worker {

class EngineProcess {
 public:
  // `on_exit` is called once, from a thread of this object's, when the engine has ended, whoever else holds its output.
  // The launcher must outlive it, and run no other. Error: engine_spawn, as EngineLauncher::launch().
  [[nodiscard]] static Result<std::unique_ptr<EngineProcess>> start(EngineLauncher& launcher,
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
  EngineProcess(EngineLauncher& launcher, EngineLauncher::Started started, std::function<void()> on_exit);
  void watch();
  [[nodiscard]] bool take_output();

  EngineLauncher& launcher_;
  const int handle_;  // a pidfd
  const int output_;  // read end of its stdout and stderr
  std::function<void()> on_exit_;
  std::mutex mutex_;
  std::string line_, last_line_;
  bool keep_ = true;
  std::thread watcher_;
};

}  // namespace aipg::worker
