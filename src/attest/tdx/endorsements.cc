// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/endorsements.h"

#include "attest/tdx/collateral_reader.h"
#include "codec/pem.h"

namespace aipg::attest::tdx {
namespace {

using crypto::Certificate;

constexpr std::size_t kSigningChain = 2;
constexpr unsigned kCrlSign = 1U << 6;

// A chain of two that ends in this root, as Intel's signing chains do.
bool ends_in(std::string_view pem, const Certificate& root) {
  const auto chain = codec::parse_pem_certificates(pem, kSigningChain);
  return chain && chain->size() == kSigningChain && equal(chain->back(), root.der());
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

bool is_pinned(const Certificate& certificate, const std::vector<Bytes>& roots) {
  return std::ranges::any_of(roots, [&](const Bytes& root) { return equal(root, certificate.der()); });
}

Result<void> check_dates(const Certificate& certificate, Instant at) {
  if (at < certificate.not_before()) return fail("chain_not_yet_valid");
  if (at > certificate.not_after()) return fail("chain_expired");
  return {};
}

// Who issued the list: pinned, or a CA that a pinned one issued.
Result<Certificate> authority_of(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                                 const std::vector<Bytes>& roots, Instant at) {
  if (auto root = named(crl.issuer(), roots)) return *std::move(root);
  auto ca = named(crl.issuer(), certificates);
  if (!ca) return fail("chain_issuer", "of the list");
  const auto root = named(ca->issuer(), roots);
  if (!root || !is_pinned(*root, roots)) return fail("chain_root");
  if (ca->is_ca() != true) return fail("chain_ca");
  if ((ca->key_usage().value_or(0) & kCrlSign) == 0) return fail("chain_key_usage");
  if (!ca->signed_by(*root)) return fail("chain_signature");
  AIPG_CHECK(check_dates(*root, at));
  return *std::move(ca);
}

}  // namespace

Result<Collateral> select_collateral(const Endorsements& endorsements, const VerifiedPlatform& platform) {
  std::vector<ByteView> items;
  for (const Bytes& item : endorsements.intel) {
    if (!as_text(item).starts_with("-----BEGIN ") || ends_in(as_text(item), platform.root())) items.push_back(item);
  }
  for (const Bytes& der : endorsements.crls) {
    const auto crl = crypto::Crl::parse(der);
    const bool ours = crl && (crl->issuer() == platform.root().subject() || crl->issuer() == platform.ca().subject());
    if (ours) items.push_back(der);
  }
  return read_collateral(items);
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
