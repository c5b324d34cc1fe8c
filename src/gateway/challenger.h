// SPDX-License-Identifier: Apache-2.0
// Gathers verifiers' nonces for a keyset and asks its worker for one quote
// over all of them. The first nonce after a quiet time does not wait; after
// that a keyset is challenged at most once per 2 s, so a thousand verifiers
// cost one quote. Used on the gateway's thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "api/challenge.h"
#include "gateway/metrics.h"
#include "gateway/roster.h"
#include "net/runtime.h"

namespace aipg::gateway {

class Lanes;

inline constexpr milliseconds kBetweenQuotes{2000};

class Challenger {
 public:
  // Asking is free for verifiers, so at most `most_waiting` nonces wait at once.
  Challenger(net::Runtime& runtime, const Roster& roster, const Clock& clock, Metrics& metrics, milliseconds timeout,
             std::size_t most_waiting)
      : runtime_(runtime),
        roster_(roster),
        clock_(clock),
        metrics_(metrics),
        timeout_(timeout),
        most_waiting_(most_waiting) {}

  // From now on.
  void use(milliseconds timeout, std::size_t most_waiting) {
    timeout_ = timeout;
    most_waiting_ = most_waiting;
  }

  // Where the links of other lanes' keysets are found; null for a lane that is alone.
  void use(const Lanes* lanes) { lanes_ = lanes; }
  // Evidence of this keyset over a tree that holds `nonce`.
  // Errors: challenge_no_keyset, challenge_busy, and those of WorkerSession::challenge().
  [[nodiscard]] net::Task<Result<api::ChallengeAnswer::Evidence>> evidence(Hash256 keyset_id, Hash256 nonce);

 private:
  struct Batch {
    explicit Batch(net::Runtime& runtime) : done(runtime) {}
    std::vector<Hash256> nonces;
    std::unique_ptr<attest::NonceTree> tree;
    std::optional<Result<std::shared_ptr<const Bytes>>> result;
    net::Event done;
  };
  struct Gathering {
    std::shared_ptr<Batch> next;  // nonces that wait for the next quote
    bool running = false;
    milliseconds last_quote{-kBetweenQuotes};
  };

  [[nodiscard]] net::Task<void> run(Hash256 keyset_id);
  [[nodiscard]] net::Task<void> quote(const Hash256& keyset_id, Batch& batch);
  void expire();

  net::Runtime& runtime_;
  const Roster& roster_;
  const Lanes* lanes_ = nullptr;
  const Clock& clock_;
  Metrics& metrics_;
  milliseconds timeout_;
  std::size_t most_waiting_, waiting_ = 0;
  std::map<Hash256, Gathering> gatherings_;
};

}  // namespace aipg::gateway
