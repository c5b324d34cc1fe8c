// SPDX-License-Identifier: Apache-2.0
#include "crypto/crl.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/files_for_tests.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/der.h"
#include "codec/pem.h"
#include "crypto/certificate_writer.h"

namespace aipg::crypto {
namespace {

namespace der = codec::der;

constexpr unsigned kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;

class CrlTest : public testing::Test {
 protected:
  CrlTest() {
    what.this_update = *parse_instant("2026-01-02T03:04:05Z");
    what.next_update = *parse_instant("2026-02-02T03:04:05Z");
    what.revoked = {{{0x30}, what.this_update, {reason(1)}}, {{0x00, 0x81}, what.this_update, {}}, {{0x02}, at(), {}}};
    authority.subject_cn = "authority";
    authority.not_before = what.this_update;
    authority.not_after = *parse_instant("2049-12-31T23:59:59Z");
    authority.ca = true;
    authority.key_usage = kKeyCertSign | kCrlSign;
  }
  static Instant at() { return *parse_instant("2026-01-15T00:00:00Z"); }
  static Extension extension(std::string_view oid, Bytes value, bool critical = false) {
    return {der::oid_content(oid), critical, std::move(value)};
  }
  static Extension reason(std::uint8_t code) {
    return extension("2.5.29.21", der::element(der::kEnumerated, Bytes{code}));
  }
  Bytes issue() const { return issue_crl(what, "authority", key); }
  Crl parsed() const { return *Crl::parse(issue()); }
  Certificate issuer() const {
    return *Certificate::parse(issue_certificate(authority, key.public_key(), "authority", key));
  }
  static std::string refusal(ByteView in) {
    auto crl = Crl::parse(in);
    if (crl) return "accepted";
    EXPECT_EQ(crl.error().code.view(), "crl_invalid");
    return std::string(crl.error().where);
  }
  std::string refusal() const { return refusal(issue()); }
  std::string refusal_with(Extension of_list) {
    what.extra = {std::move(of_list)};
    return refusal();
  }
  std::string refusal_with_entry(Extension of_entry) {
    what.revoked[1].extensions = {std::move(of_entry)};
    return refusal();
  }
  std::string_view verdict(Instant when = at()) const {
    auto result = verify_crl(parsed(), issuer(), when);
    return result ? "accepted" : result.error().code.view();
  }
  // The list with one place of it edited; both strings are hexadecimal and of one length.
  Bytes edited(std::string_view from, std::string_view to) const {
    std::string hex = to_hex(issue());
    std::size_t place = hex.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return *from_hex(hex.replace(place, from.size(), to));
  }

