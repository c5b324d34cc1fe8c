// SPDX-License-Identifier: Apache-2.0
// AMD's certificate authorities for SEV-SNP as a simulated machine has them:
// ARK, ASK and ASVK of one family, the VCEK or VLEK that they issue, and their
// revocation list. Profiles, algorithms, serials and extensions are the real
// ones'; every name begins with SIMULATED. Each certificate is made from a
// template that may be changed before it is issued. Not part of the verifier,
// and it shares no code with it.
#pragma once

#include <string>

#include "crypto/certificate_writer.h"

namespace aipg::tee {

enum class SnpFamily : std::uint8_t { milan, genoa, turin };
inline constexpr std::array kSnpFamilies{SnpFamily::milan, SnpFamily::genoa, SnpFamily::turin};
[[nodiscard]] std::string_view to_text(SnpFamily family);  // "Milan"
enum class SnpAuthority : std::uint8_t { ark, ask, asvk };

// One set of keys. Making RSA keys takes seconds, so it can serve all families.
struct SnpAuthorityKeys {
  crypto::RsaPrivateKey ark, ask, asvk;

  [[nodiscard]] static SnpAuthorityKeys generate(unsigned bits = 4096);
  [[nodiscard]] const crypto::RsaPrivateKey& of(SnpAuthority authority) const;
};

// "SIMULATED SEV-VLEK-Genoa"
[[nodiscard]] std::string snp_authority_name(SnpAuthority authority, SnpFamily family);
[[nodiscard]] crypto::CertificateTemplate snp_authority_template(SnpAuthority authority, SnpFamily family, Instant now);
// Signed by the family's ARK.
[[nodiscard]] Bytes issue_snp_authority(const crypto::CertificateTemplate& what, SnpAuthority authority,
                                        SnpFamily family, const SnpAuthorityKeys& keys);

// Security patch levels of the firmware's components.
struct SnpLevels {
  std::uint8_t fmc = 0;  // Turin only
  std::uint8_t boot_loader = 10, tee = 1, snp = 23, microcode = 0xD5;
};

// What a VCEK or VLEK is for. The defaults are a Genoa's VCEK.
struct SnpKeyContent {
  SnpFamily family = SnpFamily::genoa;
  std::uint64_t struct_version = 0;
  std::string product_name = "Genoa";
  SnpLevels levels = {};
  std::optional<Bytes> hwid = Bytes(64, 0xc1);       // 8 bytes on Turin
  std::optional<std::string> csp_id = std::nullopt;  // a VLEK's, which has no hwid
};

[[nodiscard]] std::vector<crypto::Extension> snp_key_extensions(const SnpKeyContent& content);
[[nodiscard]] crypto::CertificateTemplate snp_key_template(const SnpKeyContent& content, Instant now);
// Signed by the family's ASK or ASVK.
[[nodiscard]] Bytes issue_snp_key(const crypto::CertificateTemplate& what, const crypto::EcPublicKey& key,
                                  SnpAuthority authority, SnpFamily family, const SnpAuthorityKeys& keys);

// The family's list, naming these serials.
[[nodiscard]] Bytes issue_snp_crl(const std::vector<Bytes>& revoked_serials, SnpFamily family,
                                  const SnpAuthorityKeys& keys, Instant this_update, Instant next_update);

}  // namespace aipg::tee
