// SPDX-License-Identifier: Apache-2.0
#include "client/core/outgoing_answer.h"

#include "codec/base64.h"

namespace aipg::client {
namespace {

constexpr unsigned kFirstErrorStatus = 400;

}  // namespace

void OutgoingAnswer::on_verified(const std::vector<Candidate>& sealed_to, std::uint16_t suite) {
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

Result<void> OutgoingAnswer::finish(const attest::Attestation& attestation) {
  if (failed_) return std::unexpected(*failed_);
  if (is_stream_ && inserter_.ends_in_error()) {
    inserter_.release(receiver_.body);
    return {};
  }
  if (!is_stream_ && status_ >= kFirstErrorStatus) {
    receiver_.head(status_, fields_);
    receiver_.body(held_.reveal());
    return {};
  }
  const std::string text = codec::to_base64(as_bytes(attest::write_attestation(attestation)));
  if (is_stream_) {
    auto finished = inserter_.finish(text, receiver_.body);
    const bool no_place = !finished && finished.error().code.view().starts_with("insertion_");
    return no_place ? Result<void>() : finished;
  }
  receiver_.head(status_, fields_);
  if (!insert_into_json(held_.reveal(), text, receiver_.body)) receiver_.body(held_.reveal());
  return {};
}

}  // namespace aipg::client
