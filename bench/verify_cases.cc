// SPDX-License-Identifier: Apache-2.0
#include "verify_cases.h"

#include <filesystem>
#include <fstream>

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

}  // namespace

attest::SingleEvidence EvidenceCase::evidence() const {
  attest::SingleEvidence out{.kind = kind, .bytes = bytes, .nonce = nonce};
  if (!chain.empty()) out.chain = chain;
  return out;
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
  };
}

QuoteFiles tdx_v4_files() {
  const fs::path folder = kLibrary / "tdx/v4_uptodate";
  return {(folder / "quote.bin").string(), (folder / "collateral.json").string()};
}

}  // namespace aipg::bench
