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

}  // namespace

Session::Session(Gateway& gateway, SessionOptions options, const Clock& clock, crypto::Rng& rng)
    : state_(new State{gateway, std::move(options), clock, rng, {}, 0, {}, {}, {}}) {
  state_->options.recipients = std::clamp<std::size_t>(state_->options.recipients, 1, seal::kMaxRecipients);
}
Session::~Session() = default;

net::Task<Outcome<api::Directory>> Session::directory() { return state_->get_directory(); }

net::Task<Outcome<std::vector<Candidate>>> Session::candidates(Wanted wanted, bool every) {
  return every ? state_->verify_every(std::move(wanted)) : state_->draw_and_verify(std::move(wanted));
}

net::Task<Outcome<Answer>> Session::ask(Ask ask, AnswerSink& sink) {
  State& state = *state_;
  const std::uint64_t cancellations = state.cancellations;
  const auto routing = plan_request(ask.path, as_text(ask.body), state.options.padding);
  if (!routing) {
    Failure failure;
    failure.kind = Failure::Kind::inner;
    failure.inner = routing.error();
    co_return std::unexpected(std::move(failure));
  }
  const Wanted wanted{routing->model, routing->path, state.options.recipients, state.options.policy.require_pq};
  for (bool sent_before = false;; sent_before = true) {
    auto chosen = co_await state.choose(wanted);
    if (!chosen) {
      chosen.error().prompt_sent = sent_before;
      co_return std::unexpected(std::move(chosen).error());
    }
    sink.on_verified(chosen->recipients, static_cast<std::uint16_t>(chosen->suite));
    if (state.cancellations != cancellations) co_return std::unexpected(cancelled(sent_before));
    State::Attempt attempt = co_await state.attempt(ask, *routing, *chosen, sink);
    if (!attempt.again || sent_before || state.cancellations != cancellations) {
      if (!attempt.result) attempt.result.error().prompt_sent |= sent_before;
      co_return std::move(attempt.result);
    }
    state.forget(*chosen);
  }
}

void Session::cancel() {
  ++state_->cancellations;
  state_->gateway.cancel_all();
}

void Session::remember(Bytes bundle, const attest::Freshness& freshness, api::DirectoryEntry entry,
                       Instant verified_at) {
  if (verified_at > state_->clock.now()) return;
  Candidate candidate = state_->judge(std::move(entry), std::move(bundle), freshness, verified_at);
  if (!candidate.appraisal.worker) return;
  const Hash256 id = candidate.entry.keyset_id;
  state_->verified.insert_or_assign(id, std::move(candidate));
}

void Session::on_verified(std::function<void(const Candidate&)> call) { state_->told = std::move(call); }

}  // namespace aipg::client
