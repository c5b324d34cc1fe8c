// SPDX-License-Identifier: Apache-2.0
#include "verify_cases.h"

#include <filesystem>
#include <fstream>

#include "base/hex.h"

namespace aipg::bench {
namespace {

namespace fs = std::filesystem;
using attest::EvidenceKind;

const fs::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence";

Bytes read(const fs::path& file) {
  std::ifstream in(kLibrary / file, std::ios::binary);
  if (!in) __builtin_trap();  // CASES.tsv is there, so this should be
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return to_bytes(text);
}

EvidenceCase real_case(std::string name, EvidenceKind kind, const fs::path& evidence,
                       std::initializer_list<const char*> collateral, std::string_view policy, std::string_view at) {
  EvidenceCase out;
  out.name = std::move(name);
  out.kind = kind;
  out.bytes = read(evidence);
  for (const char* file : collateral) {
    if (!out.endorsements.add(read(file))) __builtin_trap();
  }
  out.policy = *attest::ready_policy(policy);
  out.at = *parse_instant(at);
  return out;
}

EvidenceCase real_h100() {
  EvidenceCase out = real_case("H100, 2 RIMs, no OCSP", EvidenceKind::gpu_report, "nvidia/h100_550.90.07/report.bin",
                               {"nvidia/h100_550.90.07/driver_rim.xml", "nvidia/h100_550.90.07/vbios_rim.xml"}, "chain",
                               "2025-08-21T12:00:00Z");
  out.chain = read("nvidia/h100_550.90.07/chain.pem");
  out.nonce = to_array<32>(*from_hex("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb"));
  return out;
}

}  // namespace

attest::Verdict EvidenceCase::judge(attest::VerifierCache* cache) const {
  attest::SingleEvidence evidence{.kind = kind, .bytes = bytes, .nonce = nonce};
  if (!chain.empty()) evidence.chain = chain;
  return attest::verify_evidence(evidence, endorsements, policy, at, cache);
}

std::optional<RealCases> real_cases() {
  std::error_code error;
  if (!fs::exists(kLibrary / "CASES.tsv", error)) return std::nullopt;
  return RealCases{
      .tdx_v4 = real_case("TDX v4", EvidenceKind::tdx_quote, "tdx/v4_uptodate/quote.bin",
                          {"tdx/v4_uptodate/collateral.json"}, "vendor", "2025-07-01T00:00:00Z"),
      .tdx_v5 = real_case("TDX v5", EvidenceKind::tdx_quote, "tdx/v5_uptodate/quote.bin",
                          {"tdx/v5_uptodate/collateral.json"}, "vendor", "2026-02-24T00:00:00Z"),
      .snp = real_case("SNP Milan v3", EvidenceKind::snp_report, "snp/milan_v3_azure/report.bin",
                       {"snp/milan_v3_azure/vcek.pem", "snp/milan_v3_azure/ask.pem", "snp/crl/milan_crl.pem"}, "vendor",
                       "2026-03-01T00:00:00Z"),
      .tdx_v4_alone = real_case("TDX v4, no collateral", EvidenceKind::tdx_quote, "tdx/v4_uptodate/quote.bin", {},
                                "chain", "2025-07-01T00:00:00Z"),
      .h100_no_ocsp = real_h100(),
  };
}

std::string library_file(std::string_view name) { return (kLibrary / name).string(); }

}  // namespace aipg::bench
