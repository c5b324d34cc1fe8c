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

}  // namespace

// One chunk before the last.
void AnswerSealer::State::seal(ByteView content, Bytes& out) {
  const std::size_t at = out.size();
  chunks.seal(content, response_chunk_plaintext(padding, content.size()), false, out);
  hash.update(ByteView(out).subspan(at));
  ++sealed;
}

void AnswerSealer::State::seal_pending(Bytes& out) {
  ByteView left = pending.reveal();
  while (!left.empty()) {
    const std::size_t n = std::min(left.size(), kMaxChunkContent);
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
  state_->hash.update(state_->preamble.bytes);
  state_->pending.append(codec::bhttp::write_response_head(status, fields));
  return to_bytes(state_->preamble.bytes);
}

Bytes AnswerSealer::content(ByteView bytes) {
  if (state_->phase != State::Phase::open) __builtin_trap();
  if (!bytes.empty()) {
    state_->answer->update(bytes);
    state_->pending.append(codec::bhttp::content_chunk_header(bytes.size()));
    state_->pending.append(bytes);
  }
  Bytes out;
  state_->seal_pending(out);
  return out;
}

AnswerSealer::End AnswerSealer::end(const Usage& usage, Instant now) {
  if (state_->phase != State::Phase::open) __builtin_trap();
  state_->phase = State::Phase::done;
  End out;
  state_->seal_pending(out.wire);
  state_->complete_receipt(usage, now);
  out.receipt_jws = sign_receipt(state_->receipt, state_->keyset->receipt_key);
  const Bytes last = codec::bhttp::write_response_end({{"aipg-receipt", out.receipt_jws}});
  state_->chunks.seal(last, response_chunk_plaintext(state_->padding, last.size()), true, out.wire);
  return out;
}

}  // namespace aipg::seal
