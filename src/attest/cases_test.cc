// SPDX-License-Identifier: Apache-2.0
// Every row of the evidence library's CASES.tsv, where it lies beside the
// checkout: evidence of real machines under the ready policies, at its instant.
// Rows that are added later are tested as they are.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "attest/evidence.h"
#include "base/files_for_tests.h"
#include "base/hex.h"

namespace aipg::attest {
namespace {

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY()                \
  if (!file_exists(kLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was judged"

struct Row {
  std::string kind, evidence, with, policy, at, expect, why;
};

std::vector<Row> rows() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
  std::vector<Row> out;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "kind\tevidence\twith\tpolicy\tat\texpect\twhy");
  while (std::getline(file, line)) {
    Row row;
    std::istringstream columns(line);
    for (std::string* column : {&row.kind, &row.evidence, &row.with, &row.policy, &row.at, &row.expect, &row.why}) {
      std::getline(columns, *column, '\t');
    }
    out.push_back(std::move(row));
  }
  return out;
}

// A verdict, or why what was given beside the evidence cannot be read: that refuses as well.
Result<Verdict> judge(const Row& row) {
  const auto kind = evidence_kind(row.kind);
  const auto policy = ready_policy(row.policy);
  EXPECT_TRUE(kind && policy) << "a kind or policy that is not known";
  if (!kind || !policy) return fail("endorsement_unknown", "row");
  const Bytes bytes = read_file(kLibrary + row.evidence);
  Endorsements endorsements;
  SingleEvidence evidence{.kind = *kind, .bytes = bytes};
  std::istringstream words(row.with);
  for (std::string word; words >> word;) {
    if (word.starts_with("nonce=")) {
      evidence.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else {
      AIPG_CHECK(endorsements.add(read_file(kLibrary + word)));
    }
  }
  return verify_evidence(evidence, endorsements, *policy, *parse_instant(row.at));
}

TEST(EvidenceLibrary, EveryCaseComesOutAsItSays) {
  AIPG_NEEDS_LIBRARY();
  std::map<std::string, std::size_t> counts;
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.kind + " " + row.evidence + " with " + row.with + " under " + row.policy + " at " + row.at + ": " +
                 row.why);
    const Result<Verdict> verdict = judge(row);
    const bool accepted = verdict.has_value() && verdict->accepted;
    EXPECT_EQ(accepted, row.expect == "accept")
        << (verdict ? to_text(*verdict, true) : std::string(verdict.error().code.view()));
    if (verdict) EXPECT_FALSE(verdict->level) << "single evidence has none";
    ++counts[row.kind + " " + row.expect];
  }
  for (const auto& [what, n] : counts) RecordProperty(what, static_cast<int>(n));
  EXPECT_GE(rows().size(), 122U);
}

// What is given is checked, also where it is not needed.
TEST(EvidenceLibrary, WhatIsGivenBesideAKeyOrAListIsHeldAgainstIt) {
  AIPG_NEEDS_LIBRARY();
  const auto first_failed = [](const Row& row) {
    const Result<Verdict> verdict = judge(row);
    const Finding* failed = verdict ? verdict->first_failed() : nullptr;
    return std::string(failed == nullptr ? "" : failed->code.view());
  };
  Row key{.kind = "vcek",
          .evidence = "snp/milan_v2/vcek.der",
          .with = "snp/milan_v2/ask_ark.pem snp/crl/milan_crl.pem",
          .policy = "chain",
          .at = "2026-01-01T00:00:00Z",
          .expect = "",
          .why = ""};
  EXPECT_EQ(first_failed(key), "");
  key.with = "snp/milan_v2/ask_ark.pem snp/crl/genoa_crl.pem";
  EXPECT_EQ(first_failed(key), "crl_issuer");
  Row list = key;
  list.kind = "crl";
  list.evidence = "tdx/v4_spr_e4_2023/pckcrl";
  list.with = "tdx/v4_spr_e4_2023/tcbSignChain_2018.pem";
  list.at = "2023-06-30T00:00:00Z";
  EXPECT_EQ(first_failed(list), "chain_ca");
}

}  // namespace
}  // namespace aipg::attest
