// SPDX-License-Identifier: Apache-2.0
#include "attest/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "codec/base64.h"

namespace aipg::attest {
namespace {

using crypto::Ed25519PrivateKey;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr milliseconds kDay{24LL * 3600 * 1000};

template <std::size_t N>
ByteArray<N> filled(std::uint8_t value) {
  ByteArray<N> out;
  out.fill(value);
  return out;
}

BootTuple boot(std::uint8_t value) {
  return {filled<48>(value), filled<48>(value + 1), filled<48>(value + 2), filled<48>(value + 3)};
}

class ReferenceValues : public testing::Test {
 protected:
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  crypto::SystemRng rng;
  std::vector<Ed25519PrivateKey> release_keys = make_keys();
  ReleaseKeys trusted{{release_keys[0].public_key(), release_keys[1].public_key(), release_keys[2].public_key()}};
  SeenReference seen;
  Reference content = good();

  std::vector<Ed25519PrivateKey> make_keys() {
    std::vector<Ed25519PrivateKey> out;
    for (int i = 0; i < 3; ++i) out.push_back(Ed25519PrivateKey::generate(rng));
    return out;
  }
  Reference good() const {
    Reference out;
    out.version = 7;
    out.issued = now - kDay;
    out.expires = out.issued + 7 * kDay;
    out.releases = {{"first", filled<32>(1), {boot(10), SnpLaunch{filled<48>(20)}}, {"model"}, ReleaseStatus::good, {}},
                    {"second", filled<32>(2), {boot(30)}, {}, ReleaseStatus::sunset, now + kDay},
                    {"third", filled<32>(3), {boot(40)}, {}, ReleaseStatus::revoked, now - kDay}};
    out.minimum = {now - 100 * kDay, 17, now - 20 * kDay, now - 30 * kDay, 570};
    out.platform_denied = {filled<32>(0xdd)};
    out.validators = {{filled<32>(5), filled<32>(6), filled<32>(7)}, 2};
    return out;
  }

