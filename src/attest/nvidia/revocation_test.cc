// SPDX-License-Identifier: Apache-2.0
// Revocation of a simulated device's chain, one answer wrong at a time; and the
// real responses, where the evidence library lies beside the checkout.
#include "attest/nvidia/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "attest/roots.h"
#include "base/files_for_tests.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "crypto/certificate_writer.h"
#include "tee/simulated_ocsp.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_report.h"

namespace aipg::attest::nvidia {
namespace {

using crypto::Certificate;
using crypto::OcspResponse;
using testing::ElementsAre;
using testing::IsEmpty;

// "passed ocsp_good", … in the order of the findings.
std::vector<std::string> told(const Verdict& verdict) {
  static constexpr std::array<std::string_view, 4> kNames{"passed", "note", "warning", "failed"};
  std::vector<std::string> out;
  for (const Finding& finding : verdict.findings) {
    out.push_back(std::string(kNames.at(static_cast<std::size_t>(finding.severity))) + " " +
                  std::string(finding.code.view()));
  }
  return out;
}

// A chain of five whose every issuer still has its key and a responder.
class Revocation : public testing::Test {
 protected:
  static constexpr std::size_t kLength = 5;
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  std::vector<crypto::EcPrivateKey> keys;
  std::vector<Certificate> chain;
  std::vector<Bytes> responses;  // about certificates 1, 2 and 3
  Verdict verdict;
  RuleModes modes = RuleModes::strict();

  Revocation() {
    for (std::size_t i = 0; i < kLength; ++i) keys.push_back(crypto::EcPrivateKey::generate(crypto::Curve::p384));
    for (std::size_t i = 0; i < kLength; ++i) chain.push_back(*Certificate::parse(issue(i)));
    for (std::size_t i = 1; i + 1 < kLength; ++i) responses.push_back(respond(i, answer(i)));
  }

  static std::string name(std::size_t i) { return "SIMULATED certificate " + std::to_string(i); }
  Bytes issue(std::size_t i) const {
    const std::size_t issuer = std::min(i + 1, kLength - 1);
    crypto::CertificateTemplate what;
    what.subject_cn = name(i);
    what.serial = {static_cast<std::uint8_t>(0x40 + i)};
    what.not_before = now - std::chrono::hours(24);
    what.not_after = now + std::chrono::hours(24);
    what.ca = i > 0;
    what.key_usage = i > 0 ? 1U << 5 : 1U;
    return crypto::issue_certificate(what, keys[i].public_key(), name(issuer), keys[issuer]);
  }
  tee::SimulatedResponder responder(std::size_t i) const {
    return tee::make_responder(tee::responder_at(now), name(i + 1), keys[i + 1]);
  }
  tee::OcspAnswer answer(std::size_t i) const { return tee::answer_about(chain[i], chain[i + 1], now); }
  Bytes respond(std::size_t i, const tee::OcspAnswer& with) const {
    const tee::SimulatedResponder by = responder(i);
    return tee::make_ocsp_response(tee::content_of(with, by), by);
  }

  // As for a device: from certificate 1 on. A RIM's chain is judged from its leaf.
  std::vector<std::string> judge() {
    verdict = {};
    Rules rules(verdict, "gpu 0", modes);
    const auto parsed = parse_ocsp_responses(responses, rules);
    check_rim_revocation(std::span(chain).subspan(1), parsed, now, rules);
    return told(verdict);
  }
};

TEST_F(Revocation, AcceptsAChainWhoseEveryCertificateIsGood) {
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "passed ocsp_good", "passed ocsp_good"));
}

TEST_F(Revocation, NamesTheCertificateWithoutAnAnswer) {
  responses.erase(responses.begin() + 1);
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "failed ocsp_missing", "passed ocsp_good"));
  EXPECT_EQ(verdict.findings[1].detail, "no answer about certificate 1 (the leaf is 0), SIMULATED certificate 2");
  modes = RuleModes::chain();
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "warning ocsp_missing", "passed ocsp_good"));
}

TEST_F(Revocation, RefusesARevokedCertificateUnderAnyPolicy) {
  tee::OcspAnswer revoked = answer(2);
  revoked.status = tee::SimulatedOcspStatus::revoked;
  responses[1] = respond(2, revoked);
  modes = RuleModes::chain();
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "failed ocsp_revoked", "passed ocsp_good"));
}

