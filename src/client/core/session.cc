// SPDX-License-Identifier: Apache-2.0
#include "client/core/session.h"

#include "client/core/request_plan.h"
#include "client/core/session_state.h"

namespace aipg::client {
namespace {

Failure cancelled(bool prompt_sent) {
  Failure out;
  out.kind = Failure::Kind::cancelled;
  out.prompt_sent = prompt_sent;
  return out;
}

Outcome<std::vector<Candidate>> copied(Outcome<std::vector<SharedCandidate>> of) {
  if (!of) return std::unexpected(std::move(of).error());
  return copies(*of);
}

}  // namespace

std::vector<Candidate> copies(const std::vector<SharedCandidate>& candidates) {
  std::vector<Candidate> out;
  for (const SharedCandidate& each : candidates) out.push_back(*each);
  return out;
}

Session::Session(SessionOptions options, const Clock& clock, crypto::Rng& rng)
    : shared_(new Shared{std::move(options), clock, rng}) {
  shared_->options.recipients = std::clamp<std::size_t>(shared_->options.recipients, 1, seal::kMaxRecipients);
}
Session::~Session() = default;

net::Task<Outcome<SharedDirectory>> Session::directory(Gateway& gateway) {
  Call call{*shared_, gateway};
  co_return co_await call.get_directory();
}

net::Task<Outcome<SharedDirectory>> Session::fresh_directory(Gateway& gateway) {
  Call call{*shared_, gateway};
  co_return co_await call.fetch_directory();
}

net::Task<Outcome<std::vector<Candidate>>> Session::candidates(Gateway& gateway, Wanted wanted, bool every) {
  Call call{*shared_, gateway};
  co_return copied(every ? co_await call.verify_every(std::move(wanted))
                         : co_await call.draw_and_verify(std::move(wanted)));
}

net::Task<Outcome<std::vector<Candidate>>> Session::prepare(Gateway& gateway, Wanted wanted, milliseconds ahead) {
  Call call{*shared_, gateway};
  call.ahead = ahead;
  call.fill = true;
  co_return copied(co_await call.try_candidates(std::move(wanted)));
}

net::Task<Outcome<Answer>> Session::ask(Gateway& gateway, Ask ask, AnswerSink& sink) {
  Call call{*shared_, gateway};
  using Planned = std::expected<seal::Routing, seal::InnerError>;
  const Planned routing =
      ask.routing != nullptr ? Planned(*ask.routing) : plan_request(ask.path, as_text(ask.body), call.options.padding);
  if (!routing) {
    Failure failure;
    failure.kind = Failure::Kind::inner;
    failure.inner = routing.error();
    co_return std::unexpected(std::move(failure));
  }
  Wanted wanted{routing->model, routing->path, call.options.recipients, call.options.policy.require_pq};
  for (bool sent_before = false;; sent_before = true) {
    // One of those it was sealed to may be as good as ever: only this call avoids them.
    auto chosen = co_await call.choose(wanted);
    if (!chosen) {
      chosen.error().prompt_sent = sent_before;
      co_return std::unexpected(std::move(chosen).error());
    }
    sink.on_verified(chosen->recipients, static_cast<std::uint16_t>(chosen->suite));
    if (gateway.is_cancelled()) co_return std::unexpected(cancelled(sent_before));
    Call::Attempt attempt = co_await call.attempt(ask, *routing, *chosen, sink);
    if (!attempt.again || sent_before || gateway.is_cancelled()) {
      if (!attempt.result) attempt.result.error().prompt_sent |= sent_before;
      co_return std::move(attempt.result);
    }
    // No error from anybody makes it use a lower suite.
    wanted.require_pq = wanted.require_pq || chosen->suite == crypto::hpke::Suite::xwing;
    call.avoided = std::move(chosen->recipients);
    shared_->memory.forget_directory();
  }
}

void Session::remember(Bytes bundle, const attest::Freshness& freshness, api::DirectoryEntry entry,
                       Instant verified_at) {
  if (verified_at > shared_->clock.now()) return;
  auto candidate = std::make_shared<const Candidate>(
      judge(std::move(entry), std::move(bundle), freshness, shared_->options, shared_->cache, verified_at));
  if (candidate->appraisal.worker) shared_->memory.keep(std::move(candidate));
}

attest::Verdict Session::verify(const attest::Attestation& attestation,
                                const std::optional<attest::BoundExchange>& exchange) const {
  const SessionOptions& options = shared_->options;
  return shared_->cache.use([&](attest::VerifierCache* known) {
    const attest::AttestationInputs inputs{options.collateral, options.reference.get(), std::nullopt, known};
    return attest::verify_attestation(attestation, options.policy, exchange, inputs);
  });
}

std::vector<Candidate> Session::known() const { return copies(shared_->memory.candidates(shared_->clock.now())); }

std::size_t Session::ready(const Wanted& wanted, milliseconds ahead) const {
  const SharedDirectory directory = shared_->memory.directory(shared_->clock.monotonic());
  if (!directory) return 0;
  const Entries known = known_entries(entries_of(*directory), shared_->memory.candidates(shared_->clock.now(), ahead));
  return static_cast<std::size_t>(
      std::ranges::count_if(known, [&](const auto* entry) { return offers(*entry, wanted); }));
}

bool Session::can_ask(Wanted wanted) const {
  wanted.count = 1;
  const SharedDirectory directory = shared_->memory.directory(shared_->clock.monotonic());
  if (!directory) return false;
  const auto known = shared_->memory.candidates(shared_->clock.now());
  return std::ranges::any_of(usable_entries(entries_of(*directory), known, wanted),
                             [&](const auto* entry) { return offers(*entry, wanted); });
}

std::vector<Session::Listed> Session::listed(const Wanted& wanted) const {
  std::vector<Listed> out;
  const SharedDirectory directory = shared_->memory.directory(shared_->clock.monotonic());
  if (!directory) return out;
  for (const api::DirectoryEntry& entry : directory->entries) {
    if (offers(entry, wanted)) out.push_back({entry.keyset_id, entry.worker_id});
  }
  return out;
}

void Session::use_api_key(std::string key) { shared_->options.api_key = std::move(key); }

void Session::on_verified(std::function<void(const Candidate&)> call) { shared_->told = std::move(call); }

}  // namespace aipg::client
