// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/verify.h"

#include "attest/snp/simulated_fixture.h"

namespace aipg::attest::snp {
namespace {

class SnpVerify : public SimulatedSnp {};

TEST_F(SnpVerify, AcceptsEveryFamilyVersionAndKindOfKey) {
  for (SimulatedFamily family : {SimulatedFamily::milan, SimulatedFamily::genoa, SimulatedFamily::turin}) {
    for (std::uint32_t version = 2; version <= 5; ++version) {
      start_vcek(family);
      report.version = version;
      EXPECT_EQ(refusal(), "accepted") << version;
    }
    start_vlek(family);
    EXPECT_EQ(refusal(), "accepted");
  }
}

TEST_F(SnpVerify, ReadsTcbsAndChipAsTheFamilyHasThem) {
  start_vcek(SimulatedFamily::turin);
  const auto verified = verify();
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->family(), Family::turin);
  const Tcb expected{.fmc = 2, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 0xd5};
  EXPECT_EQ(verified->tcbs().current, expected);
  EXPECT_EQ(verified->tcbs().reported, expected);
  EXPECT_EQ(verified->tcbs().committed, expected);
  EXPECT_EQ(verified->tcbs().launch, expected);
  EXPECT_TRUE(equal(*verified->chip_id(), report.chip_id));
  EXPECT_EQ(describe(*verified),
            "AMD SEV-SNP (report v5), Turin, TCB FMC 2, boot loader 10, TEE 1, SNP 23, microcode 213");
}

TEST_F(SnpVerify, DescribesAProvidersKey) {
  start_vlek(SimulatedFamily::milan);
  const auto verified = verify();
  ASSERT_TRUE(verified);
  EXPECT_FALSE(verified->chip_id());
  EXPECT_EQ(describe(*verified),
            "AMD SEV-SNP (report v3), Milan, TCB boot loader 10, TEE 1, SNP 23, microcode 213, by a cloud provider's "
            "key");
}

TEST_F(SnpVerify, RefusesAReportWithoutItsForm) {
  Bytes cut = make_report();
  cut.pop_back();
  EXPECT_EQ(refusal(cut, pool()), only("snp_size"));
}

TEST_F(SnpVerify, RefusesAReportThatItsKeyDidNotSign) {
  const auto other = crypto::EcPrivateKey::generate(crypto::Curve::p384);
  EXPECT_EQ(refusal(tee::make_snp_report(report, other), pool()), only("snp_signature"));
}

TEST_F(SnpVerify, RefusesSignaturesOutsideTheirRange) {
  const Bytes report_bytes = make_report();
  for (std::size_t number : {0x2a0UL, 0x2e8UL}) {
    for (std::uint8_t value : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
      Bytes changed = report_bytes;
      std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(number), 48, value);
      EXPECT_EQ(refusal(changed, pool()), only("snp_signature"));
    }
  }
}

// The bytes are hashed as they are given: any bit among the signed ones breaks the signature or the form.
TEST_F(SnpVerify, RefusesAnyBitChanged) {
  Bytes changed = make_report();
  const std::vector<Bytes> certificates = pool();
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_NE(refusal(changed, certificates), "accepted") << i;
    changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
  }
}

TEST_F(SnpVerify, RefusesAReportThatNamesTheOtherKindOfKey) {
  report.keys = 1U << 2;
  EXPECT_EQ(refusal(), only("snp_key_kind"));
  start_vlek(SimulatedFamily::genoa);
  report.keys = 0;
  EXPECT_EQ(refusal(), only("snp_key_kind"));
}

TEST_F(SnpVerify, RefusesAReportFromAnotherProductThanItsCertificate) {
  report.cpuid = {0x19, 0x01, 0x01};
  EXPECT_EQ(refusal(), only("snp_product"));
  report.cpuid = {0x17, 0x31, 0x00};
  EXPECT_EQ(refusal(), only("snp_family"));
}

TEST_F(SnpVerify, RefusesReservedBytesInEachTcb) {
  for (ByteArray<8> tee::SnpReportContent::* tcb :
       {&tee::SnpReportContent::current_tcb, &tee::SnpReportContent::reported_tcb,
        &tee::SnpReportContent::committed_tcb, &tee::SnpReportContent::launch_tcb}) {
    start_vcek(SimulatedFamily::genoa);
    (report.*tcb)[3] = 1;
    EXPECT_EQ(refusal(), only("snp_tcb_reserved"));
  }
}

TEST_F(SnpVerify, RefusesACertificateForAnotherTcb) {
  for (std::size_t component : {0UL, 1UL, 6UL, 7UL}) {
    for (int step : {1, -1}) {
      start_vcek(SimulatedFamily::genoa);
      report.reported_tcb.at(component) = static_cast<std::uint8_t>(report.reported_tcb.at(component) + step);
      EXPECT_EQ(refusal(), only("snp_reported_tcb")) << component;
    }
  }
}

// The certificate is for REPORTED_TCB, whatever the other three are.
TEST_F(SnpVerify, ComparesTheCertificateWithTheReportedTcbOnly) {
  report.current_tcb[6] += 1;
  report.committed_tcb[6] -= 1;
  report.launch_tcb[6] -= 1;
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(SnpVerify, RefusesACertificateForAnotherChip) {
  report.chip_id[63] ^= 1;
  EXPECT_EQ(refusal(), only("snp_chip_id"));
  start_vcek(SimulatedFamily::turin);
  report.chip_id[8] = 1;  // beyond Turin's eight bytes
  EXPECT_EQ(refusal(), only("snp_chip_id"));
}

TEST_F(SnpVerify, TakesAChipThatIsMaskedOnlyWhereTheReportSaysSo) {
  const Bytes hwid = *key.hwid;
  report.chip_id = {};
  EXPECT_EQ(refusal(), only("snp_chip_id"));
  report.keys = 1U << 1;
  const auto verified = verify();
  ASSERT_TRUE(verified);
  EXPECT_TRUE(equal(*verified->chip_id(), hwid));  // the key tells
  report.chip_id[0] = 1;
  EXPECT_EQ(refusal(), only("snp_chip_id"));
}

TEST_F(SnpVerify, JudgesReportsUnderAKeyThatWasVerifiedBefore) {
  const auto verified = verify();
  ASSERT_TRUE(verified);
  report.report_data[0] = 1;
  const Bytes next = make_report();
  Rules rules(verdict, "cpu", RuleModes::strict());
  EXPECT_TRUE(verify_report(next, verified->key(), rules));
  EXPECT_FALSE(verify_report(ByteView(next).first(9), verified->key(), rules));
  EXPECT_THAT(broken(), testing::ElementsAre("snp_size"));
  Bytes changed = next;
  changed[0x50] ^= 1;
  EXPECT_FALSE(verify_report(changed, verified->key(), rules));
  EXPECT_THAT(broken(), testing::ElementsAre("snp_size", "snp_signature"));
}

TEST_F(SnpVerify, FindsEverythingThatIsWrongAtOnce) {
  report.cpuid = {0x19, 0x01, 0x01};
  report.keys = 1U << 2;
  report.reported_tcb[0] -= 1;
  report.chip_id[0] ^= 1;
  (void)verify();
  EXPECT_THAT(broken(), testing::ElementsAre("snp_key_kind", "snp_product", "snp_reported_tcb", "snp_chip_id"));
}

}  // namespace
}  // namespace aipg::attest::snp
