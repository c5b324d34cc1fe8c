// SPDX-License-Identifier: Apache-2.0
// Judging with reference values; reference_document.cc reads and writes them.
#include "attest/reference.h"

#include "base/hex.h"

namespace aipg::attest {
namespace {

const ReferenceRelease* find_pair(const Reference& reference, const BootMeasurement& boot, const Hash256& workload) {
  const auto found = std::ranges::find_if(reference.releases, [&](const ReferenceRelease& each) {
    return each.workload_hash == workload && each.boots_with(boot);
  });
  return found == reference.releases.end() ? nullptr : &*found;
}

// Why no release matches, for people: the halves are named, their pairing decides.
std::string unbound(const Reference& reference, const BootMeasurement& boot, const Hash256& workload) {
  const auto& releases = reference.releases;
  const bool image = std::ranges::any_of(releases, [&](const ReferenceRelease& each) { return each.boots_with(boot); });
  const bool known = std::ranges::find(releases, workload, &ReferenceRelease::workload_hash) != releases.end();
  if (image && known) return "image and workload are known, but not together";
  if (image) return "the image is known, the workload " + to_hex(workload) + " is not";
  return known ? "the workload is known, the image is not" : "neither image nor workload is known";
}

// Revoked as a pair, or because nothing is left of this workload that is not revoked.
const ReferenceRelease* find_revoked(const Reference& reference, const BootMeasurement& boot, const Hash256& workload,
                                     Instant at) {
  const ReferenceRelease* revoked = nullptr;
  bool left = false;
  for (const ReferenceRelease& each : reference.releases) {
    if (each.workload_hash != workload) continue;
    if (!each.revoked_at(at)) {
      left = true;
    } else if (each.boots_with(boot)) {
      return &each;
    } else {
      revoked = &each;
    }
  }
  return left ? nullptr : revoked;
}

Result<void> check_order(const Reference& reference, const SeenReference& seen) {
  if (reference.version < seen.version) return fail("policy_rollback");
  if (reference.version == seen.version && seen.digest && *seen.digest != reference.digest) {
    return fail("policy_rollback", "same_version");
  }
  return {};
}

}  // namespace

bool ReferenceRelease::boots_with(const BootMeasurement& boot) const {
  return std::ranges::find(boots, boot) != boots.end();
}

Result<VerifiedReference> verify_reference(ByteView envelope, const ReleaseKeys& trusted, const SeenReference& seen,
                                           Instant at, milliseconds skew) {
  AIPG_TRY(const SignedDocument document, parse_signed_document(kReferenceKind, envelope));
  AIPG_CHECK(check_signers(kReferenceKind, document, trusted.keys, trusted.quorum));
  AIPG_TRY(Reference content, parse_reference(document.document));
  AIPG_CHECK(check_order(content, seen));
  if (at + skew < content.issued) return fail("policy_not_yet_valid");
  if (content.expires < at) return fail("policy_expired");
  return VerifiedReference(std::move(content));
}

const ReferenceRelease* check_release(const VerifiedReference& reference, const BootMeasurement& boot,
                                      const Hash256& workload_hash, Instant at, Rules& rules) {
  const ReferenceRelease* release = find_pair(reference.content(), boot, workload_hash);
  if (!rules.require(release != nullptr, "workload_unbound", unbound(reference.content(), boot, workload_hash)))
    return nullptr;
  const std::string when = release->name + ", " + to_text(release->when);
  rules.require(!release->revoked_at(at), "release_revoked", "revoked: " + when);
  rules.require(!release->over_at(at), "release_over", "its time was over: " + when);
  if (release->status == ReleaseStatus::sunset && !release->over_at(at)) {
    rules.add("release_sunset", Severity::warning, "good only until " + to_text(release->when));
  }
  return release;
}

void check_pinned(const VerifiedReference& reference, const BootMeasurement& boot, const Hash256& workload_hash,
                  Instant at, Rules& rules) {
  const ReferenceRelease* revoked = find_revoked(reference.content(), boot, workload_hash, at);
  rules.require(revoked == nullptr, "release_revoked",
                revoked == nullptr ? "" : "revoked: " + revoked->name + ", " + to_text(revoked->when));
}

void check_platform(const VerifiedReference& reference, const Hash256& platform_id, Rules& rules) {
  const auto& denied = reference.content().platform_denied;
  rules.require(std::ranges::find(denied, platform_id) == denied.end(), "platform_denied",
                "the network does not take this machine",
                [&] { return Compared{"a machine that is not on the list", to_hex(platform_id)}; });
}

}  // namespace aipg::attest
