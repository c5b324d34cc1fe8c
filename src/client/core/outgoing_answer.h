// SPDX-License-Identifier: Apache-2.0
// An answer as an OpenAI client is to see it: the head and the bytes that the
// worker sealed, with `attestation` in the JSON object or in the last event of
// the stream. A stream goes on event by event as it arrives; a JSON answer is
// held until it is whole and proven, head and all, so that nobody acts on half
// of one. Pure; sans-I/O. Content is secret.
#pragma once

#include "client/core/insertion.h"
#include "client/core/session.h"

namespace aipg::client {

// Twice what a worker holds of its engine's (worker/assembly.h).
inline constexpr std::size_t kMaxHeldAnswerBytes = 64 << 20;

class OutgoingAnswer final : public AnswerSink {
 public:
  struct Receiver {
    std::function<void(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite)> verified;
    std::function<void(unsigned status, const std::vector<codec::bhttp::Field>& fields)> head;  // once, before any body
    BytesSink body;
    std::function<void(const Candidate&)> worker = {};  // whose answer it is, before head
    AttestationSink attestation = {};                   // in its place; without: into body
  };
  explicit OutgoingAnswer(Receiver receiver) : receiver_(std::move(receiver)) {}

  void on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite) override;
  void on_worker(const Candidate& worker) override;
  void on_head(unsigned status, const std::vector<codec::bhttp::Field>& fields) override;
  void on_content(ByteView bytes) override;

  [[nodiscard]] unsigned status() const { return status_; }
  // A JSON answer's own bytes as far as they came; nullopt for a stream, which is not kept.
  [[nodiscard]] std::optional<ByteView> held() const {
    return is_stream_ ? std::nullopt : std::optional(held_.reveal());
  }

  // The answer is whole and proven: what was held goes out. An error, as body or as a stream's last event, is proven
  // too, and goes out as it is: OpenAI's and Anthropic's clients show the whole of one, and would show a hundred
  // thousand characters of proof. Any other that cannot carry its proof is refused: what a strict reader makes nothing
  // of, a lax one may take for an answer with a proof of its own. Failure: unfit_answer, with insertion_not_object,
  // insertion_no_event, answer_has_attestation, sse_event_too_large or answer_too_large.
  [[nodiscard]] Outcome<void> finish(const attest::Attestation& attestation);

 private:
  void hold(ByteView bytes);

  Receiver receiver_;
  bool is_stream_ = false;
  unsigned status_ = 0;
  std::vector<codec::bhttp::Field> fields_;
  SecretBytes held_;  // of a JSON answer
  StreamInserter inserter_;
  std::optional<Error> failed_;
};

}  // namespace aipg::client
