// SPDX-License-Identifier: Apache-2.0
// The inside of Session: a file for each step of a call. Private to the session.
#pragma once

#include <mutex>

#include "api/challenge.h"
#include "attest/verifier_cache.h"
#include "client/core/drawn_senders.h"
#include "client/core/session_memory.h"

namespace aipg::client {

// The session's cache, for whoever verifies at the moment.
class SharedCache {
 public:
  explicit SharedCache(const attest::Policy& policy) : cache_(attest::root_set(policy.roots)) {}
  [[nodiscard]] auto use(const auto& verify) {
    const std::scoped_lock lock(mutex_);
    return verify(&cache_);
  }

 private:
  std::mutex mutex_;
  attest::VerifierCache cache_;
};

// What the calls of a session have in common.
struct Session::Shared {
  SessionOptions options;
  const Clock& clock;
  crypto::Rng& rng;
  std::function<void(const Candidate&)> told = {};
  SessionMemory memory = {};
  SharedCache cache{options.policy};
  DrawnSenders drawn = {};
};

// One call.
struct Session::Call {
  // What a request will be sealed to.
  struct Chosen {
    std::vector<SharedCandidate> recipients;  // 1…3, each accepted
    crypto::hpke::Suite suite = crypto::hpke::Suite::xwing;
  };
  using Tried = std::vector<SharedCandidate>;
  // One sealing and what came of it.
  struct Attempt {
    Outcome<Answer> result;
    bool again = false;  // sealing anew can help
  };

  Shared& shared;
  Gateway& gateway;
  const SessionOptions& options = shared.options;
  const Clock& clock = shared.clock;
  SharedDirectory listed = {};  // the one that candidates were drawn from
  // From another call: the directory, a candidate. Either may have been replaced since.
  bool directory_remembered = false, candidate_remembered = false;
  milliseconds ahead{0};  // verdicts that end sooner are made anew
  bool fill = false;      // candidates that are known are not enough, as long as there are others
  Tried avoided = {};     // a request was sealed to these in vain

  // --- discovery.cc: what the gateway says ---
  [[nodiscard]] net::Task<Outcome<SharedDirectory>> get_directory();
  [[nodiscard]] net::Task<Outcome<SharedDirectory>> fetch_directory();
  [[nodiscard]] net::Task<Outcome<api::ChallengeAnswer>> challenge(Hash256 nonce, std::vector<Hash256> keyset_ids);
  // A small request: the body of its 200.
  [[nodiscard]] net::Task<Outcome<Bytes>> call(Gateway::Request request, std::size_t max_bytes, milliseconds limit);
  void add_key(std::vector<Gateway::Field>& fields) const;

  // --- verification.cc: whether it is true ---
  // A verdict for each entry of a directory that the caller holds: from memory, or by a challenge of our own.
  [[nodiscard]] net::Task<Outcome<Tried>> verify(Entries entries);
  [[nodiscard]] net::Task<Outcome<Tried>> verify_every(Wanted wanted);
  [[nodiscard]] net::Task<Outcome<Tried>> draw_and_verify(Wanted wanted);
  [[nodiscard]] bool avoids(const api::DirectoryEntry& entry) const;
  [[nodiscard]] net::Task<Outcome<Tried>> draw_known_first(Entries entries, Wanted wanted);
  [[nodiscard]] net::Task<Outcome<Tried>> draw_from(Entries entries, Wanted wanted);
  [[nodiscard]] net::Task<Outcome<void>> draw_more(const Entries& entries, const Wanted& wanted, Tried& out);
  // One that the memory has, as the directory lists it now.
  [[nodiscard]] SharedCandidate relisted(SharedCandidate known, const api::DirectoryEntry& entry);
  // All that were tried, one of them accepted.
  [[nodiscard]] net::Task<Outcome<Tried>> try_candidates(Wanted wanted);
  [[nodiscard]] Failure none_chosen(const Wanted& wanted, const Tried& tried);
  [[nodiscard]] net::Task<Outcome<Chosen>> choose(Wanted wanted);

  // --- exchange.cc: sealing, sending, opening ---
  [[nodiscard]] net::Task<Attempt> attempt(const Ask& ask, const seal::Routing& routing, const Chosen& chosen,
                                           AnswerSink& sink);
  [[nodiscard]] Result<seal::SealedRequest> seal_for(const Ask& ask, const seal::Routing& routing,
                                                     const Chosen& chosen);
  [[nodiscard]] Attempt not_answered(const Error& error) const;
  [[nodiscard]] net::Task<Attempt> refused(Gateway::Response& response) const;
  [[nodiscard]] net::Task<Attempt> open(Gateway::Response& response, seal::AnswerOpener opener, const Chosen& chosen,
                                        AnswerSink& sink) const;
};

// The verdict on a bundle that came for this entry.
[[nodiscard]] Candidate judge(api::DirectoryEntry entry, Bytes bundle, const attest::Freshness& freshness,
                              const SessionOptions& options, SharedCache& cache, Instant at);
// Of entries in a directory's order, those of these candidates, which are in it too.
[[nodiscard]] Entries known_entries(const Entries& entries, const std::vector<SharedCandidate>& known);
// Where these are fewer than wanted, those too that a directory lists under newer keys, which nobody verified yet: the
// worker opens what was sealed to the old ones until it retires them. Borrows from both.
[[nodiscard]] Entries usable_entries(const Entries& entries, const std::vector<SharedCandidate>& known,
                                     const Wanted& wanted);
// The directory says that it has the model on this path.
[[nodiscard]] bool offers(const api::DirectoryEntry& entry, const Wanted& wanted);
// The path of the request is offered for the model by what was measured, not only by what the directory says.
[[nodiscard]] bool manifest_offers(const attest::Manifest& manifest, const Wanted& wanted);

}  // namespace aipg::client
