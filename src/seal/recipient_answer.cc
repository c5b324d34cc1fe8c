// SPDX-License-Identifier: Apache-2.0
#include "seal/answer_state.h"

namespace aipg::seal {
namespace {

constexpr std::uint64_t kTokenStep = 32;
constexpr std::uint64_t kDurationStep = 100;
constexpr std::uint64_t kLargestClaim = 1ULL << 52;  // its multiples still fit canonical JSON

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (std::min(value, kLargestClaim) + step - 1) / step * step;
}

// How much of `content` fits as one BHTTP piece, header and all.
std::size_t fitting_piece(std::size_t content, std::size_t room) {
  std::size_t n = std::min(content, room);
  while (n > 0 && codec::bhttp::content_chunk_header(n).size() + n > room) --n;
  return n;
}

}  // namespace

Bytes AnswerSealer::State::take_preamble() {
  if (std::exchange(preamble_sent, true)) return {};
  hash.update(preamble.bytes);
  return to_bytes(preamble.bytes);
}

// One chunk before the last.
void AnswerSealer::State::seal(ByteView content, Bytes& out) {
  const std::size_t at = out.size();
  chunks.seal(content, response_chunk_plaintext(padding, content.size()), false, out);
  hash.update(ByteView(out).subspan(at));
  ++sealed;
}

void AnswerSealer::State::add_piece(ByteView bytes) {
  if (bytes.empty()) return;
  answer->update(bytes);
  pending.append(codec::bhttp::content_chunk_header(bytes.size()));
  pending.append(bytes);
}

// Exactly one chunk: what is pending, then what fits of `content`.
void AnswerSealer::State::seal_tick(ByteView& content, Bytes& out) {
  const std::size_t room = most_response_content(padding);
  if (pending.size() < room) {
    const std::size_t n = fitting_piece(content.size(), room - pending.size());
    add_piece(content.first(n));
    content = content.subspan(n);
  }
  const std::size_t n = std::min(pending.size(), room);
  seal(pending.reveal().first(n), out);
  pending.drop_front(n);
}

bool AnswerSealer::State::may_end() const {
  return pending.empty() && (!padding.is_constant_rate() || (sealed + 1) % kConstantRateStep == 0);
}

void AnswerSealer::State::seal_pending(Bytes& out) {
  ByteView left = pending.reveal();
  while (!left.empty()) {
    const std::size_t n = std::min(left.size(), most_response_content(padding));
    seal(left.first(n), out);
    left = left.subspan(n);
  }
  pending.clear();
}

void AnswerSealer::State::complete_receipt(const Usage& usage, Instant now) {
  receipt.response_hash = hash.snapshot();
  receipt.response_chunks = sealed;
  receipt.answer = answer->finish();
  receipt.tokens_in = round_up(usage.tokens_in, kTokenStep);
  receipt.tokens_out = round_up(usage.tokens_out, kTokenStep);
  receipt.duration_ms = round_up(usage.duration_ms, kDurationStep);
  receipt.issued = now;
}

AnswerSealer::AnswerSealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
AnswerSealer::AnswerSealer(AnswerSealer&&) noexcept = default;
AnswerSealer::~AnswerSealer() = default;

Bytes AnswerSealer::begin(unsigned status, const std::vector<codec::bhttp::Field>& fields) {
  if (state_->phase != State::Phase::fresh) __builtin_trap();
  state_->phase = State::Phase::open;
  state_->answer.emplace(begin_answer_digest(state_->salt, status));
  state_->pending.append(codec::bhttp::write_response_head(status, fields));
  return state_->take_preamble();
}

Bytes AnswerSealer::tick(ByteView& content) {
  const bool too_early = state_->phase == State::Phase::fresh && !content.empty();
  if (!state_->padding.is_constant_rate() || state_->phase == State::Phase::done || too_early) __builtin_trap();
  Bytes out = state_->take_preamble();
  state_->seal_tick(content, out);
  return out;
}

bool AnswerSealer::may_end() const { return state_->phase == State::Phase::open && state_->may_end(); }

Bytes AnswerSealer::content(ByteView bytes) {
  if (state_->phase != State::Phase::open) __builtin_trap();
  Bytes out;
  if (state_->padding.is_constant_rate()) {
    do {
      state_->seal_tick(bytes, out);
    } while (!bytes.empty() || !state_->pending.empty());
    return out;
  }
  state_->add_piece(bytes);
  state_->seal_pending(out);
  return out;
}

AnswerSealer::End AnswerSealer::end(const Usage& usage, Instant now) {
  if (state_->phase != State::Phase::open) __builtin_trap();
  state_->phase = State::Phase::done;
  End out;
  state_->seal_pending(out.wire);
  while (!state_->may_end()) state_->seal({}, out.wire);
  state_->complete_receipt(usage, now);
  out.receipt_jws = sign_receipt(state_->receipt, state_->keyset->receipt_key);
  const Bytes last = codec::bhttp::write_response_end({{"aipg-receipt", out.receipt_jws}});
  state_->chunks.seal(last, response_chunk_plaintext(state_->padding, last.size()), true, out.wire);
  return out;
}

}  // namespace aipg::seal
