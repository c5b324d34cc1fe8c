// SPDX-License-Identifier: Apache-2.0
// What is measured: our gateway and the peers, each as a process of its own on
// the first core, listening on a TCP port of this machine, with its files in a
// folder that goes with the benchmark.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/child_process.h"
#include "loop.h"

namespace aipg::bench::relay {

// The core of what is measured, and that of who measures.
inline constexpr int kServerCore = 0, kOurCore = 1;
void stay_on(int core);

struct TlsPair {
  std::string certificate, private_key;  // PEM files
};
// A certificate for this machine, by openssl(1).
[[nodiscard]] TlsPair make_certificate(const std::string& folder);

class Server {
 public:
  // Ends the program when it does not start; stderr shows its log.
  [[nodiscard]] static Server gateway(const std::string& folder, const std::optional<TlsPair>& tls = {});
  [[nodiscard]] static Server nginx(const std::string& program, const std::string& folder, std::uint16_t upstream,
                                    const std::optional<TlsPair>& tls = {});
  [[nodiscard]] static Server haproxy(const std::string& program, const std::string& folder, std::uint16_t upstream,
                                      const std::optional<TlsPair>& tls = {});
  // These two read what they pass on: for chat requests in clear.
  [[nodiscard]] static Server litellm(const std::string& program, const std::string& folder, std::uint16_t upstream);
  [[nodiscard]] static Server portkey(const std::string& script, const std::string& folder);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  // From its start until it took a connection: seconds.
  [[nodiscard]] double started_in() const { return started_in_; }
  // What a client has to show; only our gateway asks for it, and has two.
  [[nodiscard]] const std::string& api_key(unsigned number) const { return api_keys_.at(number); }

  // All threads', and the first one's alone: seconds.
  struct Cpu {
    double all = 0, first_thread = 0;
  };
  [[nodiscard]] Cpu cpu() const;
  [[nodiscard]] double resident_kib() const;
  [[nodiscard]] std::size_t descriptors() const;

 private:
  Server(std::string name, std::uint16_t port, client::ChildProcess process)
      : name_(std::move(name)), port_(port), process_(std::move(process)) {}
  static Server start(std::string name, std::uint16_t port, std::vector<std::string> argv, const std::string& log);

  std::string name_;
  std::vector<std::string> api_keys_;
  std::uint16_t port_;
  client::ChildProcess process_;
  double started_in_ = 0;
};

}  // namespace aipg::bench::relay
