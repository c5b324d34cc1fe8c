// SPDX-License-Identifier: Apache-2.0
// Real reports, certificates and revocation lists, where the evidence library
// lies beside the checkout: every case that it judges, and damage to every
// byte of what is accepted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "attest/policy.h"
#include "attest/roots.h"
#include "attest/snp/guest.h"
#include "attest/snp/revocation.h"
#include "base/files_for_tests.h"
#include "codec/base64.h"
#include "codec/pem.h"

namespace aipg::attest::snp {
namespace {

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY()                \
  if (!file_exists(kLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was judged"

const std::vector<Bytes>& amd() { return VendorRoots::builtin().set().amd; }

// The list between the lines of a PEM block.
Bytes crl_of(const Bytes& pem) {
  std::string digits;
  std::istringstream lines{std::string(as_text(pem))};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("-----")) digits += line;
  }
  return *codec::from_base64(digits);
}

bool is_crl(const Bytes& file) { return as_text(file).starts_with("-----BEGIN X509 CRL-----"); }

std::vector<Bytes> certificates_of(const Bytes& file) {
  if (!as_text(file).starts_with("-----BEGIN")) return {file};
  return *codec::parse_pem_certificates(as_text(file), kMaxCertificates);
}

struct Case {
  std::string kind, evidence, with, policy, at, expect, why;
  Bytes bytes;
  std::vector<Bytes> certificates;
  std::vector<Bytes> crls;
};

bool is_ours(const Case& one) {
  return one.kind == "snp-report" || one.kind == "vcek" || (one.kind == "crl" && one.evidence.starts_with("snp/"));
}

Case load(Case one) {
  one.bytes = read_file(kLibrary + one.evidence);
  if (one.kind == "crl" && is_crl(one.bytes)) one.bytes = crl_of(one.bytes);
  if (one.kind == "vcek") one.bytes = Bytes(certificates_of(one.bytes).front());
  std::istringstream names(one.with);
  for (std::string name; names >> name;) {
    const Bytes file = read_file(kLibrary + name);
    if (is_crl(file)) {
      one.crls.push_back(crl_of(file));
      continue;
    }
    for (const Bytes& der : certificates_of(file)) one.certificates.push_back(der);
  }
  return one;
}

std::vector<Case> cases() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
  std::vector<Case> out;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "kind\tevidence\twith\tpolicy\tat\texpect\twhy");
  while (std::getline(file, line)) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    auto& [kind, evidence, with, policy, at, expect, why] = columns;
    const Case one{kind, evidence, with, policy, at, expect, why, {}, {}, {}};
    if (is_ours(one)) out.push_back(load(one));
  }
  return out;
}

Requirements requirements() {
  Requirements out;
  // Of no importance here; that there has to be one is another test's business.
  out.minimum_tcb.fill(MinimumTcb{});
  return out;
}

void check_lists(const VerifiedKey& key, const Case& one, Rules& rules) {
  if (one.crls.empty()) rules.expect(false, "collateral_missing", "no revocation list");
  for (const Bytes& der : one.crls) {
    const auto crl = crypto::Crl::parse(der);
    if (!crl) return rules.refuse(crl.error());
    check_revocation(key, *crl, *parse_instant(one.at), rules);
  }
}

void judge_report(const Case& one, Rules& rules) {
  const auto report = verify_report(one.bytes, one.certificates, amd(), *parse_instant(one.at), rules);
  if (!report) return;
  check_guest(*report, requirements(), rules);
  check_lists(report->key(), one, rules);
}

void judge_crl(const Case& one, Rules& rules) {
  const auto crl = crypto::Crl::parse(one.bytes);
  if (!crl) return rules.refuse(crl.error());
  (void)verify_revocation_list(*crl, one.certificates, amd(), *parse_instant(one.at), rules);
}

void judge_vcek(const Case& one, Rules& rules) {
  (void)verify_vcek(one.bytes, one.certificates, amd(), *parse_instant(one.at), rules);
}

Verdict judge(const Case& one) {
  Verdict verdict;
  Rules rules(verdict, "cpu", ready_policy(one.policy)->rules);
  if (one.kind == "vcek") {
    judge_vcek(one, rules);
  } else if (one.kind == "crl") {
    judge_crl(one, rules);
  } else {
    judge_report(one, rules);
  }
  verdict.accepted = verdict.count(Severity::failed) == 0;
  return verdict;
}

