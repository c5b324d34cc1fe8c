// SPDX-License-Identifier: Apache-2.0
// Putting `"attestation":"…"` into an answer so that taking exactly those bytes
// out again restores the bytes under the receipt (docs/protocol.md,
// "Attestation"). Pure; sans-I/O. Content is secret.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "attest/attestation_text.h"
#include "base/result.h"
#include "base/secret.h"
#include "client/core/sse.h"

namespace aipg::client {

// Takes the answer in order, piece by piece, each borrowed: an attestation is long, and not worth another copy.
using BytesSink = std::function<void(ByteView)>;
// Where the attestation goes instead, for who keeps its text rather than a copy: between what came before and what
// follows.
using AttestationSink = std::function<void(const attest::AttestationText&)>;

// Before the final `}` of a JSON object. Nothing goes out where it fails.
// Errors: insertion_not_object (not JSON, or an empty object); answer_has_attestation: one of the engine's own, which a
// reader would take for the proof.
[[nodiscard]] Result<void> insert_into_json(ByteView answer, const attest::AttestationText& attestation,
                                            const BytesSink& sink, const AttestationSink& apart = {});

// Takes exactly the inserted bytes out of a JSON answer or a saved SSE stream:
// the original bytes, and the attestation (base64). Error: attestation_absent.
struct Separated {
  SecretBytes original;
  std::string attestation;
};
[[nodiscard]] Result<Separated> separate_attestation(ByteView answer);

// A stream of events: passes every event on as it comes, but holds back one
// that can be the last (a finish_reason, empty choices, error, a terminal
// type), and `[DONE]`, until another follows or the stream ends: a reader that
// stops at `[DONE]` has an answer that was proven. Events are taken as workers
// write them: LF, one `data:` line, strictly a JSON object without an
// `attestation` of its own. Stays failed once failed.
class StreamInserter {
 public:
  // Hands on what can be handed on. Errors: insertion_not_object, answer_has_attestation: of an event, which does not
  // go out; sse_event_too_large, also where what is held back becomes so large.
  [[nodiscard]] Result<void> feed(ByteView bytes, const BytesSink& sink);
  // The stream ended and was verified: the held event goes out with the
  // attestation in it. Errors: as in feed(), and insertion_no_event when there is none to carry it; what is held does
  // not go out then.
  [[nodiscard]] Result<void> finish(const attest::AttestationText& attestation, const BytesSink& sink,
                                    const AttestationSink& apart = {});

  // For who wants no attestation in an error: whether the last that came is one, and a way to let it go as it is.
  [[nodiscard]] bool ends_in_error() const { return held_is_error_ && cutter_.rest().empty(); }
  void release(const BytesSink& sink);

 private:
  [[nodiscard]] Result<void> pass_on(const BytesSink& sink);
  [[nodiscard]] Result<void> take_event(ByteView event, const BytesSink& sink);
  [[nodiscard]] Result<void> hold(ByteView event);

  SseCutter cutter_;
  SecretBytes held_;                  // an event that may be the last, and what followed it
  std::size_t held_event_bytes_ = 0;  // 0: nothing is held
  bool held_is_error_ = false;
  std::optional<Error> failed_;
};

}  // namespace aipg::client
