// SPDX-License-Identifier: Apache-2.0
// What people and programs read of a verdict.
#include "attest/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/rules.h"

namespace aipg::attest {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Verdict judged(const std::function<void(Rules&)>& look) {
  Verdict verdict;
  verdict.policy = "vendor";
  verdict.at = *parse_instant("2026-11-22T12:00:00Z");
  Rules rules(verdict, "cpu", RuleModes::chain());
  rules.add("tdx_structure", Severity::passed);
  look(rules);
  verdict.accepted = verdict.first_failed() == nullptr;
  return verdict;
}

std::string text(const std::function<void(Rules&)>& look, bool verbose = false) {
  return to_text(judged(look), verbose);
}

TEST(VerdictText, BeginsWithTheConclusionAndTheCounts) {
  EXPECT_THAT(text([](Rules&) {}), StartsWith("ACCEPTED: what the policy vendor asks of it holds; nothing is said "
                                              "about a whole machine\n0 rules failed, 1 passed\n\n"));
  EXPECT_THAT(text([](Rules& rules) { (void)rules.require(false, "tdx_mrtd", "another image"); }),
              StartsWith("REJECTED: tdx_mrtd, cpu: another image\n1 rule failed, 1 passed\n\n"));
}

TEST(VerdictText, ShowsWhatABrokenRuleComparedAndWhoCanFixIt) {
  const std::string out = text([](Rules& rules) {
    (void)rules.require(false, "nvidia_driver", "driver 565 is below 570", [] { return compare_minimum(570, 565); });
  });
  EXPECT_THAT(out, HasSubstr("✗ nvidia_driver            cpu: driver 565 is below 570\n"
                             "                           expected at least 570, found 565\n"
                             "                           fix: the operator updates the driver"));
}

TEST(VerdictText, SaysWhatWouldMakeItPassWhereOnlyTheFormOfTheCodeTells) {
  const auto fix = [](Literal code) {
    const std::string out = text([code](Rules& rules) { (void)rules.require(false, code, ""); });
    const std::size_t at = out.find("fix: ");
    return at == out.npos ? "" : out.substr(at + 5, out.find('\n', at) - at - 5);
  };
  EXPECT_EQ(fix("tdx_quote_signature"), "nothing mends it: it was changed or forged; ask for the original");
  EXPECT_EQ(fix("chain_length"), "evidence with the certificates that the vendor issued for it, in their order");
  EXPECT_EQ(fix("tdx_mrtd"), "evidence of the guest that your policy names");
  EXPECT_EQ(fix("nvidia_nonce"), "evidence that was made over your nonce");
}

TEST(VerdictText, CutsHashesWhereTheirBeginningsDiffer) {
  const auto broken = [](std::uint8_t first, std::uint8_t last) {
    ByteArray<48> expected{}, actual{};
    actual.front() = first;
    actual.back() = last;
    return text([=](Rules& rules) {
      (void)rules.require(false, "tdx_mrtd", "", [&] { return compare_bytes(expected, actual); });
    });
  };
  EXPECT_THAT(broken(1, 0), HasSubstr("expected 0000 0000 0000 …, found 0100 0000 0000 …\n"));
  EXPECT_THAT(broken(0, 1), HasSubstr("found " + std::string(94, '0') + "01\n"));
}

TEST(VerdictText, TellsRelaxedRulesFromThoseNothingWasGivenFor) {
  const std::string out = text([](Rules& rules) {
    (void)rules.expect(false, "tdx_debug", "the host can read this guest");
    (void)rules.expect(false, "collateral_missing", "no TCB info");
  });
  EXPECT_THAT(out, HasSubstr("! tdx_debug                cpu: the host can read this guest\n"));
  EXPECT_THAT(out, HasSubstr("– collateral_missing       cpu: no TCB info\n"));
  EXPECT_THAT(out, HasSubstr("! cpu        1 rule holds, 1 warning, 1 not checked\n"));
}

TEST(VerdictText, ListsWhatHoldsOnlyWhenAsked) {
  EXPECT_THAT(text([](Rules&) {}), Not(HasSubstr("tdx_structure")));
  EXPECT_THAT(text([](Rules&) {}, true),
              HasSubstr("✓ tdx_structure            cpu: the quote has the form that Intel gives it\n"));
}

TEST(VerdictText, HasALineForEachSubjectUnderItsWorstMark) {
  Verdict verdict = judged([](Rules&) {});
  verdict.add("nvidia_nonce", Severity::failed, "gpu 0");
  verdict.add("nvidia_chain", Severity::passed, "gpu 0");
  verdict.add("ocsp_missing", Severity::warning, "gpu 1");
  EXPECT_THAT(to_text(verdict, false), HasSubstr("✓ cpu        1 rule holds\n"
                                                 "✗ gpu 0      1 rule holds, 1 broken\n"
                                                 "– gpu 1      0 rules hold, 1 not checked\n"));
}

TEST(VerdictText, SaysWhatThePlatformIsLikeAndWhoseRootsWereUsed) {
  Verdict verdict = judged([](Rules&) {});
  verdict.identity.tcb_status = "OutOfDate";
  verdict.identity.tcb_date = *parse_instant("2025-03-12T00:00:00Z");
  verdict.identity.advisories = {"INTEL-SA-00615", "INTEL-SA-00657"};
  verdict.roots = "1 of the vendors', from roots";
  const std::string out = to_text(verdict, false);
  EXPECT_THAT(out, HasSubstr("tcb        OutOfDate, patches up to 2025-03-12, advisories INTEL-SA-00615, "
                             "INTEL-SA-00657\n"));
  EXPECT_THAT(out, HasSubstr("judged     as of 2026-11-22T12:00:00Z, by the policy vendor\n"
                             "roots      1 of the vendors', from roots\n"));
}

TEST(VerdictText, KeepsWhatBecameOfItSinceApart) {
  Verdict verdict = judged([](Rules&) {});
  verdict.since = Since{Since::State::changed, *parse_instant("2027-01-01T00:00:00Z"), {}};
  verdict.since->findings.push_back({"tdx_pck_revoked", Severity::failed, "cpu", {}, {}});
  const std::string out = to_text(verdict, false);
  EXPECT_THAT(out, StartsWith("ACCEPTED"));
  EXPECT_THAT(out, HasSubstr("today      as of 2027-01-01T00:00:00Z: no longer, for tdx_pck_revoked (cpu)\n"));
}

TEST(VerdictText, LetsNothingSteerATerminal) {
  const std::string out = text([](Rules& rules) {
    (void)rules.require(false, "nras_issuer", "a\x1b[2J", [] {
      return Compared{"b\r",
                      "\x9b"
                      "c"};
    });
  });
  EXPECT_THAT(out, HasSubstr("a?[2J"));
  EXPECT_THAT(out, HasSubstr("expected b?, found ?c\n"));
}

TEST(VerdictJson, NamesItsVersionAndWhatWasCompared) {
  const std::string json = to_json(judged([](Rules& rules) {
    (void)rules.require(false, "nvidia_driver", "old", [] { return compare_minimum(570, 565); });
  }));
  EXPECT_THAT(json, HasSubstr(R"("v":"aipg.verdict.v1")"));
  EXPECT_THAT(json, HasSubstr(R"({"actual":"565","code":"nvidia_driver","detail":"old","expected":"at least 570",)"
                              R"("severity":"failed","subject":"cpu"})"));
  EXPECT_THAT(json, HasSubstr(R"({"code":"tdx_structure","detail":"","severity":"passed","subject":"cpu"})"));
  EXPECT_THAT(json, Not(HasSubstr(R"("roots")")));
}

}  // namespace
}  // namespace aipg::attest