std::vector<std::string> codes(const Verdict& verdict, Severity severity) {
  std::vector<std::string> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) out.emplace_back(finding.code.view());
  }
  return out;
}

Case with(std::string kind, std::string evidence, std::string files, std::string policy, std::string at) {
  return load(
      {std::move(kind), std::move(evidence), std::move(files), std::move(policy), std::move(at), "", "", {}, {}, {}});
}

TEST(RealSnpEvidence, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t accepted = 0, rejected = 0;
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.kind + " " + one.evidence + " with " + one.with + ", " + one.policy + " at " + one.at);
    const Verdict verdict = judge(one);
    EXPECT_EQ(verdict.accepted, one.expect == "accept") << one.why << "\n" << to_text(verdict, true);
    ++(verdict.accepted ? accepted : rejected);
  }
  EXPECT_GE(accepted, 8U);
  EXPECT_GE(rejected, 13U);
}

struct Reason {
  Case of;
  std::vector<std::string> codes;
};

const std::string kMilanChain = "snp/chains/milan_ask_ark_asvk.pem", kGenoaChain = "snp/chains/genoa_ask_ark_asvk.pem";
const std::string kMilanCrl = "snp/crl/milan_crl.pem";

std::vector<Reason> reasons() {
  const std::string genoa = "snp/genoa_v3_azure/", milan = "snp/milan_v2/", vlek = "snp/milan_vlek_v3/";
  const std::string provisional = "snp/milan_v2_provisional/", milan3 = "snp/milan_v3_azure/";
  const std::string own = genoa + "vcek.pem " + genoa + "ask.pem";
  return {{with("snp-report", genoa + "report.bin", own, "chain", "2026-01-01T00:00:00Z"), {"chain_not_yet_valid"}},
          {with("snp-report", genoa + "report.bin", own + " snp/crl/genoa_crl.pem", "vendor", "2026-03-01T00:00:00Z"),
           {"crl_expired"}},
          {with("snp-report", genoa + "report.bin", genoa + "vcek.pem " + kMilanChain, "chain", "2026-03-01T00:00:00Z"),
           {"snp_certificates"}},
          {with("snp-report", genoa + "report.bin", own + " " + kMilanChain, "chain", "2026-03-01T00:00:00Z"),
           {"snp_certificates"}},
          {with("snp-report", genoa + "report.bin", milan3 + "vcek.pem " + milan3 + "ask.pem", "chain",
                "2026-03-01T00:00:00Z"),
           {"snp_signature"}},
          {with("snp-report", genoa + "report.bin", own + " " + kMilanCrl, "chain", "2026-03-01T00:00:00Z"),
           {"crl_issuer"}},
          {with("snp-report", milan3 + "report.bin", milan3 + "vcek.pem " + milan3 + "ask.pem " + kMilanCrl, "network",
                "2026-03-01T00:00:00Z"),
           {"snp_family_minimum"}},
          {with("snp-report", milan + "report.bin", milan + "vcek.der " + milan + "ask_ark.pem " + kMilanCrl, "vendor",
                "2026-01-01T00:00:00Z"),
           {"snp_debug"}},
          {with("snp-report", provisional + "report.bin", provisional + "vcek.der " + kMilanChain + " " + kMilanCrl,
                "vendor", "2026-01-01T00:00:00Z"),
           {"snp_provisional"}},
          {with("snp-report", vlek + "report.bin", vlek + "vlek.der " + kMilanChain + " " + kMilanCrl, "vendor",
                "2025-06-01T00:00:00Z"),
           {"snp_vmpl", "snp_provisional"}},
          {with("snp-report", vlek + "report.bin", vlek + "vlek.der " + kMilanChain, "chain", "2026-01-01T00:00:00Z"),
           {"chain_expired"}},
          {with("vcek", "snp/negative/vcek_fake_der_hwid.der", kMilanChain, "chain", "2026-01-01T00:00:00Z"),
           {"chain_signature"}},
          {with("vcek", "snp/negative/vcek_fake_legacy_hwid.der", kMilanChain, "chain", "2026-01-01T00:00:00Z"),
           {"chain_signature"}},
          {with("crl", "snp/crl/genoa_crl.pem", kGenoaChain, "chain", "2026-01-01T00:00:00Z"), {"crl_expired"}},
          {with("crl", kMilanCrl, kGenoaChain, "chain", "2026-01-01T00:00:00Z"), {"crl_issuer"}},
          {with("crl", kMilanCrl, vlek + "vlek.der", "chain", "2026-01-01T00:00:00Z"), {"chain_root"}}};
}

