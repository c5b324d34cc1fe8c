// SPDX-License-Identifier: Apache-2.0
// Forged manifests: from one that is valid, one rule broken each time, and
// everything else signed anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/nvidia/rim.h"
#include "attest/nvidia/rim_signature.h"
#include "codec/base64.h"
#include "codec/der.h"
#include "codec/xml_c14n.h"
#include "tee/rim_fixture.h"

namespace aipg::tee {
namespace {

using namespace rim_tests;  // NOLINT(google-build-using-namespace): the fixture of these files alone

constexpr const char* kForm = "rim_signature_form";

TEST(Rim, AcceptsAManifestLaidOutLikeRealOnes) {
  const Judged judged = judge(make_rim(kDriver, pki()));
  ASSERT_TRUE(judged.rim);
  const Rim& rim = judged.rim->content();
  EXPECT_EQ(rim.version, "570.124.06");
  EXPECT_EQ(rim.product, "GH100");
  EXPECT_EQ(rim.edition, attest::nvidia::RimEdition::gpu);
  ASSERT_EQ(rim.measurements.size(), 64U);
  EXPECT_TRUE(rim.measurements[7].active);
  EXPECT_FALSE(rim.measurements[8].active);
  ASSERT_EQ(judged.rim->chain().size(), 4U);
  EXPECT_EQ(judged.rim->chain()[0].subject_common_name(), "SIMULATED HCC RIM L4 Signer");
  std::vector<std::string> codes;
  for (const attest::Finding& finding : judged.verdict.findings) codes.emplace_back(finding.code.view());
  EXPECT_THAT(codes, ElementsAre("rim_structure", "rim_chain", "rim_digest", "rim_signature", "rim_content"));
}

TEST(Rim, AcceptsSwitchManifestsAndSeveralAlternatives) {
  RimContent content = switch_rim("96.10.55.00.01");
  content.values[3].alternatives.resize(4);
  const Judged judged = judge(make_rim(content, pki()));
  ASSERT_TRUE(judged.rim);
  EXPECT_EQ(judged.rim->content().edition, attest::nvidia::RimEdition::nvswitch);
  EXPECT_EQ(judged.rim->content().measurements[3].alternatives.size(), 4U);
}

TEST(Rim, AcceptsItsCertificatesInAnyOrder) {
  SimulatedRimPki shuffled = make_rim_pki(kNow);
  const Bytes root = shuffled.chain.back();
  std::ranges::rotate(shuffled.chain, shuffled.chain.begin() + 1);
  const Judged judged = judge(make_rim(kDriver, shuffled), root);
  ASSERT_TRUE(judged.rim);
  EXPECT_TRUE(equal(judged.rim->chain().back().der(), root));
}

// --- what was signed ----------------------------------------------------------------

TEST(Rim, RefusesAContentChangedAfterItWasSigned) {
  std::string xml = make_rim(kDriver, pki());
  replace("active=\"True\"", "active=\"False\"")(xml);
  EXPECT_THAT(refused(xml), ElementsAre("rim_digest"));
}

TEST(Rim, RefusesASignedInfoChangedAfterItWasSigned) {
  std::string xml = make_rim(kDriver, pki());
  std::string other = make_rim(vbios_rim("96.00.9F.00.01"), pki());
  const auto digest_of = [](const std::string& text) {
    return text.substr(text.find("<ds:DigestValue>"), text.find("</ds:DigestValue>") - text.find("<ds:DigestValue>"));
  };
  std::string forged = other;
  replace(digest_of(other), digest_of(xml))(forged);
  EXPECT_THAT(refused(forged), ElementsAre("rim_digest", "rim_signature"));
}

TEST(Rim, RefusesASignatureOfAnotherManifest) {
  const std::string one = make_rim(kDriver, pki()), two = make_rim(vbios_rim("96.00.9F.00.01"), pki());
  const std::size_t at = two.find("<ds:Signature ");
  std::string forged = one.substr(0, one.find("<ds:Signature ")) + two.substr(at);
  EXPECT_THAT(refused(forged), ElementsAre("rim_digest"));
}

// Generic libraries verify with the key that the file brings, while the genuine certificates stand beside it.
TEST(Rim, RefusesAManifestSignedByTheKeyInItsKeyValue) {
  const crypto::EcPrivateKey attacker = crypto::EcPrivateKey::generate(crypto::Curve::p384);
  Bytes point{0x04};
  append(point, attacker.public_key().xy());
  const std::string key_value =
      "<ds:KeyValue><dsig11:ECKeyValue xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\">"
      "<dsig11:NamedCurve URI=\"urn:oid:1.3.132.0.34\"/><dsig11:PublicKey>" +
      codec::to_base64(point) + "</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue>";
  const SimulatedRimPki forged{pki().chain,
                               *crypto::EcPrivateKey::from_scalar(crypto::Curve::p384, attacker.scalar().reveal())};
  const RimContent evil = driver_rim("999.0.0");
  EXPECT_THAT(refused(make_rim(evil, forged, {.signature = before("<ds:X509Data>", key_value)})), ElementsAre(kForm));
  EXPECT_THAT(refused(make_rim(evil, forged, {.signature = before("</ds:KeyInfo>", key_value)})), ElementsAre(kForm));
  // Without the key value, the certificates' key decides, and it did not sign this.
  EXPECT_THAT(refused(make_rim(evil, forged)), ElementsAre("rim_signature"));
}

TEST(Rim, RefusesACertifiedSignerUnderARootOfItsOwn) {
  const SimulatedRimPki other = make_rim_pki(kNow);
  EXPECT_THAT(refused(make_rim(kDriver, other)), ElementsAre("chain_root"));
}

TEST(Rim, ReportsEveryRuleThatAForgeryBreaks) {
  const SimulatedRimPki other = make_rim_pki(kNow);
  std::string xml = make_rim(kDriver, other);
  replace("active=\"True\"", "active=\"False\"")(xml);
  EXPECT_THAT(refused(xml), ElementsAre("chain_root", "rim_digest"));
}

// --- the signature's form -------------------------------------------------------------

TEST(Rim, RefusesAManifestWithoutASignature) {
  EXPECT_THAT(with_signature([](std::string& text) { text.clear(); }), ElementsAre(kForm));
}

TEST(Rim, RefusesTwoSignatures) {
  EXPECT_THAT(with_signature([](std::string& text) { text += text; }), ElementsAre(kForm));
  // One of them deep inside, where enveloped-signature would leave it in.
  const std::string inner = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
  EXPECT_THAT(with_body(before("</ns0:Payload>", inner)), ElementsAre(kForm));
}

TEST(Rim, RefusesASignatureThatIsNotLastInTheRoot) {
  std::string xml = make_rim(kDriver, pki());
  before("</SoftwareIdentity>", "\n")(xml);
  EXPECT_THAT(refused(xml), ElementsAre(kForm));
  std::string moved = make_rim(kDriver, pki());
  const std::size_t at = moved.find("<ds:Signature "), end = moved.find("</SoftwareIdentity>");
  const std::string signature = moved.substr(at, end - at);
  moved.erase(at, end - at);
  before("</ns0:Payload>", signature)(moved);
  EXPECT_THAT(refused(moved), ElementsAre(kForm));
}

// The signed manifest inside another root, whose own values a reader by path would find first.
TEST(Rim, RefusesASignedManifestWrappedInAnother) {
  const std::string genuine = make_rim(kDriver, pki());
  std::string evil = make_rim(driver_rim("999.0.0"), pki(), {.signature = [](std::string& text) { text.clear(); }});
  before("</SoftwareIdentity>", genuine)(evil);
  EXPECT_THAT(refused(evil), ElementsAre(kForm));
  // Only the signature wrapped, around a genuine copy in an Object.
  std::string forged = make_rim(driver_rim("999.0.0"), pki());
  before("</ds:Signature>",
         "<ds:Object>" + genuine.substr(0, genuine.find("<ds:Signature ")) + "</SoftwareIdentity></ds:Object>")(forged);
  EXPECT_THAT(refused(forged), ElementsAre(kForm));
}

TEST(Rim, RefusesOtherAlgorithms) {
  for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
           {"Method Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
            "Method Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\""},
           {"Method Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
            "Method Algorithm=\"http://www.w3.org/2006/12/xml-c14n11#WithComments\""},
           {"ecdsa-sha384", "ecdsa-sha256"},
           {"ecdsa-sha384", "hmac-sha384"},
           {"more#sha384", "more#sha224"},
           {"2000/09/xmldsig#enveloped-signature", "TR/1999/REC-xpath-19991116"},
           {"Transform Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
            "Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\""}}) {
    EXPECT_THAT(with_signed_info(replace(what, with)), ElementsAre(kForm)) << with;
  }
}

