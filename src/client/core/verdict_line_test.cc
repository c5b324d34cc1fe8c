// SPDX-License-Identifier: Apache-2.0
#include "client/core/verdict_line.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

constexpr Instant kVerified{1'000'000};

Candidate candidate(const std::string& worker) {
  Candidate out;
  out.entry.worker_id = worker;
  attest::Verdict& verdict = out.appraisal.verdict;
  verdict.accepted = true;
  verdict.level = attest::Level::l2;
  verdict.at = kVerified;
  verdict.identity.cpu = "Intel TDX (quote v4), FMSPC 90C06F000000";
  verdict.identity.devices = {"NVIDIA H100, driver 570.124.06, VBIOS 96.00.9F.00.01"};
  verdict.identity.workload = "3f9a71c20d4e" + std::string(52, '0');
  return out;
}

std::vector<SharedCandidate> shared(const std::vector<Candidate>& candidates) {
  std::vector<SharedCandidate> out;
  for (const Candidate& each : candidates) out.push_back(std::make_shared<const Candidate>(each));
  return out;
}

std::string after(const std::vector<Candidate>& sealed_to, milliseconds time) {
  return verdict_line(shared(sealed_to), kVerified + time);
}

TEST(VerdictLine, SaysWhatWasVerifiedAndWhen) {
  EXPECT_EQ(after({candidate("w-1")}, seconds(41)), "verified: H100, TDX, workload 3f9a…, L2, 41 s ago");
}

TEST(VerdictLine, SaysHowOldAVerdictIsInTheNextSmallerUnit) {
  const std::vector<Candidate> one{candidate("w-1")};
  EXPECT_TRUE(after(one, milliseconds(999)).ends_with(", just now"));
  EXPECT_TRUE(after(one, milliseconds(1000)).ends_with(", 1 s ago"));
  EXPECT_TRUE(after(one, milliseconds(59'999)).ends_with(", 59 s ago"));
  EXPECT_TRUE(after(one, seconds(60)).ends_with(", 1 min ago"));
  EXPECT_TRUE(after(one, seconds(-5)).ends_with(", just now")) << "a clock that was set back";
}

TEST(VerdictLine, CountsDevices) {
  Candidate eight = candidate("w-1");
  eight.appraisal.verdict.identity.devices.assign(8, "NVIDIA H100, driver 570");
  EXPECT_TRUE(after({eight}, seconds(1)).starts_with("verified: 8 × H100, TDX, "));
}

TEST(VerdictLine, NamesNoDeviceWhereThereIsNone) {
  Candidate cpu_only = candidate("w-1");
  cpu_only.appraisal.verdict.identity.cpu = "AMD SEV-SNP (report v3), Genoa, TCB boot loader 10";
  cpu_only.appraisal.verdict.identity.devices.clear();
  cpu_only.appraisal.verdict.level = attest::Level::l1;
  EXPECT_EQ(after({cpu_only}, seconds(2)), "verified: SEV-SNP, workload 3f9a…, L1, 2 s ago");
}

TEST(VerdictLine, IsOneForWorkersThatAreAlikeAndAsOldAsTheOldest) {
  Candidate later = candidate("w-2");
  later.appraisal.verdict.at = kVerified + seconds(10);
  EXPECT_EQ(after({later, candidate("w-1")}, seconds(30)),
            "verified: 2 workers, each H100, TDX, workload 3f9a…, L2, 30 s ago");
}

TEST(VerdictLine, SaysOfUnlikeWorkersWhatEachIs) {
  Candidate weaker = candidate("w-2");
  weaker.appraisal.verdict.level = attest::Level::l1;
  weaker.appraisal.verdict.identity.devices.clear();
  EXPECT_EQ(after({candidate("w-1"), weaker}, seconds(3)),
            "verified: w-1 is H100, TDX, workload 3f9a…, L2, 3 s ago; w-2 is TDX, workload 3f9a…, L1, 3 s ago");
}

TEST(VerdictLine, IsEmptyForNobody) { EXPECT_EQ(after({}, seconds(0)), ""); }

TEST(VerdictLine, LetsNoEvidenceSteerTheTerminal) {
  Candidate hostile = candidate("w-1");
  hostile.appraisal.verdict.identity.cpu = "Intel \x1b[31mTDX\n\xc2\x9b";
  const std::string line = after({hostile}, seconds(1));
  EXPECT_TRUE(line.starts_with("verified: H100, ?[31mTDX???, workload ")) << line;
}

TEST(SimulatedLine, SaysSoInPlainWordsForAnyOfThem) {
  Candidate simulated = candidate("w-2");
  simulated.appraisal.verdict.simulated = true;
  simulated.appraisal.verdict.level = attest::Level::l0;
  EXPECT_EQ(simulated_line(shared({candidate("w-1"), simulated})),
            "SIMULATED hardware (L0): fine for development, proves nothing about a real machine");
  EXPECT_EQ(simulated_line(shared({candidate("w-1")})), "");
}

}  // namespace
}  // namespace aipg::client
