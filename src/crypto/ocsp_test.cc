// SPDX-License-Identifier: Apache-2.0
// An OCSP response with one rule broken each, everything else re-signed.
#include "crypto/ocsp.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "tee/simulated_ocsp.h"

namespace aipg::crypto {
namespace {

namespace der = codec::der;
using tee::OcspAnswer;
using tee::OcspContent;
using tee::ResponderContent;
using tee::SimulatedOcspStatus;
using tee::SimulatedResponder;

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");
constexpr milliseconds kSecond{1000}, kDay{24LL * 3600 * 1000};
const std::string kIssuerName = "SIMULATED issuer";

CertificateTemplate authority(const std::string& name, std::uint8_t serial) {
  CertificateTemplate out;
  out.subject_cn = name;
  out.serial = {serial};
  out.not_before = kNow - kDay;
  out.not_after = kNow + kDay;
  out.ca = true;
  out.key_usage = 1U << 5;
  return out;
}

class Ocsp : public testing::Test {
 protected:
  EcPrivateKey issuer_key = EcPrivateKey::generate(Curve::p384), subject_key = EcPrivateKey::generate(Curve::p384);
  Certificate issuer = *Certificate::parse(
      issue_certificate(authority(kIssuerName, 1), issuer_key.public_key(), kIssuerName, issuer_key));
  Certificate subject = *Certificate::parse(
      issue_certificate(authority("SIMULATED subject", 0x99), subject_key.public_key(), kIssuerName, issuer_key));
  ResponderContent responder_content = tee::responder_at(kNow);
  SimulatedResponder responder = tee::make_responder(responder_content, kIssuerName, issuer_key);
  OcspContent content = tee::content_of(tee::answer_about(subject, issuer, kNow), responder);
  Instant at = kNow;
  std::optional<Bytes> nonce;
  milliseconds skew{0};

  OcspAnswer& answer() { return content.answers.front(); }
  void reissue_responder() {
    responder = tee::make_responder(responder_content, kIssuerName, issuer_key);
    content.certificates = {responder.certificate};
  }