TEST(Rim, RefusesOtherTransforms) {
  const std::string c14n = "<ds:Transform Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"/>";
  const std::string enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
  EXPECT_THAT(with_signed_info(replace(c14n, "")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace(enveloped, "")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace(enveloped + c14n, c14n + enveloped)), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace(c14n, c14n + c14n)), ElementsAre(kForm));
  EXPECT_THAT(
      with_signed_info(replace("xml-c14n11\"/></ds:Transforms>", "xml-c14n11\">x</ds:Transform></ds:Transforms>")),
      ElementsAre(kForm));
}

TEST(Rim, RefusesOtherReferences) {
  EXPECT_THAT(with_signed_info(replace("URI=\"\"", "URI=\"#part\"")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace(" URI=\"\"", "")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace("URI=\"\"", "URI=\"\" Id=\"a\"")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info([](std::string& info) {
                const std::size_t at = info.find("<ds:Reference"), end = info.find("</ds:SignedInfo>");
                info.insert(end, info.substr(at, end - at));
              }),
              ElementsAre(kForm));
}

TEST(Rim, RefusesAnythingBesideTheSignaturesParts) {
  EXPECT_THAT(with_signature(before("</ds:Signature>", "<ds:Object/>")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(before("</ds:Signature>", "<foreign/>")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(before("</ds:Signature>", "\n")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(before("<ds:SignatureValue>", " ")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(before("</ds:KeyInfo>", "<ds:KeyName>x</ds:KeyName>")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(before("</ds:X509Data>", "<ds:X509CRL/>")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"a\">")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(replace("<ds:KeyInfo>", "<ds:KeyInfo xmlns:x=\"http://x\">")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(replace("xmldsig#\">", "xmldsig#\" Id=\"a\">")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(replace("xmldsig#\">", "xmldsig#\" xmlns:x=\"http://x\">")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(before("<ds:Reference", "<ds:Object/>")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace("<ds:SignedInfo>", "<ds:SignedInfo Id=\"a\">")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace("<ds:Transforms>", "<ds:Transforms Id=\"a\">")), ElementsAre(kForm));
}

TEST(Rim, RefusesPartsThatAreMissingOrInAnotherNamespace) {
  EXPECT_THAT(with_signature(replace("<ds:X509Data>", "<ds:X509Data xmlns:ds=\"http://other\">")), testing::SizeIs(1));
  EXPECT_THAT(with_signed_info([](std::string& info) {
                const std::size_t at = info.find("<ds:DigestMethod");
                info.erase(at, info.find("<ds:DigestValue>") - at);
              }),
              ElementsAre(kForm));
}

TEST(Rim, RefusesValuesOfAnotherLength) {
  EXPECT_THAT(with_signed_info(replace("<ds:DigestValue>", "<ds:DigestValue>AAAA")), ElementsAre(kForm));
  EXPECT_THAT(with_signed_info(replace("</ds:DigestValue>", "\n</ds:DigestValue>")), ElementsAre(kForm));
  EXPECT_THAT(with_signature(replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA")), ElementsAre(kForm));
  EXPECT_THAT(with_signature([](std::string& text) { text[text.find("<ds:SignatureValue>") + 30] = '!'; }),
              ElementsAre(kForm));
}

TEST(Rim, RefusesASignatureOfZeros) {
  EXPECT_THAT(with_signature([](std::string& text) {
                const std::size_t at = text.find("<ds:SignatureValue>") + 19;
                text.replace(at, 128, std::string(128, 'A'));
              }),
              ElementsAre("rim_signature"));
}

TEST(Rim, RefusesXmlThatItDoesNotNeed) {
  std::string xml = make_rim(kDriver, pki());
  before("<ds:Signature ", "<!-- -->")(xml);
  EXPECT_THAT(refused(xml), ElementsAre("xml_unsupported"));
  EXPECT_THAT(refused("<!DOCTYPE a>" + make_rim(kDriver, pki())), ElementsAre("xml_unsupported"));
  EXPECT_THAT(refused(make_rim(kDriver, pki()) + "x"), ElementsAre("xml_invalid"));
  EXPECT_THAT(refused(std::string((1 << 20) + 1, ' ')), ElementsAre("xml_too_large"));
}

// --- certificates -----------------------------------------------------------------------

TEST(Rim, RefusesCertificatesInAnotherSpelling) {
  constexpr const char* kCode = "rim_certificate";
  EXPECT_THAT(with_signature(replace("<ds:X509Certificate>", "<ds:X509Certificate>\n")), ElementsAre(kCode));
  EXPECT_THAT(with_signature(replace("\n</ds:X509Certificate>", "</ds:X509Certificate>")), ElementsAre(kCode));
  EXPECT_THAT(with_signature(replace("<ds:X509Certificate>M", "<ds:X509Certificate>M\n")), ElementsAre(kCode));
  EXPECT_THAT(with_signature(replace("<ds:X509Certificate>M", "<ds:X509Certificate>!")), ElementsAre(kCode));
  EXPECT_THAT(with_signature(replace("<ds:X509Certificate>", "<ds:X509Certificate><x/>")), ElementsAre(kCode));
  EXPECT_THAT(
      with_signature(replace("<ds:X509Certificate>", "<ds:X509Certificate></ds:X509Certificate><ds:X509Certificate>")),
      ElementsAre(kCode));
}

std::vector<std::string> with_chain(const std::function<void(std::vector<Bytes>&)>& edit) {
  SimulatedRimPki changed{pki().chain,
                          *crypto::EcPrivateKey::from_scalar(crypto::Curve::p384, pki().key.scalar().reveal())};
  edit(changed.chain);
  return refused(make_rim(kDriver, changed));
}

TEST(Rim, RefusesMoreOrFewerThanFourCertificates) {
  EXPECT_THAT(with_chain([](auto& chain) { chain.pop_back(); }), ElementsAre("chain_length"));
  EXPECT_THAT(with_chain([](auto& chain) { chain.push_back(chain.back()); }), ElementsAre("chain_length"));
  EXPECT_THAT(with_chain([](auto& chain) { chain.clear(); }), ElementsAre("chain_length"));
}

TEST(Rim, RefusesACertificateTwiceOrOneThatBelongsElsewhere) {
  EXPECT_THAT(with_chain([](auto& chain) { chain[2] = chain[1]; }), ElementsAre("chain_issuer"));
  EXPECT_THAT(with_chain([](auto& chain) { chain[2] = chain[3]; }), ElementsAre("chain_root"));
  EXPECT_THAT(with_chain([](auto& chain) { chain[3] = chain[2]; }), ElementsAre("chain_root"));
  EXPECT_THAT(with_chain([](auto& chain) { chain[0] = chain[1]; }), ElementsAre("chain_issuer"));
  const SimulatedRimPki other = make_rim_pki(kNow);
  EXPECT_THAT(with_chain([&](auto& chain) { chain[2] = other.chain[2]; }), ElementsAre("chain_issuer"));
}

TEST(Rim, RefusesBytesThatAreNoCertificate) {
  EXPECT_THAT(with_chain([](auto& chain) { chain[1] = Bytes(100, 0x30); }), testing::SizeIs(1));
}

// Code of the first rule that certificates issued like this break.
std::string with_templates(const std::function<void(RimTemplates&)>& edit, Instant at = kNow) {
  const SimulatedRimPki made = make_rim_pki(kNow, edit);
  const auto codes = failures(judge(make_rim(kDriver, made), made.chain.back(), at).verdict);
  return codes.size() == 1 ? codes.front() : std::to_string(codes.size());
}

TEST(Rim, HoldsCertificatesToTheirProfile) {
  constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5;
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[0].ca = true; }), "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[0].with_basic_constraints = false; }), "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[1].ca = false, all[1].path_length = std::nullopt; }),
            "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[1].path_length = std::nullopt; }), "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[1].path_length = 1; }), "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[2].path_length = 0; }), "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[0].key_usage |= kKeyCertSign; }), "chain_key_usage");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[0].key_usage = 0; }), "chain_key_usage");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[2].key_usage = kKeyCertSign; }), "chain_key_usage");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[3].key_usage = kDigitalSignature; }), "chain_key_usage");
  EXPECT_EQ(with_templates([](RimTemplates& all) { all[0].extra[0].critical = true; }), "chain_critical_extension");
}

