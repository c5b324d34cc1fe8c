// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/certificate.h"

#include "attest/snp/simulated_fixture.h"

namespace aipg::attest::snp {
namespace {

namespace der = codec::der;

class SnpCertificate : public SimulatedSnp {
 protected:
  // Reading does not look at signatures, so a quicker key signs here.
  [[nodiscard]] Result<KeyExtensions> read() const {
    const Bytes certificate = crypto::issue_certificate(leaf, leaf_key().public_key(), "issuer", leaf_key());
    return read_key_extensions(*crypto::Certificate::parse(certificate));
  }
  [[nodiscard]] std::string refusal() const {
    const auto result = read();
    return result ? "accepted" : std::string(result.error().code.view()) + "/" + std::string(result.error().where);
  }
  static Bytes oid(std::string_view below) { return der::oid_content("1.3.6.1.4.1.3704.1" + std::string(below)); }
  void set(std::string_view below, Bytes value) {
    for (crypto::Extension& each : leaf.extra) {
      if (each.oid == oid(below)) each.value = std::move(value);
    }
  }
  void erase(std::string_view below) {
    std::erase_if(leaf.extra, [&](const crypto::Extension& each) { return each.oid == oid(below); });
  }
  void add(std::string_view below, Bytes value) { leaf.extra.push_back({oid(below), false, std::move(value)}); }
  void restart() { start(key); }
};

TEST_F(SnpCertificate, ReadsAChipsKey) {
  const auto read_back = read();
  ASSERT_TRUE(read_back) << refusal();
  EXPECT_EQ(read_back->product_name, "Genoa");
  EXPECT_EQ(read_back->family, Family::genoa);
  EXPECT_EQ(read_back->kind, SigningKey::vcek);
  EXPECT_EQ(read_back->tcb, (Tcb{.fmc = 0, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 0xd5}));
  EXPECT_TRUE(equal(*read_back->hwid, Bytes(64, 0xc1)));
  EXPECT_TRUE(read_back->csp_id.empty());
}

TEST_F(SnpCertificate, ReadsATurinsKey) {
  start_vcek(SimulatedFamily::turin);
  const auto read_back = read();
  ASSERT_TRUE(read_back) << refusal();
  EXPECT_EQ(read_back->struct_version, 1);
  EXPECT_EQ(read_back->tcb, (Tcb{.fmc = 2, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 0xd5}));
  EXPECT_TRUE(equal(ByteView(*read_back->hwid).first(8), Bytes(8, 0xc1)));
  EXPECT_TRUE(all_zero(ByteView(*read_back->hwid).subspan(8)));
}

TEST_F(SnpCertificate, ReadsAProvidersKey) {
  start_vlek(SimulatedFamily::milan);
  const auto read_back = read();
  ASSERT_TRUE(read_back) << refusal();
  EXPECT_EQ(read_back->kind, SigningKey::vlek);
  EXPECT_EQ(read_back->csp_id, "CN=a provider");
  EXPECT_FALSE(read_back->hwid);
}

TEST_F(SnpCertificate, RefusesAMissingExtension) {
  for (const char* below : {".1", ".2", ".3.1", ".3.2", ".3.3", ".3.4", ".3.5", ".3.6", ".3.7", ".3.8", ".4"}) {
    restart();
    erase(below);
    EXPECT_TRUE(refusal().starts_with("snp_extension/")) << below << ": " << refusal();
  }
  start_vcek(SimulatedFamily::turin);
  erase(".3.9");
  EXPECT_EQ(refusal(), "snp_extension/fmc spl");
}

TEST_F(SnpCertificate, RefusesWhatIsNotAmds) {
  leaf.extra.push_back({der::oid_content("1.2.3.4"), false, der::integer(1)});
  EXPECT_EQ(refusal(), "snp_extension/unknown");
  restart();
  add(".6", der::integer(1));
  EXPECT_EQ(refusal(), "snp_extension/unknown");
  restart();
  add(".3.10", der::integer(0));
  EXPECT_EQ(refusal(), "snp_extension/unknown");
}

TEST_F(SnpCertificate, RefusesWhatOtherCertificatesHave) {
  leaf.with_key_ids = true;
  EXPECT_EQ(refusal(), "snp_extension/unknown");
  restart();
  leaf.key_usage = 1;
  EXPECT_EQ(refusal(), "snp_extension/critical");
  restart();
  leaf.with_basic_constraints = true;
  EXPECT_EQ(refusal(), "snp_extension/critical");
}

TEST_F(SnpCertificate, RefusesACriticalExtension) {
  leaf.extra[0].critical = true;
  EXPECT_EQ(refusal(), "snp_extension/critical");
}

// A certificate with an extension twice is refused before anybody asks what it says.
TEST_F(SnpCertificate, RefusesARepeatedExtension) {
  for (const crypto::Extension& each : tee::snp_key_extensions(key)) {
    restart();
    leaf.extra.push_back(each);
    const Bytes certificate = crypto::issue_certificate(leaf, leaf_key().public_key(), "issuer", leaf_key());
    EXPECT_EQ(crypto::Certificate::parse(certificate).error().where, Literal("repeated_extension"));
  }
}

TEST_F(SnpCertificate, RefusesWrongTypesAndRanges) {
  const std::vector<std::pair<std::string, Bytes>> wrong{{".1", der::integer(2)},
                                                         {".1", der::octet_string(Bytes{0})},
                                                         {".2", der::element(der::kUtf8String, as_bytes("Genoa"))},
                                                         {".2", der::element(der::kIa5String, {})},
                                                         {".2", der::element(der::kIa5String, as_bytes("Ge\noa"))},
                                                         {".3.1", der::integer(256)},
                                                         {".3.1", Bytes{0x02, 0x01, 0x80}},        // negative
                                                         {".3.1", Bytes{0x02, 0x02, 0x00, 0x01}},  // not minimal
                                                         {".3.1", Bytes{0x02, 0x01, 0x01, 0x00}},  // a byte more
                                                         {".3.2", Bytes{}},
                                                         {".3.3", der::boolean(true)},
                                                         {".3.4", der::integer(1)},
                                                         {".3.5", der::integer(1)},
                                                         {".3.6", der::integer(1)},
                                                         {".3.7", der::integer(1)},
                                                         {".3.8", der::element(der::kEnumerated, Bytes{1})}};
  for (const auto& [below, value] : wrong) {
    restart();
    set(below, value);
    EXPECT_TRUE(refusal().starts_with("snp_extension/")) << below << ": " << refusal();
  }
}

TEST_F(SnpCertificate, RefusesAHwidThatIsWrappedOrOfAnotherFamilysLength) {
  for (const Bytes& hwid :
       {der::octet_string(Bytes(64, 0xc1)), Bytes(8, 0xc1), Bytes(63, 0xc1), Bytes(65, 0xc1), Bytes()}) {
    restart();
    set(".4", hwid);
    EXPECT_EQ(refusal(), "snp_extension/hwid") << hwid.size();
  }
  start_vcek(SimulatedFamily::turin);
  set(".4", Bytes(64, 0xc1));
  EXPECT_EQ(refusal(), "snp_extension/hwid");
}

TEST_F(SnpCertificate, RefusesAKeyForAChipAndAProviderOrForNeither) {
  add(".5", der::element(der::kIa5String, as_bytes("CN=a provider")));
  EXPECT_EQ(refusal(), "snp_extension/hwid or csp id");
  restart();
  erase(".4");
  EXPECT_EQ(refusal(), "snp_extension/hwid or csp id");
}

TEST_F(SnpCertificate, RefusesLevelsThatTheFamilyDoesNotHave) {
  add(".3.9", der::integer(0));
  EXPECT_EQ(refusal(), "snp_extension/fmc spl");
  start_vcek(SimulatedFamily::turin);
  add(".3.4", der::integer(0));
  EXPECT_EQ(refusal(), "snp_extension/spl 4");
}

TEST_F(SnpCertificate, RefusesAnUnknownProduct) {
  set(".2", der::element(der::kIa5String, as_bytes("Rome-B0")));
  EXPECT_EQ(refusal(), "snp_family/product name");
}

}  // namespace
}  // namespace aipg::attest::snp