  Result<void> judge(ByteView bytes) const {
    AIPG_TRY(const OcspResponse response, OcspResponse::parse(bytes));
    return verify_ocsp(response, subject, issuer, at, nonce, skew);
  }
  Result<void> judge() const { return judge(tee::make_ocsp_response(content, responder)); }
  std::string code() const { return code_of(judge()); }
  static std::string code_of(const Result<void>& result) {
    return result ? "good" : std::string(result.error().code.view());
  }
  std::string where() const {
    const auto result = judge();
    return result ? "" : std::string(result.error().where.view());
  }
};

TEST_F(Ocsp, AcceptsAGoodAnswerOfADelegatedResponder) { EXPECT_EQ(code(), "good"); }

TEST_F(Ocsp, AcceptsTheIssuersOwnSignature) {
  content.certificates = {};
  EXPECT_EQ(code_of(judge(tee::make_ocsp_response(content, issuer, issuer_key))), "good");
}

TEST_F(Ocsp, AcceptsAResponderNamedByItsName) {
  content.responder_name = Certificate::parse(responder.certificate)->subject();
  EXPECT_EQ(code(), "good");
}

TEST_F(Ocsp, AcceptsTheIssuersCertificateBesideTheResponders) {
  content.certificates.push_back(to_bytes(issuer.der()));
  EXPECT_EQ(code(), "good");
}

TEST_F(Ocsp, AcceptsNVIDIAsOldResponders) {
  responder_content.purposes = {ResponderContent::kSigning, ResponderContent::kNoCheckPurpose};
  responder_content.purposes_critical = false;
  responder_content.no_check = false;
  reissue_responder();
  EXPECT_EQ(code(), "good");
}

TEST_F(Ocsp, AcceptsOneAnswerAmongOthers) {
  OcspAnswer other = answer();
  other.serial = {7};
  other.status = SimulatedOcspStatus::revoked;
  content.answers.push_back(other);
  EXPECT_EQ(code(), "good");
}

// --- which certificate ------------------------------------------------------------

TEST_F(Ocsp, RefusesAnAnswerAboutAnotherSerial) {
  answer().serial = {0x98};
  EXPECT_EQ(code(), "ocsp_other_certificate");
}

TEST_F(Ocsp, RefusesAnAnswerAboutAnotherIssuersName) {
  answer().issuer_name_hash[0] ^= 1;
  EXPECT_EQ(code(), "ocsp_other_certificate");
}

TEST_F(Ocsp, RefusesAnAnswerAboutAnotherIssuersKey) {
  answer().issuer_key_hash[47] ^= 1;
  EXPECT_EQ(code(), "ocsp_other_certificate");
}

TEST_F(Ocsp, RefusesAnotherHashInTheCertId) {
  answer().hash_oid = "2.16.840.1.101.3.4.2.1";
  EXPECT_EQ(code(), "ocsp_other_certificate");
}

TEST_F(Ocsp, RefusesTwoAnswersAboutOneCertificate) {
  content.answers.push_back(answer());
  EXPECT_EQ(code(), "ocsp_repeated");
}

// --- the responder ------------------------------------------------------------------

TEST_F(Ocsp, RefusesAResponseWhoseResponderIsNotCarried) {
  content.certificates = {};
  EXPECT_EQ(code(), "ocsp_responder");
  EXPECT_EQ(where(), "missing");
}

TEST_F(Ocsp, RefusesAResponderOfAnotherKey) {
  content.responder_key_hash = Bytes(20, 7);
  EXPECT_EQ(code(), "ocsp_responder");
}

TEST_F(Ocsp, RefusesAResponderOfAnotherName) {
  content.responder_name = subject.subject();
  EXPECT_EQ(code(), "ocsp_responder");
}

TEST_F(Ocsp, RefusesACertificateNobodyNeeds) {
  content.certificates.push_back(to_bytes(subject.der()));
  EXPECT_EQ(code(), "ocsp_responder");
  EXPECT_EQ(where(), "unneeded");
}

TEST_F(Ocsp, RefusesTheRespondersCertificateTwice) {
  content.certificates.push_back(responder.certificate);
  EXPECT_EQ(code(), "ocsp_responder");
}

TEST_F(Ocsp, RefusesAResponderIssuedByTheSubject) {
  responder = tee::make_responder(responder_content, "SIMULATED subject", subject_key);
  content.certificates = {responder.certificate};
  EXPECT_EQ(code(), "ocsp_responder_issuer");
  EXPECT_EQ(where(), "name");
}

TEST_F(Ocsp, RefusesAResponderOfTheIssuersNameOnly) {
  responder = tee::make_responder(responder_content, kIssuerName, subject_key);
  content.certificates = {responder.certificate};
  EXPECT_EQ(code(), "ocsp_responder_issuer");
  EXPECT_EQ(where(), "key_id");
}

TEST_F(Ocsp, RefusesAResponderWhoseSignatureIsNotTheIssuers) {
  Bytes forged = responder.certificate;
  forged.back() ^= 1;
  content.certificates = {forged};
  EXPECT_EQ(code(), "ocsp_responder_issuer");
  EXPECT_EQ(where(), "signature");
}

TEST_F(Ocsp, RefusesAResponderThatIsAnAuthority) {
  responder_content.ca = true;
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
  EXPECT_EQ(where(), "ca");
}

TEST_F(Ocsp, RefusesAResponderThatMayNotSign) {
  for (unsigned usage : {0U, 1U << 5}) {
    responder_content.key_usage = usage;
    reissue_responder();
    EXPECT_EQ(code(), "ocsp_responder_usage");
    EXPECT_EQ(where(), "key_usage");
  }
}

TEST_F(Ocsp, RefusesAResponderWithoutThePurpose) {
  responder_content.purposes = {};
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
  EXPECT_EQ(where(), "missing");
  responder_content.purposes = {ResponderContent::kNoCheckPurpose};
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
  EXPECT_EQ(where(), "purpose");
}

TEST_F(Ocsp, RefusesAResponderForMoreThanOcsp) {
  responder_content.purposes = {ResponderContent::kSigning, "1.3.6.1.5.5.7.3.1"};
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
}

TEST_F(Ocsp, RefusesAPurposeNamedTwice) {
  responder_content.purposes = {ResponderContent::kSigning, ResponderContent::kSigning};
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
}

TEST_F(Ocsp, RefusesAResponderWithAnUnknownCriticalExtension) {
  responder_content.extra = {{der::oid_content("1.2.3.4"), true, {}}};
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_usage");
  EXPECT_EQ(where(), "critical_extension");
}

TEST_F(Ocsp, RefusesAResponderThatCouldBeRevokedItself) {
  responder_content.no_check = false;
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_nocheck");
}

TEST_F(Ocsp, RefusesAResponderBeforeItsTimeAndAfter) {
  responder_content.not_before = kNow + kSecond;
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_not_yet_valid");
  responder_content.not_before = kNow - kDay;
  responder_content.not_after = kNow - kSecond;
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_responder_expired");
  responder_content.not_after = kNow;
  reissue_responder();
  EXPECT_EQ(code(), "good");
}

TEST_F(Ocsp, RefusesAnotherCurve) {
  responder_content.curve = Curve::p256;
  reissue_responder();
  EXPECT_EQ(code(), "ocsp_algorithm");
}

TEST_F(Ocsp, RefusesASignatureOfAnotherKey) {
  const Certificate named = *Certificate::parse(responder.certificate);
  EXPECT_EQ(code_of(judge(tee::make_ocsp_response(content, named, subject_key))), "ocsp_signature");
}

// --- the answer ---------------------------------------------------------------------

TEST_F(Ocsp, RefusesARevokedCertificateWhateverTheReason) {
  answer().status = SimulatedOcspStatus::revoked;
  EXPECT_EQ(code(), "ocsp_revoked");
  for (unsigned reason : {0U, 1U, 5U, 8U, 10U}) {
    answer().reason = reason;
    EXPECT_EQ(code(), "ocsp_revoked") << reason;
  }
}

TEST_F(Ocsp, TellsACertificateOnHoldFromARevokedOne) {
  answer().status = SimulatedOcspStatus::revoked;
  answer().reason = 6;
  EXPECT_EQ(code(), "ocsp_on_hold");
}

TEST_F(Ocsp, SaysRevokedOfAnOldAnswerToo) {
  answer().status = SimulatedOcspStatus::revoked;
  at = kNow + 10 * kDay;
  EXPECT_EQ(code(), "ocsp_revoked");
  answer().reason = 6;  // a hold may have ended since
  EXPECT_EQ(code(), "ocsp_expired");
}

TEST_F(Ocsp, RefusesAnUnknownCertificate) {
  answer().status = SimulatedOcspStatus::unknown;
  EXPECT_EQ(code(), "ocsp_unknown");
}

TEST_F(Ocsp, RefusesAnAnswerOutsideItsWindow) {
  at = answer().this_update;
  EXPECT_EQ(code(), "good");
  at = at - milliseconds(1);
  EXPECT_EQ(code(), "ocsp_not_yet_valid");
  at = *answer().next_update;
  EXPECT_EQ(code(), "good");
  at = at + milliseconds(1);
  EXPECT_EQ(code(), "ocsp_expired");
}

TEST_F(Ocsp, AllowsTheRespondersClockToBeAheadByTheSkewOnly) {
  skew = 30 * kSecond;
  at = answer().this_update - skew;
  EXPECT_EQ(code(), "good");
  at = at - milliseconds(1);
  EXPECT_EQ(code(), "ocsp_not_yet_valid");
}

TEST_F(Ocsp, RefusesAnAnswerWithoutEnd) {
  answer().next_update.reset();
  EXPECT_EQ(code(), "ocsp_no_next_update");
}

TEST_F(Ocsp, NeedsTheNonceThatWasSent) {
  nonce = Bytes(32, 5);
  EXPECT_EQ(code(), "ocsp_nonce");
  EXPECT_EQ(where(), "missing");
  content.nonce = Bytes(32, 6);
  EXPECT_EQ(code(), "ocsp_nonce");
  content.nonce = Bytes(31, 5);
  EXPECT_EQ(code(), "ocsp_nonce");
  content.nonce = nonce;
  EXPECT_EQ(code(), "good");
  nonce.reset();
  EXPECT_EQ(code(), "good");
}

// --- structure ----------------------------------------------------------------------

TEST_F(Ocsp, RefusesAResponseThatIsNotSuccessful) {
  for (std::uint8_t status : {1, 2, 3, 5, 6}) {
    content.response_status = status;
    EXPECT_EQ(code(), "ocsp_unsuccessful") << int{status};
  }
}

TEST_F(Ocsp, RefusesAnotherResponseType) {
  content.response_type = "1.3.6.1.5.5.7.48.1.99";
  EXPECT_EQ(code(), "ocsp_invalid");
}

TEST_F(Ocsp, RefusesUnknownCriticalExtensions) {
  const Extension unknown{der::oid_content("1.2.3.4"), true, {}};
  content.extensions = {unknown};
  EXPECT_EQ(where(), "critical_extension");
  content.extensions = {};
  answer().extensions = {unknown};
  EXPECT_EQ(where(), "critical_extension");
  answer().extensions.front().critical = false;
  EXPECT_EQ(code(), "good");
}

TEST_F(Ocsp, RefusesARepeatedExtension) {
  content.nonce = Bytes(32, 5);
  content.extensions = {{der::oid_content("1.3.6.1.5.5.7.48.1.2"), false, der::octet_string(Bytes(32, 5))}};
  EXPECT_EQ(code(), "ocsp_invalid");
}

TEST_F(Ocsp, RefusesANonceThatIsNoOctetString) {
  content.extensions = {{der::oid_content("1.3.6.1.5.5.7.48.1.2"), false, Bytes(32, 5)}};
  EXPECT_EQ(where(), "nonce");
}

TEST_F(Ocsp, RefusesAReasonThatDoesNotExist) {
  answer().status = SimulatedOcspStatus::revoked;
  for (unsigned reason : {7U, 11U, 127U}) {
    answer().reason = reason;
    EXPECT_EQ(code(), "ocsp_invalid") << reason;
    EXPECT_EQ(where(), "status");
  }
}

TEST_F(Ocsp, RefusesNoAnswersAndTooMany) {
  const OcspAnswer one = answer();
  content.answers = {};
  EXPECT_EQ(code(), "ocsp_invalid");
  content.answers.assign(17, one);
  EXPECT_EQ(code(), "ocsp_invalid");
}

TEST_F(Ocsp, RefusesMoreCertificatesThanAnybodyNeeds) {
  content.certificates.assign(5, responder.certificate);
  EXPECT_EQ(code(), "ocsp_invalid");
}

TEST_F(Ocsp, RefusesMoreThan64KiB) { EXPECT_EQ(code_of(judge(Bytes(kMaxOcspBytes + 1, 0x30))), "ocsp_invalid"); }

TEST_F(Ocsp, RefusesBytesAfterIt) {
  Bytes bytes = tee::make_ocsp_response(content, responder);
  bytes.push_back(0);
  EXPECT_EQ(code_of(judge(bytes)), "ocsp_invalid");
}

TEST_F(Ocsp, RefusesAnyByteChangedAndAnyCut) {
  content.nonce = Bytes(32, 5);
  Bytes bytes = tee::make_ocsp_response(content, responder);
  ASSERT_EQ(code_of(judge(bytes)), "good");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    bytes[i] ^= bit;
    EXPECT_NE(code_of(judge(bytes)), "good") << i;
    bytes[i] ^= bit;
    EXPECT_NE(code_of(judge(ByteView(bytes).first(i))), "good") << i;
  }
}

// --- requests -----------------------------------------------------------------------

TEST_F(Ocsp, WritesARequestThatNamesTheCertificate) {
  const OcspCertId id = ocsp_cert_id(subject, issuer);
  EXPECT_EQ(id.issuer_name_hash, answer().issuer_name_hash);
  EXPECT_EQ(id.issuer_key_hash, answer().issuer_key_hash);
  const Bytes request = make_ocsp_request(id, {});
  ASSERT_TRUE(der::check_strict(request));
  EXPECT_EQ(to_hex(ByteView(request).first(8)), "307f307d307b3079") << to_hex(request);
  EXPECT_NE(std::ranges::search(request, id.issuer_key_hash).size(), 0U);
}

TEST_F(Ocsp, WritesTheNonceIntoTheRequest) {
  const Bytes request = make_ocsp_request(ocsp_cert_id(subject, issuer), Bytes(32, 9));
  ASSERT_TRUE(der::check_strict(request));
  EXPECT_NE(std::ranges::search(request, der::octet_string(der::octet_string(Bytes(32, 9)))).size(), 0U);
}

}  // namespace
}  // namespace aipg::crypto
