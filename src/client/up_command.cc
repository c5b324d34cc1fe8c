// SPDX-License-Identifier: Apache-2.0
#include "client/up_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "base/hex.h"
#include "client/child_process.h"
#include "client/core/policy_file.h"
#include "client/up_plan.h"
#include "client/whole_file.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "program/log.h"
#include "tee/machine_state.h"
#include "tee/simulated.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using program::Complaint;
using program::ExitCode;

constexpr milliseconds kLook{100};
constexpr milliseconds kReadyWithin{180'000};
constexpr milliseconds kStopGrace{35'000};

// The end of a child's log, for a message about why it stopped.
std::string last_lines(const std::string& log_file, std::size_t count) {
  std::ifstream in(log_file);
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back("  | " + line.substr(0, 300) + "\n");
    if (lines.size() > count) lines.pop_front();
  }
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

Complaint part_failed(std::string what, const std::string& log_file) {
  return {.code = "up_part_failed",
          .happened = std::move(what),
          .next = "its log is " + log_file + "; it ends:\n" + last_lines(log_file, 5),
          .exit = ExitCode::refused};
}

Complaint cannot_write(const std::string& file) {
  return {.code = "up_state",
          .happened = "cannot write " + file,
          .next = "choose another folder with --state DIR",
          .exit = ExitCode::cannot_read};
}

class Up {
 public:
  Up(net::Runtime& runtime, UpPlan plan, UpConfig config)
      : runtime_(runtime), plan_(std::move(plan)), config_(std::move(config)) {}

  // Writes policy and key, starts everything, waits, says the exports; then watches until stopping.
  net::Task<void> run();
  void stop() { stopping_ = true; }
  [[nodiscard]] ExitCode result() const { return result_; }

 private:
  [[nodiscard]] std::optional<Complaint> prepare();
  [[nodiscard]] std::expected<attest::PinnedRelease, Complaint> measure(const std::string& workload_file);
  [[nodiscard]] std::expected<std::string, Complaint> api_key();
  [[nodiscard]] std::optional<Complaint> start();
  [[nodiscard]] std::optional<Complaint> start_worker(std::size_t i);
  [[nodiscard]] net::Task<std::optional<Complaint>> wait_ready();
  [[nodiscard]] std::optional<Complaint> look_after();
  void print_exports() const;
  net::Task<void> stop_children();

  [[nodiscard]] std::string log_of(const std::string& name) const { return plan_.state + "/" + name + ".log"; }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", plan_.port); }

  net::Runtime& runtime_;
  UpPlan plan_;
  UpConfig config_;
  std::string key_;
  std::optional<ChildProcess> gateway_;
  struct Worker {
    std::optional<ChildProcess> process;
    unsigned restarts = 0;
  };
  std::vector<Worker> workers_;
  bool ready_ = false;
  bool stopping_ = false;
  ExitCode result_ = ExitCode::done;
};

net::Task<void> Up::run() {
  const auto began = runtime_.now();
  std::optional<Complaint> trouble = prepare();
  if (!trouble) trouble = start();
  if (!trouble) trouble = co_await wait_ready();
  if (!trouble && !stopping_) {
    ready_ = true;
    const std::chrono::duration<double> took = runtime_.now() - began;
    fmt::print(stderr, "network   simulated TEE · gateway :{} · {} worker{} · {}   ready {:.1f} s\n", plan_.port,
               plan_.workload_files.size(), plan_.workload_files.size() == 1 ? "" : "s", config_.model, took.count());
    print_exports();
  }
  while (!trouble && !stopping_) {
    co_await runtime_.sleep(kLook);
    trouble = look_after();
  }
  if (trouble && !stopping_) result_ = program::say("aipg up", *trouble);
  co_await stop_children();
  runtime_.stop();
}

// The policy pins each worker's pair of boot tuple and workload, and names the simulator's roots.
std::optional<Complaint> Up::prepare() {
  attest::Policy policy;
  policy.minimum_level = attest::Level::l0;
  for (const std::string& file : plan_.workload_files) {
    auto release = measure(file);
    if (!release) return release.error();
    policy.releases.push_back(*std::move(release));
  }
  const tee::SimulatedCpu cpu = tee::read_cpu(config_.cpu).value();
  const auto machine = tee::SimulatedAttester::open(plan_.state + "/tee", {.now = SystemClock().now(), .cpu = cpu});
  if (!machine) return part_failed("the simulated TEE's state cannot be used", plan_.state + "/tee");
  policy.roots = attest::SimulatedRoots((*machine)->roots());
  tee::ask_for_healthy_firmware(cpu, policy);
  for (attest::PinnedRelease& release : policy.releases) release.boot = (*machine)->boot();
  const std::string policy_file = plan_.state + "/policy.toml";
  if (!replace_whole(policy_file, as_bytes(write_policy(policy)))) return cannot_write(policy_file);
  auto key = api_key();
  if (!key) return key.error();
  key_ = *std::move(key);
  return std::nullopt;
}

std::expected<attest::PinnedRelease, Complaint> Up::measure(const std::string& workload_file) {
  auto output = run_and_capture({plan_.bin + "/aipg-worker", "manifest", "--workload", workload_file, "--hash"});
  const std::string text = output ? output->text.substr(0, output->text.find('\n')) : std::string();
  const Result<Bytes> hash = from_hex(text);
  if (!output || output->status != 0 || !hash || hash->size() != 32) {
    return std::unexpected(Complaint{.code = "up_part_failed",
                                     .happened = "aipg-worker could not measure " + workload_file,
                                     .next = "it says why above",
                                     .exit = ExitCode::refused});
  }
  return attest::PinnedRelease{fs::path(workload_file).stem().string(), {}, to_array<32>(*hash)};
}

// Made once and kept beside the gateway's state: this network is the user's own.
std::expected<std::string, Complaint> Up::api_key() {
  const std::string file = plan_.state + "/api_key";
  std::string key;
  std::ifstream(file) >> key;
  if (!key.empty()) return key;
  auto output = run_and_capture(
      {plan_.bin + "/aipg-gateway", "keys", "create", "--name", "up", "--state", plan_.state + "/gateway"});
  if (!output || output->status != 0) {
    return std::unexpected(Complaint{.code = "up_part_failed",
                                     .happened = "aipg-gateway could not make an API key",
                                     .next = "it says why above",
                                     .exit = ExitCode::refused});
  }
  key = output->text.substr(0, output->text.find('\n'));
  if (!replace_whole(file, as_bytes(key + '\n'))) return std::unexpected(cannot_write(file));
  return key;
}

std::optional<Complaint> Up::start() {
  auto gateway = ChildProcess::start({plan_.bin + "/aipg-gateway", "serve", "--listen",
                                      fmt::format("127.0.0.1:{}", plan_.port), "--state", plan_.state + "/gateway"},
                                     log_of("gateway"));
  if (!gateway) return part_failed("aipg-gateway could not be started", log_of("gateway"));
  gateway_ = *std::move(gateway);
  workers_.resize(plan_.workload_files.size());
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (auto trouble = start_worker(i)) return trouble;
  }
  return std::nullopt;
}

std::optional<Complaint> Up::start_worker(std::size_t i) {
  const std::string name = fmt::format("worker-{}", i + 1);
  auto worker =
      ChildProcess::start({plan_.bin + "/aipg-worker", "serve", "--workload", plan_.workload_files[i], "--gateway",
                           fmt::format("ws://127.0.0.1:{}", plan_.port), "--name", name, "--log-level", "info"},
                          log_of(name));
  if (!worker) return part_failed("aipg-worker could not be started", log_of(name));
  workers_[i].process = *std::move(worker);
  return std::nullopt;
}

// Ready is when the gateway lists every worker.
net::Task<std::optional<Complaint>> Up::wait_ready() {
  net::HttpClient http(runtime_,
                       {.kind = net::Address::Kind::tcp, .host = "127.0.0.1", .port = plan_.port, .path = {}});
  const auto deadline = runtime_.now() + kReadyWithin;
  while (!stopping_ && runtime_.now() < deadline) {
    if (auto trouble = look_after()) co_return trouble;
    auto directory = co_await http.fetch({.target = "/v1/confidential/directory", .repeatable = true}, 1 << 20);
    if (directory && directory->head.status == 200) {
      auto document = codec::json::parse(as_text(directory->body));
      auto entries = document ? document->root().find("entries") : std::nullopt;
      if (entries && entries->size() >= workers_.size()) co_return std::nullopt;
    }
    co_await runtime_.sleep(kLook);
  }
  if (stopping_) co_return std::nullopt;
  co_return part_failed("the network was not ready within 3 minutes", log_of("worker-1"));
}

// A worker that died is started again, as an operator's service manager would; the gateway is not.
std::optional<Complaint> Up::look_after() {
  constexpr unsigned kMaxRestarts = 5;
  if (gateway_ && gateway_->ended()) return part_failed("aipg-gateway has ended", log_of("gateway"));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    if (!worker.process || !worker.process->ended()) continue;
    const std::string log = log_of(fmt::format("worker-{}", i + 1));
    if (!ready_) return part_failed("aipg-worker did not start", log);
    if (++worker.restarts > kMaxRestarts) return part_failed("aipg-worker keeps ending", log);
    fmt::print(stderr, "worker-{} ended with {}; started again (its log: {})\n", i + 1, *worker.process->ended(), log);
    if (auto trouble = start_worker(i)) return trouble;
  }
  return std::nullopt;
}