  CrlTemplate what;
  CertificateTemplate authority;
  EcPrivateKey key = EcPrivateKey::generate(Curve::p256);
};

TEST_F(CrlTest, ReadsBackWhatTheWriterIssued) {
  const Bytes issued = issue();
  const auto crl = Crl::parse(issued);
  ASSERT_TRUE(crl) << crl.error().where.view();
  EXPECT_TRUE(equal(crl->der(), issued));
  EXPECT_EQ(crl->issuer(), issuer().subject());
  EXPECT_EQ(crl->this_update(), what.this_update);
  EXPECT_EQ(crl->next_update(), *what.next_update);
  EXPECT_EQ(crl->signature_algorithm(), SignatureAlgorithm::ecdsa_sha256);
  EXPECT_EQ(crl->authority_key_id(), issuer().subject_key_id());
  EXPECT_EQ(crl->size(), 3u);
}

TEST_F(CrlTest, FindsEachSerialAndNoOther) {
  const Crl crl = parsed();
  for (const Bytes& serial : {Bytes{0x30}, Bytes{0x00, 0x81}, Bytes{0x02}}) EXPECT_TRUE(crl.is_revoked(serial));
  for (const Bytes& serial : {Bytes{0x31}, Bytes{0x81}, Bytes{0x00}, Bytes{}, Bytes{0x00, 0x30}}) {
    EXPECT_FALSE(crl.is_revoked(serial)) << to_hex(serial);
  }
}

TEST_F(CrlTest, StillFindsThemInACopy) {
  std::optional<Crl> original = parsed();
  const Crl copy = *original;
  original.reset();
  EXPECT_TRUE(copy.is_revoked({0x30}));
}

TEST_F(CrlTest, MayBeEmpty) {
  what.revoked.clear();
  EXPECT_EQ(parsed().size(), 0u);
  EXPECT_FALSE(parsed().is_revoked({0x30}));
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(CrlTest, ReadsManyEntriesWithoutComparingEachToEach) {
  what.revoked.clear();
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    Bytes serial{0x40};
    for (unsigned shift : {0U, 8U, 16U}) serial.push_back(static_cast<std::uint8_t>(i >> shift));
    what.revoked.push_back({serial, at(), {}});
  }
  const Crl crl = parsed();
  EXPECT_EQ(crl.size(), 50'000u);
  EXPECT_TRUE(crl.is_revoked({0x40, 0x4f, 0xc3, 0x00}));
  EXPECT_FALSE(crl.is_revoked({0x40, 0x50, 0xc3, 0x00}));
}

TEST_F(CrlTest, IsVerifiedUnderItsIssuer) {
  for (Curve curve : {Curve::p256, Curve::p384}) {
    key = EcPrivateKey::generate(curve);
    EXPECT_EQ(verdict(), "accepted");
  }
}

TEST_F(CrlTest, MayBeOfVersionOneWithoutExtensions) {
  what.version1 = true;
  for (RevokedEntry& entry : what.revoked) entry.extensions.clear();
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(CrlTest, RefusesExtensionsInVersionOne) {
  what.version1 = true;
  EXPECT_EQ(refusal(), "version");
}

TEST_F(CrlTest, RefusesAnotherVersion) { EXPECT_EQ(refusal(edited("020101300a06", "020102300a06")), "version"); }

TEST_F(CrlTest, RefusesAMissingNextUpdate) {
  what.next_update.reset();
  EXPECT_EQ(refusal(), "next_update");
}

TEST_F(CrlTest, RefusesAlgorithmsThatDiffer) {
  // The first is the inner one: ecdsa-with-SHA384 instead of ecdsa-with-SHA256.
  EXPECT_EQ(refusal(edited("2a8648ce3d040302", "2a8648ce3d040303")), "signature_algorithm");
}

TEST_F(CrlTest, RefusesASerialListedTwice) {
  what.revoked.push_back({{0x30}, at(), {}});
  EXPECT_EQ(refusal(), "repeated_serial");
}

TEST_F(CrlTest, RefusesSerialsThatNoCertificateHas) {
  what.revoked.push_back({{0x80}, at(), {}});
  EXPECT_EQ(refusal(), "serial");
  what.revoked.back().serial = Bytes(22, 0x11);
  EXPECT_EQ(refusal(), "serial");
}

TEST_F(CrlTest, RefusesADeltaList) {
  EXPECT_EQ(refusal_with(extension("2.5.29.27", der::integer(1), true)), "delta");
  EXPECT_EQ(refusal_with(extension("2.5.29.27", der::integer(1), false)), "delta");
}

TEST_F(CrlTest, RefusesAListOfLimitedOrForeignScope) {
  EXPECT_EQ(refusal_with(extension("2.5.29.28", der::sequence({}), true)), "indirect");
  EXPECT_EQ(refusal_with(extension("2.5.29.28", der::sequence({}), false)), "indirect");
  EXPECT_EQ(refusal_with_entry(extension("2.5.29.29", der::sequence({}), true)), "indirect");
  EXPECT_EQ(refusal_with_entry(extension("2.5.29.29", der::sequence({}), false)), "indirect");
}

TEST_F(CrlTest, RefusesUnknownCriticalExtensions) {
  EXPECT_EQ(refusal_with(extension("1.2.3.4", {5, 0}, true)), "critical_extension");
  EXPECT_EQ(refusal_with(extension("1.2.3.4", {5, 0}, false)), "accepted");
  EXPECT_EQ(refusal_with_entry(extension("1.2.3.4", {5, 0}, true)), "critical_extension");
  EXPECT_EQ(refusal_with_entry(extension("1.2.3.4", {5, 0}, false)), "accepted");
}

TEST_F(CrlTest, RefusesARepeatedExtension) {
  EXPECT_EQ(refusal_with(extension("2.5.29.20", der::integer(2))), "repeated_extension");
}

TEST_F(CrlTest, RefusesAReasonThatACompleteListCannotHave) {
  for (std::uint8_t code : {7, 8, 11, 0x7f}) EXPECT_EQ(refusal_with_entry(reason(code)), "reason") << int{code};
  EXPECT_EQ(refusal_with_entry(extension("2.5.29.21", der::integer(1))), "revoked");
  for (std::uint8_t code : {0, 6, 10}) EXPECT_EQ(refusal_with_entry(reason(code)), "accepted") << int{code};
}

TEST_F(CrlTest, TakesAnInvalidityDate) {
  auto date = [](std::string_view text) {
    return extension("2.5.29.24", der::element(der::kGeneralizedTime, as_bytes(text)));
  };
  EXPECT_EQ(refusal_with_entry(date("20260101000000Z")), "accepted");
  EXPECT_EQ(refusal_with_entry(date("20261301000000Z")), "revoked");
}

TEST_F(CrlTest, RefusesANumberThatIsNone) {
  what.version1 = false;
  const Bytes number = der::octet_string(der::integer(1));
  std::string hex = to_hex(number);
  EXPECT_EQ(refusal(edited(hex, "0403020181")), "extensions");
}

TEST_F(CrlTest, RefusesOversizeAndTrailingBytes) {
  EXPECT_EQ(refusal(Bytes(kMaxCrlBytes + 1, 0x30)), "size");
  Bytes trailing = issue();
  trailing.push_back(0);
  EXPECT_EQ(refusal(trailing), "der");
}

TEST_F(CrlTest, RefusesEveryTruncationAndEveryFlippedBit) {
  const Bytes good = issue();
  const Certificate signer = issuer();
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(refusal(ByteView(good).first(n)), "accepted") << n;
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes flipped = good;
    flipped[i] ^= 0x01;
    const auto crl = Crl::parse(flipped);
    EXPECT_FALSE(crl && verify_crl(*crl, signer, at())) << i;
  }
}

TEST_F(CrlTest, RefusesAnotherIssuersList) {
  authority.subject_cn = "another";
  EXPECT_EQ(verdict(), "crl_issuer");
}

TEST_F(CrlTest, RefusesAListThatNamesAnotherKey) {
  what.with_key_id = false;
  const Bytes other(20, 7);
  what.extra = {extension("2.5.29.35", der::sequence({der::element(der::context(0), other)}))};
  EXPECT_EQ(verdict(), "crl_key_id");
}

TEST_F(CrlTest, DoesWithoutAKeyId) {
  what.with_key_id = false;
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(CrlTest, RefusesAnIssuerThatMayNotSignLists) {
  authority.key_usage = kKeyCertSign;
  EXPECT_EQ(verdict(), "crl_key_usage");
  authority.key_usage = 0;  // no extension
  EXPECT_EQ(verdict(), "accepted");
}

TEST_F(CrlTest, RefusesAnotherKeysSignature) {
  what.with_key_id = false;
  const Crl crl = parsed();
  key = EcPrivateKey::generate(Curve::p256);
  EXPECT_EQ(verify_crl(crl, issuer(), at()).error().code.view(), "crl_signature");
  key = EcPrivateKey::generate(Curve::p384);
  EXPECT_EQ(verify_crl(crl, issuer(), at()).error().code.view(), "crl_signature");
}

TEST_F(CrlTest, HoldsFromThisUpdateToNextUpdate) {
  EXPECT_EQ(verdict(what.this_update - milliseconds(1)), "crl_not_yet_valid");
  EXPECT_EQ(verdict(what.this_update), "accepted");
  EXPECT_EQ(verdict(*what.next_update), "accepted");
  EXPECT_EQ(verdict(*what.next_update + milliseconds(1)), "crl_expired");
}

class VendorCrls : public testing::Test {
 protected:
  void SetUp() override {
    if (!file_exists(kEvidence)) GTEST_SKIP() << "NOT RUN: no vendor evidence in " << kEvidence;
  }
  static Certificate root(const std::string& name) {
    const auto ders = codec::parse_pem_certificates(read_text_file(kEvidence + "roots/" + name + ".pem"), 1);
    return *Certificate::parse(ders->at(0));
  }
  // From between the lines of a PEM block of any label.
  static Bytes from_pem(const std::string& text) {
    std::string digits;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("-----")) digits += line.substr(0, line.find('\r'));
    }
    const auto der = codec::from_base64(digits);
    EXPECT_TRUE(der);
    return der.value_or(Bytes());
  }
  inline static const std::string kEvidence = AIPG_SOURCE_DIR "/../shared/evidence/";
};

TEST_F(VendorCrls, IntelsRootSignedItsList) {
  const auto crl = Crl::parse(read_file(kEvidence + "tdx/v4_spr_e4_2023/rootcrl.der"));
  ASSERT_TRUE(crl);
  EXPECT_EQ(crl->size(), 0u);
  EXPECT_TRUE(verify_crl(*crl, root("intel_sgx_root_ca"), *parse_instant("2023-06-30T00:00:00Z")));
  const auto late = verify_crl(*crl, root("intel_sgx_root_ca"), *parse_instant("2024-06-30T00:00:00Z"));
  EXPECT_EQ(late.error().code.view(), "crl_expired");
}

TEST_F(VendorCrls, IntelsPlatformListNamesSerialsWithReasons) {
  const auto crl = Crl::parse(read_file(kEvidence + "tdx/v4_spr_e4_2023/pckcrl"));
  ASSERT_TRUE(crl) << crl.error().where.view();
  EXPECT_GT(crl->size(), 10u);
}

TEST_F(VendorCrls, AmdsRootsSignedTheirLists) {
  const auto milan = Crl::parse(from_pem(read_text_file(kEvidence + "snp/crl/milan_crl.pem")));
  ASSERT_TRUE(milan) << milan.error().where.view();
  EXPECT_TRUE(verify_crl(*milan, root("amd_ark_milan"), *parse_instant("2025-12-01T00:00:00Z")));
  EXPECT_EQ(milan->size(), 0u);
  const auto genoa = Crl::parse(from_pem(read_text_file(kEvidence + "snp/crl/genoa_crl.pem")));
  ASSERT_TRUE(genoa) << genoa.error().where.view();
  EXPECT_TRUE(verify_crl(*genoa, root("amd_ark_genoa"), *parse_instant("2025-06-01T00:00:00Z")));
  EXPECT_TRUE(genoa->is_revoked({0x02, 0x00, 0x01}));
  EXPECT_FALSE(genoa->is_revoked({0x02, 0x00, 0x02}));
  EXPECT_EQ(verify_crl(*genoa, root("amd_ark_milan"), genoa->this_update()).error().code.view(), "crl_issuer");
}

}  // namespace
}  // namespace aipg::crypto
