// SPDX-License-Identifier: Apache-2.0
#include "api/names.h"
#include "client/core/session_state.h"

namespace aipg::client {
namespace {

using crypto::hpke::Suite;

// How long a sealed request may lie about before a worker must not open it any more.
constexpr milliseconds kRequestLife{2 * 60 * 1000};
constexpr std::size_t kMaxRefusalBytes = 64 * 1024;

seal::RecipientKey recipient_key(const attest::VerifiedWorker& worker, Suite suite) {
  const attest::SuiteKey* key = worker.keyset().find_suite(static_cast<std::uint16_t>(suite));
  if (key == nullptr) __builtin_trap();  // choose() took a suite that all have
  return {key->kid, key->public_key, worker.keyset().id, worker.keyset().receipt_key, worker.manifest().hash};
}

Failure failure_of(Failure::Kind kind, const Error& error = {}) {
  Failure out;
  out.kind = kind;
  out.error = error;
  out.prompt_sent = true;
  return out;
}

// `remembered`: a worker was verified for an earlier request. That it is gone says nothing about those there are now.
bool can_be_mended_by_sealing_anew(api::ErrorCode code, bool remembered) {
  if (code == api::ErrorCode::no_confidential_worker) return remembered;
  return code == api::ErrorCode::worker_key_expired || code == api::ErrorCode::attestation_stale ||
         code == api::ErrorCode::request_expired;
}

// What the answer's connection ended with, before its proper end.
Failure broken(const Error& error) {
  if (error.code == Literal("http_cancelled")) return failure_of(Failure::Kind::cancelled, error);
  const bool cut = error.code == Literal("http_truncated");
  return failure_of(Failure::Kind::broken_answer, cut ? Error{"response_truncated", {}, 0} : error);
}

attest::Attestation attestation_of(const Candidate& worker, const seal::AnswerProof& proof,
                                   const SessionOptions& options) {
  attest::Attestation out{worker.bundle, worker.freshness, proof.receipt_jws, proof.request_salt, proof.response_salt};
  if (options.whole_collateral) {
    out.collateral_files = options.collateral;
  } else {
    for (const Bytes& file : options.collateral) out.collateral_digests.push_back(crypto::sha256(file));
  }
  return out;
}

}  // namespace

void Session::draw_ahead() {
  std::vector<DrawnSenders::Wanted> wanted;
  for (const SharedCandidate& each : shared_->memory.candidates(shared_->clock.now())) {
    const attest::VerifiedWorker& worker = *each->appraisal.worker;
    const bool xwing = worker.keyset().find_suite(static_cast<std::uint16_t>(Suite::xwing)) != nullptr;
    const Suite suite = xwing ? Suite::xwing : Suite::x25519;
    wanted.push_back({suite, recipient_key(worker, suite)});
  }
  shared_->drawn.draw(wanted, shared_->rng);
}

Result<seal::SealedRequest> Session::Call::seal_for(const Ask& ask, const seal::Routing& routing,
                                                    const Chosen& chosen) {
  seal::SealRequest request;
  request.suite = chosen.suite;
  request.routing = routing;
  request.expires = clock.now() + kRequestLife;
  for (const auto& candidate : chosen.recipients) {
    request.recipients.push_back(recipient_key(*candidate->appraisal.worker, chosen.suite));
  }
  request.cache_salt = ask.cache_salt;
  request.body = ask.body;
  return seal::seal_request(request, shared.rng, [this](Suite suite, const seal::RecipientKey& key, crypto::Rng& rng) {
    auto drawn = shared.drawn.take(key.kid);
    return drawn ? Result<crypto::hpke::Sender>(*std::move(drawn)) : seal::draw_sender(suite, key, rng);
  });
}

net::Task<Session::Call::Attempt> Session::Call::attempt(const Ask& ask, const seal::Routing& routing,
                                                         const Chosen& chosen, AnswerSink& sink) {
  auto sealed = seal_for(ask, routing, chosen);
  if (!sealed) {
    Failure failure = failure_of(Failure::Kind::inner, sealed.error());
    failure.prompt_sent = false;
    co_return Attempt{std::unexpected(std::move(failure))};
  }
  Gateway::Request request{.method = "POST",
                           .target = ask.path,
                           .fields = {{"Content-Type", std::string(seal::kRequestContentType)},
                                      {std::string(api::kConfidentialHeader), std::string(api::kConfidentialRequired)}},
                           .body = sealed->wire};
  add_key(request.fields);
  auto response = co_await gateway.send(std::move(request));
  if (!response) co_return not_answered(response.error());
  sealed->wire = Bytes();  // up to 32 MiB, and an answer may take long
  if ((*response)->status() != 200) co_return co_await refused(**response);
  if ((*response)->content_type() != seal::kResponseContentType) {
    co_return Attempt{
        std::unexpected(failure_of(Failure::Kind::broken_answer, Error{"response_malformed", "content_type", 0}))};
  }
  co_return co_await open(**response, seal::AnswerOpener(std::move(sealed->pending)), chosen, sink);
}

Session::Call::Attempt Session::Call::not_answered(const Error& error) const {
  if (error.code == Literal("http_connect") || error.code == Literal("http_tls")) {
    Failure failure = failure_of(Failure::Kind::unreachable, error);
    failure.prompt_sent = false;
    failure.reason = gateway.last_failure();
    return {std::unexpected(std::move(failure))};
  }
  return {std::unexpected(broken(error)), error.code == Literal("http_truncated")};
}

// Unauthenticated: it can make us try once more or give up, nothing else.
net::Task<Session::Call::Attempt> Session::Call::refused(Gateway::Response& response) const {
  Failure failure = failure_of(Failure::Kind::refused, Error{"gateway_status", {}, 0});
  failure.reason = "it answered with status " + std::to_string(response.status());
  Bytes body;
  while (body.size() < kMaxRefusalBytes) {
    const auto piece = co_await response.read();
    if (!piece || piece->empty()) break;
    append(body, *piece);
  }
  failure.api = api::parse_error_body(as_text(body));
  const bool again = failure.api && can_be_mended_by_sealing_anew(*failure.api, candidate_remembered);
  co_return Attempt{std::unexpected(std::move(failure)), again};
}

net::Task<Session::Call::Attempt> Session::Call::open(Gateway::Response& response, seal::AnswerOpener opener,
                                                      const Chosen& chosen, AnswerSink& sink) const {
  Answer answer;
  const auto on_event = [&](const seal::AnswerOpener::Event& event) {
    if (const auto* head = std::get_if<seal::AnswerOpener::Head>(&event)) {
      answer.status = head->status;
      sink.on_worker(*chosen.recipients[head->recipient]);
      sink.on_head(head->status, head->fields);
    } else {
      sink.on_content(std::get<seal::AnswerOpener::Content>(event).bytes);
    }
  };
  std::size_t received = 0;
  while (true) {
    const auto piece = co_await response.read();
    const bool before_preamble = received < seal::kResponsePreambleBytes;
    if (!piece)
      co_return Attempt{std::unexpected(broken(piece.error())),
                        before_preamble && piece.error().code == Literal("http_truncated")};
    if (piece->empty()) break;
    received += piece->size();
    if (auto fed = opener.feed(*piece, on_event); !fed) {
      co_return Attempt{std::unexpected(failure_of(Failure::Kind::broken_answer, fed.error()))};
    }
  }
  // Who verifies the whole attestation next finds it in the cache.
  auto proof = opener.finish([this](std::string_view jws, ByteView key) {
    return shared.cache.use([&](attest::VerifierCache* known) { return attest::verify_receipt(jws, key, known); });
  });
  if (!proof) {
    co_return Attempt{std::unexpected(failure_of(Failure::Kind::broken_answer, proof.error())),
                      received < seal::kResponsePreambleBytes};
  }
  answer.worker = *chosen.recipients[proof->recipient];
  answer.attestation = attestation_of(answer.worker, *proof, options);
  answer.proof = *std::move(proof);
  co_return Attempt{std::move(answer)};
}

}  // namespace aipg::client