void Up::print_exports() const {
  fmt::print("export AIPG_BASE_URL={}/v1\nexport AIPG_API_KEY={}\nexport AIPG_POLICY='{}/policy.toml'\n", url(), key_,
             plan_.state);
  std::fflush(stdout);
}

net::Task<void> Up::stop_children() {
  for (Worker& worker : workers_) {
    if (worker.process) co_await worker.process->stop(runtime_, kStopGrace);
  }
  if (gateway_) co_await gateway_->stop(runtime_, kStopGrace);
}

}  // namespace

ExitCode up_command(const std::vector<std::string>& args) {
  UpConfig config;
  program::Options options("aipg up",
                           "Runs the whole network on this machine: simulated TEE, gateway, worker, engine.");
  options.example("aipg up", "with the embedded engine; prints what a shell needs to use it");
  options.example("aipg up --engine http://127.0.0.1:8000 --model llama-3-8b",
                  "with a vLLM, SGLang or Ollama of yours");
  options.example("aipg up --port 0 --workers 2", "two workers, on any free port");
  declare_options(options, config);
  const program::Environment environment = program::process_environment();
  if (auto end = options.parse(args, environment)) return *end;
  auto plan = make_plan(config, environment);
  if (!plan) return program::say("aipg up", plan.error());

  net::Runtime runtime;
  Up up(runtime, *std::move(plan), std::move(config));
  runtime.on_terminate([&](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    up.stop();
  });
  runtime.spawn(up.run());
  runtime.run();
  runtime.destroy_tasks();  // what still waits uses `up`
  return up.result();
}

}  // namespace aipg::client