TEST(RealSnpEvidence, IsRejectedForExactlyWhatIsWrong) {
  AIPG_NEEDS_LIBRARY();
  for (const Reason& each : reasons()) {
    const Verdict verdict = judge(each.of);
    EXPECT_EQ(codes(verdict, Severity::failed), each.codes) << each.of.evidence << " with " << each.of.with;
  }
}

TEST(RealSnpEvidence, OfACurrentGenoaMeetsTheNetworksRules) {
  AIPG_NEEDS_LIBRARY();
  Case one = with("snp-report", "snp/genoa_v3_azure/report.bin",
                  "snp/genoa_v3_azure/vcek.pem snp/genoa_v3_azure/ask.pem", "network", "2026-03-01T00:00:00Z");
  EXPECT_THAT(codes(judge(one), Severity::failed), testing::ElementsAre("collateral_missing"));
}

// Old, but the vendor's own rules do not say so; the policy has to.
TEST(RealSnpEvidence, OfACurrentMilanMeetsTheVendorsRules) {
  AIPG_NEEDS_LIBRARY();
  const Case one =
      with("snp-report", "snp/milan_v3_azure/report.bin",
           "snp/milan_v3_azure/vcek.pem snp/milan_v3_azure/ask.pem " + kMilanCrl, "vendor", "2026-03-01T00:00:00Z");
  const Verdict verdict = judge(one);
  EXPECT_TRUE(verdict.accepted) << to_text(verdict, true);
  EXPECT_THAT(codes(verdict, Severity::warning), testing::ElementsAre("snp_family_minimum"));
}

TEST(RealSnpEvidence, DescribesItself) {
  AIPG_NEEDS_LIBRARY();
  const Case one = with("snp-report", "snp/genoa_v3_azure/report.bin",
                        "snp/genoa_v3_azure/vcek.pem snp/genoa_v3_azure/ask.pem", "chain", "2026-03-01T00:00:00Z");
  Verdict verdict;
  Rules rules(verdict, "cpu", RuleModes::chain());
  const auto report = verify_report(one.bytes, one.certificates, amd(), *parse_instant(one.at), rules);
  ASSERT_TRUE(report);
  EXPECT_EQ(describe(*report), "AMD SEV-SNP (report v3), Genoa, TCB boot loader 10, TEE 0, SNP 23, microcode 84");
}

// What a provider's key cannot say: which chip this is.
TEST(RealSnpEvidence, OfAProvidersKeyNamesNoChip) {
  AIPG_NEEDS_LIBRARY();
  const Case one = with("snp-report", "snp/milan_vlek_v3/report.bin", "snp/milan_vlek_v3/vlek.der " + kMilanChain,
                        "chain", "2025-06-01T00:00:00Z");
  Verdict verdict;
  Rules rules(verdict, "cpu", RuleModes::chain());
  const auto report = verify_report(one.bytes, one.certificates, amd(), *parse_instant(one.at), rules);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->chip_id());
  check_guest(*report, requirements(), rules);
  EXPECT_THAT(codes(verdict, Severity::warning),
              testing::ElementsAre("snp_family_minimum", "snp_vlek", "snp_vmpl", "snp_provisional"));
}

std::vector<Case> accepted(std::string_view kind) {
  std::vector<Case> out = cases();
  std::erase_if(out, [&](const Case& one) { return one.expect != "accept" || one.kind != kind; });
  EXPECT_FALSE(out.empty());
  return out;
}

TEST(RealSnpEvidence, RefusesAReportOfAnyOtherSize) {
  AIPG_NEEDS_LIBRARY();
  for (Case one : accepted("snp-report")) {
    const Bytes whole = one.bytes;
    for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(parse_report(ByteView(whole).first(n))) << n;
    one.bytes.push_back(0);
    EXPECT_EQ(judge(one).first_failed()->code, Literal("snp_size"));
  }
}

}  // namespace
}  // namespace aipg::attest::snp
