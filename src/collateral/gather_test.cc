// SPDX-License-Identifier: Apache-2.0
#include "collateral/gather.h"

#include <gmock/gmock.h>

#include <fstream>

#include "attest/evidence.h"
#include "attest/evidence_library_for_tests.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/tcb_info.h"
#include "collateral/services_for_tests.h"
#include "net/loopback_test.h"
#include "tee/simulated_rim.h"
#include "tee/test_intel.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

using attest::read_evidence;
using attest::tdx::Tee;
using net::Task;

class Gatherers : public net::Loopback {
 public:
  Gatherers() {
    roots = intel.pki.roots();
    const attest::tdx::Collateral documents = intel.collateral();
    fmspc = attest::tdx::parse_tcb_info(documents.tcb_info)->fmspc;
    vendors.publish(documents, Tee::tdx, fmspc, PckCa::platform);
  }

  std::vector<Gathered> gather(const Plan& plan, GatherOptions options = {}) {
    std::vector<Gathered> out;
    run([](Gatherers& t, Plan what, GatherOptions how, std::vector<Gathered>& result) -> Task<void> {
      if (!t.server) t.server = t.serve(t.vendors.handler());
      const std::string base = "http://127.0.0.1:" + std::to_string(t.server->port());
      Fetcher fetcher(t.runtime, {.sources = LocalVendors::at(base), .ocsp_without_nonce = true}, t.rng);
      Gatherer gatherer(fetcher, &t.cache, t.clock, how);
      result = co_await gatherer.gather(what, {.roots = t.roots, .at = t.clock.now(), .why = t.why});
    }(*this, plan, options, out));
    return out;
  }
  Plan intel_plan() { return *plan_quote(intel.quote(), Tee::tdx, {.roots = roots, .at = clock.now(), .why = why}); }
  static std::vector<Outcome> outcomes(const std::vector<Gathered>& gathered) {
    std::vector<Outcome> out;
    for (const Gathered& each : gathered) out.push_back(each.outcome);
    return out;
  }

  tee::TestIntel intel;
  attest::RootSet roots;
  ByteArray<6> fmspc{};
  LocalVendors vendors;
  std::unique_ptr<net::HttpServer> server;
  net::TemporaryFolder folder;
  Cache cache{folder.file("collateral")};
  ManualClock clock{intel.now};
  crypto::SystemRng rng;
  attest::Verdict why;
};

TEST_F(Gatherers, FetchOnceAndThenUseWhatTheyKept) {
  EXPECT_THAT(outcomes(gather(intel_plan())), testing::Each(Outcome::fetched));
  EXPECT_EQ(vendors.asked.size(), 4U);
  EXPECT_THAT(outcomes(gather(intel_plan())), testing::Each(Outcome::cached));
  EXPECT_EQ(vendors.asked.size(), 4U);
}

TEST_F(Gatherers, FetchAgainWhenTold) {
  (void)gather(intel_plan());
  EXPECT_THAT(outcomes(gather(intel_plan(), {.again = true})), testing::Each(Outcome::fetched));
}

TEST_F(Gatherers, AskNobodyWhenOffline) {
  const auto nothing = gather(intel_plan(), {.offline = true});
  EXPECT_THAT(outcomes(nothing), testing::Each(Outcome::missing));
  EXPECT_TRUE(vendors.asked.empty());
  EXPECT_FALSE(nothing.front().failure);
  EXPECT_TRUE(nothing.front().url.ends_with(tcb_info(Tee::tdx, fmspc).path));

  (void)gather(intel_plan());
  EXPECT_THAT(outcomes(gather(intel_plan(), {.offline = true})), testing::Each(Outcome::cached));
}

TEST_F(Gatherers, FallBackToWhatTheyHaveAndSaySo) {
  (void)gather(intel_plan());
  const Plan plan = intel_plan();
  clock.advance(std::chrono::hours(24 * 40));  // beyond every window
  vendors.replies.clear();
  const auto gathered = gather(plan);
  EXPECT_THAT(outcomes(gathered), testing::Each(Outcome::old));
  EXPECT_EQ(gathered.front().failure->error.code, Literal("service_not_found"));
  EXPECT_EQ(entries_of(gathered).size(), 4U);
}

TEST_F(Gatherers, GoOnPastWhatCannotBeHad) {
  vendors.replies.erase(qe_identity(Tee::tdx).path);
  const auto gathered = gather(intel_plan());
  EXPECT_THAT(outcomes(gathered),
              testing::ElementsAre(Outcome::fetched, Outcome::missing, Outcome::fetched, Outcome::fetched));
  EXPECT_EQ(entries_of(gathered).size(), 3U);
}

