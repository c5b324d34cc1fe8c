// SPDX-License-Identifier: Apache-2.0
// Evidence of real machines, where the evidence library lies beside the
// checkout: every case it judges under the policy `chain`, and damage to every
// byte of what is accepted.
#include <gtest/gtest.h>

#include <sstream>

#include "attest/evidence.h"
#include "attest/nvidia/fabric.h"
#include "attest/nvidia/verify.h"
#include "base/files_for_tests.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/pem.h"

namespace aipg::attest {
namespace {

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY()                \
  if (!file_exists(kLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was judged"

const Policy kChain = *ready_policy("chain");

struct EvidenceCase {
  std::string kind, evidence, with, policy, at, expect, why;

  [[nodiscard]] bool is_device() const { return kind == "gpu-report" || kind == "switch-report"; }
  [[nodiscard]] bool is_quote() const { return kind == "tdx-quote"; }
};

struct Companions {
  std::string chain;
  std::optional<Hash256> nonce;
  bool other = false;  // collateral or reference values, which nothing here reads
};

Companions companions(const EvidenceCase& from) {
  Companions out;
  std::istringstream words(from.with);
  for (std::string word; words >> word;) {
    if (word.starts_with("nonce=")) {
      out.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else if (word.ends_with(".pem") && from.is_device()) {
      out.chain = word;
    } else {
      out.other = true;
    }
  }
  return out;
}

// The rows this version can judge: policy `chain`, and nothing given that it would have to check besides.
std::vector<EvidenceCase> cases() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
  std::vector<EvidenceCase> out;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "kind\tevidence\twith\tpolicy\tat\texpect\twhy");
  while (std::getline(file, line)) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    auto& [kind, evidence, with, policy, at, expect, why] = columns;
    const EvidenceCase one{kind, evidence, with, policy, at, expect, why};
    if (policy == "chain" && (one.is_device() || one.is_quote()) && !companions(one).other) out.push_back(one);
  }
  return out;
}

Verdict judge_quote(ByteView quote, Instant at) {
  return verify_evidence({.kind = EvidenceKind::tdx_quote, .bytes = quote}, {}, kChain, at);
}

Verdict judge(const EvidenceCase& one, ByteView evidence) {
  const Instant at = *parse_instant(one.at);
  if (one.is_quote()) return judge_quote(evidence, at);
  const Companions with = companions(one);
  const Bytes chain = read_file(kLibrary + with.chain);
  return verify_evidence({EvidenceKind::gpu_report, evidence, chain, with.nonce}, {}, kChain, at);
}

TEST(RealEvidence, EveryChainCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t quotes = 0, devices = 0;
  for (const EvidenceCase& one : cases()) {
    SCOPED_TRACE(one.evidence + " with " + one.with + " at " + one.at + ": " + one.why);
    const Verdict verdict = judge(one, read_file(kLibrary + one.evidence));
    EXPECT_EQ(verdict.accepted, one.expect == "accept") << to_text(verdict, true);
    EXPECT_FALSE(verdict.level);
    ++(one.is_quote() ? quotes : devices);
  }
  EXPECT_GE(quotes, 7U);
  EXPECT_GE(devices, 10U);
}

// Judged by the library only with reference values or collateral; without them, accepted under `chain`.
std::vector<EvidenceCase> accepted_without_more() {
  return {{"gpu-report", "nvidia/h100_550.90.07/report.bin",
           "nvidia/h100_550.90.07/chain.pem "
           "nonce=931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
           "chain", "2025-08-21T12:00:00Z", "accept", ""},
          {"switch-report", "nvidia/ls10_96.10.55.00.01/report.bin", "nvidia/ls10_96.10.55.00.01/chain.pem", "chain",
           "2026-11-22T00:00:00Z", "accept", ""},
          {"tdx-quote", "tdx/v5_uptodate/quote.bin", "", "chain", "2026-02-24T00:00:00Z", "accept", ""},
          {"tdx-quote", "tdx/v4_debug_td/quote.bin", "", "chain", "2023-06-30T00:00:00Z", "accept", ""}};
}

TEST(RealEvidence, AcceptsWhatNeedsReferenceValuesOnlyForMore) {
  AIPG_NEEDS_LIBRARY();
  for (const EvidenceCase& one : accepted_without_more()) {
    const Verdict verdict = judge(one, read_file(kLibrary + one.evidence));
    EXPECT_TRUE(verdict.accepted) << to_text(verdict, true);
  }
}

TEST(RealEvidence, RefusesAReportOverAnotherNonce) {
  AIPG_NEEDS_LIBRARY();
  EvidenceCase other = accepted_without_more().front();
  other.with = "nvidia/h100_550.90.07/chain.pem nonce=" + std::string(64, '0');
  EXPECT_EQ(judge(other, read_file(kLibrary + other.evidence)).first_failed()->code, Literal("nvidia_nonce"));
}

TEST(RealEvidence, RefusesTheVendorsSyntheticSampleWhoseQuoteCarriesNoChain) {
  AIPG_NEEDS_LIBRARY();
  const Bytes quote = read_file(kLibrary + "tdx/intel_synthetic_tdx/quote.dat");
  EXPECT_EQ(judge_quote(quote, *parse_instant("2022-09-01T00:00:00Z")).first_failed()->code, Literal("pem_invalid"));
}

// Whoever asks for chain and signatures only is still told.
TEST(RealEvidence, WarnsOfADebugGuestAndOfOneWithoutSeptVeDisable) {
  AIPG_NEEDS_LIBRARY();
  const auto warned = [](const Verdict& verdict, Literal code) {
    return std::ranges::any_of(verdict.findings, [&](const Finding& finding) {
      return finding.code == code && finding.severity == Severity::warning;
    });
  };
  const Verdict debug =
      judge_quote(read_file(kLibrary + "tdx/v4_debug_td/quote.bin"), *parse_instant("2023-06-30T00:00:00Z"));
  EXPECT_TRUE(warned(debug, "tdx_debug"));
  EXPECT_TRUE(warned(debug, "collateral_missing"));
  EXPECT_TRUE(
      warned(judge_quote(read_file(kLibrary + "tdx/v4_az_vtpm/quote.bin"), *parse_instant("2025-01-01T00:00:00Z")),
             "tdx_sept_ve_disable"));
}

std::vector<EvidenceCase> accepted() {
  std::vector<EvidenceCase> out = cases();
  std::erase_if(out, [](const EvidenceCase& one) { return one.expect != "accept"; });
  for (const EvidenceCase& one : accepted_without_more()) out.push_back(one);
  return out;
}

// A report is signed from its first byte to its last but the signature itself.
void expect_every_flip_refused(const EvidenceCase& one) {
  Bytes report = read_file(kLibrary + one.evidence);
  const auto chain = *codec::parse_pem_certificates(as_text(read_file(kLibrary + companions(one).chain)), 8);
  const auto leaf = crypto::Certificate::parse(chain.front());
  ASSERT_TRUE(leaf);
  for (std::size_t i = 0; i < report.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    report[i] ^= bit;
    // The chain does not change with the report, so only its key is used again.
    const auto view = nvidia::parse_report(report);
    EXPECT_FALSE(view && leaf->ec_key()->verify(view->signed_part, view->signature)) << one.evidence << " byte " << i;
    if (i % 64 == 0) EXPECT_FALSE(judge(one, report).accepted) << one.evidence << " byte " << i;
    report[i] ^= bit;
  }
}

TEST(RealEvidence, RefusesAReportWithAnyByteChanged) {
  AIPG_NEEDS_LIBRARY();
  for (const EvidenceCase& one : accepted()) {
    if (one.is_device()) expect_every_flip_refused(one);
  }
}

TEST(RealEvidence, RefusesAReportCutAnywhereOrWithAByteMore) {
  AIPG_NEEDS_LIBRARY();
  for (const EvidenceCase& one : accepted()) {
    if (!one.is_device()) continue;
    Bytes report = read_file(kLibrary + one.evidence);
    for (std::size_t n = 0; n < report.size(); ++n) EXPECT_FALSE(nvidia::parse_report(ByteView(report).first(n))) << n;
    report.push_back(0);
    EXPECT_EQ(judge(one, report).first_failed()->code, Literal("report_trailing_bytes"));
  }
}

// --- the eight GPUs and four switches of one protected-PCIe system -----------------

struct Fabric {
  std::vector<Bytes> reports;
  std::vector<std::vector<Bytes>> chains;
};

Bytes unwrapped(codec::json::Value report) {
  return *codec::from_base64(*(report.is(codec::json::Kind::object) ? *report.find("py/b64") : report).string());
}

void add_device(Fabric& out, codec::json::Value report, codec::json::Value chain) {
  out.reports.push_back(unwrapped(report));
  out.chains.emplace_back();
  for (codec::json::Value certificate : chain) {
    const Bytes pem = *codec::from_base64(*certificate.find("pem")->string());
    out.chains.back().push_back(codec::parse_pem_certificates(as_text(pem), 1)->front());
  }
}

Fabric read_fabric() {
  const Bytes text = read_file(kLibrary + "nvidia/ppcie_570.124.06/all.json");
  const auto document = codec::json::parse(as_text(text));
  Fabric out;
  const codec::json::Value gpus = *document->root().find("gpus");
  const codec::json::Value switches = *document->root().find("nvswitches");
  for (codec::json::Value gpu : gpus) {
    add_device(out, *gpu.find("AttestationReport"),
               *gpu.find("CertificateChains")->find("GpuAttestationCertificateChain"));
  }
  for (codec::json::Value each : switches) {
    add_device(out, *each.find("attestation_report"), *each.find("attestation_cert_chain"));
  }
  return out;
}

bool is_fabric(const std::vector<nvidia::VerifiedReport>& devices) {
  Verdict verdict;
  Rules rules(verdict, "devices", RuleModes::strict());
  nvidia::check_fabric(devices, rules);
  return verdict.first_failed() == nullptr;
}

TEST(RealEvidence, AProtectedPcieSystemIsAFabricOnlyWhole) {
  AIPG_NEEDS_LIBRARY();
  const Fabric fabric = read_fabric();
  ASSERT_EQ(fabric.reports.size(), 12U);
  Verdict verdict;
  Rules rules(verdict, "device", RuleModes::strict());
  std::vector<nvidia::VerifiedReport> devices;
  for (std::size_t i = 0; i < fabric.reports.size(); ++i) {
    auto verified = nvidia::verify_report(fabric.reports[i], fabric.chains[i], root_set(kChain.roots).nvidia_device,
                                          *parse_instant("2026-01-01T00:00:00Z"), rules);
    ASSERT_TRUE(verified) << to_text(verdict, true);
    devices.push_back(*std::move(verified));
  }
  EXPECT_TRUE(is_fabric(devices));
  for (std::size_t i = 0; i < devices.size(); ++i) {
    std::vector<nvidia::VerifiedReport> fewer = devices;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(is_fabric(fewer)) << i;
  }
  EXPECT_FALSE(is_fabric({}));
}

}  // namespace
}  // namespace aipg::attest
