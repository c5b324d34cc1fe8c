// SPDX-License-Identifier: Apache-2.0
#include "collateral/description.h"

#include <gtest/gtest.h>

#include "attest/collateral_pack.h"
#include "attest/evidence_library_for_tests.h"
#include "tee/simulated_rim.h"
#include "tee/test_intel.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

using attest::read_evidence;

// "what: about, issued .. until", of the only piece.
std::string line(ByteView file) {
  const auto all = describe(file);
  if (!all) return std::string(all.error().code.view());
  if (all->size() != 1) return std::to_string(all->size()) + " pieces";
  const Description& one = all->front();
  std::string out = one.what + ": " + one.about;
  if (one.issued) out += ", " + to_text(*one.issued).substr(0, 10);
  if (one.until) out += " .. " + to_text(*one.until).substr(0, 10);
  return out;
}

TEST(Description, SaysOfEveryKindWhatItIsAndUntilWhenItStands) {
  const tee::TestIntel intel;
  const attest::tdx::Collateral documents = intel.collateral();
  EXPECT_TRUE(line(documents.tcb_info).starts_with("TCB info: TDX FMSPC ")) << line(documents.tcb_info);
  EXPECT_TRUE(line(documents.qe_identity).starts_with("QE identity: TDX, evaluation ")) << line(documents.qe_identity);
  EXPECT_TRUE(line(documents.root_crl).starts_with("revocation list: ")) << line(documents.root_crl);
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const std::string rim = tee::make_rim(tee::driver_rim("570.124.06"), tee::make_rim_pki(now));
  EXPECT_TRUE(line(as_bytes(rim)).starts_with("reference manifest: GH100 570.124.06, ")) << line(as_bytes(rim));
}

TEST(Description, OfRealPiecesIsWhatTheyAreKnownFor) {
  AIPG_NEEDS_EVIDENCE();
  EXPECT_EQ(line(read_evidence("tdx/v5_uptodate/tcbinfo_goguest.json")),
            "TCB info: TDX FMSPC 90c06f000000, evaluation 18, 2026-02-01 .. 2026-03-03");
  EXPECT_EQ(line(read_evidence("snp/crl/genoa_crl.pem")),
            "revocation list: ARK-Genoa, 1 revoked, 2024-10-23 .. 2025-11-03");
  EXPECT_EQ(line(read_evidence("nvidia/h100_550.90.07/ocsp/gpu_certificate_l4.der")),
            "OCSP response: certificate 41431d480fe5e87274 good, 2025-08-21 .. 2025-08-22");
  EXPECT_EQ(line(read_evidence("nvidia/h100_550.90.07/driver_rim.xml")),
            "reference manifest: GH100 550.90.07, 2024-06-01 .. 2026-06-01");
  EXPECT_EQ(line(read_evidence("snp/milan_v2/ask_ark.pem")),
            "certificates: SEV-Milan and 1 above it, 2020-10-22 .. 2045-10-22");
  EXPECT_EQ(line(read_evidence("nvidia/h100_550.90.07/nras_detached_eat.json")), "NRAS token: 1 device(s)");
  EXPECT_EQ(line(read_evidence("snp/milan_v2/vcek.der")), "certificate: SEV-VCEK, 2022-09-24 .. 2029-09-24");
}

TEST(Description, OfAPackIsThatOfItsPieces) {
  const tee::TestIntel intel;
  const attest::tdx::Collateral documents = intel.collateral();
  const std::vector<attest::CollateralEntry> entries{
      {.url = "https://a.example/", .fetched = intel.now, .items = {documents.tcb_info}},
      {.url = "https://b.example/", .fetched = intel.now, .items = {documents.root_crl}}};
  const auto all = describe(as_bytes(attest::write_collateral_pack(entries)));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].digest, crypto::sha256(documents.tcb_info));
  EXPECT_EQ((*all)[1].what, "revocation list");
}

TEST(Description, RefusesWhatIsNoCollateral) {
  EXPECT_EQ(line(as_bytes("<html>")), "xml_invalid");
  EXPECT_EQ(line(as_bytes("hello")), "endorsement_unknown");
  EXPECT_EQ(line(as_bytes(R"({"tcbInfo":{}})")), "tcb_info_invalid");
}

}  // namespace
}  // namespace aipg::collateral
