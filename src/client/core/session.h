// SPDX-License-Identifier: Apache-2.0
// One client of one gateway: fetches the directory, verifies candidates before
// anything is sent, seals, opens, and proves. Verified candidates are kept
// until their keyset ends or 10 minutes, and told to on_verified() so that a
// command-line tool can keep the evidence (which is appraised again when it is
// read back). Does no I/O itself: each call is given a Gateway that does.
// Calls may run side by side, each on one thread at a time; the session must
// outlive them.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/directory.h"
#include "api/error.h"
#include "attest/attestation.h"
#include "client/core/candidates.h"
#include "client/core/gateway.h"
#include "seal/inner_request.h"
#include "seal/sender.h"

namespace aipg::client {

struct SessionOptions {
  attest::Policy policy;
  std::string api_key;
  std::size_t recipients = 2;  // 1…3
  seal::Padding padding = seal::Padding::p1;
  // Vendors' files and reference values that this client judges workers with, besides what evidence brings.
  std::vector<Bytes> collateral = {};
  std::shared_ptr<const attest::VerifiedReference> reference = nullptr;
  bool whole_collateral = false;  // attestations carry `collateral` whole, not by digest
  // For who keeps verified candidates by prepare(): ask() is content with those, and verifies anew only when none is
  // left, so that a request costs no round trip before its own.
  bool known_first = false;
  bool prefer_pq =
      false;  // no worker without post-quantum keys where one with them is accepted, even if fewer are left
};

// A candidate with its verdict, accepted or not. Besides what appraise() finds,
// these fail: challenge_unanswered (no evidence came), directory_keyset (it is
// another keyset than the directory named), directory_worker (it calls itself
// by another name than the directory does), directory_model (its manifest does
// not have the model), directory_suite (no post-quantum key, says the directory).
struct Candidate {
  api::DirectoryEntry entry;
  attest::Appraisal appraisal;
  attest::SharedBundle bundle;  // empty: none came
  attest::Freshness freshness;
};

// The directory lists it, and it is not there any more: no evidence came.
[[nodiscard]] bool is_gone(const Candidate& candidate);

// What a session keeps is shared with those who use it, not copied: a directory may have ten thousand entries.
using SharedCandidate = std::shared_ptr<const Candidate>;
using SharedDirectory = std::shared_ptr<const api::Directory>;
[[nodiscard]] std::vector<Candidate> copies(const std::vector<SharedCandidate>& candidates);

// Why an answer did not come, in the order people need it: what happened, was
// anything sent, what to do.
struct Failure {
  enum class Kind : std::uint8_t {
    unreachable,    // the gateway
    refused,        // by the gateway, before a worker answered: `api` says why (unauthenticated)
    no_candidate,   // nothing verified: `verdicts` says why. Nothing was sent.
    inner,          // this client refused its own body. Nothing was sent.
    broken_answer,  // cut, changed or forged: `error` says where it was noticed
    unfit_answer,   // genuine, but it cannot be handed on with its proof in it: `error` says why
    cancelled,
  };
  Kind kind = Kind::unreachable;
  bool prompt_sent = false;  // ciphertext may have left this machine
  Error error{};
  std::optional<api::ErrorCode> api;
  std::optional<seal::InnerError> inner;
  std::vector<Candidate> verdicts;
  std::string reason;       // of the connection, for people; of no_candidate: the models that are offered
  std::string other_paths;  // of no_candidate: those on which the model is offered, where this is none of them
};

template <typename T>
using Outcome = std::expected<T, Failure>;

struct Ask {
  std::string path = "/v1/chat/completions";
  ByteView body;  // the OpenAI JSON; must live until ask() returns
  std::optional<Hash256> cache_salt;
  const seal::Routing* routing = nullptr;  // what plan_request() made of path and body, where that was done before
};

struct Answer {
  unsigned status = 0;  // of the engine, inside the seal
  Candidate worker;     // who answered
  seal::AnswerProof proof;
  attest::Attestation attestation;
};

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  // Before anything is sent: to whom it will be sealed. A second time when the request is sealed anew.
  virtual void on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite) = 0;
  // Whose answer it is, known from its first sealed bytes. Before on_head().
  virtual void on_worker(const Candidate&) {}
  virtual void on_head(unsigned status, const std::vector<codec::bhttp::Field>& fields) = 0;
  // Verified chunk by chunk; whole only when ask() returns an Answer.
  virtual void on_content(ByteView bytes) = 0;
};

