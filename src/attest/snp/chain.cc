// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/chain.h"

namespace aipg::attest::snp {
namespace {

using crypto::Certificate;
using Certificates = std::vector<Certificate>;

constexpr std::size_t kChainLength = 3;
constexpr unsigned kAuthorityBits = 4096;
constexpr unsigned kKeyCertSign = 1U << 5;

Result<Certificates> read_all(const std::vector<Bytes>& ders, VerifierCache* cache) {
  if (ders.size() > kMaxCertificates) return fail("snp_certificates", "too many", ders.size());
  Certificates out;
  for (const Bytes& der : ders) {
    AIPG_TRY(Certificate certificate, read_certificate(der, cache));
    const auto same = [&](const Certificate& other) { return equal(other.der(), certificate.der()); };
    if (std::ranges::any_of(out, same)) return fail("snp_certificates", "one stands there twice", out.size());
    out.push_back(std::move(certificate));
  }
  return out;
}

// AMD's authorities have RSA keys and what they certify has not.
bool is_authority(const Certificate& certificate) { return certificate.rsa_key() != nullptr; }

Result<Certificate> only_leaf(const Certificates& pool) {
  const Certificate* found = nullptr;
  for (const Certificate& each : pool) {
    if (is_authority(each)) continue;
    if (found != nullptr) return fail("snp_certificates", "more than one VCEK or VLEK");
    found = &each;
  }
  if (found == nullptr) return fail("snp_certificates", "no VCEK or VLEK");
  return *found;
}

Result<Certificate> authority_of(const Certificate& leaf, const Certificates& pool) {
  const Certificate* found = nullptr;
  for (const Certificate& each : pool) {
    if (!is_authority(each) || each.subject() != leaf.issuer()) continue;
    if (found != nullptr) return fail("snp_certificates", "two authorities of one name");
    found = &each;
  }
  if (found == nullptr) return fail("snp_certificates", "the key's authority is missing");
  return *found;
}

// The pinned certificates; what cannot be read is nobody's root.
Certificates read_roots(const std::vector<Bytes>& ders, VerifierCache* cache) {
  Certificates out;
  for (const Bytes& der : ders) {
    auto root = read_certificate(der, cache);
    if (root) out.push_back(*std::move(root));
  }
  return out;
}

// The root that `authority` names, by its key too: a simulator's roots share their names.
Result<Certificate> root_of(const Certificate& authority, const Certificates& roots) {
  for (const Certificate& root : roots) {
    if (root.subject() != authority.issuer()) continue;
    if (!authority.authority_key_id() || authority.authority_key_id() == root.subject_key_id()) return root;
  }
  return fail("chain_root", {}, kChainLength - 1);
}

Result<Certificates> choose_chain(const Certificate& leaf, const Certificates& authorities, const Certificates& roots) {
  AIPG_TRY(Certificate authority, authority_of(leaf, authorities));
  AIPG_TRY(Certificate root, root_of(authority, roots));
  return Certificates{leaf, std::move(authority), std::move(root)};
}

// Given beside the chain, and genuine nevertheless: a root itself, or signed by one.
Result<void> check_beside(const Certificate& authority, const Certificates& roots) {
  AIPG_TRY(const Certificate root, root_of(authority, roots));
  if (authority.subject() == authority.issuer()) {
    if (!equal(authority.der(), root.der())) return fail("chain_root", "beside the chain", 2);
    return {};
  }
  if (!authority.signed_by(root)) return fail("chain_signature", "beside the chain", 1);
  return {};
}

enum class OtherProducts : std::uint8_t { allowed, refused };

// The chain's own authority is the chain's business.
Result<void> check_rest(const Certificates& pool, const Certificates& chain, const Certificates& roots,
                        OtherProducts others) {
  for (const Certificate& each : pool) {
    if (!is_authority(each) || equal(each.der(), chain[1].der())) continue;
    const bool own = each.issuer() == chain[2].subject();
    if (!own && others == OtherProducts::refused) return fail("snp_certificates", "another product's");
    AIPG_CHECK(check_beside(each, roots));
  }
  return {};
}

// What every AMD chain has, beyond what any chain must.
Result<void> check_profile(const Certificates& chain) {
  const crypto::EcPublicKey* key = chain[0].ec_key();
  if (key == nullptr || key->curve() != crypto::Curve::p384) return fail("chain_algorithm", "key");
  for (std::size_t i = 1; i < kChainLength; ++i) {
    const bool keyed = is_authority(chain[i]) && chain[i].rsa_key()->bits() == kAuthorityBits;
    if (!keyed) return fail("chain_algorithm", "key", i);
  }
  if (chain[1].path_length() != 0U) return fail("chain_ca", "path_length", 1);
  if (chain[1].key_usage() != kKeyCertSign) return fail("chain_key_usage", {}, 1);
  return {};
}

Result<void> check_chain(const Certificates& chain, const std::vector<Bytes>& roots, Instant at) {
  const crypto::ChainProfile profile{
      .length = kChainLength, .algorithm = crypto::SignatureAlgorithm::rsa_pss_sha384, .leaf_has_key_usage = false};
  AIPG_CHECK(crypto::verify_chain(chain, roots, profile, at));
  return check_profile(chain);
}

// Only the end of a name counts: the simulator's begin with SIMULATED. The names are signed by now.
bool named(const Certificate& certificate, const std::string& name) {
  return certificate.subject_common_name().ends_with(name);
}

bool check_names(const Certificates& chain, const KeyExtensions& key, Rules& rules) {
  const std::string family(to_text(key.family));
  const bool vlek = key.kind == SigningKey::vlek;
  const bool for_providers = named(chain[1], "SEV-VLEK-" + family);
  const bool product = (for_providers || named(chain[1], "SEV-" + family)) && named(chain[2], "ARK-" + family);
  const bool one_product = rules.require(
      product, "snp_product", "the certificate is for " + family + ", its authorities are not",
      [&] { return Compared{family, chain[1].subject_common_name() + ", " + chain[2].subject_common_name()}; });
  if (!one_product) return false;  // what kind an authority is of is told by its name
  const bool kind = for_providers == vlek && named(chain[0], vlek ? "SEV-VLEK" : "SEV-VCEK");
  return rules.require(kind, "snp_key_kind",
                       std::string("the certificate is for a ") + (vlek ? "VLEK" : "VCEK") +
                           ", its name or its authority for another kind of key");
}

}  // namespace

std::optional<VerifiedKey> judge_chain(Certificates chain, const std::vector<Bytes>& roots, Instant at, Rules& rules) {
  if (const auto good = check_chain(chain, roots, at); !good) return rules.refuse(good.error()), std::nullopt;
  rules.add("snp_chain", Severity::passed);
  auto extensions = read_key_extensions(chain[0]);
  if (!extensions) return rules.refuse(extensions.error()), std::nullopt;
  rules.add("snp_extension", Severity::passed);
  if (!check_names(chain, *extensions, rules)) return std::nullopt;
  return VerifiedKey(std::move(chain), *std::move(extensions));
}

namespace {

std::optional<VerifiedKey> judge(const Certificate& leaf, const Certificates& pool, OtherProducts others,
                                 const std::vector<Bytes>& roots, Instant at, Rules& rules, VerifierCache* cache) {
  const Certificates pinned = read_roots(roots, cache);
  auto chain = choose_chain(leaf, pool, pinned);
  if (!chain) return rules.refuse(chain.error()), std::nullopt;
  const auto rest = check_rest(pool, *chain, pinned, others);
  if (!rest) return rules.refuse(rest.error()), std::nullopt;
  rules.add("snp_certificates", Severity::passed);
  return judge_chain(*std::move(chain), roots, at, rules);
}

}  // namespace

Result<void> check_authorities(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots) {
  AIPG_TRY(const Certificates pool, read_all(certificates, nullptr));
  const Certificates pinned = read_roots(roots, nullptr);
  for (const Certificate& each : pool) {
    if (!is_authority(each)) return fail("snp_certificates", "not an authority");
    AIPG_CHECK(check_beside(each, pinned));
  }
  return {};
}

std::optional<VerifiedKey> verify_vcek(ByteView certificate, const std::vector<Bytes>& authorities,
                                       const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                       VerifierCache* cache) {
  const auto leaf = read_certificate(certificate, cache);
  if (!leaf) return rules.refuse(leaf.error()), std::nullopt;
  const auto pool = read_all(authorities, cache);
  if (!pool) return rules.refuse(pool.error()), std::nullopt;
  return judge(*leaf, *pool, OtherProducts::allowed, roots, at, rules, cache);
}

std::optional<VerifiedKey> verify_pool(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots,
                                       Instant at, Rules& rules, VerifierCache* cache) {
  const auto pool = read_all(certificates, cache);
  if (!pool) return rules.refuse(pool.error()), std::nullopt;
  const auto leaf = only_leaf(*pool);
  if (!leaf) return rules.refuse(leaf.error()), std::nullopt;
  return judge(*leaf, *pool, OtherProducts::refused, roots, at, rules, cache);
}

}  // namespace aipg::attest::snp