TEST_F(Revocation, RefusesACertificateThatAnyAnswerSaysIsRevoked) {
  tee::OcspAnswer revoked = answer(2);
  revoked.status = tee::SimulatedOcspStatus::revoked;
  revoked.reason = 6;
  responses.push_back(respond(2, revoked));
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "failed ocsp_on_hold", "passed ocsp_good"));
  revoked.next_update = now - milliseconds(1000);  // a hold that may have ended, beside a fresh answer
  responses.back() = respond(2, revoked);
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "passed ocsp_good", "passed ocsp_good"));
}

TEST_F(Revocation, RefusesAnAnswerOfSomebodyElsesWhateverItSays) {
  const tee::SimulatedResponder stranger = tee::make_responder(tee::responder_at(now), name(1), keys[1]);
  for (const auto status : {tee::SimulatedOcspStatus::good, tee::SimulatedOcspStatus::revoked}) {
    tee::OcspAnswer said = answer(2);
    said.status = status;
    responses.push_back(tee::make_ocsp_response(tee::content_of(said, stranger), stranger));
    EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "failed ocsp_responder_issuer", "passed ocsp_good"));
    responses.pop_back();
  }
}

TEST_F(Revocation, RefusesAnotherMachinesAnswerThatIsNotGenuine) {
  const auto judged_beside = [this](const Bytes& response) {
    verdict = {};
    Rules rules(verdict, "ocsp", RuleModes::chain());
    const std::span<const Certificate> own(chain);
    check_other_responses(std::span(&own, 1), parse_ocsp_responses(std::span(&response, 1), rules), rules);
    return told(verdict);
  };
  tee::OcspAnswer another = answer(1);
  another.serial = {0x77};  // of the same authority
  const Bytes good = respond(1, another);
  EXPECT_THAT(judged_beside(good), IsEmpty());
  EXPECT_THAT(judged_beside(responses[0]), IsEmpty()) << "which is judged where it belongs";
  // Ours, with its subject's number changed: signed no more.
  Bytes changed = responses[0];
  const Bytes number{0x02, 0x01, 0x41};
  const auto found = std::ranges::search(changed, number);
  ASSERT_FALSE(found.empty());
  found.back() ^= 2;
  EXPECT_THAT(judged_beside(changed), ElementsAre("failed ocsp_signature"));
  // Of an authority that nobody here has heard of: not our business.
  const auto foreign = crypto::EcPrivateKey::generate(crypto::Curve::p384);
  const auto stranger = tee::make_responder(tee::responder_at(now), "SIMULATED another authority", foreign);
  EXPECT_THAT(judged_beside(tee::make_ocsp_response(tee::content_of(another, stranger), stranger)), IsEmpty());
}

TEST_F(Revocation, RefusesAnOldAnswerUnlessAFreshOneStandsBesideIt) {
  tee::OcspAnswer old = answer(1);
  old.next_update = now - milliseconds(1000);
  const Bytes fresh = responses[0];
  responses[0] = respond(1, old);
  modes = RuleModes::chain();
  EXPECT_THAT(judge(), ElementsAre("failed ocsp_expired", "passed ocsp_good", "passed ocsp_good"));
  responses.push_back(fresh);
  EXPECT_THAT(judge(), ElementsAre("passed ocsp_good", "passed ocsp_good", "passed ocsp_good"));
}

TEST_F(Revocation, RefusesWhatIsNoResponse) {
  responses.push_back(Bytes{0x30, 0x00});
  EXPECT_THAT(judge(), ElementsAre("failed ocsp_invalid", "passed ocsp_good", "passed ocsp_good", "passed ocsp_good"));
}

TEST_F(Revocation, RefusesASingleResponseAboutNoneOfTheCertificates) {
  tee::OcspAnswer other = answer(1);
  other.serial = {7};
  Rules rules(verdict, "ocsp", RuleModes::chain());
  const std::vector<std::span<const Certificate>> chains{chain};
  check_ocsp_response(*OcspResponse::parse(respond(1, other)), chains, now, rules);
  check_ocsp_response(*OcspResponse::parse(responses[0]), chains, now, rules);
  EXPECT_THAT(told(verdict), ElementsAre("failed ocsp_other_certificate", "passed ocsp_good"));
}

// --- a simulated device ------------------------------------------------------------

