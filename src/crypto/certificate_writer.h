// SPDX-License-Identifier: Apache-2.0
// Issues certificates and CRLs, for the simulated TEE's PKI and for tests. Not part of
// the verifier.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/certificate.h"
#include "crypto/rsa_private_key.h"
#include "crypto/signature.h"

namespace aipg::crypto {

struct CertificateTemplate {
  std::string subject_cn;
  std::string organization = "AIPG simulator";
  Bytes serial = {1};             // big-endian, unsigned
  Instant not_before, not_after;  // years ≥ 2050 as GeneralizedTime
  bool ca = false;
  bool with_basic_constraints = true;  // NVIDIA leaves have none
  bool with_key_ids = true;            // AMD's VCEKs have none
  std::optional<unsigned> path_length;
  unsigned key_usage = 0;        // bits as in Certificate::key_usage(); 0: no extension
  std::vector<Extension> extra;  // appended as they are
};

// Signed by `issuer_key` under `issuer_cn` (the same organisation); self-signed
// when the keys are equal. ECDSA with the curve's hash; RSA as RsaPrivateKey signs.
[[nodiscard]] Bytes issue_certificate(const CertificateTemplate& what, const EcPublicKey& subject_key,
                                      const std::string& issuer_cn, const EcPrivateKey& issuer_key);
[[nodiscard]] Bytes issue_certificate(const CertificateTemplate& what, const EcPublicKey& subject_key,
                                      const std::string& issuer_cn, const RsaPrivateKey& issuer_key);
// For the public half of `subject_key`.
[[nodiscard]] Bytes issue_certificate(const CertificateTemplate& what, const RsaPrivateKey& subject_key,
                                      const std::string& issuer_cn, const RsaPrivateKey& issuer_key);

struct RevokedEntry {
  Bytes serial;  // as Certificate::serial() gives it
  Instant at;
  std::vector<Extension> extensions;
};

struct CrlTemplate {
  std::string organization = "AIPG simulator";
  Instant this_update;
  std::optional<Instant> next_update;
  std::vector<RevokedEntry> revoked;  // written in this order
  bool version1 = false;              // then there are no extensions of the list
  bool with_key_id = true;
  std::uint64_t number = 1;
  std::vector<Extension> extra;  // appended as they are
};

// Signed by `issuer_key` under `issuer_cn`, as certificates are.
[[nodiscard]] Bytes issue_crl(const CrlTemplate& what, const std::string& issuer_cn, const EcPrivateKey& issuer_key);
[[nodiscard]] Bytes issue_crl(const CrlTemplate& what, const std::string& issuer_cn, const RsaPrivateKey& issuer_key);

}  // namespace aipg::crypto