class Session {
 public:
  Session(SessionOptions options, const Clock& clock, crypto::Rng& rng);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // As the gateway published it at most half a minute ago.
  [[nodiscard]] net::Task<Outcome<SharedDirectory>> directory(Gateway& gateway);
  // As it publishes it now.
  [[nodiscard]] net::Task<Outcome<SharedDirectory>> fresh_directory(Gateway& gateway);

  // Directory, draw, challenge, appraisal: candidates for this model, verdicts and all.
  // `every`: all that offer it instead of a draw, for `aipg workers`; an empty model is any.
  [[nodiscard]] net::Task<Outcome<std::vector<Candidate>>> candidates(Gateway& gateway, Wanted wanted, bool every);

  // Verifies, seals, sends, opens. After worker_key_expired, attestation_stale,
  // request_expired, a stream lost before the response preamble, or
  // no_confidential_worker for a worker that was verified for an earlier call,
  // it looks at the directory anew and seals again, once, with the policy unchanged:
  // to others that it verified, or to the same once they were verified anew.
  [[nodiscard]] net::Task<Outcome<Answer>> ask(Gateway& gateway, Ask ask, AnswerSink& sink);

  // An answer's attestation, judged as by somebody who only has that and, where given, what was exchanged.
  [[nodiscard]] attest::Verdict verify(const attest::Attestation& attestation,
                                       const std::optional<attest::BoundExchange>& exchange) const;

  // Chooses candidates as ask() would, up to `wanted.count`, and keeps them for it. Those whose verdict may not be used
  // for `ahead` any more are verified anew, where that can make it last longer. Failures: those of ask() before it
  // sends.
  [[nodiscard]] net::Task<Outcome<std::vector<Candidate>>> prepare(Gateway& gateway, Wanted wanted, milliseconds ahead);

  // Draws what the next request to each of those needs of its key alone (client/core/drawn_senders.h), so that it is
  // not done while somebody waits for the first word.
  void draw_ahead();

  // What was verified and may be used now.
  [[nodiscard]] std::vector<Candidate> known() const;
  // How many of those that a directory of the last half minute lists for this may be used `ahead` from now, or until
  // their keyset ends.
  [[nodiscard]] std::size_t ready(const Wanted& wanted, milliseconds ahead) const;
  // With known_first, ask() needs no round trip before its own: there is one of them, or one whose worker rotated
  // since.
  [[nodiscard]] bool can_ask(Wanted wanted) const;
  // Whom such a directory lists for it; keyset ids ascending.
  struct Listed {
    Hash256 keyset_id{};
    std::string worker_id;
  };
  [[nodiscard]] std::vector<Listed> listed(const Wanted& wanted) const;
  // Candidates verified before, e.g. read from disk: appraised again here, at the instant they were verified.
  void remember(Bytes bundle, const attest::Freshness& freshness, api::DirectoryEntry entry, Instant verified_at);
  // The key that the gateway is shown from now on.
  void use_api_key(std::string key);
  // Hears of each candidate that was verified anew, before it is used, on the thread of the call. Set before any.
  void on_verified(std::function<void(const Candidate&)> call);

 private:
  struct Shared;
  struct Call;  // both in client/core/session_state.h
  std::unique_ptr<Shared> shared_;
};

}  // namespace aipg::client
