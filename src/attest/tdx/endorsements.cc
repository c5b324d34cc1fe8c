// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/endorsements.h"

#include "attest/tdx/collateral_item.h"
#include "attest/tdx/collateral_reader.h"
#include "codec/pem.h"

namespace aipg::attest::tdx {
namespace {

using crypto::Certificate;

constexpr std::size_t kSigningChain = 2;
constexpr unsigned kCrlSign = 1U << 6;

// A chain of two that is this root's, as Intel's signing chains are: it ends in the root, or begins with what names
// it as its issuer. The first alone would let a chain with a damaged root pass for another platform's.
bool is_of(const std::vector<Bytes>& chain, const Certificate& root, VerifierCache* cache) {
  if (equal(chain.back(), root.der())) return true;
  const auto first = read_certificate(chain.front(), cache);
  return first && first->issuer() == root.subject() && first->authority_key_id() == root.subject_key_id();
}

bool is_of(ByteView pem, const Certificate& root, VerifierCache* cache) {
  if (const auto item = read_collateral_item(pem, cache)) return is_of((*item)->chain(), root, cache);
  // One that cannot be read may be meant for this platform nevertheless: that is for read_collateral() to refuse.
  const auto chain = codec::parse_pem_certificates(as_text(pem), kSigningChain);
  return chain && chain->size() == kSigningChain && is_of(*chain, root, cache);
}

// By its name or its key: one of them is enough, so that a damaged list does not pass for another platform's.
bool is_by(const crypto::Crl& crl, const Certificate& authority) {
  return crl.issuer() == authority.subject() ||
         (crl.authority_key_id() && crl.authority_key_id() == authority.subject_key_id());
}

// The one certificate of this name; nullopt when there is none, or more than one.
std::optional<Certificate> named(const Bytes& name, const std::vector<Bytes>& certificates) {
  std::optional<Certificate> out;
  for (const Bytes& der : certificates) {
    auto certificate = Certificate::parse(der);
    if (!certificate || certificate->subject() != name) continue;
    if (out && !equal(out->der(), certificate->der())) return std::nullopt;
    out = *std::move(certificate);
  }
  return out;
}

Result<void> check_dates(const Certificate& certificate, Instant at) {
  if (at < certificate.not_before()) return fail("chain_not_yet_valid");
  if (at > certificate.not_after()) return fail("chain_expired");
  return {};
}

// A CA that a pinned root issued.
Result<void> check_ca(const Certificate& ca, const std::vector<Bytes>& roots, Instant at) {
  const auto root = named(ca.issuer(), roots);
  if (!root) return fail("chain_root");
  if (ca.is_ca() != true) return fail("chain_ca");
  if ((ca.key_usage().value_or(0) & kCrlSign) == 0) return fail("chain_key_usage");
  if (!ca.signed_by(*root)) return fail("chain_signature");
  return check_dates(*root, at);
}

// Given beside a list, whether it is the issuer's or not: pinned, or a CA of a pinned root's.
Result<void> check_all(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots, Instant at) {
  for (const Bytes& der : certificates) {
    if (std::ranges::find(roots, der) != roots.end()) continue;
    AIPG_TRY(const Certificate ca, Certificate::parse(der));
    AIPG_CHECK(check_ca(ca, roots, at));
  }
  return {};
}

// Who issued the list: pinned, or a CA that a pinned one issued.
Result<Certificate> authority_of(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                                 const std::vector<Bytes>& roots, Instant at) {
  AIPG_CHECK(check_all(certificates, roots, at));
  if (auto root = named(crl.issuer(), roots)) return *std::move(root);
  auto ca = named(crl.issuer(), certificates);
  if (!ca) return fail("chain_issuer", "of the list");
  return *std::move(ca);
}

}  // namespace

Result<Collateral> select_collateral(const Endorsements& endorsements, const VerifiedPlatform& platform,
                                     VerifierCache* cache) {
  std::vector<ByteView> items;
  for (const Bytes& item : endorsements.intel) {
    if (!as_text(item).starts_with("-----BEGIN ") || is_of(item, platform.root(), cache)) items.push_back(item);
  }
  for (const Bytes& der : endorsements.crls) {
    AIPG_TRY(const crypto::Crl crl, read_crl(der, cache));
    if (is_by(crl, platform.root()) || is_by(crl, platform.ca())) items.push_back(der);
  }
  return read_collateral(items, cache);
}

void judge_revocation_list(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                           const std::vector<Bytes>& roots, Instant at, Rules& rules) {
  const auto authority = authority_of(crl, certificates, roots, at);
  if (!authority) return rules.refuse(authority.error());
  if (const auto dates = check_dates(*authority, at); !dates) return rules.refuse(dates.error());
  if (const auto good = crypto::verify_crl(crl, *authority, at); !good) return rules.refuse(good.error());
  rules.add("tdx_crl", Severity::passed);
}

}  // namespace aipg::attest::tdx
