// SPDX-License-Identifier: Apache-2.0
#include "attest/paravisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace aipg::attest {
namespace {

const Bytes kData = to_bytes(R"({"keys":[]})");

ByteArray<64> good_report_data() {
  ByteArray<64> out{};
  std::ranges::copy(crypto::sha256(kData), out.begin());
  return out;
}

std::vector<std::string> judged(const ByteArray<64>& report_data, const std::optional<ByteView>& data,
                                Severity severity = Severity::failed) {
  Verdict verdict;
  Rules rules(verdict, "cpu", RuleModes::chain());
  check_paravisor(report_data, data, rules);
  std::vector<std::string> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) out.emplace_back(finding.code.view());
  }
  return out;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Paravisor, AcceptsTheDigestOfItsData) { EXPECT_THAT(judged(good_report_data(), kData), IsEmpty()); }

TEST(Paravisor, RefusesOtherData) {
  const Bytes other = to_bytes(R"({"keys":[ ]})");
  EXPECT_THAT(judged(good_report_data(), other), ElementsAre("paravisor_runtime_data"));
  EXPECT_THAT(judged(good_report_data(), ByteView()), ElementsAre("paravisor_runtime_data")) << "an empty file is data";
}

TEST(Paravisor, RefusesAnyByteBehindTheDigest) {
  for (std::size_t i = 32; i < 64; ++i) {
    ByteArray<64> report_data = good_report_data();
    report_data.at(i) = 1;
    EXPECT_THAT(judged(report_data, kData), ElementsAre("paravisor_report_data")) << i;
  }
}

TEST(Paravisor, RefusesAReportAboutNothing) {
  EXPECT_THAT(judged({}, std::nullopt), ElementsAre("paravisor_report_data"));
}

TEST(Paravisor, WarnsWithoutItsData) {
  EXPECT_THAT(judged(good_report_data(), std::nullopt), IsEmpty());
  EXPECT_THAT(judged(good_report_data(), std::nullopt, Severity::warning), ElementsAre("paravisor_data_missing"));
}

}  // namespace
}  // namespace aipg::attest
