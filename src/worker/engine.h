// SPDX-License-Identifier: Apache-2.0
// The inference engine behind this worker: started and watched when it is
// ours, only asked when it runs already. Used on the Runtime's thread.
#pragma once

#include <expected>
#include <memory>

#include "net/http_client.h"
#include "program/complaint.h"
#include "program/log.h"
#include "worker/engine_process.h"
#include "worker/workload.h"

namespace aipg::worker {

class Engine {
 public:
  // `launcher` starts it; none for one that runs already.
  Engine(net::Runtime& runtime, const EngineSettings& settings, const program::Log& log,
         EngineLauncher* launcher = nullptr);
  ~Engine();

  // Starts it and waits until it answers. Complaint: engine_not_ready.
  [[nodiscard]] net::Task<std::expected<void, program::Complaint>> start();
  // From then on: starts it again when it ended, until stop(). Spawned by start().
  void stop();
  // Called when nothing can start it any more.
  void on_launcher_lost(std::function<void()> call) { on_launcher_lost_ = std::move(call); }

  // It answered, and has not ended since.
  [[nodiscard]] bool ready() const { return ready_; }
  // Starts since it last answered.
  [[nodiscard]] unsigned tries() const { return tries_; }
  // A client for one job, so that cancelling it ends that job's request at whatever step it is.
  [[nodiscard]] std::unique_ptr<net::HttpClient> connect();
  [[nodiscard]] const EngineSettings& settings() const { return settings_; }

 private:
  struct Exits;

  [[nodiscard]] bool is_ours() const { return launcher_ != nullptr; }
  [[nodiscard]] Result<void> spawn();
  [[nodiscard]] net::Task<bool> wait_until_ready();
  [[nodiscard]] net::Task<bool> answers();
  [[nodiscard]] net::Task<void> keep_running();
  void launcher_lost();
  [[nodiscard]] program::Complaint not_ready();

  net::Runtime& runtime_;
  const EngineSettings& settings_;
  EngineLauncher* const launcher_;
  const program::Log& log_;
  std::function<void()> on_launcher_lost_;
  std::shared_ptr<Exits> exits_;  // of this run; shared with the message that says it ended
  std::unique_ptr<EngineProcess> process_;
  unsigned tries_ = 0;
  bool ready_ = false;
  bool stopped_ = false;
};

}  // namespace aipg::worker
