// SPDX-License-Identifier: Apache-2.0
// Reference values aipg.reference.v1 (docs/protocol.md, "What runs"): which
// pairs of boot image and workload the network vouches for, and the least it
// takes of everybody else's collateral. Canonical JSON inside a signed
// document (signed_document.h), by at least two of three release keys.
//
//   {"v":1,"version":7,"issued_ms":…,"expires_ms":…,
//    "releases":[{"name":…,"workload_hash":…,"boots":[{"kind":"tdx","mrtd":…,"rtmr0":…,"rtmr1":…,"rtmr2":…},
//                 {"kind":"snp","measurement":…}],"models":[…],"status":"good"}],
//    "minimum":{"tdx_tcb_date_ms":…,"tcb_evaluation_data_number":…,"intel_crl_ms":…,"amd_crl_ms":…,
//               "nvidia_driver":570},
//    "platform_denied":[…],"validators":{"keys":[…],"quorum":…}}
//
// A status is "good"; "sunset" with "until_ms", good until then; or "revoked"
// with "since_ms", good before. A pair stands in one release only.
// Errors of parse: those of the JSON readers, reference_format,
// reference_window, reference_release, reference_minimum, reference_validators.
// Of verify_reference() besides: those of signed_document.h, policy_rollback,
// policy_not_yet_valid, policy_expired. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/policy.h"
#include "attest/rules.h"
#include "attest/signed_document.h"

namespace aipg::attest {

inline constexpr DocumentKind kReferenceKind{"aipg.reference.v1", "aipg reference v1"};
inline constexpr milliseconds kMaxReferenceLife{7LL * 24 * 3600 * 1000};

enum class ReleaseStatus : std::uint8_t { good, sunset, revoked };

struct ReferenceRelease {
  std::string name;
  Hash256 workload_hash{};
  std::vector<BootMeasurement> boots;  // one for each VM shape and kind of TEE
  std::vector<std::string> models;
  ReleaseStatus status = ReleaseStatus::good;
  Instant when;  // of a sunset its end, of a revocation its begin

  [[nodiscard]] bool boots_with(const BootMeasurement& boot) const;
  [[nodiscard]] bool revoked_at(Instant at) const { return status == ReleaseStatus::revoked && when <= at; }
  [[nodiscard]] bool over_at(Instant at) const { return status == ReleaseStatus::sunset && when < at; }
};

struct ReferenceMinimum {
  Instant tdx_tcb_date;                          // of the TCB level that matches
  std::uint32_t tcb_evaluation_data_number = 0;  // of TCB info and QE identity
  Instant intel_crl, amd_crl;                    // thisUpdate of the root's and the ARK's
  std::uint32_t nvidia_driver = 570;             // ≥ 570
};

struct ValidatorSet {
  std::vector<SigningKey> keys;
  std::size_t quorum = 0;  // more than half of them; 0 without any
};

struct Reference {
  std::uint64_t version = 0;
  Instant issued, expires;
  std::vector<ReferenceRelease> releases;
  ReferenceMinimum minimum;
  std::vector<Hash256> platform_denied;
  ValidatorSet validators;

  Bytes bytes;  // the exact document
  Hash256 digest{};
};

// Structure only; who says so is not checked.
[[nodiscard]] Result<Reference> parse_reference(ByteView bytes);
// Fills bytes and digest. What it writes parses only if the content keeps the rules above.
[[nodiscard]] Reference make_reference(Reference content);
// For people: a line for the whole, for each release and for each minimum.
[[nodiscard]] std::string to_text(const Reference& reference);

// What this client accepted last. Another document of the same version is a rollback too.
struct SeenReference {
  std::uint64_t version = 0;
  std::optional<Hash256> digest;
};

// Signed by enough release keys, not older than what was seen, and inside its
// time. Exists only through verify_reference().
class VerifiedReference {
 public:
  [[nodiscard]] const Reference& content() const { return content_; }
  [[nodiscard]] SeenReference seen() const { return {content_.version, content_.digest}; }

 private:
  friend Result<VerifiedReference> verify_reference(ByteView, const ReleaseKeys&, const SeenReference&, Instant,
                                                    milliseconds);
  explicit VerifiedReference(Reference content) : content_(std::move(content)) {}
  Reference content_;
};

// `skew` is how far the signers' clock may be ahead.
[[nodiscard]] Result<VerifiedReference> verify_reference(ByteView envelope, const ReleaseKeys& trusted,
                                                         const SeenReference& seen, Instant at,
                                                         milliseconds skew = milliseconds(0));

// The pair stands in a release that is good at `at`. Findings, all required:
// workload_unbound, release_revoked, release_over; release_sunset is a warning.
// Returns the release that names the pair; it lives in `reference`.
const ReferenceRelease* check_release(const VerifiedReference& reference, const BootMeasurement& boot,
                                      const Hash256& workload_hash, Instant at, Rules& rules);
// A pair that the client pins itself needs no release, but a revocation stands
// (release_revoked): of the pair, or of every release with this workload.
void check_pinned(const VerifiedReference& reference, const BootMeasurement& boot, const Hash256& workload_hash,
                  Instant at, Rules& rules);
// platform_denied, required.
void check_platform(const VerifiedReference& reference, const Hash256& platform_id, Rules& rules);

}  // namespace aipg::attest