  Bytes envelope(std::initializer_list<std::size_t> signers) const {
    SignedDocument out{make_reference(content).bytes, {}};
    for (std::size_t i : signers) sign_document(kReferenceKind, release_keys[i], out);
    return write_signed_document(kReferenceKind, out);
  }
  std::string verify(ByteView bytes) const {
    const auto verified = verify_reference(bytes, trusted, seen, now);
    return verified ? "good" : std::string(verified.error().code.view());
  }
  std::string verify() const { return verify(envelope({0, 2})); }
  // A document of this text, signed as it should be.
  std::string verify_text(std::string_view text) const {
    SignedDocument out{to_bytes(text), {}};
    for (const Ed25519PrivateKey& key : release_keys) sign_document(kReferenceKind, key, out);
    return verify(write_signed_document(kReferenceKind, out));
  }
  std::string verify_with(std::string_view before, std::string_view after) const {
    std::string text = to_text(make_reference(content).bytes);
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    return verify_text(text.replace(at, before.size(), after));
  }
  static std::string to_text(ByteView bytes) { return std::string(as_text(bytes)); }
};

TEST_F(ReferenceValues, SurviveBeingWrittenAndRead) {
  EXPECT_EQ(verify(), "good");
  const auto verified = verify_reference(envelope({0, 1, 2}), trusted, seen, now);
  ASSERT_TRUE(verified);
  const Reference& read = verified->content();
  EXPECT_EQ(read.bytes, make_reference(content).bytes);
  EXPECT_EQ(make_reference(read).bytes, read.bytes);
  EXPECT_EQ(read.releases.size(), 3U);
  EXPECT_TRUE(read.releases[0].boots_with(SnpLaunch{filled<48>(20)}));
  EXPECT_EQ(read.minimum.tcb_evaluation_data_number, 17U);
  EXPECT_EQ(read.validators.quorum, 2U);
  EXPECT_EQ(verified->seen().version, 7U);
}

TEST_F(ReferenceValues, CanBeShownToPeople) {
  const std::string text = attest::to_text(content);
  EXPECT_THAT(text, HasSubstr("reference values, version 7, 2026-11-21T12:00:00Z to 2026-11-28T12:00:00Z"));
  EXPECT_THAT(text, HasSubstr("release third: revoked since 2026-11-21T12:00:00Z, 1 boot measurements"));
  EXPECT_THAT(text, HasSubstr("1 machines denied, 2 of 3 validators"));
}

// --- who signed ----------------------------------------------------------------------

TEST_F(ReferenceValues, NeedTwoOfTheReleaseKeys) {
  EXPECT_EQ(verify(envelope({0, 1})), "good");
  EXPECT_EQ(verify(envelope({1, 2})), "good");
  EXPECT_EQ(verify(envelope({1})), "document_quorum");
  EXPECT_EQ(verify(envelope({})), "document_signatures");
}

TEST_F(ReferenceValues, CountOneKeyOnce) {
  SignedDocument document{make_reference(content).bytes, {}};
  sign_document(kReferenceKind, release_keys[0], document);
  document.signatures.push_back(document.signatures.front());
  EXPECT_EQ(verify(write_signed_document(kReferenceKind, document)), "document_quorum");
  trusted.keys[1] = trusted.keys[0];
  EXPECT_EQ(verify(write_signed_document(kReferenceKind, document)), "document_quorum");
}

TEST_F(ReferenceValues, SignAgainReplacesTheSignature) {
  SignedDocument document{make_reference(content).bytes, {}};
  for (int i = 0; i < 2; ++i) sign_document(kReferenceKind, release_keys[0], document);
  EXPECT_EQ(document.signatures.size(), 1U);
}

TEST_F(ReferenceValues, CountNoKeyThatTheReaderDoesNotKnow) {
  trusted.keys.pop_back();
  EXPECT_EQ(verify(envelope({0, 2})), "document_quorum");
  EXPECT_EQ(verify(envelope({0, 1, 2})), "good");
}

TEST_F(ReferenceValues, RefuseAWrongSignatureOfAKnownKeyBesideGoodOnes) {
  SignedDocument document{make_reference(content).bytes, {}};
  for (const Ed25519PrivateKey& key : release_keys) sign_document(kReferenceKind, key, document);
  document.signatures[2].signature[10] ^= 1;
  EXPECT_EQ(verify(write_signed_document(kReferenceKind, document)), "document_signature");
}

TEST_F(ReferenceValues, RefuseASignatureOverAnotherDocument) {
  SignedDocument document{make_reference(content).bytes, {}};
  sign_document(kReferenceKind, release_keys[0], document);
  sign_document(kReferenceKind, release_keys[1], document);
  content.version = 8;
  document.document = make_reference(content).bytes;
  EXPECT_EQ(verify(write_signed_document(kReferenceKind, document)), "document_signature");
}

TEST_F(ReferenceValues, RefuseSignaturesMadeForAnotherKindOfDocument) {
  constexpr DocumentKind kOther{"aipg.reference.v1", "aipg epoch v1"};
  SignedDocument document{make_reference(content).bytes, {}};
  sign_document(kOther, release_keys[0], document);
  sign_document(kOther, release_keys[1], document);
  EXPECT_EQ(verify(write_signed_document(kOther, document)), "document_signature");
}

TEST_F(ReferenceValues, RefuseAnotherKindOfDocument) {
  constexpr DocumentKind kOther{"aipg.epoch.v1", "aipg reference v1"};
  SignedDocument document{make_reference(content).bytes, {}};
  sign_document(kOther, release_keys[0], document);
  EXPECT_EQ(verify(write_signed_document(kOther, document)), "document_kind");
}

TEST_F(ReferenceValues, NeverReachAQuorumOfZero) {
  trusted.quorum = 0;
  EXPECT_EQ(verify(), "document_quorum");
}

TEST_F(ReferenceValues, RefuseTooManySignatures) {
  SignedDocument document{make_reference(content).bytes, {}};
  document.signatures.resize(65);
  EXPECT_EQ(verify(write_signed_document(kReferenceKind, document)), "document_signatures");
}

TEST_F(ReferenceValues, RefuseAnEnvelopeThatIsNotCanonical) {
  const Bytes good = envelope({0, 1});
  std::string text(as_text(good));
  EXPECT_EQ(verify(as_bytes(text + "\n")), "not_canonical");
  text.insert(1, R"("more":1,)");
  EXPECT_THAT(verify(as_bytes(text)), testing::AnyOf("not_canonical", "json_unknown_field"));
}

TEST_F(ReferenceValues, RefuseAnyByteChanged) {
  Bytes bytes = envelope({0, 1});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    bytes[i] ^= bit;
    EXPECT_NE(verify(bytes), "good") << i;
    bytes[i] ^= bit;
  }
}

// --- which version, and when -----------------------------------------------------------

TEST_F(ReferenceValues, NeverGoBack) {
  seen.version = 7;
  EXPECT_EQ(verify(), "good");
  seen.version = 8;
  EXPECT_EQ(verify(), "policy_rollback");
}

TEST_F(ReferenceValues, AreOneDocumentForEachVersion) {
  const auto first = verify_reference(envelope({0, 1}), trusted, seen, now);
  ASSERT_TRUE(first);
  seen = first->seen();
  EXPECT_EQ(verify(), "good");
  content.minimum.nvidia_driver = 580;
  EXPECT_EQ(verify(), "policy_rollback");
  content.version = 8;
  EXPECT_EQ(verify(), "good");
}

TEST_F(ReferenceValues, EndWithTheirTime) {
  const auto at = [&](Instant when) {
    const auto verified = verify_reference(envelope({0, 1}), trusted, seen, when);
    return verified ? "good" : std::string(verified.error().code.view());
  };
  EXPECT_EQ(at(content.issued), "good");
  EXPECT_EQ(at(content.issued - milliseconds(1)), "policy_not_yet_valid");
  EXPECT_EQ(at(content.expires), "good");
  EXPECT_EQ(at(content.expires + milliseconds(1)), "policy_expired");
  EXPECT_TRUE(verify_reference(envelope({0, 1}), trusted, seen, content.issued - milliseconds(1), milliseconds(1)));
}

TEST_F(ReferenceValues, LastSevenDaysAtMost) {
  content.expires = content.issued + 7 * kDay + milliseconds(1);
  EXPECT_EQ(verify(), "reference_window");
  content.expires = content.issued;
  EXPECT_EQ(verify(), "reference_window");
}

// --- form --------------------------------------------------------------------------------

TEST_F(ReferenceValues, RefuseAnotherFormat) { EXPECT_EQ(verify_with(R"("v":1)", R"("v":2)"), "reference_format"); }

TEST_F(ReferenceValues, RefuseWhatIsNotCanonicalOrNotKnown) {
  EXPECT_EQ(verify_with(R"("v":1)", R"("v":1.0)"), "not_canonical");
  EXPECT_EQ(verify_with(R"("version":7)", R"("version":7,"x":1)"), "json_unknown_field");
  EXPECT_EQ(verify_with(R"("version":7)", R"("versiom":7)"), "json_missing_field");
  EXPECT_EQ(verify_with(R"("issued_ms")", R"("ext":{},"issued_ms")"), "good");
}

TEST_F(ReferenceValues, RefuseADriverBelowTheLowest) {
  content.minimum.nvidia_driver = 569;
  EXPECT_EQ(verify(), "reference_minimum");
}

TEST_F(ReferenceValues, RefuseATimeThatNoCalendarHas) {
  EXPECT_EQ(verify_with(std::to_string(content.releases[1].when.ms), "9007199254740991"), "json_wrong_type");
}

TEST_F(ReferenceValues, RefuseReleasesThatAreAmbiguousOrEmpty) {
  const Reference before = content;
  const auto with = [&](const std::function<void(Reference&)>& edit) {
    content = before;
    edit(content);
    return verify();
  };
  EXPECT_EQ(with([](Reference& r) { r.releases[1].name = "first"; }), "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].name = ""; }), "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].boots.clear(); }), "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].boots.push_back(boot(30)); }), "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].models = {"a", "a"}; }), "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].models = {""}; }), "reference_release");
  EXPECT_EQ(with([](Reference& r) {
              r.releases[1].workload_hash = r.releases[0].workload_hash;
              r.releases[1].boots.push_back(SnpLaunch{filled<48>(20)});
            }),
            "reference_release");
  EXPECT_EQ(with([](Reference& r) { r.releases[1].workload_hash = r.releases[0].workload_hash; }), "good");
  EXPECT_EQ(with([](Reference& r) { r.releases.clear(); }), "good");
}

