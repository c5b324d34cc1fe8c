// SPDX-License-Identifier: Apache-2.0
// A whole network in real processes for one benchmark: `aipg up` with a given
// engine, in a folder of its own that goes with it.
#pragma once

#include <optional>
#include <string>

#include "attest/policy.h"
#include "client/child_process.h"
#include "net/address.h"
#include "net/runtime.h"

namespace aipg::bench {

// Waits until a server's Unix socket is there; false when the server ended instead.
[[nodiscard]] net::Task<bool> appears(net::Runtime& runtime, std::string path, client::ChildProcess& server);

class LocalNetwork {
 public:
  // A folder for sockets, logs and state. Removed with the object.
  LocalNetwork();
  ~LocalNetwork();
  LocalNetwork(const LocalNetwork&) = delete;
  LocalNetwork& operator=(const LocalNetwork&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }

  // Starts this program again as the scripted engine, and `aipg up` with it, and with `more` of its flags.
  [[nodiscard]] net::Task<bool> start_scripted(net::Runtime& runtime, std::string model,
                                               std::vector<std::string> more = {});
  // The same before an engine that runs.
  [[nodiscard]] net::Task<bool> start_before(net::Runtime& runtime, net::Address engine, std::string model,
                                             std::vector<std::string> more = {});
  // Starts `aipg up` with its embedded engine.
  [[nodiscard]] net::Task<bool> start_embedded(net::Runtime& runtime, std::string program, std::string model_file,
                                               std::string model);
  // Starts `aipg proxy` in front of it, once it runs; then proxy() and proxy_pid() are known.
  [[nodiscard]] net::Task<bool> start_proxy(net::Runtime& runtime, std::vector<std::string> flags);
  [[nodiscard]] net::Task<void> stop(net::Runtime& runtime);
  // Shows how the logs end: they go with the folder.
  void explain() const;

  // Once started.
  [[nodiscard]] const net::Address& gateway() const { return gateway_; }
  [[nodiscard]] const net::Address& engine() const { return engine_; }
  [[nodiscard]] const std::string& api_key() const { return api_key_; }
  [[nodiscard]] const attest::Policy& policy() const { return policy_; }
  [[nodiscard]] const std::string& policy_file() const { return policy_file_; }
  [[nodiscard]] const net::Address& proxy() const { return proxy_; }
  [[nodiscard]] pid_t proxy_pid() const { return proxy_process_->pid(); }

 private:
  [[nodiscard]] net::Task<bool> start_up(net::Runtime& runtime, std::vector<std::string> arguments);
  [[nodiscard]] bool read_exports();

  std::string folder_, log_, api_key_, policy_file_;
  net::Address gateway_, engine_, proxy_;
  attest::Policy policy_;
  std::optional<client::ChildProcess> scripted_, up_, proxy_process_;
};

// Runs `work` on a network of its own and stops it, whatever came of it.
template <typename Work>
[[nodiscard]] bool on_network(Work work) {
  net::Runtime runtime;
  LocalNetwork network;
  bool good = false;
  const auto whole = [&]() -> net::Task<void> {
    good = co_await work(runtime, network);
    if (!good) network.explain();
    co_await network.stop(runtime);
    runtime.stop();
  };
  runtime.spawn(whole());
  runtime.run();
  return good;
}

}  // namespace aipg::bench
