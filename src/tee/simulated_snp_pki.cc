// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_snp_pki.h"

#include "codec/der.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;
using crypto::CertificateTemplate;

constexpr unsigned kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;
constexpr milliseconds kDay{24LL * 3600 * 1000};
constexpr milliseconds kAuthorityLife = 25 * 365 * kDay, kVcekLife = 7 * 365 * kDay, kVlekLife = 365 * kDay;

// 01 00 00 is Milan's ARK, 02 00 01 Genoa's ASK, 03 01 01 Turin's ASVK.
Bytes serial_of(SnpAuthority authority, SnpFamily family) {
  const auto first = static_cast<std::uint8_t>(static_cast<unsigned>(family) + 1);
  if (authority == SnpAuthority::ark) return {first, 0, 0};
  return {first, static_cast<std::uint8_t>(authority == SnpAuthority::asvk ? 1 : 0), 1};
}

crypto::Extension extension(std::string_view below, Bytes value) {
  return {der::oid_content("1.3.6.1.4.1.3704.1" + std::string(below)), false, std::move(value)};
}

Bytes ia5(std::string_view text) { return der::element(der::kIa5String, as_bytes(text)); }

void add_levels(std::vector<crypto::Extension>& out, const SnpKeyContent& content) {
  const SnpLevels& levels = content.levels;
  const bool turin = content.family == SnpFamily::turin;
  if (turin) out.push_back(extension(".3.9", der::integer(levels.fmc)));
  out.push_back(extension(".3.1", der::integer(levels.boot_loader)));
  out.push_back(extension(".3.2", der::integer(levels.tee)));
  if (!turin) out.push_back(extension(".3.4", der::integer(0)));
  out.push_back(extension(".3.5", der::integer(0)));
  out.push_back(extension(".3.6", der::integer(0)));
  out.push_back(extension(".3.7", der::integer(0)));
  out.push_back(extension(".3.3", der::integer(levels.snp)));
  out.push_back(extension(".3.8", der::integer(levels.microcode)));
}

}  // namespace

std::string_view to_text(SnpFamily family) {
  constexpr std::array<std::string_view, 3> kNames{"Milan", "Genoa", "Turin"};
  return kNames.at(static_cast<std::size_t>(family));
}

SnpAuthorityKeys SnpAuthorityKeys::generate(unsigned bits) {
  return {crypto::RsaPrivateKey::generate(bits), crypto::RsaPrivateKey::generate(bits),
          crypto::RsaPrivateKey::generate(bits)};
}

const crypto::RsaPrivateKey& SnpAuthorityKeys::of(SnpAuthority authority) const {
  if (authority == SnpAuthority::ark) return ark;
  return authority == SnpAuthority::ask ? ask : asvk;
}

std::string snp_authority_name(SnpAuthority authority, SnpFamily family) {
  constexpr std::array<std::string_view, 3> kNames{"SIMULATED ARK-", "SIMULATED SEV-", "SIMULATED SEV-VLEK-"};
  return std::string(kNames.at(static_cast<std::size_t>(authority))).append(to_text(family));
}

CertificateTemplate snp_authority_template(SnpAuthority authority, SnpFamily family, Instant now) {
  const bool root = authority == SnpAuthority::ark;
  CertificateTemplate out;
  out.subject_cn = snp_authority_name(authority, family);
  out.serial = serial_of(authority, family);
  out.not_before = now - kDay;
  out.not_after = now + kAuthorityLife;
  out.ca = true;
  if (!root) out.path_length = 0;
  out.key_usage = root ? kKeyCertSign | kCrlSign : kKeyCertSign;
  return out;
}

Bytes issue_snp_authority(const CertificateTemplate& what, SnpAuthority authority, SnpFamily family,
                          const SnpAuthorityKeys& keys) {
  return crypto::issue_certificate(what, keys.of(authority), snp_authority_name(SnpAuthority::ark, family), keys.ark);
}

std::vector<crypto::Extension> snp_key_extensions(const SnpKeyContent& content) {
  std::vector<crypto::Extension> out{extension(".1", der::integer(content.struct_version)),
                                     extension(".2", ia5(content.product_name))};
  add_levels(out, content);
  if (content.hwid) out.push_back(extension(".4", *content.hwid));
  if (content.csp_id) out.push_back(extension(".5", ia5(*content.csp_id)));
  return out;
}

CertificateTemplate snp_key_template(const SnpKeyContent& content, Instant now) {
  const bool vlek = content.csp_id.has_value();
  CertificateTemplate out;
  out.subject_cn = vlek ? "SIMULATED SEV-VLEK" : "SIMULATED SEV-VCEK";
  out.serial = {0};
  out.not_before = now - kDay;
  out.not_after = now + (vlek ? kVlekLife : kVcekLife);
  out.with_basic_constraints = false;
  out.with_key_ids = false;
  out.extra = snp_key_extensions(content);
  return out;
}

Bytes issue_snp_key(const CertificateTemplate& what, const crypto::EcPublicKey& key, SnpAuthority authority,
                    SnpFamily family, const SnpAuthorityKeys& keys) {
  return crypto::issue_certificate(what, key, snp_authority_name(authority, family), keys.of(authority));
}

Bytes issue_snp_crl(const std::vector<Bytes>& revoked_serials, SnpFamily family, const SnpAuthorityKeys& keys,
                    Instant this_update, Instant next_update) {
  crypto::CrlTemplate what;
  what.this_update = this_update;
  what.next_update = next_update;
  for (const Bytes& serial : revoked_serials) what.revoked.push_back({serial, this_update, {}});
  return crypto::issue_crl(what, snp_authority_name(SnpAuthority::ark, family), keys.ark);
}

}  // namespace aipg::tee