TEST(SimulatedRevocation, IsSaidOfAnyCertificateOfADevice) {
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const tee::SimulatedPki pki = tee::make_pki(now);
  const tee::SimulatedDevice gpu = tee::make_device(pki, 0, Bytes(48, 7), now);
  const Bytes report = tee::make_report({}, gpu.key);
  for (std::size_t revoked : {0U, 1U, 2U, 3U}) {
    Verdict verdict;
    Rules rules(verdict, "gpu 0", RuleModes::strict());
    const auto verified = verify_report(report, gpu.chain, pki.roots().nvidia_device, now, rules);
    ASSERT_TRUE(verified) << verdict.first_failed()->code.view();
    verdict.findings.clear();
    const auto answers = tee::make_revocation_answers(pki, gpu.chain, now, [&](std::size_t i, tee::OcspAnswer& answer) {
      if (i == revoked) answer.status = tee::SimulatedOcspStatus::revoked;
    });
    check_device_revocation(*verified, parse_ocsp_responses(answers, rules), now, rules);
    ASSERT_EQ(verdict.findings.size(), 3U);
    for (std::size_t i = 1; i <= 3; ++i) {
      EXPECT_EQ(verdict.findings[i - 1].code.view(), i == revoked ? "ocsp_revoked" : "ocsp_good");
    }
  }
}

// --- real responses ----------------------------------------------------------------