TEST_F(ReferenceValues, RefuseAStatusOrABootOfAnotherKind) {
  EXPECT_EQ(verify_with(R"("status":"good")", R"("status":"fine")"), "reference_release");
  EXPECT_EQ(verify_with(R"("status":"good")", R"("since_ms":1,"status":"good")"), "json_unknown_field");
  EXPECT_EQ(verify_with(R"("kind":"tdx")", R"("kind":"sgx")"), "reference_release");
  EXPECT_EQ(verify_with(R"("kind":"snp")", R"("kind":"tdx")"), "json_missing_field");
}

TEST_F(ReferenceValues, RefuseValidatorsWithoutAMajority) {
  for (std::size_t quorum : {0U, 1U, 4U}) {
    content.validators.quorum = quorum;
    EXPECT_EQ(verify(), "reference_validators") << quorum;
  }
  content.validators.keys[1] = content.validators.keys[0];
  content.validators.quorum = 2;
  EXPECT_EQ(verify(), "reference_validators");
  content.validators = {};
  EXPECT_EQ(verify(), "good");
}

TEST_F(ReferenceValues, RefuseAMachineDeniedTwice) {
  content.platform_denied.push_back(content.platform_denied.front());
  EXPECT_EQ(verify(), "reference_format");
}

// --- what they say -----------------------------------------------------------------------

