// SPDX-License-Identifier: Apache-2.0
#include "client/up_plan.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "client/whole_file.h"
#include "codec/json.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using program::Complaint;
using program::Environment;

std::string variable(const Environment& environment, const char* name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

// $XDG_…_HOME, or its place under the home folder.
fs::path xdg(const Environment& environment, const char* name, const char* under_home) {
  const std::string set = variable(environment, name);
  return set.empty() ? fs::path(variable(environment, "HOME")) / under_home : fs::path(set);
}

// The newest finished folder that scripts/setup made with this prefix, and the file in it.
std::optional<std::string> find_cached(const Environment& environment, const std::string& prefix,
                                       const std::string& suffix) {
  std::error_code ignored;
  std::optional<std::string> best;
  fs::file_time_type newest{};
  for (const auto& folder : fs::directory_iterator(xdg(environment, "XDG_CACHE_HOME", ".cache") / "aipg", ignored)) {
    if (!folder.path().filename().string().starts_with(prefix) || !fs::exists(folder.path() / ".complete")) continue;
    for (const auto& file : fs::directory_iterator(folder.path(), ignored)) {
      if (!file.path().string().ends_with(suffix)) continue;
      if (best && fs::last_write_time(file.path(), ignored) < newest) continue;
      best = file.path().string();
      newest = fs::last_write_time(file.path(), ignored);
    }
  }
  return best;
}

std::expected<std::uint16_t, Complaint> choose_port(std::uint64_t wanted) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(wanted));
  const int reuse = 1;
  (void)setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  socklen_t size = sizeof address;
  const bool bound = probe >= 0 && bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (probe >= 0) close(probe);
  if (bound) return ntohs(address.sin_port);
  return std::unexpected(Complaint{.code = "up_port",
                                   .happened = fmt::format("port {} is taken", wanted),
                                   .next = "choose another with --port N, or --port 0 for any"});
}

std::expected<std::string, Complaint> find_programs() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* name : {"aipg-gateway", "aipg-worker"}) {
    if (!fs::exists(bin / name)) {
      return std::unexpected(Complaint{.code = "up_program_missing",
                                       .happened = fmt::format("{} is not beside aipg in {}", name, bin.string()),
                                       .next = "build or install it there",
                                       .exit = program::ExitCode::cannot_read});
    }
  }
  return bin.string();
}

Complaint missing(Literal code, const char* what, const char* flag) {
  return {.code = code,
          .happened = fmt::format("no {} found", what),
          .next = fmt::format("run scripts/setup, name one with {}, or use a running engine with --engine URL", flag),
          .exit = program::ExitCode::cannot_read};
}

Complaint cannot_use(const std::string& state) {
  return {.code = "up_state",
          .happened = "cannot write to " + state,
          .next = "choose another folder with --state DIR",
          .exit = program::ExitCode::cannot_read};
}

// Its files are those of one network: another would move its sockets and its policy from under it.
std::expected<FolderLock, Complaint> take_state(const fs::path& state) {
  std::error_code error;
  fs::create_directories(state / "tee", error);
  if (!error) fs::create_directories(state / "sockets", error);  // engines may make and remove files there
  if (!error) fs::permissions(state, fs::perms::owner_all, error);
  if (error) return std::unexpected(cannot_use(state.string()));
  auto lock = FolderLock::take(state.string());
  if (lock) return *std::move(lock);
  if (lock.error().code != Literal("folder_locked")) return std::unexpected(cannot_use(state.string()));
  return std::unexpected(Complaint{.code = "up_state_in_use",
                                   .happened = "another aipg up runs in " + state.string(),
                                   .next = "stop that one, or choose another folder with --state DIR"});
}

// What our embedded engine is started with: nothing kept between requests, nothing fetched, no slot listing.
std::string engine_argv(const UpConfig& config, const std::string& program, const std::string& model_file,
                        const std::string& socket) {
  const std::vector<std::string> argv = {
      program,      "--model",     model_file, "--alias",           config.model, "--host", socket,       "--offline",
      "--no-slots", "--cache-ram", "0",        "--no-cache-prompt", "--parallel", "4",      "--ctx-size", "16384"};
  std::string out;
  for (const std::string& argument : argv) out += (out.empty() ? "" : ", ") + codec::json::quote(argument);
  return "[" + out + "]";
}

}  // namespace

