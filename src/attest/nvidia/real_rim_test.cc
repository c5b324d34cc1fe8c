// SPDX-License-Identifier: Apache-2.0
// Real manifests, where the evidence library lies beside the checkout: every
// case it judges under the policy `chain`, alone and beside a device's report,
// and damage to every byte of what is accepted.
#include "attest/evidence_library_for_tests.h"
#include "attest/nvidia/measurements.h"
#include "attest/nvidia/rim_signature.h"
#include "attest/roots.h"
#include "base/hex.h"
#include "codec/pem.h"

namespace aipg::attest::nvidia {
namespace {

const RootSet& vendors() { return VendorRoots::builtin().set(); }

std::string first_failed(const Verdict& verdict) {
  const Finding* failed = verdict.first_failed();
  return failed == nullptr ? "accepted" : std::string(failed->code.view());
}

std::string judge_rim(ByteView xml, std::string_view at) {
  Verdict verdict;
  Rules rules(verdict, "rim", RuleModes::chain());
  const auto verified = verify_rim(xml, vendors().nvidia_rim, *parse_instant(at), rules);
  EXPECT_EQ(verified.has_value(), verdict.first_failed() == nullptr);
  return first_failed(verdict);
}

TEST(RealRim, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t accepted = 0, refused = 0;
  for (const EvidenceRow& row : evidence_rows("rim", "chain")) {
    const std::string outcome = judge_rim(read_evidence(row.evidence), row.at);
    EXPECT_EQ(outcome == "accepted", row.expect == "accept") << row.text() << ": " << outcome;
    ++(row.expect == "accept" ? accepted : refused);
  }
  EXPECT_GE(accepted, 7U);
  EXPECT_GE(refused, 24U);
}

TEST(RealRim, IsRefusedForTheReasonThatTheLibraryGives) {
  AIPG_NEEDS_EVIDENCE();
  const auto outcome = [](const char* path, const char* at) { return judge_rim(read_evidence(path), at); };
  EXPECT_EQ(outcome("nvidia/rims/NV_GPU_DRIVER_GH100_550.144.03.xml", "2026-12-31T00:00:00Z"), "chain_expired");
  EXPECT_EQ(outcome("nvidia/h100_550.90.07/driver_rim.xml", "2026-06-02T00:00:00Z"), "chain_expired");
  EXPECT_EQ(outcome("nvidia/h100_535.86.09_nofwid/driver_rim_tampered.xml", "2025-06-01T00:00:00Z"), "rim_digest");
  EXPECT_EQ(outcome("nvidia/h100_570.124.03/driver_rim_expired_tampered.xml", "2025-01-01T12:00:00Z"), "rim_digest");
  EXPECT_EQ(outcome("nvidia/ls10_96.10.55.00.01/bios_rim_tampered.xml", "2026-01-01T00:00:00Z"), "rim_digest");
  EXPECT_EQ(outcome("nvidia/negative/rim_bad_chain.xml", "2026-01-01T00:00:00Z"), "chain_length");
  EXPECT_EQ(outcome("nvidia/negative/rim_bad_signature_value.xml", "2026-01-01T00:00:00Z"), "rim_signature");
}

TEST(RealRim, TheContentOfUnsignedFragmentsIsRefusedToo) {
  AIPG_NEEDS_EVIDENCE();
  for (const EvidenceRow& row : evidence_rows("rim", "chain")) {
    if (!row.evidence.contains("rim_parse")) continue;
    const Bytes bytes = read_evidence(row.evidence);
    const auto document = codec::xml::parse(as_text(bytes));
    ASSERT_TRUE(document) << row.evidence;
    EXPECT_FALSE(parse_rim(document->root())) << row.evidence;
    EXPECT_FALSE(read_rim_signature(document->root())) << row.evidence;
  }
}

// Known by the same id and version, and not the same all the same: whoever keeps manifests keeps the newest.
TEST(RealRim, AManifestIssuedAgainMayChangeAGoldenValue) {
  AIPG_NEEDS_EVIDENCE();
  Verdict verdict;
  Rules rules(verdict, "rim", RuleModes::chain());
  const auto content = [&](const char* path) {
    const Bytes xml = read_evidence(path);
    return verify_rim(xml, vendors().nvidia_rim, *parse_instant("2024-06-01T00:00:00Z"), rules)->content();
  };
  const Rim first = content("nvidia/rims/1010_0200_882_960074001C_2023.swidtag");
  const Rim second = content("nvidia/rims/1010_0200_882_960074001C_reissue.swidtag");
  EXPECT_EQ(first.version, "96.00.74.00.1C");
  EXPECT_EQ(first.version, second.version);
  ASSERT_EQ(first.measurements.size(), 64U);
  for (std::size_t i = 0; i < first.measurements.size(); ++i) {
    EXPECT_EQ(first.measurements[i].active, second.measurements[i].active);
    EXPECT_EQ(first.measurements[i].alternatives == second.measurements[i].alternatives, i != 9) << i;
  }
}

// --- beside a report -----------------------------------------------------------------

struct Judged {
  Verdict verdict;
  Comparison comparison;
  RimIds ids;
};

Judged judge_device(const EvidenceRow& row) {
  Judged out;
  Rules rules(out.verdict, "device", RuleModes::chain());
  const Instant at = *parse_instant(row.at);
  const Bytes bytes = read_evidence(row.evidence);
  std::vector<Bytes> chain;
  std::vector<VerifiedRim> rims;
  std::optional<Hash256> nonce;
  for (const std::string& word : row.companions()) {
    if (word.starts_with("nonce=")) {
      nonce = to_array<32>(*from_hex(word.substr(6)));
    } else if (word.ends_with(".pem")) {
      chain = *codec::parse_pem_certificates(as_text(read_evidence(word)), 8);
    } else if (auto rim = verify_rim(read_evidence(word), vendors().nvidia_rim, at, rules)) {
      rims.push_back(*std::move(rim));
    }
  }
  const auto report = verify_report(bytes, chain, vendors().nvidia_device, at, rules);
  if (!report) return out;
  if (nonce) check_nonce(*report, *nonce, rules);
  check_fwid(*report, rules);
  out.comparison = check_measurements(*report, rims, rules);
  out.ids = *rim_ids(*report);
  return out;
}

std::vector<EvidenceRow> device_rows() {
  std::vector<EvidenceRow> out = evidence_rows("gpu-report", "chain");
  for (const EvidenceRow& row : evidence_rows("switch-report", "chain")) out.push_back(row);
  return out;
}

TEST(RealRim, EveryReportComesOutAsTheLibrarySays) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t with_rims = 0;
  for (const EvidenceRow& row : device_rows()) {
    const Judged judged = judge_device(row);
    const std::string outcome = first_failed(judged.verdict);
    EXPECT_EQ(outcome == "accepted", row.expect == "accept") << row.text() << ": " << outcome;
    with_rims += row.with.contains(".xml") ? 1 : 0;
  }
  EXPECT_GE(with_rims, 8U);
}

EvidenceRow row_of(std::string_view evidence, std::string_view why) {
  for (const EvidenceRow& row : device_rows()) {
    if (row.evidence == evidence && row.why.starts_with(why)) return row;
  }
  ADD_FAILURE() << evidence << " " << why;
  return {};
}

TEST(RealRim, AllMeasurementsOfACompleteSetMatch) {
  AIPG_NEEDS_EVIDENCE();
  const Judged gpu = judge_device(row_of("nvidia/h100_550.90.07/report.bin", "32 of 32"));
  EXPECT_EQ(to_text(gpu.comparison), "32 of 32 measurements match");
  EXPECT_TRUE(gpu.comparison.missing.empty());
  EXPECT_EQ(gpu.ids.driver, "NV_GPU_DRIVER_GH100_550.90.07");
  EXPECT_EQ(gpu.ids.vbios, "NV_GPU_VBIOS_1010_0200_882_96009F0001");
  const Judged nvswitch = judge_device(row_of("nvidia/ls10_96.10.55.00.01/report.bin", "31 of 31"));
  EXPECT_EQ(to_text(nvswitch.comparison), "31 of 31 measurements match");
  EXPECT_TRUE(nvswitch.comparison.missing.empty());
  EXPECT_EQ(nvswitch.ids.driver, "");
  EXPECT_EQ(nvswitch.ids.vbios, "NV_SWITCH_BIOS_5612_0002_890_9610550001");
}

TEST(RealRim, NamesTheMeasurementThatDiffersAndTheManifestThatIsMissing) {
  AIPG_NEEDS_EVIDENCE();
  const Judged judged = judge_device(row_of("nvidia/h100_570.124.03/report.bin", "measurement 9"));
  EXPECT_EQ(first_failed(judged.verdict), "nvidia_measurements");
  EXPECT_EQ(judged.verdict.first_failed()->detail, "measurement 9 differs; 11 of 12 measurements match");
  EXPECT_EQ(judged.comparison.missing, std::vector{RimKind::driver});
}

TEST(RealRim, RefusesTheManifestOfAnotherDriver) {
  AIPG_NEEDS_EVIDENCE();
  const Judged judged = judge_device(row_of("nvidia/h100_550.90.07/report.bin", "RIM of another driver"));
  EXPECT_EQ(first_failed(judged.verdict), "rim_version");
  EXPECT_EQ(judged.comparison.missing, std::vector{RimKind::driver});
}

TEST(RealRim, NamesTheManifestsOfABlackwellGpu) {
  AIPG_NEEDS_EVIDENCE();
  const Judged judged = judge_device(row_of("nvidia/blackwell_575.32/report.bin", "Blackwell"));
  EXPECT_EQ(judged.ids.driver, "NV_GPU_CC_DRIVER_GB100_575.32");
  EXPECT_EQ(judged.ids.vbios, "NV_GPU_VBIOS_G525_0220_886_970088000F");
}

// --- damage --------------------------------------------------------------------------

// Each accepted manifest once, at an instant at which it is.
std::vector<EvidenceRow> accepted() {
  std::vector<EvidenceRow> out = evidence_rows("rim", "chain");
  std::erase_if(out, [](const EvidenceRow& row) { return row.expect != "accept"; });
  return out;
}

// What verify_rim() asks, cheapest first: the same answer sooner.
bool is_signed(ByteView xml, Instant at) {
  const auto document = codec::xml::parse(as_text(xml), {.max_bytes = kMaxRimBytes});
  if (!document) return false;
  const auto signature = read_rim_signature(document->root());
  if (!signature || !digests(*signature, document->root())) return false;
  const auto chain = verified_rim_chain(signature->certificates, vendors().nvidia_rim, at);
  return chain && signs(chain->front(), *signature);
}

// Every byte of the first, and of the others every eighth, each time another: they differ in numbers only.
struct Places {
  std::size_t first = 0, step = 1;
};
Places places_in(std::size_t number) { return number == 0 ? Places{} : Places{number % 8, 8}; }

// No byte of a real manifest is left over: what canonical XML evens out takes more than one bit to change, white
// space between elements is signed, and certificates have one spelling.
TEST(RealRim, RefusesAManifestWithAnyByteChanged) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t number = 0;
  for (const EvidenceRow& row : accepted()) {
    const Places places = places_in(number++);
    Bytes xml = read_evidence(row.evidence);
    const Instant at = *parse_instant(row.at);
    ASSERT_TRUE(is_signed(xml, at));
    for (std::size_t i = places.first; i < xml.size(); i += places.step) {
      const auto bit = static_cast<std::uint8_t>(1U << (i * 5 / 8 % 8));
      xml[i] ^= bit;
      EXPECT_FALSE(is_signed(xml, at)) << row.evidence << " byte " << i;
      if (i % 256 == 0) EXPECT_NE(judge_rim(xml, row.at), "accepted") << row.evidence << " byte " << i;
      xml[i] ^= bit;
    }
  }
}

TEST(RealRim, RefusesAManifestCutAnywhereInItsRoot) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t number = 0;
  for (const EvidenceRow& row : accepted()) {
    const Places places = places_in(number++);
    const Bytes xml = read_evidence(row.evidence);
    // One of them ends with line ends after the root, which mean nothing.
    const std::size_t end = as_text(xml).find_last_not_of('\n') + 1;
    for (std::size_t n = places.first; n < end; n += places.step) {
      ASSERT_FALSE(codec::xml::parse(as_text(ByteView(xml).first(n)))) << row.evidence << " at " << n;
    }
    EXPECT_EQ(judge_rim(ByteView(xml).first(end), row.at), "accepted") << row.evidence;
  }
}

}  // namespace
}  // namespace aipg::attest::nvidia
