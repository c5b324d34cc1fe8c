// SPDX-License-Identifier: Apache-2.0
// One thing that a vendor publishes, and where: what a verifier needs beside
// evidence is a list of these. Addresses are made of ids that were checked
// (hexadecimal, products of a closed list, ids of measurements.h), so nothing
// that an attester wrote becomes syntax in them. Pure.
// Source: Intel PCS and PCCS API v4; AMD KDS interface (57230); NVIDIA's RIM,
// OCSP and attestation services; FORMATS.md 1.4, 1.5, 2, 4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/snp/tcb.h"
#include "attest/tdx/quote_parts.h"
#include "crypto/certificate.h"
#include "crypto/ocsp.h"

namespace aipg::collateral {

enum class ResourceKind : std::uint8_t {
  tcb_info,         // Intel, with the chain of its signer
  qe_identity,      // Intel, with the chain of its signer
  pck_crl,          // Intel, with the chain of its issuer
  intel_root_crl,   // Intel
  vcek,             // AMD: the certificate of one chip with one firmware
  amd_authorities,  // AMD: ASK or ASVK, and ARK
  amd_crl,          // AMD
  rim,              // NVIDIA: reference measurements of a driver or a VBIOS
  ocsp,             // NVIDIA: is this certificate still good?
  jwks,             // NVIDIA: the keys of its attestation service
};
inline constexpr std::size_t kResourceKinds = 10;
// "TCB info", "revocation list".
[[nodiscard]] std::string_view to_text(ResourceKind kind);

// Base addresses, without a slash at their end. The defaults are the vendors' own services.
struct Sources {
  std::string intel = "https://api.trustedservices.intel.com";
  std::string intel_root = "https://certificates.trustedservices.intel.com";  // of the root's revocation list
  std::string pccs = {};  // a caching service of Intel's kind, in the place of both
  std::string amd = "https://kdsintf.amd.com";
  std::string nvidia_rim = "https://rim.attestation.nvidia.com";
  std::string nvidia_ocsp = "https://ocsp.ndis.nvidia.com";
  std::string nras = "https://nras.attestation.nvidia.com";
};

struct Resource {
  ResourceKind kind = ResourceKind::tcb_info;
  std::string subject;  // "TDX 90C06F000000", "Genoa", a manifest's id
  std::string path;     // below the base address, with the query
  std::string file;     // a name for it in a folder, without ending: "tcb_info_tdx_90C06F000000"

  // What decides whether an answer is about what was asked for.
  attest::tdx::Tee tee = attest::tdx::Tee::tdx;
  ByteArray<6> fmspc{};
  std::optional<crypto::OcspCertId> certificate = {};
};

[[nodiscard]] Resource tcb_info(attest::tdx::Tee tee, const ByteArray<6>& fmspc);
[[nodiscard]] Resource qe_identity(attest::tdx::Tee tee);
enum class PckCa : std::uint8_t { processor, platform };
[[nodiscard]] Resource pck_crl(PckCa ca);
[[nodiscard]] Resource intel_root_crl();
// `chip_id` as in a report; of Turin's only the first 8 bytes are in the address.
[[nodiscard]] Resource vcek(attest::snp::Family family, ByteView chip_id, const attest::snp::Tcb& tcb);
enum class AmdKey : std::uint8_t { vcek, vlek };
[[nodiscard]] Resource amd_authorities(AmdKey key, attest::snp::Family family);
[[nodiscard]] Resource amd_crl(attest::snp::Family family);
// `id` as rim_ids() makes it.
[[nodiscard]] Resource rim(const std::string& id);
[[nodiscard]] Resource ocsp(const crypto::Certificate& subject, const crypto::Certificate& issuer);
[[nodiscard]] Resource jwks();

// The base address that serves it.
[[nodiscard]] const std::string& base_of(const Resource& resource, const Sources& sources);
// Where exactly: the base with path and query.
[[nodiscard]] std::string url_of(const Resource& resource, const Sources& sources);
// Under which it is remembered: its address, and for OCSP, whose address says nothing, the certificate's id too.
[[nodiscard]] std::string key_of(const Resource& resource, const Sources& sources);

}  // namespace aipg::collateral
