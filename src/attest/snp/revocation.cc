// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/revocation.h"

namespace aipg::attest::snp {
namespace {

using crypto::Certificate;

// The pinned certificate among `certificates`.
Result<Certificate> only_root(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots) {
  const Bytes* found = nullptr;
  for (const Bytes& der : certificates) {
    if (std::ranges::find(roots, der) == roots.end()) continue;
    if (found != nullptr) return fail("snp_certificates", "more than one ARK");
    found = &der;
  }
  if (found == nullptr) return fail("chain_root");
  return Certificate::parse(*found);
}

Result<Certificate> current_root(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots, Instant at) {
  AIPG_TRY(Certificate root, only_root(certificates, roots));
  if (at < root.not_before()) return fail("chain_not_yet_valid");
  if (at > root.not_after()) return fail("chain_expired");
  return root;
}

bool check_list(const crypto::Crl& crl, const Certificate& root, Instant at, Rules& rules) {
  const auto good = crypto::verify_crl(crl, root, at);
  if (!good) return rules.refuse(good.error()), false;
  rules.add("snp_crl", Severity::passed);
  return true;
}

}  // namespace

void check_revocation(const VerifiedKey& key, const crypto::Crl& crl, Instant at, Rules& rules) {
  if (!check_list(crl, key.root(), at, rules)) return;
  rules.require(!crl.is_revoked(key.authority().serial()), "snp_revoked",
                "AMD has revoked " + key.authority().subject_common_name());
}

bool verify_revocation_list(const crypto::Crl& crl, const std::vector<Bytes>& certificates,
                            const std::vector<Bytes>& roots, Instant at, Rules& rules) {
  const auto root = current_root(certificates, roots, at);
  if (!root) return rules.refuse(root.error()), false;
  if (const auto rest = check_authorities(certificates, roots); !rest) return rules.refuse(rest.error()), false;
  return check_list(crl, *root, at, rules);
}

}  // namespace aipg::attest::snp
