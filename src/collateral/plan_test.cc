// SPDX-License-Identifier: Apache-2.0
#include "collateral/plan.h"

#include <gmock/gmock.h>

#include "attest/endorsements.h"
#include "attest/evidence_library_for_tests.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/snp/certificate.h"
#include "codec/pem.h"
#include "tee/simulated_rim.h"
#include "tee/test_machine.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

namespace snp = attest::snp;
using attest::read_evidence;
using attest::tdx::Tee;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::string_view kPcs = "https://api.trustedservices.intel.com";

std::vector<std::string> urls(const Plan& plan, const Sources& sources = {}) {
  std::vector<std::string> out;
  for (const Resource& each : plan.resources) out.push_back(url_of(each, sources));
  return out;
}

struct Vendors {
  explicit Vendors(std::string_view instant) : at(*parse_instant(instant)) {}
  Instant at;
  attest::Verdict why;
  PlanContext context{.roots = attest::VendorRoots::builtin().set(), .at = at, .why = why};
};

Plan plan_real_quote(const std::string& file, Tee tee, std::string_view at) {
  Vendors vendors(at);
  auto plan = plan_quote(read_evidence(file), tee, vendors.context);
  EXPECT_TRUE(plan) << file;
  return plan ? *std::move(plan) : Plan{};
}

// --- Intel -------------------------------------------------------------------------

TEST(Plan, OfARealTdxQuoteNamesItsPlatformAtIntel) {
  AIPG_NEEDS_EVIDENCE();
  const Plan plan = plan_real_quote("tdx/v4_uptodate/quote.bin", Tee::tdx, "2025-07-01T00:00:00Z");
  EXPECT_THAT(urls(plan),
              ElementsAre("https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=B0C06F000000",
                          "https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity",
                          "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl"
                          "?ca=platform&encoding=der",
                          "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"));
}

TEST(Plan, OfARealSgxQuoteNamesTheProcessorCa) {
  AIPG_NEEDS_EVIDENCE();
  const Plan plan = plan_real_quote("tdx/sgx_v3/quote.bin", Tee::sgx, "2025-07-01T00:00:00Z");
  ASSERT_EQ(plan.resources.size(), 4U);
  EXPECT_TRUE(urls(plan)[0].starts_with(std::string(kPcs) + "/sgx/certification/v4/tcb?fmspc=")) << urls(plan)[0];
  EXPECT_EQ(urls(plan)[1], std::string(kPcs) + "/sgx/certification/v4/qe/identity");
  EXPECT_EQ(urls(plan)[2], std::string(kPcs) + "/sgx/certification/v4/pckcrl?ca=processor&encoding=der");
}

TEST(Plan, AsksACachingServiceForEverythingOfIntels) {
  AIPG_NEEDS_EVIDENCE();
  const Plan plan = plan_real_quote("tdx/v5_uptodate/quote.bin", Tee::tdx, "2026-02-24T00:00:00Z");
  EXPECT_THAT(urls(plan, {.pccs = "https://pccs.example:8081"}),
              ElementsAre("https://pccs.example:8081/tdx/certification/v4/tcb?fmspc=90C06F000000",
                          "https://pccs.example:8081/tdx/certification/v4/qe/identity",
                          "https://pccs.example:8081/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
                          "https://pccs.example:8081/sgx/certification/v4/rootcacrl"));
}

TEST(Plan, OfASimulatedQuoteIsMadeUnderItsOwnRootsOnly) {
  tee::TestMachine machine;
  const Bytes quote = machine.quote(Bytes(64, 1))->quote;
  attest::Verdict why;
  const attest::RootSet roots = machine.pki.roots();
  const auto plan = plan_quote(quote, Tee::tdx, {.roots = roots, .at = machine.now, .why = why});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->resources.size(), 4U);

  Vendors vendors("2026-11-22T12:00:00Z");
  const auto refused = plan_quote(quote, Tee::tdx, vendors.context);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Literal("plan_not_genuine"));
  EXPECT_NE(vendors.why.first_failed(), nullptr);
}

TEST(Plan, IsNotMadeForAQuoteWithAByteChanged) {
  AIPG_NEEDS_EVIDENCE();
  Bytes quote = read_evidence("tdx/v4_uptodate/quote.bin");
  quote[600] ^= 1;
  Vendors vendors("2025-07-01T00:00:00Z");
  EXPECT_FALSE(plan_quote(quote, Tee::tdx, vendors.context));
}

// --- AMD ---------------------------------------------------------------------------

// What AMD itself wrote into the chip's certificate is what its address must ask for.
std::string address_by_certificate(const std::string& file, snp::Family family) {
  attest::Endorsements read;
  EXPECT_TRUE(read.add(read_evidence(file)));
  const auto certificate = crypto::Certificate::parse(read.certificates.front());
  const auto extensions = snp::read_key_extensions(*certificate);
  EXPECT_EQ(extensions->family, family);
  return url_of(vcek(family, *extensions->hwid, extensions->tcb), {});
}

