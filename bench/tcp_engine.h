// SPDX-License-Identifier: Apache-2.0
// The scripted engine in a process of its own, on a TCP port: for peers that
// ask by TCP, because what they are compared with does.
#pragma once

#include <optional>
#include <string>

#include "client/child_process.h"
#include "net/address.h"

namespace aipg::bench {

class TcpEngine {
 public:
  // `log` is a file for what it says. nullopt when it does not start.
  [[nodiscard]] static net::Task<std::optional<TcpEngine>> start(net::Runtime& runtime, std::string log);

  [[nodiscard]] const net::Address& address() const { return address_; }

 private:
  TcpEngine(client::ChildProcess process, net::Address address)
      : process_(std::move(process)), address_(std::move(address)) {}
  client::ChildProcess process_;
  net::Address address_;
};

}  // namespace aipg::bench