void declare_options(program::Options& options, UpConfig& config) {
  options.user_file("up");
  options.group("Network");
  options.number("port", &config.port, "loopback port of the gateway; 0 for any", 65535).placeholder("N");
  options.number("workers", &config.workers, "how many workers", 8).placeholder("N");
  options.number("max_jobs", &config.max_jobs, "how many requests each worker takes at once", 1024).placeholder("N");
  options.duration("rotate_every", &config.rotate_every, "how often each worker makes new keys");
  options.text("state", &config.state, "folder for keys, records, logs and the policy file")
      .placeholder("DIR")
      .env("AIPG_UP_STATE");
  options.text("cpu", &config.cpu, "what the simulated machines are")
      .placeholder("KIND")
      .choices({"tdx", "tdx-v5", "snp-genoa", "snp-turin"});
  options.group("Engine");
  options.optional_text("engine", &config.engine, "an OpenAI-compatible server that runs already: http://… or unix:/…")
      .placeholder("URL");
  options
      .optional_text("engine_program", &config.engine_program, "llama-server to start, else the one of scripts/setup")
      .placeholder("FILE");
  options.optional_text("model_file", &config.model_file, "GGUF weights, else those of scripts/setup")
      .placeholder("FILE");
  options.text("model", &config.model, "the model's public name");
}

std::string workload_toml(const UpConfig& config, const std::string& state, std::size_t worker,
                          const std::string& engine_program, const std::string& model_file) {
  using codec::json::quote;  // a JSON string is a TOML basic string
  const std::string socket = fmt::format("{}/sockets/engine-{}.sock", state, worker);
  std::string out = fmt::format("name = {}\n", quote(config.model + " (simulated TEE)"));
  out += fmt::format("max_jobs = {}\n", config.max_jobs);
  // As much longer than a rotation as a worker may keep old keys.
  const milliseconds retire_after = std::min(milliseconds(330'000), 5 * config.rotate_every);
  out += fmt::format("rotate_every = \"{}ms\"\nretire_after = \"{}ms\"\n", config.rotate_every.count(),
                     retire_after.count());
  out += "\n[engine]\n";
  if (config.engine) {
    out += fmt::format("address = {}\n", quote(*config.engine));
  } else {
    out += fmt::format("argv = {}\n", engine_argv(config, engine_program, model_file, socket));
    out += fmt::format("address = {}\n", quote("unix:" + socket));
  }
  out += "prefix_cache = \"disabled\"\n";
  out += fmt::format("\n[tee]\nkind = \"simulated\"\nstate = {}\ncpu = {}\n", quote(state + "/tee"), quote(config.cpu));
  out += fmt::format("\n[[models]]\nname = {}\n", quote(config.model));
  if (!config.engine) out += fmt::format("file = {}\n", quote(model_file));
  out += R"(paths = ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages")";
  // As it is started here, the embedded engine has no embeddings; another may.
  out += config.engine ? ", \"/v1/embeddings\"]\n" : "]\n";
  return out;
}

std::expected<UpPlan, Complaint> make_plan(const UpConfig& config, const Environment& environment) {
  UpPlan plan;
  auto bin = find_programs();
  if (!bin) return std::unexpected(bin.error());
  plan.bin = *bin;
  auto port = choose_port(config.port);
  if (!port) return std::unexpected(port.error());
  plan.port = *port;

  std::optional<std::string> engine = config.engine_program, model = config.model_file;
  if (!config.engine) {
    if (!engine) engine = find_cached(environment, "llama-server-", "/llama-server");
    if (!model) model = find_cached(environment, "smollm2-", ".gguf");
    if (!engine || !fs::exists(*engine))
      return std::unexpected(missing("up_engine_missing", "engine", "--engine-program"));
    if (!model || !fs::exists(*model)) return std::unexpected(missing("up_model_missing", "model", "--model-file"));
    engine = fs::absolute(*engine).string();
    model = fs::absolute(*model).string();
  }

  const fs::path state = config.state.empty() ? xdg(environment, "XDG_STATE_HOME", ".local/state") / "aipg" / "up"
                                              : fs::absolute(config.state);
  plan.state = state.string();
  auto lock = take_state(state);
  if (!lock) return std::unexpected(lock.error());
  plan.lock = *std::move(lock);
  for (std::size_t i = 1; i <= config.workers; ++i) {
    plan.workload_files.push_back((state / fmt::format("workload-{}.toml", i)).string());
    const std::string toml = workload_toml(config, plan.state, i, engine.value_or(""), model.value_or(""));
    if (!replace_whole(plan.workload_files.back(), as_bytes(toml))) return std::unexpected(cannot_use(plan.state));
  }
  return plan;
}

}  // namespace aipg::client