TEST(Plan, OfRealSnpReportsNamesTheCertificateOfThatChipAndFirmware) {
  AIPG_NEEDS_EVIDENCE();
  struct Case {
    std::string folder, certificate;
    snp::Family family;
  };
  for (const Case& one : {Case{"snp/milan_v2/", "vcek.der", snp::Family::milan},
                          Case{"snp/milan_v3_azure/", "vcek.pem", snp::Family::milan},
                          Case{"snp/milan_v2_provisional/", "vcek.der", snp::Family::milan},
                          Case{"snp/genoa_v3_azure/", "vcek.pem", snp::Family::genoa}}) {
    SCOPED_TRACE(one.folder);
    const auto plan = plan_snp_report(read_evidence(one.folder + "report.bin"), one.family);
    ASSERT_TRUE(plan);
    const std::string product(snp::to_text(one.family));
    EXPECT_THAT(urls(*plan), ElementsAre(address_by_certificate(one.folder + one.certificate, one.family),
                                         "https://kdsintf.amd.com/vcek/v1/" + product + "/cert_chain",
                                         "https://kdsintf.amd.com/vcek/v1/" + product + "/crl"));
    EXPECT_TRUE(plan->unavailable.empty());
  }
}

TEST(Plan, WritesTheAddressOfARealVcekAsAmdHasIt) {
  AIPG_NEEDS_EVIDENCE();
  EXPECT_EQ(address_by_certificate("snp/milan_v2/vcek.der", snp::Family::milan),
            "https://kdsintf.amd.com/vcek/v1/Milan/"
            "3ac3fe21e13fb0990eb28a802e3fb6a29483a6b0753590c951bdd3b8e53786184ca39e359669a2b76a1936776b564ea4"
            "64cdce40c05f63c9b610c5068b006b5d?blSPL=02&teeSPL=00&snpSPL=05&ucodeSPL=68");
  EXPECT_THAT(address_by_certificate("snp/turin_vcek_only/vcek.der", snp::Family::turin),
              testing::MatchesRegex("https://kdsintf.amd.com/vcek/v1/Turin/[0-9a-f]{16}"
                                    "\\?fmcSPL=00&blSPL=[0-9]{2}&teeSPL=[0-9]{2}&snpSPL=[0-9]{2}&ucodeSPL=[0-9]{2,3}"));
}

TEST(Plan, OfAVlekReportSaysWhoHasTheCertificate) {
  AIPG_NEEDS_EVIDENCE();
  const auto plan = plan_snp_report(read_evidence("snp/milan_vlek_v3/report.bin"), std::nullopt);
  ASSERT_TRUE(plan);
  EXPECT_THAT(urls(*plan), ElementsAre("https://kdsintf.amd.com/vlek/v1/Milan/cert_chain",
                                       "https://kdsintf.amd.com/vcek/v1/Milan/crl"));
  EXPECT_THAT(plan->unavailable, ElementsAre(Literal("plan_vlek")));
}

TEST(Plan, AsksForTheFamilyOfAnOldReport) {
  AIPG_NEEDS_EVIDENCE();
  const auto plan = plan_snp_report(read_evidence("snp/milan_v2/report.bin"), std::nullopt);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Literal("plan_product"));
}

TEST(Plan, SaysThatAMaskedChipHasNoAddress) {
  AIPG_NEEDS_EVIDENCE();
  Bytes report = read_evidence("snp/genoa_v3_azure/report.bin");
  std::fill_n(report.begin() + 0x1A0, 64, 0);
  const auto plan = plan_snp_report(report, std::nullopt);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->resources.size(), 2U);
  EXPECT_THAT(plan->unavailable, ElementsAre(Literal("plan_chip_masked")));
}

// --- NVIDIA ------------------------------------------------------------------------

std::vector<Bytes> chain(const std::string& file) {
  return *codec::parse_pem_certificates(as_text(read_evidence(file)), 8);
}

bool some_is_about(const Plan& plan, const std::string& response) {
  const auto parsed = crypto::OcspResponse::parse(read_evidence(response));
  return std::ranges::any_of(
      plan.resources, [&](const Resource& each) { return each.certificate && parsed->is_about(*each.certificate); });
}

TEST(Plan, OfARealGpuReportNamesItsManifestsAndThreeCertificates) {
  AIPG_NEEDS_EVIDENCE();
  Vendors vendors("2025-08-21T12:00:00Z");
  const auto plan = plan_device(read_evidence("nvidia/h100_550.90.07/report.bin"),
                                chain("nvidia/h100_550.90.07/chain.pem"), vendors.context);
  ASSERT_TRUE(plan);
  EXPECT_THAT(
      urls(*plan),
      ElementsAre("https://rim.attestation.nvidia.com/v1/rim/NV_GPU_DRIVER_GH100_550.90.07",
                  "https://rim.attestation.nvidia.com/v1/rim/NV_GPU_VBIOS_1010_0200_882_96009F0001",
                  "https://ocsp.ndis.nvidia.com/", "https://ocsp.ndis.nvidia.com/", "https://ocsp.ndis.nvidia.com/"));
  for (const char* level : {"l2", "l3", "l4"}) {
    EXPECT_TRUE(some_is_about(*plan, std::string("nvidia/h100_550.90.07/ocsp/gpu_certificate_") + level + ".der"));
  }
}

