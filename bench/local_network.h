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

class LocalNetwork {
 public:
  // A folder for sockets, logs and state. Removed with the object.
  LocalNetwork();
  ~LocalNetwork();
  LocalNetwork(const LocalNetwork&) = delete;
  LocalNetwork& operator=(const LocalNetwork&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }

  // Starts this program again as the scripted engine, and `aipg up` with it.
  [[nodiscard]] net::Task<bool> start_scripted(net::Runtime& runtime, std::string model);
  // Starts `aipg up` with its embedded engine.
  [[nodiscard]] net::Task<bool> start_embedded(net::Runtime& runtime, std::string program, std::string model_file,
                                               std::string model);
  [[nodiscard]] net::Task<void> stop(net::Runtime& runtime);
  // Shows how the logs end: they go with the folder.
  void explain() const;

  // Once started.
  [[nodiscard]] const net::Address& gateway() const { return gateway_; }
  [[nodiscard]] const net::Address& engine() const { return engine_; }
  [[nodiscard]] const std::string& api_key() const { return api_key_; }
  [[nodiscard]] const attest::Policy& policy() const { return policy_; }

 private:
  [[nodiscard]] net::Task<bool> start_up(net::Runtime& runtime, std::vector<std::string> arguments);
  [[nodiscard]] bool read_exports();

  std::string folder_, log_, api_key_;
  net::Address gateway_, engine_;
  attest::Policy policy_;
  std::optional<client::ChildProcess> scripted_, up_;
};

}  // namespace aipg::bench
