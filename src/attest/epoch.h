// SPDX-License-Identifier: Apache-2.0
// Challenges of kind 1 (docs/protocol.md, "Challenge"): an epoch document,
// signed by a quorum of the validators in the reference values. It names a
// block that nobody could know before, so evidence over it is not older.
//
//   {"v":1,"epoch":…,"start_ms":…,"chain":…,"block":…,"block_hash":…}    canonical JSON, in a signed document
//
// Errors: those of the JSON readers and of signed_document.h, epoch_format,
// epoch_not_yet_valid, epoch_stale. Pure.
#pragma once

#include <string>

#include "attest/challenge.h"
#include "attest/reference.h"

namespace aipg::attest {

inline constexpr DocumentKind kEpochKind{"aipg.epoch.v1", "aipg epoch v1"};
inline constexpr milliseconds kMaxEpochAge{10 * 60 * 1000};

struct Epoch {
  std::uint64_t epoch = 0;
  Instant start;
  std::string chain;  // [a-z0-9-]{1,64}
  std::uint64_t block = 0;
  Hash256 block_hash{};

  Bytes bytes;       // the exact document
  Hash256 digest{};  // H(bytes): the challenge's value
};

// Structure only; who says so is not checked.
[[nodiscard]] Result<Epoch> parse_epoch(ByteView bytes);
// Fills bytes and digest.
[[nodiscard]] Epoch make_epoch(Epoch content);

// Signed by a quorum, begun, and at most ten minutes old. Exists only through verify_epoch().
class VerifiedEpoch {
 public:
  [[nodiscard]] const Epoch& content() const { return content_; }

 private:
  friend Result<VerifiedEpoch> verify_epoch(ByteView, const ValidatorSet&, Instant, milliseconds);
  explicit VerifiedEpoch(Epoch content) : content_(std::move(content)) {}
  Epoch content_;
};

// `skew` is how far the validators' clock may be ahead of the client's, whose age limit it never widens.
[[nodiscard]] Result<VerifiedEpoch> verify_epoch(ByteView envelope, const ValidatorSet& validators, Instant at,
                                                 milliseconds skew = milliseconds(0));

// freshness_epoch, required: the evidence's challenge is this very epoch.
void check_epoch_challenge(const VerifiedEpoch& epoch, ChallengeKind kind, const Hash256& value, Rules& rules);

}  // namespace aipg::attest
