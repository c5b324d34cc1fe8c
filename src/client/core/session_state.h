// SPDX-License-Identifier: Apache-2.0
// The inside of Session: one file for each step. Private to the session.
#pragma once

#include <map>

#include "api/challenge.h"
#include "client/core/session.h"

namespace aipg::client {

struct Session::State {
  // What a request will be sealed to.
  struct Chosen {
    std::vector<Candidate> recipients;  // 1…3, each accepted
    crypto::hpke::Suite suite = crypto::hpke::Suite::xwing;
  };
  // One sealing and what came of it.
  struct Attempt {
    Outcome<Answer> result;
    bool again = false;  // sealing anew can help
  };

  Gateway& gateway;
  SessionOptions options;
  const Clock& clock;
  crypto::Rng& rng;
  std::function<void(const Candidate&)> told;
  std::uint64_t cancellations = 0;  // how often cancel() was called

  std::optional<api::Directory> directory;
  milliseconds directory_at{0};           // monotonic
  std::map<Hash256, Candidate> verified;  // accepted ones, by keyset id

  // --- discovery.cc: what the gateway says ---
  [[nodiscard]] net::Task<Outcome<api::Directory>> get_directory();
  [[nodiscard]] net::Task<Outcome<api::ChallengeAnswer>> challenge(Hash256 nonce, std::vector<Hash256> keyset_ids);
  // A small request: the body of its 200.
  [[nodiscard]] net::Task<Outcome<Bytes>> call(Gateway::Request request, std::size_t max_bytes, milliseconds limit);
  void add_key(std::vector<Gateway::Field>& fields) const;

  // --- verification.cc: whether it is true ---
  // A verdict for each entry: from memory, or by a challenge of our own.
  [[nodiscard]] net::Task<Outcome<std::vector<Candidate>>> verify(std::vector<api::DirectoryEntry> entries);
  [[nodiscard]] Candidate judge(api::DirectoryEntry entry, Bytes bundle, const attest::Freshness& freshness,
                                Instant at) const;
  [[nodiscard]] const Candidate* recall(const Hash256& keyset_id) const;
  [[nodiscard]] net::Task<Outcome<std::vector<Candidate>>> verify_every(Wanted wanted);
  [[nodiscard]] net::Task<Outcome<std::vector<Candidate>>> draw_and_verify(Wanted wanted);
  [[nodiscard]] net::Task<Outcome<Chosen>> choose(Wanted wanted);
  void forget(const Chosen& chosen);

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

// The path of the request is offered for the model by what was measured, not only by what the directory says.
[[nodiscard]] bool manifest_offers(const attest::Manifest& manifest, const Wanted& wanted);

}  // namespace aipg::client
