// SPDX-License-Identifier: Apache-2.0
#include "client/core/outgoing_answer.h"

namespace aipg::client {
namespace {

constexpr unsigned kFirstErrorStatus = 400;

// Of an answer that came whole, and that nobody gets to see so.
Failure unfit(const Error& error) {
  Failure out;
  out.kind = Failure::Kind::unfit_answer;
  out.prompt_sent = true;
  out.error = error;
  return out;
}

}  // namespace

void OutgoingAnswer::on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite) {
  if (receiver_.verified) receiver_.verified(sealed_to, suite);
}

void OutgoingAnswer::on_worker(const Candidate& worker) {
  if (receiver_.worker) receiver_.worker(worker);
}

void OutgoingAnswer::on_head(unsigned status, const std::vector<codec::bhttp::Field>& fields) {
  status_ = status;
  fields_ = fields;
  for (const auto& field : fields) {
    if (field.name == "content-type") is_stream_ = field.value.starts_with("text/event-stream");
  }
  if (is_stream_) receiver_.head(status_, fields_);
}

void OutgoingAnswer::on_content(ByteView bytes) {
  if (failed_) return;
  if (!is_stream_) return hold(bytes);
  if (auto fed = inserter_.feed(bytes, receiver_.body); !fed) failed_ = fed.error();
}

void OutgoingAnswer::hold(ByteView bytes) {
  if (held_.size() + bytes.size() <= kMaxHeldAnswerBytes) return held_.append(bytes);
  held_ = {};
  failed_ = fail("answer_too_large").error();
}

Outcome<void> OutgoingAnswer::finish(const attest::Attestation& attestation) {
  if (failed_) return std::unexpected(unfit(*failed_));
  if (is_stream_ && inserter_.ends_in_error()) {
    inserter_.release(receiver_.body);
    return {};
  }
  const BytesSink after_head = [this, begun = is_stream_](ByteView piece) mutable {
    if (!std::exchange(begun, true)) receiver_.head(status_, fields_);
    receiver_.body(piece);
  };
  if (!is_stream_ && status_ >= kFirstErrorStatus) {
    after_head(held_.reveal());
    return {};
  }
  const attest::AttestationText text(attestation);
  const auto finished = is_stream_ ? inserter_.finish(text, after_head, receiver_.attestation)
                                   : insert_into_json(held_.reveal(), text, after_head, receiver_.attestation);
  if (!finished) return std::unexpected(unfit(finished.error()));
  return {};
}

}  // namespace aipg::client
