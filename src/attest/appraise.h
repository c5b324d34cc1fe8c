// SPDX-License-Identifier: Apache-2.0
// Appraisal of an evidence bundle (RFC 9334): bytes, policy, nonce and instant
// in; a verdict out. Pure: no I/O, no clock, no globals. All findings are
// reported, not only the first, wherever going on is safe. Nothing is
// evaluated from bytes whose signature was not checked.
//
// Checks: bundle structure; keyset window and suites; manifest; CPU evidence
// (TDX or SEV-SNP) with the vendor's collateral; the pair of boot image and
// workload against signed reference values and pins; report data; every device
// with NVIDIA's manifests and responders, or its service's word, as the policy
// asks; count and mode, no device twice; freshness; level.
#pragma once

#include <memory>
#include <optional>

#include "attest/bundle.h"
#include "attest/policy.h"
#include "attest/reference.h"
#include "attest/verdict.h"

namespace aipg::attest {

// The verifier's own freshness: its nonce, and the path from it to the bundle's challenge.
struct Freshness {
  Hash256 nonce{};
  MerklePath path;
};

// What the verifier brings besides the bundle and its policy.
struct AppraisalInputs {
  // Without one, evidence must be over a recent epoch; or else it carries freshness_unproven and is capped at L1.
  std::optional<Freshness> freshness = {};
  // Vendors' files, in any order. Of a kind that is here, the bundle's own are not looked at.
  std::vector<Bytes> collateral = {};
  // Signed reference values. Null: the policy's pins alone decide, and no epoch is known.
  const VerifiedReference* reference = nullptr;
  // The verdict is the same with one and without. One that is for other roots than the policy's is not used.
  VerifierCache* cache = nullptr;
  // As of when tokens of NVIDIA's service are judged. Without one, as of the appraisal; its tokens last an hour, so who
  // asks the service about evidence that was shown before says here when.
  std::optional<Instant> service_at = {};
};

// What a client needs from accepted evidence in order to seal to it. Exists
// only when the verdict accepted: appraise() is the only door.
class VerifiedWorker {
 public:
  [[nodiscard]] const Keyset& keyset() const { return keyset_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] Level level() const { return level_; }
  [[nodiscard]] Instant verified_at() const { return verified_at_; }
  // Until when the verdict may be used: the keyset's end or 10 minutes, whichever is sooner.
  [[nodiscard]] Instant usable_until() const;

 private:
  friend struct AppraisalAccess;
  VerifiedWorker() = default;
  Keyset keyset_;
  Manifest manifest_;
  Level level_ = Level::l0;
  Instant verified_at_;
};

struct Appraisal {
  Verdict verdict;
  std::optional<VerifiedWorker> worker;  // set exactly when verdict.accepted
};

[[nodiscard]] Appraisal appraise(ByteView bundle, const Policy& policy, const AppraisalInputs& inputs, Instant now);

}  // namespace aipg::attest
