// SPDX-License-Identifier: Apache-2.0
#include "local_network.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/core/policy_file.h"
#include "codec/json.h"
#include "program/whole_file.h"

namespace aipg::bench {
namespace {

namespace fs = std::filesystem;

constexpr milliseconds kLook{50};
constexpr milliseconds kReadyWithin{120'000};
constexpr milliseconds kStopGrace{20'000};
constexpr std::size_t kLogEnd = 1500;

std::string read_all(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// The value of a line `export NAME=value`, unquoted; empty until it is there whole.
std::string exported(const std::string& text, const std::string& name) {
  const std::string start = "export " + name + "=";
  const auto at = text.find(start);
  if (at == text.npos) return {};
  const auto end = text.find('\n', at);
  if (end == text.npos) return {};
  std::string value = text.substr(at + start.size(), end - at - start.size());
  if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
  return value;
}

std::string programs_folder() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "bin"; }

net::Address unix_address(std::string path) {
  return {.kind = net::Address::Kind::unix_socket, .host = {}, .path = std::move(path)};
}

}  // namespace

net::Task<bool> appears(net::Runtime& runtime, std::string path, client::ChildProcess& server) {
  const auto deadline = runtime.now() + kReadyWithin;
  while (runtime.now() < deadline && !server.ended()) {
    if (fs::exists(path)) co_return true;
    co_await runtime.sleep(kLook);
  }
  fmt::print(stderr, "bench: a server did not start\n");
  co_return false;
}

LocalNetwork::LocalNetwork() {
  std::string name = fs::temp_directory_path() / "aipg-bench-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  folder_ = name;
  log_ = folder_ + "/up.log";
}

LocalNetwork::~LocalNetwork() {
  proxy_process_.reset();
  up_.reset();
  scripted_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

net::Task<bool> LocalNetwork::start_scripted(net::Runtime& runtime, std::string model, std::vector<std::string> more) {
  const net::Address address = unix_address(folder_ + "/scripted.sock");
  auto engine = client::ChildProcess::start({"/proc/self/exe", "--scripted-engine", "unix:" + address.path},
                                            folder_ + "/engine.log");
  if (!engine) co_return false;
  scripted_ = *std::move(engine);
  co_return co_await start_before(runtime, address, std::move(model), std::move(more));
}

net::Task<bool> LocalNetwork::start_before(net::Runtime& runtime, net::Address engine, std::string model,
                                           std::vector<std::string> more) {
  engine_ = std::move(engine);
  more.insert(more.end(), {"--engine", "unix:" + engine_.path, "--model", model});
  co_return co_await start_up(runtime, std::move(more));
}

net::Task<bool> LocalNetwork::start_embedded(net::Runtime& runtime, std::string program, std::string model_file,
                                             std::string model) {
  engine_ = unix_address(folder_ + "/state/sockets/engine-1.sock");
  co_return co_await start_up(runtime, {"--engine-program", program, "--model-file", model_file, "--model", model});
}

net::Task<bool> LocalNetwork::start_up(net::Runtime& runtime, std::vector<std::string> arguments) {
  std::vector<std::string> argv{programs_folder() + "/aipg", "up", "--state", folder_ + "/state", "--port", "0"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  auto up = client::ChildProcess::start(argv, log_);
  if (!up) co_return false;
  up_ = *std::move(up);
  const auto deadline = runtime.now() + kReadyWithin;
  while (runtime.now() < deadline && !up_->ended()) {
    if (read_exports()) co_return true;
    co_await runtime.sleep(kLook);
  }
  fmt::print(stderr, "bench: the network did not start\n");
  co_return false;
}

net::Task<bool> LocalNetwork::start_proxy(net::Runtime& runtime, std::vector<std::string> flags) {
  proxy_ = unix_address(folder_ + "/proxy.sock");
  const std::string settings = folder_ + "/proxy.toml";
  const std::string key = "api_key = " + codec::json::quote(api_key_) + "\n";
  if (!program::create_private(settings, as_bytes(key))) co_return false;
  std::vector<std::string> argv{programs_folder() + "/aipg",
                                "proxy",
                                "--config",
                                settings,
                                "--listen",
                                "unix:" + proxy_.path,
                                "--gateway",
                                "http://" + gateway_.authority() + "/v1",
                                "--policy",
                                policy_file_};
  argv.insert(argv.end(), flags.begin(), flags.end());
  auto proxy = client::ChildProcess::start(argv, folder_ + "/proxy.log");
  if (!proxy) co_return false;
  proxy_process_ = *std::move(proxy);
  co_return co_await appears(runtime, proxy_.path, *proxy_process_);
}

void LocalNetwork::explain() const {
  for (const char* name : {"/up.log", "/state/gateway.log", "/state/worker-1.log", "/proxy.log"}) {
    const std::string log = read_all(folder_ + name);
    const std::string end = log.substr(log.size() - std::min(log.size(), kLogEnd));
    fmt::print(stderr, "--- the end of {}\n{}", name + 1, end);
  }
}

bool LocalNetwork::read_exports() {
  const std::string said = read_all(log_);
  policy_file_ = exported(said, "AIPG_POLICY");
  if (policy_file_.empty()) return false;
  api_key_ = exported(said, "AIPG_API_KEY");
  std::string url = exported(said, "AIPG_BASE_URL");
  if (url.ends_with("/v1")) url.resize(url.size() - 3);
  const auto gateway = net::parse_url(url);
  const auto policy = client::parse_policy(read_all(policy_file_));
  if (!gateway || !policy) return false;
  gateway_ = *gateway;
  policy_ = *policy;
  return true;
}

net::Task<void> LocalNetwork::stop(net::Runtime& runtime) {
  if (proxy_process_) co_await proxy_process_->stop(runtime, kStopGrace);
  if (up_) co_await up_->stop(runtime, kStopGrace);
  if (scripted_) co_await scripted_->stop(runtime, kStopGrace);
}

}  // namespace aipg::bench
