// SPDX-License-Identifier: Apache-2.0
// Intel's real collateral, where the evidence library lies beside the
// checkout: every case of an Intel quote, with what is given beside it, and
// damage to every byte of what is accepted.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "attest/roots.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"
#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/crl.h"

namespace aipg::attest {
namespace {

namespace fs = std::filesystem;
const fs::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence";

#define AIPG_NEEDS_LIBRARY() \
  if (!fs::exists(kLibrary / "CASES.tsv")) GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was judged"

const std::vector<Bytes>& intel_roots() { return VendorRoots::builtin().set().intel; }

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return to_bytes(text);
}

struct EvidenceCase {
  std::string kind, evidence, with, policy, at, expect, why;
};

std::vector<EvidenceCase> cases() {
  std::ifstream file(kLibrary / "CASES.tsv");
  std::vector<EvidenceCase> out;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "kind\tevidence\twith\tpolicy\tat\texpect\twhy");
  while (std::getline(file, line)) {
    std::istringstream row(line);
    EvidenceCase one;
    for (std::string* column : {&one.kind, &one.evidence, &one.with, &one.policy, &one.at, &one.expect, &one.why}) {
      std::getline(row, *column, '\t');
    }
    if (one.kind == "tdx-quote" || one.kind == "sgx-quote") out.push_back(one);
  }
  return out;
}

// Relaxed as far as the policy goes: only `network` bounds the collateral's age beyond its own windows.
struct Judgement {
  Verdict verdict;
  std::optional<tdx::TcbEvaluation> tcb;

  explicit Judgement(const EvidenceCase& from) : one(from) {
    if (one.policy != "network") requirements.maximum_age.reset();
  }
  void run(ByteView evidence, const std::vector<Bytes>& items) {
    if (one.kind == "sgx-quote") {
      if (const auto quote = tdx::verify_sgx_quote(evidence, intel_roots(), at, rules)) {
        tdx::check_enclave(*quote, rules);
        look_at(*quote, items);
      }
    } else if (const auto quote = tdx::verify_quote(evidence, intel_roots(), at, rules)) {
      tdx::check_guest(*quote, rules);
      look_at(*quote, items);
    }
  }
  [[nodiscard]] bool accepted() const { return verdict.first_failed() == nullptr; }
  [[nodiscard]] bool has(std::string_view code, Severity severity) const {
    return std::ranges::any_of(
        verdict.findings, [&](const Finding& each) { return each.code.view() == code && each.severity == severity; });
  }

 private:
  template <typename Quote>
  void look_at(const Quote& quote, const std::vector<Bytes>& items) {
    if (items.empty()) {
      rules.expect(false, "collateral_missing", "none was given");
      return;
    }
    const auto collateral = tdx::read_collateral({items.begin(), items.end()});
    if (!collateral) return rules.refuse(collateral.error());
    const auto verified = tdx::check_collateral(quote, *collateral, intel_roots(), requirements, at, rules);
    if (verified) tcb = tdx::check_tcb(tdx::facts_of(quote), *verified, rules);
  }

  EvidenceCase one;
  Instant at = *parse_instant(one.at);
  tdx::CollateralRequirements requirements;
  Rules rules{verdict, "cpu", one.policy == "chain" ? Strictness::signatures : Strictness::network};
};

std::vector<Bytes> items_of(const EvidenceCase& one) {
  std::vector<Bytes> out;
  std::istringstream words(one.with);
  for (std::string word; words >> word;) out.push_back(read(kLibrary / word));
  return out;
}

Judgement judge(const EvidenceCase& one) {
  Judgement out(one);
  out.run(read(kLibrary / one.evidence), items_of(one));
  return out;
}

TEST(RealCollateral, EveryCaseOfAnIntelQuoteComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t count = 0;
  for (const EvidenceCase& one : cases()) {
    SCOPED_TRACE(one.evidence + " with " + one.with + " under " + one.policy + " at " + one.at + ": " + one.why);
    const Judgement judgement = judge(one);
    EXPECT_EQ(judgement.accepted(), one.expect == "accept") << to_text(judgement.verdict, true);
    ++count;
  }
  EXPECT_GE(count, 23U);
}

}  // namespace
}  // namespace aipg::attest
