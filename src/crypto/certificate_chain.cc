// SPDX-License-Identifier: Apache-2.0
#include "codec/der.h"
#include "crypto/certificate.h"

namespace aipg::crypto {
namespace {

using Chain = std::vector<Certificate>;

constexpr codec::der::Oid kBasicConstraints = "2.5.29.19", kKeyUsage = "2.5.29.15";
constexpr unsigned kDigitalSignature = 1U << 0;
constexpr unsigned kKeyCertSign = 1U << 5;

// The root issued itself.
const Certificate& issuer_of(const Chain& chain, std::size_t i) { return chain[std::min(i + 1, chain.size() - 1)]; }

Result<void> check_shape(const Chain& chain, const std::vector<Bytes>& roots, const ChainProfile& profile) {
  if (chain.empty() || chain.size() != profile.length) return fail("chain_length", {}, chain.size());
  ByteView last = chain.back().der();
  if (std::ranges::none_of(roots, [last](const Bytes& root) { return equal(root, last); })) {
    return fail("chain_root", {}, chain.size() - 1);
  }
  return {};
}

Result<void> check_link(const Chain& chain, std::size_t i) {
  const Certificate& certificate = chain[i];
  const Certificate& issuer = issuer_of(chain, i);
  if (certificate.issuer() != issuer.subject()) return fail("chain_issuer", {}, i);
  // Only the root may have issued itself: a chain is not made longer by repeating one.
  if (i + 1 < chain.size() && certificate.issuer() == certificate.subject()) {
    return fail("chain_issuer", "self_issued", i);
  }
  if (certificate.authority_key_id() && issuer.subject_key_id() &&
      certificate.authority_key_id() != issuer.subject_key_id()) {
    return fail("chain_key_id", {}, i);
  }
  return {};
}

// Position i has i − 1 issuers between itself and the leaf.
Result<void> check_constraints(const Certificate& certificate, std::size_t i) {
  bool must_be_ca = i > 0;
  if (certificate.is_ca().value_or(false) != must_be_ca) return fail("chain_ca", {}, i);
  if (must_be_ca && certificate.path_length() && *certificate.path_length() < i - 1) {
    return fail("chain_ca", "path_length", i);
  }
  return {};
}

Result<void> check_key_usage(const Certificate& certificate, const ChainProfile& profile, std::size_t i) {
  bool optional = i == 0 && !profile.leaf_has_key_usage;
  unsigned needed = i == 0 ? kDigitalSignature : kKeyCertSign;
  if (!certificate.key_usage()) return optional ? Result<void>() : fail("chain_key_usage", "missing", i);
  if ((*certificate.key_usage() & needed) == 0) return fail("chain_key_usage", {}, i);
  return {};
}

Result<void> check_critical_extensions(const Certificate& certificate, std::size_t i) {
  const Extension* constraints = certificate.find_extension(kBasicConstraints);
  const Extension* usage = certificate.find_extension(kKeyUsage);
  for (const Extension& extension : certificate.extensions()) {
    bool understood = &extension == constraints || &extension == usage;
    if (extension.critical && !understood) return fail("chain_critical_extension", {}, i);
  }
  return {};
}

Result<void> check_dates(const Certificate& certificate, Instant at, std::size_t i) {
  if (at < certificate.not_before()) return fail("chain_not_yet_valid", {}, i);
  if (at > certificate.not_after()) return fail("chain_expired", {}, i);
  return {};
}

}  // namespace

Result<void> verify_chain(const Chain& chain, const std::vector<Bytes>& roots, const ChainProfile& profile,
                          Instant at) {
  AIPG_CHECK(check_shape(chain, roots, profile));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].signature_algorithm() != profile.algorithm) return fail("chain_algorithm", {}, i);
    AIPG_CHECK(check_link(chain, i));
    AIPG_CHECK(check_constraints(chain[i], i));
    AIPG_CHECK(check_key_usage(chain[i], profile, i));
    AIPG_CHECK(check_critical_extensions(chain[i], i));
    AIPG_CHECK(check_dates(chain[i], at, i));
  }
  // From the root down, so that a forged subtree fails where it was grafted on. The root's own signature says
  // nothing that its pinned bytes do not.
  for (std::size_t i = chain.size() - 1; i-- > 0;) {
    if (!chain[i].signed_by(chain[i + 1])) return fail("chain_signature", {}, i);
  }
  return {};
}

}  // namespace aipg::crypto
