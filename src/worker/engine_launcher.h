// SPDX-License-Identifier: Apache-2.0
// The process that starts engines. A worker confines itself so that it can start
// nothing, so this one is made before: it holds no key, listens to its worker
// alone, and confines itself to what an engine may do, which its engines
// inherit. An engine is a process group of its own, without inherited
// descriptors, without variables but the given ones, without core dumps; it ends
// with the launcher, and the launcher with the worker, however that ends.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "program/sandbox.h"

namespace aipg::worker {

struct EngineCommand {
  std::vector<std::string> argv, environment;
  std::string socket;  // the file that it listens on, removed before each start; empty: none
};

class EngineLauncher {
 public:
  // Makes the process, while this one has a single thread. Complaints: sandbox_refused, engine_spawn.
  [[nodiscard]] static std::expected<std::unique_ptr<EngineLauncher>, program::Complaint> start(
      const EngineCommand& command, const std::optional<program::SandboxProfile>& profile);
  // Ends it, and an engine that still runs.
  ~EngineLauncher();
  EngineLauncher(const EngineLauncher&) = delete;
  EngineLauncher& operator=(const EngineLauncher&) = delete;

  // A started engine, as descriptors of the caller's: the process's handle, and the read end of its stdout and stderr.
  struct Started {
    int handle, output;
  };
  // Only after end(), if there was one before. Error: engine_spawn (where names the call that failed, or "launcher",
  // which is gone then for good).
  [[nodiscard]] Result<Started> launch();
  // Kills the whole group, and returns when the engine is gone.
  void end();

 private:
  EngineLauncher(int pid, int channel) : pid_(pid), channel_(channel) {}

  const int pid_;
  const int channel_;
};

}  // namespace aipg::worker
