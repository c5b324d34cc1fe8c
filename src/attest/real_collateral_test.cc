// SPDX-License-Identifier: Apache-2.0
// Intel's real collateral, where the evidence library lies beside the
// checkout: every case of an Intel quote, with what is given beside it, and
// damage to every byte of what is accepted.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "attest/policy.h"
#include "attest/roots.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/tcb_status.h"
#include "base/files_for_tests.h"
#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/crl.h"

namespace aipg::attest {
namespace {

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY()                \
  if (!file_exists(kLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was judged"

const std::vector<Bytes>& intel_roots() { return VendorRoots::builtin().set().intel; }

struct EvidenceCase {
  std::string kind, evidence, with, policy, at, expect, why;
};

std::vector<EvidenceCase> cases() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
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
    const auto verified = tdx::check_collateral(quote, *collateral, requirements, at, rules);
    if (verified) tcb = tdx::check_tcb(tdx::facts_of(quote), *verified, rules);
  }

  EvidenceCase one;
  Instant at = *parse_instant(one.at);
  tdx::CollateralRequirements requirements;
  Rules rules{verdict, "cpu", ready_policy(one.policy)->rules};
};

std::vector<Bytes> items_of(const EvidenceCase& one) {
  std::vector<Bytes> out;
  std::istringstream words(one.with);
  for (std::string word; words >> word;) out.push_back(read_file(kLibrary + word));
  return out;
}

Judgement judge(const EvidenceCase& one) {
  Judgement out(one);
  out.run(read_file(kLibrary + one.evidence), items_of(one));
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

// What the library's reasons say, as codes: the cases must not come out right for another reason.
TEST(RealCollateral, EachRefusalHasItsReason) {
  AIPG_NEEDS_LIBRARY();
  const std::map<std::string, std::string> codes{{"collateral missing", "collateral_missing"},
                                                 {"no TCB level matches", "tdx_tcb_not_supported"},
                                                 {"FMSPC of other collateral", "tdx_tcb_info_fmspc"},
                                                 {"PCK certificate not yet valid", "chain_not_yet_valid"},
                                                 {"collateral issued later", "tdx_tcb_info_not_yet_valid"},
                                                 {"SEPT_VE_DISABLE 0, and no collateral", "tdx_sept_ve_disable"},
                                                 {"DEBUG TD", "tdx_debug"},
                                                 {"DEBUG TD with collateral of its time", "tdx_debug"},
                                                 {"39 non-zero trailing bytes", "quote_trailing_bytes"},
                                                 {"trailing bytes; TCB not supported", "quote_trailing_bytes"},
                                                 {"ConfigurationAndSWHardeningNeeded", "tdx_tcb_configuration"}};
  std::set<std::string> seen;
  for (const EvidenceCase& one : cases()) {
    const auto code = codes.find(one.why);
    if (one.expect != "reject" || code == codes.end()) continue;
    const Judgement judgement = judge(one);
    EXPECT_TRUE(judgement.has(code->second, Severity::failed)) << one.why << to_text(judgement.verdict, true);
    seen.insert(one.why);
  }
  EXPECT_EQ(seen.size(), codes.size());
}

TEST(RealCollateral, ADebugGuestsPlatformIsStillEvaluated) {
  AIPG_NEEDS_LIBRARY();
  for (const EvidenceCase& one : cases()) {
    if (one.why != "DEBUG TD with collateral of its time") continue;
    const Judgement judgement = judge(one);
    ASSERT_TRUE(judgement.tcb);
    EXPECT_EQ(judgement.tcb->status, tdx::TcbStatus::up_to_date);
  }
}

// --- damage ----------------------------------------------------------------------

struct RealSet {
  std::string quote, collateral, at;
};
const std::vector<RealSet> kSets{
    {"tdx/v4_uptodate/quote.bin", "tdx/v4_uptodate/collateral.json", "2025-07-01T00:00:00Z"},
    {"tdx/v5_uptodate/quote.bin", "tdx/v5_uptodate/collateral.json", "2026-02-24T00:00:00Z"},
    {"tdx/sgx_v3/quote.bin", "tdx/sgx_v3/collateral.json", "2025-07-01T00:00:00Z"}};

// Is the item still accepted by its own verifier? Everything else is as it was.
struct ItemVerifiers {
  explicit ItemVerifiers(const RealSet& set)
      : at(*parse_instant(set.at)), good(*tdx::parse_collateral_json(read_file(kLibrary + set.collateral))) {
    const Bytes quote = read_file(kLibrary + set.quote);
    const auto sgx = tdx::parse_sgx_quote(quote);
    const ByteView pem = sgx ? sgx->pem_chain : tdx::parse_quote(quote)->pem_chain;
    const auto encoded = codec::parse_pem_certificates(as_text(pem), 3, codec::PemTail::one_nul_allowed);
    for (const Bytes& der : *encoded) {
      chain.push_back(*crypto::Certificate::parse(der));
    }
    signer = crypto::Certificate::parse(good.tcb_signing_chain[0]).value();
  }

  [[nodiscard]] bool tcb_info(ByteView item) const {
    const auto parsed = tdx::parse_tcb_info(item);
    return parsed && signer->ec_key()->verify(parsed->signed_part, parsed->signature);
  }
  [[nodiscard]] bool qe_identity(ByteView item) const {
    const auto parsed = tdx::parse_qe_identity(item);
    return parsed && signer->ec_key()->verify(parsed->signed_part, parsed->signature);
  }
  [[nodiscard]] bool list(ByteView item, const crypto::Certificate& issuer) const {
    const auto parsed = crypto::Crl::parse(item);
    return parsed && crypto::verify_crl(*parsed, issuer, at);
  }
  [[nodiscard]] bool signing_chain(ByteView leaf, ByteView root) const {
    auto first = crypto::Certificate::parse(leaf), last = crypto::Certificate::parse(root);
    if (!first || !last) return false;
    const crypto::ChainProfile profile{.length = 2, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha256};
    return crypto::verify_chain({*first, *last}, intel_roots(), profile, at).has_value();
  }

  Instant at;
  tdx::Collateral good;
  std::vector<crypto::Certificate> chain;  // the quote's
  std::optional<crypto::Certificate> signer;
};

// From `unsigned_from` on, the case of hexadecimal digits (bit 5 of a letter) makes no difference.
template <typename Verify>
void expect_every_change_refused(Bytes item, std::size_t unsigned_from, Verify accepts) {
  ASSERT_TRUE(accepts(item));
  for (std::size_t i = 0; i < item.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    item[i] ^= bit;
    const bool case_of_digit = i >= unsigned_from && bit == 0x20 && std::isxdigit(item[i]) != 0;
    EXPECT_EQ(accepts(item), case_of_digit) << i;
    item[i] ^= bit;
  }
  // The simulated documents are cut at every byte.
  constexpr std::size_t kStride = 7;
  for (std::size_t n = 0; n < item.size(); n += kStride) EXPECT_FALSE(accepts(ByteView(item).first(n))) << n;
  EXPECT_FALSE(accepts(ByteView(item).first(item.size() - 1)));
  item.push_back(0);
  EXPECT_FALSE(accepts(item));
}

// The only bits that no signature covers: a document's signature is 128 hexadecimal digits of either case, before
// the quotation mark and the brace that end the document.
constexpr std::size_t kDigitsAndBrace = 130;

TEST(RealCollateral, RefusesEachItemWithAnyByteChangedOrCut) {
  AIPG_NEEDS_LIBRARY();
  for (const RealSet& set : kSets) {
    SCOPED_TRACE(set.collateral);
    const ItemVerifiers verify(set);
    const tdx::Collateral& good = verify.good;
    constexpr std::size_t kNowhere = SIZE_MAX;
    expect_every_change_refused(good.tcb_info, good.tcb_info.size() - kDigitsAndBrace,
                                [&](ByteView item) { return verify.tcb_info(item); });
    expect_every_change_refused(good.qe_identity, good.qe_identity.size() - kDigitsAndBrace,
                                [&](ByteView item) { return verify.qe_identity(item); });
    expect_every_change_refused(good.root_crl, kNowhere,
                                [&](ByteView item) { return verify.list(item, verify.chain[2]); });
    expect_every_change_refused(good.pck_crl, kNowhere,
                                [&](ByteView item) { return verify.list(item, verify.chain[1]); });
    expect_every_change_refused(good.tcb_signing_chain[0], kNowhere,
                                [&](ByteView item) { return verify.signing_chain(item, good.tcb_signing_chain[1]); });
    expect_every_change_refused(good.tcb_signing_chain[1], kNowhere,
                                [&](ByteView item) { return verify.signing_chain(good.tcb_signing_chain[0], item); });
  }
}

}  // namespace
}  // namespace aipg::attest
