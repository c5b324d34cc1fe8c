// SPDX-License-Identifier: Apache-2.0
#include "worker/serve.h"

#include <unistd.h>

#include "program/process.h"
#include "tee/simulated.h"
#include "worker/workload_manifest.h"

namespace aipg::worker {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::string_view kCommand = "aipg-worker serve";

// What was read and measured before anything runs.
struct Prepared {
  CheckedSettings settings;
  Workload workload;
  attest::Manifest manifest;
  std::unique_ptr<tee::Attester> attester;
};

std::expected<std::unique_ptr<tee::Attester>, Complaint> open_tee(const TeeSettings& tee, const Hash256& workload_hash,
                                                                  const Clock& clock) {
  const tee::SimulatedMachine machine{
      .workload_hash = workload_hash, .gpus = tee.gpus, .driver = tee.driver, .now = clock.now(), .cpu = tee.cpu};
  auto attester = tee::SimulatedAttester::open(tee.state, machine);
  if (attester) return *std::move(attester);
  return std::unexpected(Complaint{.code = attester.error().code,
                                   .happened = "the simulated TEE's folder " + tee.state + " cannot be used",
                                   .next = "tee.state in the workload file must be a folder that this user may write",
                                   .exit = ExitCode::cannot_read});
}

std::expected<Prepared, Complaint> prepare(const HostSettings& host, const Clock& clock) {
  auto workload = read_workload(host.workload);
  if (!workload) return std::unexpected(workload.error());
  auto settings = check_settings(host);
  if (!settings) {
    return std::unexpected(Complaint{settings.error().code, "a setting is not valid", "see aipg-worker serve --help"});
  }
  if (settings->log_level == program::LogLevel::info && workload->tee.kind != "simulated") {
    return std::unexpected(Complaint{.code = "log_level_not_allowed",
                                     .happened = "log_level info is for the simulated TEE only",
                                     .next = "use warn or error"});
  }
  auto manifest = make_workload_manifest(*workload, "/proc/self/exe", terminal_progress());
  if (!manifest) return std::unexpected(manifest.error());
  auto attester = open_tee(workload->tee, manifest->hash, clock);
  if (!attester) return std::unexpected(attester.error());
  return Prepared{*std::move(settings), *std::move(workload), *std::move(manifest), *std::move(attester)};
}

// Everything that runs, in the order in which it depends on each other.
class Worker {
 public:
  Worker(net::Runtime& runtime, const Clock& clock, const Prepared& prepared)
      : runtime_(runtime),
        log_(prepared.settings.log_level),
        keysets_(clock, rng_, prepared.settings.link.worker_id, prepared.workload.keysets),
        engine_(runtime, prepared.workload.engine, log_),
        jobs_{.runtime = runtime,
              .clock = clock,
              .rng = rng_,
              .log = log_,
              .workload = prepared.workload,
              .workload_hash = prepared.manifest.hash,
              .keysets = keysets_,
              .engine = engine_},
        link_(jobs_, prepared.settings.link, prepared.manifest, *prepared.attester) {}

  net::Task<void> run() {
    const auto started = co_await engine_.start();
    if (started) {
      log_.info("engine_ready");
      running_ = true;
      co_await link_.run();
    } else if (!stopping_) {
      exit_ = program::say(kCommand, started.error());
    }
    engine_.stop();
    runtime_.stop();
  }

  void on_signal(int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    stopping_ = true;
    if (running_) {
      link_.drain();
    } else {
      engine_.stop();
    }
  }

  [[nodiscard]] ExitCode exit() const { return exit_; }

 private:
  net::Runtime& runtime_;
  crypto::SystemRng rng_;
  program::Log log_;
  Keysets keysets_;
  Engine engine_;
  JobContext jobs_;
  LinkClient link_;
  bool running_ = false, stopping_ = false;
  ExitCode exit_ = ExitCode::done;
};

}  // namespace

ExitCode serve(const HostSettings& settings) {
  const SystemClock clock;
  const auto prepared = prepare(settings, clock);
  if (!prepared) return program::say(kCommand, prepared.error());
  program::raise_file_limit();
  program::give_back_large_blocks();
  net::Runtime runtime;
  Worker worker(runtime, clock, *prepared);
  runtime.on_terminate([&worker](int count) { worker.on_signal(count); });
  runtime.spawn(worker.run());
  runtime.run();
  runtime.destroy_tasks();  // what still waits uses the worker
  return worker.exit();
}

}  // namespace aipg::worker