TEST_F(Gatherers, TakeADamagedFileInTheCacheForNone) {
  (void)gather(intel_plan());
  for (const auto& each : std::filesystem::directory_iterator(folder.file("collateral"))) {
    std::ofstream(each.path(), std::ios::trunc) << "damage";
  }
  EXPECT_THAT(outcomes(gather(intel_plan())), testing::Each(Outcome::fetched));
}

TEST_F(Gatherers, AskAboutTheSignersOfAManifestOnceItIsThere) {
  const tee::SimulatedRimPki pki = tee::make_rim_pki(intel.now);
  roots.nvidia_rim = {pki.chain.back()};
  vendors.publish_rim("NV_GPU_DRIVER_GH100_570.124.06", tee::make_rim(tee::driver_rim("570.124.06"), pki));
  Plan plan;
  plan.add(rim("NV_GPU_DRIVER_GH100_570.124.06"));
  const auto gathered = gather(plan);
  ASSERT_EQ(gathered.size(), 4U);
  EXPECT_EQ(gathered[0].outcome, Outcome::fetched);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(gathered[i].resource.kind, ResourceKind::ocsp);
}

// A real quote, and the real answers to what is planned for it: what is gathered makes it accepted.
TEST_F(Gatherers, BringARealTdxQuoteAllThatTheVendorPolicyAsksFor) {
  AIPG_NEEDS_EVIDENCE();
  roots = attest::VendorRoots::builtin().set();
  clock.set_wall(*parse_instant("2025-07-01T00:00:00Z"));
  const Bytes quote = read_evidence("tdx/v4_uptodate/quote.bin");
  const auto real = attest::tdx::parse_collateral_json(read_evidence("tdx/v4_uptodate/collateral.json"));
  vendors.publish(*real, Tee::tdx, attest::tdx::parse_tcb_info(real->tcb_info)->fmspc, PckCa::platform);
  const auto plan = plan_quote(quote, Tee::tdx, {.roots = roots, .at = clock.now(), .why = why});
  ASSERT_TRUE(plan);
  const auto gathered = gather(*plan);
  EXPECT_THAT(outcomes(gathered), testing::Each(Outcome::fetched));

  const std::string pack = attest::write_collateral_pack(entries_of(gathered));
  attest::Endorsements endorsements;
  ASSERT_TRUE(endorsements.add(as_bytes(pack)));
  const auto policy = attest::ready_policy("vendor");
  const attest::SingleEvidence evidence{.kind = attest::EvidenceKind::tdx_quote, .bytes = quote};
  EXPECT_TRUE(attest::verify_evidence(evidence, endorsements, *policy, clock.now()).accepted);
  EXPECT_FALSE(attest::verify_evidence(evidence, {}, *policy, clock.now()).accepted) << "without it, it is not";
}

TEST_F(Gatherers, BringARealSnpReportItsCertificatesAndList) {
  AIPG_NEEDS_EVIDENCE();
  using attest::snp::Family;
  clock.set_wall(*parse_instant("2025-08-01T00:00:00Z"));
  const Bytes report = read_evidence("snp/milan_v2/report.bin");
  const auto plan = plan_snp_report(report, Family::milan);
  ASSERT_TRUE(plan);
  attest::Endorsements list;
  ASSERT_TRUE(list.add(read_evidence("snp/crl/milan_crl.pem")));
  vendors.publish(plan->resources[0].path, std::string(as_text(read_evidence("snp/milan_v2/vcek.der"))));
  vendors.publish(plan->resources[1].path, std::string(as_text(read_evidence("snp/milan_v2/ask_ark.pem"))));
  vendors.publish(plan->resources[2].path, std::string(as_text(list.crls.front())));
  const auto gathered = gather(*plan);
  EXPECT_THAT(outcomes(gathered), testing::Each(Outcome::fetched));

  attest::Endorsements endorsements;
  ASSERT_TRUE(endorsements.add(as_bytes(attest::write_collateral_pack(entries_of(gathered)))));
  const attest::SingleEvidence evidence{.kind = attest::EvidenceKind::snp_report, .bytes = report};
  const attest::Verdict verdict =
      attest::verify_evidence(evidence, endorsements, *attest::ready_policy("vendor"), clock.now());
  ASSERT_NE(verdict.first_failed(), nullptr);
  EXPECT_EQ(verdict.first_failed()->code, Literal("snp_debug")) << "the only fault of this guest";
  EXPECT_EQ(verdict.count(attest::Severity::failed), 1U) << to_text(verdict, true);
}

}  // namespace
}  // namespace aipg::collateral
