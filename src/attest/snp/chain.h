// SPDX-License-Identifier: Apache-2.0
// From certificates in any order to one key that AMD vouches for: VCEK ← ASK ←
// ARK or VLEK ← ASVK ← ARK, the ARK pinned by its bytes. The chain is chosen
// by issuer names and must then hold exactly; nothing is tried twice. What is
// given and not needed must be genuine too. Refuses what is ambiguous, and a key whose own words about its product and
// kind are not those of its authorities. Pure.
// Errors and findings: snp_certificates, snp_chain beside verify_chain()'s and
// Certificate's codes, snp_extension, snp_family, snp_product, snp_key_kind.
// Source: AMD KDS interface (57230); FORMATS.md 0 and 4.
#pragma once

#include "attest/rules.h"
#include "attest/snp/certificate.h"
#include "attest/verifier_cache.h"

namespace aipg::attest::snp {

inline constexpr std::size_t kMaxCertificates = 16;

// A VCEK or VLEK that was traced back to AMD. Exists only through verify_vcek() and verify_pool().
class VerifiedKey {
 public:
  [[nodiscard]] const crypto::EcPublicKey& key() const { return *chain_[0].ec_key(); }
  [[nodiscard]] const KeyExtensions& extensions() const { return extensions_; }
  [[nodiscard]] const crypto::Certificate& certificate() const { return chain_[0]; }
  [[nodiscard]] const crypto::Certificate& authority() const { return chain_[1]; }  // ASK or ASVK
  [[nodiscard]] const crypto::Certificate& root() const { return chain_[2]; }       // ARK

 private:
  friend std::optional<VerifiedKey> judge_chain(std::vector<crypto::Certificate> chain, const std::vector<Bytes>& roots,
                                                Instant at, Rules& rules);
  VerifiedKey(std::vector<crypto::Certificate> chain, KeyExtensions extensions)
      : chain_(std::move(chain)), extensions_(std::move(extensions)) {}
  std::vector<crypto::Certificate> chain_;
  KeyExtensions extensions_;
};

// `certificate` under the authority among `authorities` that its issuer names, valid at `at`. Genuine authorities
// of other products may be among them.
[[nodiscard]] std::optional<VerifiedKey> verify_vcek(ByteView certificate, const std::vector<Bytes>& authorities,
                                                     const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                                     VerifierCache* cache = nullptr);

// What comes with a report: exactly one VCEK or VLEK, its authority, and nothing of another product. The ARK
// may be missing, since it must be one of `roots` anyway.
[[nodiscard]] std::optional<VerifiedKey> verify_pool(const std::vector<Bytes>& certificates,
                                                     const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                                     VerifierCache* cache = nullptr);

// Is each of these one of `roots`, or an authority that one of them signed? Errors: snp_certificates,
// chain_root, chain_signature, Certificate's.
[[nodiscard]] Result<void> check_authorities(const std::vector<Bytes>& certificates, const std::vector<Bytes>& roots);

}  // namespace aipg::attest::snp
