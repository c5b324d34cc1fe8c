// SPDX-License-Identifier: Apache-2.0
#include "collateral/resource.h"

#include <array>

#include "base/hex.h"
#include "crypto/digest.h"

namespace aipg::collateral {
namespace {

using attest::snp::Family;
using attest::snp::Tcb;
using attest::tdx::Tee;

constexpr std::size_t kTurinChipBytes = 8;
constexpr std::string_view kRootCrlPath = "/IntelSGXRootCA.der";
constexpr std::string_view kPccsRootCrlPath = "/sgx/certification/v4/rootcacrl";

std::string_view word(Tee tee) { return tee == Tee::tdx ? "tdx" : "sgx"; }

std::string upper_hex(ByteView bytes) {
  std::string out = to_hex(bytes);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

std::string joined(std::string_view a, std::string_view b, std::string_view c = {}, std::string_view d = {}) {
  return std::string(a).append(b).append(c).append(d);
}

// Two digits at least, as AMD's own tools write it.
std::string level(std::string_view name, std::uint8_t value) {
  const std::string digits = std::to_string(value);
  return joined(name, digits.size() < 2 ? "=0" : "=", digits);
}

std::string tcb_query(Family family, const Tcb& tcb) {
  std::string out = family == Family::turin ? level("?fmcSPL", tcb.fmc) + "&" : "?";
  out += level("blSPL", tcb.boot_loader) + "&" + level("teeSPL", tcb.tee) + "&";
  return out + level("snpSPL", tcb.snp) + "&" + level("ucodeSPL", tcb.microcode);
}

}  // namespace

std::string_view to_text(ResourceKind kind) {
  static constexpr std::array<std::string_view, kResourceKinds> kNames{
      "TCB info",         "QE identity",         "PCK revocation list", "root revocation list", "VCEK certificate",
      "AMD certificates", "AMD revocation list", "reference manifest",  "OCSP response",        "NRAS keys"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Resource tcb_info(Tee tee, const ByteArray<6>& fmspc) {
  const std::string id = upper_hex(fmspc);
  return {.kind = ResourceKind::tcb_info,
          .subject = joined(tee == Tee::tdx ? "TDX " : "SGX ", id),
          .path = joined("/", word(tee), "/certification/v4/tcb?fmspc=", id),
          .file = joined("tcb_info_", word(tee), "_", id),
          .tee = tee,
          .fmspc = fmspc};
}

Resource qe_identity(Tee tee) {
  return {.kind = ResourceKind::qe_identity,
          .subject = tee == Tee::tdx ? "TDX" : "SGX",
          .path = joined("/", word(tee), "/certification/v4/qe/identity"),
          .file = joined("qe_identity_", word(tee)),
          .tee = tee};
}

Resource pck_crl(PckCa ca) {
  const std::string_view name = ca == PckCa::platform ? "platform" : "processor";
  return {.kind = ResourceKind::pck_crl,
          .subject = joined(name, " CA"),
          .path = joined("/sgx/certification/v4/pckcrl?ca=", name, "&encoding=der"),
          .file = joined("pck_crl_", name)};
}

Resource intel_root_crl() {
  return {.kind = ResourceKind::intel_root_crl,
          .subject = "Intel SGX Root CA",
          .path = std::string(kRootCrlPath),
          .file = "intel_root_crl"};
}

Resource vcek(Family family, ByteView chip_id, const Tcb& tcb) {
  const ByteView chip = family == Family::turin ? chip_id.first(kTurinChipBytes) : chip_id;
  const std::string query = tcb_query(family, tcb);
  return {.kind = ResourceKind::vcek,
          .subject = joined(attest::snp::to_text(family), " chip ", short_hex(chip)),
          .path = joined("/vcek/v1/", attest::snp::to_text(family), "/", to_hex(chip)) + query,
          .file = "vcek_" + to_hex(crypto::sha256(as_bytes(to_hex(chip) + query))).substr(0, 16)};
}

Resource amd_authorities(AmdKey key, Family family) {
  const std::string_view kind = key == AmdKey::vcek ? "vcek" : "vlek", product = attest::snp::to_text(family);
  return {.kind = ResourceKind::amd_authorities,
          .subject = joined(product, key == AmdKey::vcek ? " for VCEKs" : " for VLEKs"),
          .path = joined("/", kind, "/v1/", product) + "/cert_chain",
          .file = joined("amd_", kind, "_chain_", product)};
}

Resource amd_crl(Family family) {
  const std::string_view product = attest::snp::to_text(family);
  return {.kind = ResourceKind::amd_crl,
          .subject = std::string(product),
          .path = joined("/vcek/v1/", product, "/crl"),
          .file = joined("amd_crl_", product)};
}

Resource rim(const std::string& id) {
  return {.kind = ResourceKind::rim, .subject = id, .path = "/v1/rim/" + id, .file = "rim_" + id};
}

Resource ocsp(const crypto::Certificate& subject, const crypto::Certificate& issuer) {
  crypto::OcspCertId id = crypto::ocsp_cert_id(subject, issuer);
  const Bytes request = crypto::make_ocsp_request(id, {});
  return {.kind = ResourceKind::ocsp,
          .subject = "certificate " + upper_hex(id.serial),
          .path = "/",
          .file = "ocsp_" + to_hex(crypto::sha256(request)).substr(0, 16),
          .certificate = std::move(id)};
}

Resource jwks() {
  return {.kind = ResourceKind::jwks,
          .subject = "NVIDIA attestation service",
          .path = "/.well-known/jwks.json",
          .file = "nras_keys"};
}

const std::string& base_of(const Resource& resource, const Sources& sources) {
  switch (resource.kind) {
    case ResourceKind::tcb_info:
    case ResourceKind::qe_identity:
    case ResourceKind::pck_crl:
      return sources.pccs.empty() ? sources.intel : sources.pccs;
    case ResourceKind::intel_root_crl:
      return sources.pccs.empty() ? sources.intel_root : sources.pccs;
    case ResourceKind::vcek:
    case ResourceKind::amd_authorities:
    case ResourceKind::amd_crl:
      return sources.amd;
    case ResourceKind::rim:
      return sources.nvidia_rim;
    case ResourceKind::ocsp:
      return sources.nvidia_ocsp;
    case ResourceKind::jwks:
      break;
  }
  return sources.nras;
}

std::string url_of(const Resource& resource, const Sources& sources) {
  // A PCCS has the root's list beside the others.
  const bool at_pccs = resource.kind == ResourceKind::intel_root_crl && !sources.pccs.empty();
  return joined(base_of(resource, sources), at_pccs ? kPccsRootCrlPath : std::string_view(resource.path));
}

std::string key_of(const Resource& resource, const Sources& sources) {
  std::string out = url_of(resource, sources);
  if (resource.certificate) out.append("#").append(resource.file);
  return out;
}

}  // namespace aipg::collateral