class ReferenceJudgement : public ReferenceValues {
 protected:
  Verdict verdict;
  Rules rules{verdict, "workload", RuleModes::chain()};

  VerifiedReference verified() const { return *verify_reference(envelope({0, 1}), trusted, seen, now); }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const Finding& finding : verdict.findings) {
      if (finding.severity == Severity::failed) out.push_back("failed " + std::string(finding.code.view()));
      if (finding.severity == Severity::warning) out.push_back("warning " + std::string(finding.code.view()));
    }
    verdict.findings.clear();
    return out;
  }
  std::vector<std::string> release(const BootMeasurement& measured, const Hash256& workload, Instant at) {
    check_release(verified(), measured, workload, at, rules);
    return told();
  }
  std::vector<std::string> pinned(const BootMeasurement& measured, const Hash256& workload, Instant at) {
    check_pinned(verified(), measured, workload, at, rules);
    return told();
  }
};

TEST_F(ReferenceJudgement, AcceptsAPairThatAReleaseNames) {
  EXPECT_THAT(release(boot(10), filled<32>(1), now), ElementsAre());
  EXPECT_THAT(release(SnpLaunch{filled<48>(20)}, filled<32>(1), now), ElementsAre());
  const VerifiedReference reference = verified();
  EXPECT_EQ(check_release(reference, boot(10), filled<32>(1), now, rules)->name, "first");
}

TEST_F(ReferenceJudgement, RefusesHalvesOfDifferentPairs) {
  EXPECT_THAT(release(boot(10), filled<32>(2), now), ElementsAre("failed workload_unbound"));
  EXPECT_THAT(release(boot(99), filled<32>(1), now), ElementsAre("failed workload_unbound"));
  EXPECT_THAT(release(boot(10), filled<32>(99), now), ElementsAre("failed workload_unbound"));
  EXPECT_THAT(release(SnpLaunch{filled<48>(10)}, filled<32>(1), now), ElementsAre("failed workload_unbound"));
  EXPECT_EQ(check_release(verified(), boot(10), filled<32>(2), now, rules), nullptr);
}

TEST_F(ReferenceJudgement, WarnsOfASunsetAndRefusesAfterIt) {
  EXPECT_THAT(release(boot(30), filled<32>(2), now), ElementsAre("warning release_sunset"));
  EXPECT_THAT(release(boot(30), filled<32>(2), now + kDay), ElementsAre("warning release_sunset"));
  EXPECT_THAT(release(boot(30), filled<32>(2), now + kDay + milliseconds(1)), ElementsAre("failed release_over"));
}

TEST_F(ReferenceJudgement, RefusesARevokedReleaseFromItsInstantOn) {
  EXPECT_THAT(release(boot(40), filled<32>(3), now), ElementsAre("failed release_revoked"));
  EXPECT_THAT(release(boot(40), filled<32>(3), now - kDay), ElementsAre("failed release_revoked"));
  EXPECT_THAT(release(boot(40), filled<32>(3), now - kDay - milliseconds(1)), ElementsAre());
}

TEST_F(ReferenceJudgement, LetsNoPinOverrideARevocation) {
  EXPECT_THAT(pinned(boot(99), filled<32>(99), now), ElementsAre());
  EXPECT_THAT(pinned(boot(10), filled<32>(1), now), ElementsAre());
  EXPECT_THAT(pinned(boot(40), filled<32>(3), now), ElementsAre("failed release_revoked"));
  // Another image with a workload of which nothing is left.
  EXPECT_THAT(pinned(boot(99), filled<32>(3), now), ElementsAre("failed release_revoked"));
  // The same workload lives on under another image.
  content.releases.push_back({"fourth", filled<32>(3), {boot(50)}, {}, ReleaseStatus::good, {}});
  EXPECT_THAT(pinned(boot(50), filled<32>(3), now), ElementsAre());
  EXPECT_THAT(pinned(boot(99), filled<32>(3), now), ElementsAre());
  EXPECT_THAT(pinned(boot(40), filled<32>(3), now), ElementsAre("failed release_revoked"));
}

TEST_F(ReferenceJudgement, RefusesAMachineThatIsDenied) {
  check_platform(verified(), filled<32>(0xdd), rules);
  EXPECT_THAT(told(), ElementsAre("failed platform_denied"));
  check_platform(verified(), filled<32>(0xde), rules);
  EXPECT_THAT(told(), ElementsAre());
}

}  // namespace
}  // namespace aipg::attest
