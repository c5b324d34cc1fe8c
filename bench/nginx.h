// SPDX-License-Identifier: Apache-2.0
// nginx as a reverse proxy of a scripted engine of its own, unbuffered, in one
// process: the peer of whatever passes streams on. It listens on a Unix socket
// and asks by TCP, as `aipg proxy` does in the same measurement.
#pragma once

#include <optional>
#include <string>

#include "client/child_process.h"
#include "net/address.h"
#include "tcp_engine.h"

namespace aipg::bench {

class Nginx {
 public:
  // Its files are in `folder`, which must outlive it. nullopt when it does not start; stderr says why.
  [[nodiscard]] static net::Task<std::optional<Nginx>> start(net::Runtime& runtime, std::string program,
                                                             std::string folder);

  [[nodiscard]] const net::Address& address() const { return address_; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }

 private:
  Nginx(TcpEngine engine, client::ChildProcess process, net::Address address)
      : engine_(std::move(engine)), process_(std::move(process)), address_(std::move(address)) {}
  TcpEngine engine_;
  client::ChildProcess process_;
  net::Address address_;
};

}  // namespace aipg::bench