TEST(Plan, OfRealManifestsNamesTheirSigners) {
  AIPG_NEEDS_EVIDENCE();
  Vendors vendors("2025-10-24T12:00:00Z");
  Plan plan = *plan_rim(read_evidence("nvidia/h100_550.90.07/driver_rim.xml"), vendors.context);
  EXPECT_EQ(plan.resources.size(), 3U);
  plan.add(*plan_rim(read_evidence("nvidia/h100_550.90.07/vbios_rim.xml"), vendors.context));
  for (const char* name : {"gpu_rim_l2", "gpu_driver_rim_l3", "gpu_driver_rim_l4", "gpu_vbios_l4"}) {
    EXPECT_TRUE(some_is_about(plan, std::string("nvidia/h100_550.90.07/ocsp/") + name + ".der")) << name;
  }
}

TEST(Plan, OfARealSwitchReportNamesOneManifest) {
  AIPG_NEEDS_EVIDENCE();
  Vendors vendors("2026-11-22T00:00:00Z");
  const auto plan = plan_device(read_evidence("nvidia/ls10_96.10.55.00.01/report.bin"),
                                chain("nvidia/ls10_96.10.55.00.01/chain.pem"), vendors.context);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->resources.size(), 4U);
  EXPECT_EQ(urls(*plan)[0], "https://rim.attestation.nvidia.com/v1/rim/NV_SWITCH_BIOS_5612_0002_890_9610550001");
}

TEST(Plan, TellsTheKindsOfDevicesApart) {
  AIPG_NEEDS_EVIDENCE();
  using attest::DeviceArch;
  Vendors vendors("2026-11-22T00:00:00Z");
  for (const auto& [folder, arch] : {std::pair("nvidia/h100_570.124.03/", DeviceArch::hopper),
                                     std::pair("nvidia/blackwell_575.32/", DeviceArch::blackwell),
                                     std::pair("nvidia/ls10_96.10.55.00.01/", DeviceArch::ls10)}) {
    const std::string at(folder);
    EXPECT_EQ(device_arch(read_evidence(at + "report.bin"), chain(at + "chain.pem"), vendors.context), arch) << at;
  }
}

TEST(Plan, OfABlackwellReportNamesItsOwnDriversManifest) {
  AIPG_NEEDS_EVIDENCE();
  Vendors vendors("2025-06-01T00:00:00Z");
  const auto plan = plan_device(read_evidence("nvidia/blackwell_575.32/report.bin"),
                                chain("nvidia/blackwell_575.32/chain.pem"), vendors.context);
  ASSERT_TRUE(plan);
  EXPECT_EQ(urls(*plan)[0], "https://rim.attestation.nvidia.com/v1/rim/NV_GPU_CC_DRIVER_GB100_575.32");
}

TEST(Plan, OfAWholeMachineAsksForEachThingOnce) {
  AIPG_NEEDS_EVIDENCE();
  const Bytes file = read_evidence("nvidia/ppcie_570.124.06/all.json");
  const auto devices = attest::nvidia::parse_evidence_json(as_text(file));
  ASSERT_TRUE(devices);
  Vendors vendors("2026-01-01T00:00:00Z");
  Plan plan;
  for (const auto& device : *devices) plan.add(*plan_device(device.report, device.chain, vendors.context));
  const auto manifests = std::ranges::count(plan.resources, ResourceKind::rim, &Resource::kind);
  EXPECT_EQ(manifests, 3);  // eight GPUs share a driver and a VBIOS, four switches a BIOS
  // A certificate for each device, and those above them.
  EXPECT_GE(plan.resources.size(), 3U + devices->size() + 1);
  EXPECT_LT(plan.resources.size(), 3U + 3 * devices->size());
}

TEST(Plan, IsNotMadeForADeviceWithAnothersChain) {
  AIPG_NEEDS_EVIDENCE();
  Vendors vendors("2025-08-21T12:00:00Z");
  const auto plan = plan_device(read_evidence("nvidia/h100_550.90.07/report.bin"),
                                chain("nvidia/h100_570.124.03/chain.pem"), vendors.context);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Literal("plan_not_genuine"));
}

TEST(Plan, OfASimulatedManifestNamesItsThreeSigners) {
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const tee::SimulatedRimPki pki = tee::make_rim_pki(now);
  const std::string xml = tee::make_rim(tee::driver_rim("570.124.06"), pki);
  attest::RootSet roots;
  roots.nvidia_rim = {pki.chain.back()};
  attest::Verdict why;
  const auto plan = plan_rim(as_bytes(xml), {.roots = roots, .at = now, .why = why});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->resources.size(), 3U);
}

}  // namespace
}  // namespace aipg::collateral