const std::string kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_LIBRARY()                \
  if (!file_exists(kLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real response was judged"

struct OcspCase {
  std::string evidence, with, policy, at, expect, why;
};

std::vector<OcspCase> cases() {
  std::istringstream file(read_text_file(kLibrary + "CASES.tsv"));
  std::vector<OcspCase> out;
  for (std::string line; std::getline(file, line);) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    if (columns[0] == "ocsp") out.push_back({columns[1], columns[2], columns[3], columns[4], columns[5], columns[6]});
  }
  return out;
}

// The certificates of a signature's X509Data as they stand: base64 between two tags.
std::vector<Bytes> certificates_in_xml(std::string_view xml) {
  static constexpr std::string_view kOpen = "X509Certificate>";
  std::vector<Bytes> out;
  for (std::size_t at = xml.find(kOpen); at != std::string_view::npos; at = xml.find(kOpen, at)) {
    at += kOpen.size();
    const std::size_t end = xml.find('<', at);
    std::string text(xml.substr(at, end - at));
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    out.push_back(*codec::from_base64(text));
    at = xml.find(kOpen, end) + kOpen.size();  // past the closing tag
  }
  return out;
}

std::vector<Certificate> verified_chain(const std::string& with, Instant at) {
  const bool device = with.ends_with(".pem");
  const Bytes file = read_file(kLibrary + with);
  const std::vector<Bytes> ders =
      device ? *codec::parse_pem_certificates(as_text(file), 8) : certificates_in_xml(as_text(file));
  std::vector<Certificate> out;
  for (const Bytes& der : ders) out.push_back(*Certificate::parse(der));
  const RootSet& roots = VendorRoots::builtin().set();
  const auto result =
      crypto::verify_chain(out, device ? roots.nvidia_device : roots.nvidia_rim,
                           {.length = device ? 5U : 4U, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha384}, at);
  EXPECT_TRUE(result) << with << " " << result.error().code.view() << result.error().offset;
  return out;
}

Verdict judge(ByteView evidence, std::span<const Certificate> chain, Instant at) {
  Verdict verdict;
  Rules rules(verdict, "ocsp", RuleModes::chain());
  if (const auto response = OcspResponse::parse(evidence)) {
    check_ocsp_response(*response, std::span(&chain, 1), at, rules);
  } else {
    rules.refuse(response.error());
  }
  return verdict;
}

TEST(RealOcsp, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t accepted = 0, refused = 0;
  for (const OcspCase& one : cases()) {
    SCOPED_TRACE(one.evidence + " with " + one.with + " at " + one.at + ": " + one.why);
    const Instant at = *parse_instant(one.at);
    const Verdict verdict = judge(read_file(kLibrary + one.evidence), verified_chain(one.with, at), at);
    EXPECT_EQ(verdict.first_failed() == nullptr, one.expect == "accept") << told(verdict).front();
    ++(one.expect == "accept" ? accepted : refused);
  }
  EXPECT_GE(accepted, 7U);
  EXPECT_GE(refused, 11U);
}

// Each rejection of the library's list for its own reason.
TEST(RealOcsp, SaysWhyItRefuses) {
  AIPG_NEEDS_LIBRARY();
  for (const OcspCase& one : cases()) {
    const std::string expected = one.why.starts_with("good")                ? "passed ocsp_good"
                                 : one.why.starts_with("past nextUpdate")   ? "failed ocsp_expired"
                                 : one.why.starts_with("before thisUpdate") ? "failed ocsp_not_yet_valid"
                                 : one.why.starts_with("response for another certificate")
                                     ? "failed ocsp_other_certificate"
                                     : "";
    if (expected.empty()) continue;
    const Instant at = *parse_instant(one.at);
    EXPECT_THAT(told(judge(read_file(kLibrary + one.evidence), verified_chain(one.with, at), at)),
                ElementsAre(expected))
        << one.evidence << " " << one.at;
  }
}

// Nothing in a response is left unsigned: the answers are under the responder's signature, its certificate under
// the issuer's, the frame and both algorithms have one spelling each, and signatures one encoding.
TEST(RealOcsp, RefusesAnyByteChangedAndAnyCut) {
  AIPG_NEEDS_LIBRARY();
  std::size_t flips = 0;
  for (const OcspCase& one : cases()) {
    if (one.expect != "accept") continue;
    const Instant at = *parse_instant(one.at);
    const std::vector<Certificate> chain = verified_chain(one.with, at);
    Bytes bytes = read_file(kLibrary + one.evidence);
    ASSERT_EQ(judge(bytes, chain, at).first_failed(), nullptr) << one.evidence;
    for (std::size_t i = 0; i < bytes.size(); ++i, ++flips) {
      const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
      bytes[i] ^= bit;
      EXPECT_NE(judge(bytes, chain, at).first_failed(), nullptr) << one.evidence << " byte " << i;
      bytes[i] ^= bit;
      EXPECT_NE(judge(ByteView(bytes).first(i), chain, at).first_failed(), nullptr) << one.evidence << " cut at " << i;
    }
  }
  EXPECT_GE(flips, 6'990U);
}

TEST(RealOcsp, ChecksTheWholeChainOfARealDevice) {
  AIPG_NEEDS_LIBRARY();
  const Instant at = *parse_instant("2025-08-21T12:00:00Z");
  const std::string folder = kLibrary + "nvidia/h100_550.90.07/";
  Verdict verdict;
  Rules rules(verdict, "device", RuleModes::strict());
  const Bytes report = read_file(folder + "report.bin"), pem = read_file(folder + "chain.pem");
  const auto verified = verify_report(report, *codec::parse_pem_certificates(as_text(pem), 8),
                                      VendorRoots::builtin().set().nvidia_device, at, rules);
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->chain().size(), 5U);
  std::vector<Bytes> responses{read_file(folder + "ocsp/gpu_certificate_l2.der"),
                               read_file(folder + "ocsp/gpu_certificate_l3.der"),
                               read_file(folder + "ocsp/gpu_certificate_l4.der")};
  verdict.findings.clear();
  check_device_revocation(*verified, parse_ocsp_responses(responses, rules), at, rules);
  EXPECT_THAT(told(verdict), ElementsAre("passed ocsp_good", "passed ocsp_good", "passed ocsp_good"));
  responses.pop_back();
  verdict.findings.clear();
  check_device_revocation(*verified, parse_ocsp_responses(responses, rules), at, rules);
  EXPECT_THAT(told(verdict), ElementsAre("failed ocsp_missing", "passed ocsp_good", "passed ocsp_good"));
}

TEST(RealOcsp, ChecksTheWholeChainOfRealReferenceValues) {
  AIPG_NEEDS_LIBRARY();
  const Instant at = *parse_instant("2025-10-24T12:00:00Z");
  const std::string folder = "nvidia/h100_550.90.07/";
  Verdict verdict;
  Rules rules(verdict, "rim", RuleModes::strict());
  std::vector<Bytes> responses;
  for (const char* name : {"gpu_rim_l2", "gpu_driver_rim_l3", "gpu_driver_rim_l4", "gpu_vbios_l4"}) {
    responses.push_back(read_file(kLibrary + folder + "ocsp/" + name + ".der"));
  }
  const auto parsed = parse_ocsp_responses(responses, rules);
  check_rim_revocation(verified_chain(folder + "driver_rim.xml", at), parsed, at, rules);
  check_rim_revocation(verified_chain(folder + "vbios_rim.xml", at), parsed, at, rules);
  EXPECT_THAT(told(verdict), testing::Each("passed ocsp_good"));
  EXPECT_EQ(verdict.findings.size(), 6U);
}

}  // namespace
}  // namespace aipg::attest::nvidia
