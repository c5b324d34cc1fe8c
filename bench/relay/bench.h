// SPDX-License-Identifier: Apache-2.0
// Everything a measurement needs: the loop, the upstreams, and the servers in
// between, of which each measurement asks the same.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "load.h"
#include "loop.h"
#include "origin.h"
#include "servers.h"
#include "worker.h"

namespace aipg::bench::relay {

// Empty ones are not here.
struct Programs {
  std::string nginx, haproxy, litellm;
  std::string portkey;  // a script for node
};

// A server and what stands behind it.
struct Subject {
  Server server;
  std::vector<std::unique_ptr<Worker>> workers = {};  // of our gateway
  SSL_CTX* tls = nullptr;                             // what clients need, if they need it
  [[nodiscard]] bool lost_worker() const;
  [[nodiscard]] std::size_t upstream_streams(const Origin& origin) const;
};

class Bench {
 public:
  explicit Bench(Programs programs);
  ~Bench();

  enum class Kind : std::uint8_t { gateway, nginx, haproxy, litellm, portkey };
  // Ours first, then the peers that are here: those that pass bytes on, and those that are gateways to models.
  [[nodiscard]] std::vector<Kind> kinds() const;
  [[nodiscard]] std::vector<Kind> model_gateways() const;
  // A fresh process. `workers`: links to our gateway, each with places for so many `jobs`.
  [[nodiscard]] Subject start(Kind kind, unsigned workers = 1, bool tls = false, std::uint64_t jobs = link::kMaxJobs);

  // What the upstreams answer from now on.
  void play(Subject& subject, const Script& script);
  // Clients of `subject`, each with a request whose sealed body has this size or a little more, and
  // with the first or the second API key.
  [[nodiscard]] LoadOptions clients(const Subject& subject, unsigned count, std::size_t body_bytes,
                                    std::size_t event_bytes = 0, unsigned key = 0) const;
  // The same with a chat request in clear, for a peer that reads it.
  [[nodiscard]] LoadOptions chatting_clients(const Subject& subject, unsigned count, std::size_t body_bytes) const;
  // Runs until it is so; ends the program when it takes too long.
  void wait(const std::function<bool()>& condition, const char* what);

  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] Origin& origin() { return origin_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  Programs programs_;
  std::string folder_;
  Loop loop_;
  Origin origin_;
  TlsPair tls_files_;
  SSL_CTX* tls_;
};

}  // namespace aipg::bench::relay
