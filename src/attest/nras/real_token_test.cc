// SPDX-License-Identifier: Apache-2.0
// The real tokens, where the evidence library lies beside the checkout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "attest/nras/token_fixture.h"
#include "base/files_for_tests.h"
#include "base/hex.h"

namespace aipg::attest::nras {
namespace {

using testing::UnorderedElementsAre;

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY() \
  if (!file_exists(kLibrary + "CASES.tsv")) GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real token was judged"

struct TokenCase {
  std::string evidence, with, policy, at, expect;
};

std::vector<TokenCase> cases() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
  std::vector<TokenCase> out;
  for (std::string line; std::getline(file, line);) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    if (columns[0] == "nras-token") out.push_back({columns[1], columns[2], columns[3], columns[4], columns[5]});
  }
  return out;
}

// What such a row brings along: the expected nonce, and the service's keys.
struct TokenCompanions {
  Expectation expected{.max_age = std::chrono::hours(1)};
  std::optional<Jwks> jwks;
};

TokenCompanions companions(const TokenCase& one) {
  TokenCompanions out;
  std::istringstream words(one.with);
  for (std::string word; words >> word;) {
    if (word.starts_with("nonce=")) {
      out.expected.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else if (auto jwks = Jwks::parse(as_bytes(read_text_file(kLibrary + word)))) {
      out.jwks = *std::move(jwks);
    } else {
      ADD_FAILURE() << word << ": " << jwks.error().code.view();
    }
  }
  return out;
}

TEST(RealNrasToken, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t judged = 0;
  for (const TokenCase& one : cases()) {
    const TokenCompanions with = companions(one);
    Verdict verdict;
    Rules rules(verdict, "nras", one.policy == "chain" ? RuleModes::chain() : RuleModes::strict());
    (void)verify_token(as_bytes(read_text_file(kLibrary + one.evidence)), with.jwks ? &*with.jwks : nullptr,
                       with.expected, *parse_instant(one.at), rules);
    EXPECT_EQ(verdict.first_failed() == nullptr, one.expect == "accept") << one.evidence << "\n"
                                                                         << to_text(verdict, true);
    ++judged;
  }
  EXPECT_GE(judged, 2U);
}

std::set<std::string> broken(const std::string& file, const Expectation& expected, const char* at) {
  Verdict verdict;
  Rules rules(verdict, "nras", RuleModes::strict());
  EXPECT_FALSE(verify_token(as_bytes(read_text_file(kLibrary + file)), nullptr, expected, *parse_instant(at), rules));
  return with_severity(verdict, Severity::failed);
}

// Everything but the signatures, for which the keys of that day are lost.
TEST(RealNrasToken, FindsNothingWrongWithARealOneButThatTheKeysAreMissing) {
  AIPG_NEEDS_LIBRARY();
  Expectation expected{.devices = 1, .max_age = std::chrono::hours(1)};
  expected.nonce = to_array<32>(*from_hex("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb"));
  const std::string file = "nvidia/h100_550.90.07/nras_detached_eat.json";
  EXPECT_THAT(broken(file, expected, "2025-06-11T00:45:00Z"), UnorderedElementsAre("nras_jwks_missing"));
  EXPECT_THAT(broken(file, expected, "2025-06-11T01:30:58Z"),
              UnorderedElementsAre("nras_jwks_missing", "nras_expired"));
  expected.nonce = Hash256{};
  EXPECT_THAT(broken(file, expected, "2025-06-11T00:45:00Z"), UnorderedElementsAre("nras_jwks_missing", "nras_nonce"));
}

TEST(RealNrasToken, RefusesTheStagingServicesToken) {
  AIPG_NEEDS_LIBRARY();
  const Expectation expected{.devices = 1, .max_age = std::chrono::hours(1)};
  EXPECT_THAT(broken("nvidia/ls10_96.10.55.00.01/nras_detached_eat.json", expected, "2025-06-29T00:00:00Z"),
              UnorderedElementsAre("nras_jwks_missing", "nras_issuer"));
}

}  // namespace
}  // namespace aipg::attest::nras
