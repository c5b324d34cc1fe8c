// SPDX-License-Identifier: Apache-2.0
#include "worker/serve.h"

#include <unistd.h>

#include <cstdio>

#include "program/process.h"
#include "tee/simulated.h"
#include "worker/confinement.h"
#include "worker/workload_manifest.h"

namespace aipg::worker {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::string_view kCommand = "aipg-worker serve";

// What was read before anything runs.
struct Read {
  CheckedSettings settings;
  Workload workload;
};
// And what was made and measured of it.
struct Prepared {
  Read read;
  std::unique_ptr<EngineLauncher> launcher;  // none: the engine runs already
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

std::expected<Read, Complaint> read_all(const HostSettings& host) {
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
  return Read{*std::move(settings), *std::move(workload)};
}

// While this process has no key yet, since the launcher is a copy of it.
std::expected<std::unique_ptr<EngineLauncher>, Complaint> make_launcher(const Workload& workload) {
  const EngineSettings& engine = workload.engine;
  if (engine.argv.empty()) return nullptr;
  const bool by_file = engine.address.kind == net::Address::Kind::unix_socket;
  return EngineLauncher::start({engine.argv, engine.environment, by_file ? engine.address.path : ""},
                               engine_confinement(workload));
}

std::expected<Prepared, Complaint> prepare(const HostSettings& host, const Clock& clock) {
  AIPG_TRY(Read read, read_all(host));
  AIPG_TRY(auto launcher, make_launcher(read.workload));
  AIPG_TRY(auto manifest, make_workload_manifest(read.workload, "/proc/self/exe", terminal_progress()));
  AIPG_TRY(auto attester, open_tee(read.workload.tee, manifest.hash, clock));
  return Prepared{std::move(read), std::move(launcher), std::move(manifest), std::move(attester)};
}

// Everything that runs, in the order in which it depends on each other.
class Worker {
 public:
  Worker(net::Runtime& runtime, const Clock& clock, const program::Log& log, const Prepared& prepared)
      : runtime_(runtime),
        log_(log),
        keysets_(clock, rng_, prepared.read.settings.link.worker_id, prepared.read.workload.keysets),
        engine_(runtime, prepared.read.workload.engine, log_, prepared.launcher.get()),
        jobs_{.runtime = runtime,
              .clock = clock,
              .rng = rng_,
              .log = log_,
              .workload = prepared.read.workload,
              .workload_hash = prepared.manifest.hash,
              .keysets = keysets_,
              .engine = engine_},
        link_(jobs_, prepared.read.settings.link, prepared.manifest, *prepared.attester) {
    // Without an engine nothing can be served: whoever runs this may start it again.
    engine_.on_launcher_lost([this] {
      exit_ = ExitCode::refused;
      link_.drain();
    });
  }

  net::Task<void> run() {
    const auto started = co_await engine_.start();
    if (started && !stopping_) {
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
  const program::Log& log_;
  Keysets keysets_;
  Engine engine_;
  JobContext jobs_;
  LinkClient link_;
  bool running_ = false, stopping_ = false;
  ExitCode exit_ = ExitCode::done;
};

}  // namespace

ExitCode print_sandbox(const HostSettings& settings) {
  const auto read = read_all(settings);
  if (!read) return program::say(kCommand, read.error());
  std::string text = program::sandbox_text(worker_confinement(read->settings.link, read->workload));
  if (!read->workload.engine.argv.empty()) text += "\n" + program::sandbox_text(engine_confinement(read->workload));
  std::fputs(text.c_str(), stdout);
  return ExitCode::done;
}

ExitCode serve(const HostSettings& settings) {
  const SystemClock clock;
  const auto prepared = prepare(settings, clock);
  if (!prepared) return program::say(kCommand, prepared.error());
  program::raise_file_limit();
  program::give_back_large_blocks();
  const program::Log log(prepared->read.settings.log_level);
  const program::SandboxProfile profile = worker_confinement(prepared->read.settings.link, prepared->read.workload);
  if (const auto refused = program::confine(profile, log)) return program::say(kCommand, *refused);
  net::Runtime runtime;
  Worker worker(runtime, clock, log, *prepared);
  runtime.on_terminate([&worker](int count) { worker.on_signal(count); });
  runtime.spawn(worker.run());
  runtime.run();
  runtime.destroy_tasks();  // what still waits uses the worker
  return worker.exit();
}

}  // namespace aipg::worker