TEST(Rim, AsksForConstraintsAndUsagesThatAreCritical) {
  namespace der = codec::der;
  EXPECT_EQ(with_templates([](RimTemplates& all) {
              all[2].with_basic_constraints = false;
              all[2].extra = {{der::oid_content("2.5.29.19"), false, der::sequence({der::boolean(true)})}};
            }),
            "chain_ca");
  EXPECT_EQ(with_templates([](RimTemplates& all) {
              constexpr ByteArray<2> kCertAndCrlSign{0x01, 0x06};
              all[2].key_usage = 0;
              all[2].extra = {{der::oid_content("2.5.29.15"), false, der::element(der::kBitString, kCertAndCrlSign)}};
            }),
            "chain_key_usage");
}

TEST(Rim, RefusesASignerOnAnotherCurve) {
  const SimulatedRimPki made = make_rim_pki(kNow, {}, crypto::Curve::p256);
  const auto as_long_as_expected = [](std::string& text) {
    const std::size_t at = text.find("<ds:SignatureValue>") + 19;
    text.replace(at, text.find("</ds:SignatureValue>") - at, std::string(128, 'B'));
  };
  const std::string xml = make_rim(kDriver, made, {.signature = as_long_as_expected});
  EXPECT_THAT(failures(judge(xml, made.chain.back()).verdict), ElementsAre("chain_algorithm"));
}

TEST(Rim, HoldsCertificatesToTheirDates) {
  EXPECT_EQ(with_templates({}, kNow + 3 * 365 * milliseconds(24LL * 3600 * 1000)), "chain_expired");
  EXPECT_EQ(with_templates({}, kNow - 2 * milliseconds(24LL * 3600 * 1000)), "chain_not_yet_valid");
}

// --- damage -----------------------------------------------------------------------------

TEST(Rim, RefusesAManifestWithAnyBitOfItsSignatureChanged) {
  std::string xml = make_rim(kDriver, pki());
  for (std::size_t i = xml.find("<ds:Signature "); i < xml.size(); i += 3) {
    xml[i] = static_cast<char>(xml[i] ^ (1 << i % 8));
    EXPECT_FALSE(refused(xml).empty()) << i;
    xml[i] = static_cast<char>(xml[i] ^ (1 << i % 8));
  }
}

}  // namespace
}  // namespace aipg::tee
