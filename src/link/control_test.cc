// SPDX-License-Identifier: Apache-2.0
#include "link/control.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/base64.h"

namespace aipg::link {
namespace {

Hash256 hash_of(std::uint8_t fill) {
  Hash256 out;
  out.fill(fill);
  return out;
}

Register registration() {
  return {.keyset = to_bytes("{}"),
          .jws = "a.b.c",
          .stake_id = "stake-1",
          .jobs = 16,
          .models = {{.name = "smollm2-135m",
                      .paths = {"/v1/chat/completions", "/v1/completions"},
                      .price = {.input = 10, .output = 40}}}};
}

std::vector<Control> every_message() {
  return {Hello{hash_of(1)},
          registration(),
          Registered{hash_of(2)},
          Refused{"attestation_invalid"},
          Challenge{.id = 7, .keyset_id = hash_of(3), .kind = attest::ChallengeKind::nonces, .value = hash_of(4)},
          EvidenceComing{.id = 7, .keyset_id = hash_of(3), .bytes = 12'345},
          Retire{hash_of(5)},
          Drain{},
          LateReceipt{"eyJ.e30.c2ln_-"},
          ReceiptRecorded{{6}}};
}

std::string_view error_of(std::string_view text) {
  const auto parsed = parse_control(text);
  return parsed ? std::string_view("accepted") : parsed.error().code.view();
}

// The message with one edit.
std::string edited(const Control& message, std::string_view from, std::string_view to) {
  std::string text = write_control(message);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << text;
  return text.replace(at, from.size(), to);
}

TEST(LinkControl, ReadsBackEveryMessage) {
  for (const Control& message : every_message()) {
    const std::string text = write_control(message);
    const auto parsed = parse_control(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->index(), message.index());
    EXPECT_EQ(write_control(*parsed), text);
  }
}

TEST(LinkControl, ReadsTheFieldsOfARegistration) {
  const auto parsed = parse_control(write_control(registration()));
  const auto& read = std::get<Register>(parsed.value());
  EXPECT_EQ(as_text(read.keyset), "{}");
  EXPECT_EQ(read.jws, "a.b.c");
  EXPECT_EQ(read.stake_id, "stake-1");
  EXPECT_EQ(read.jobs, 16U);
  EXPECT_EQ(read.models, registration().models);
}

TEST(LinkControl, IsTheTextThatTheProtocolShows) {
  EXPECT_EQ(write_control(Drain{}), R"({"type":"drain"})");
  EXPECT_EQ(write_control(Registered{hash_of(0xAB)}),
            R"({"keyset":")" + to_hex(hash_of(0xAB)) + R"(","type":"registered"})");
}

TEST(LinkControl, RefusesUnknownTypesAndMembers) {
  EXPECT_EQ(error_of(R"({"type":"configure"})"), "link_control");
  EXPECT_EQ(error_of(R"({"type":"drain","now":true})"), "json_unknown_field");
  EXPECT_EQ(error_of(R"({})"), "link_control");
  EXPECT_EQ(error_of(R"([])"), "link_control");
}

TEST(LinkControl, RefusesMissingMembers) { EXPECT_EQ(error_of(R"({"type":"hello","v":1})"), "json_missing_field"); }

TEST(LinkControl, RefusesOtherVersions) {
  EXPECT_EQ(error_of(edited(Hello{}, R"("v":1)", R"("v":2)")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), R"("v":1)", R"("v":2)")), "link_control");
}

TEST(LinkControl, RefusesOtherTiers) {
  EXPECT_EQ(error_of(edited(registration(), "confidential", "standard")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), R"("confidential")", R"("confidential","standard")")), "link_control");
}

TEST(LinkControl, RefusesAWorkerWithoutPlacesAndOneWithMoreThanALinkHasStreams) {
  EXPECT_EQ(error_of(edited(registration(), R"("jobs":16)", R"("jobs":0)")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), R"("jobs":16)", R"("jobs":1024)")), "accepted");
  EXPECT_EQ(error_of(edited(registration(), R"("jobs":16)", R"("jobs":1025)")), "json_wrong_type");
}

TEST(LinkControl, RefusesModelsThatAreNone) {
  EXPECT_EQ(error_of(edited(registration(), "smollm2-135m", "smol lm")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), "smollm2-135m", "")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), "/v1/completions", "v1/completions")), "link_control");
  Register none = registration();
  none.models.clear();
  EXPECT_EQ(error_of(write_control(none)), "link_control");
}

TEST(LinkControl, RefusesAModelOfferedTwice) {
  Register twice = registration();
  twice.models.push_back(twice.models[0]);
  EXPECT_EQ(error_of(write_control(twice)), "link_control");
}

TEST(LinkControl, RefusesStakeIdsWithOtherCharacters) {
  EXPECT_EQ(error_of(edited(registration(), "stake-1", "stake_1")), "link_control");
}

TEST(LinkControl, RefusesEvidenceOfNoSizeOrTooLarge) {
  EXPECT_EQ(error_of(write_control(EvidenceComing{.id = 1, .keyset_id = {}, .bytes = 0})), "link_control");
  EXPECT_EQ(error_of(write_control(EvidenceComing{.id = 1, .keyset_id = {}, .bytes = (2U << 20) + 1})), "link_control");
}

TEST(LinkControl, RefusesRegistrationsWhoseTokenIsNoJws) {
  EXPECT_EQ(error_of(edited(registration(), "a.b.c", "")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), "a.b.c", "a b")), "link_control");
  EXPECT_EQ(error_of(edited(registration(), "a.b.c", "a\u059d\u045c")), "link_control");
}

TEST(LinkControl, RefusesOtherKindsOfChallenge) {
  EXPECT_EQ(error_of(edited(Challenge{}, R"("kind":2)", R"("kind":1)")), "link_control");
}

TEST(LinkControl, RefusesKeysetIdsThatAreNotAHash) {
  EXPECT_EQ(error_of(R"({"type":"retire","keyset":"abcd"})"), "link_control");
}

TEST(LinkControl, ReadsALateReceiptAndItsAnswer) {
  EXPECT_EQ(std::get<LateReceipt>(parse_control(R"({"type":"receipt","jws":"a.b.c"})").value()).jws, "a.b.c");
  const auto recorded = parse_control(R"({"type":"receipt_recorded","job":"BgAAAAAAAAAAAAAAAAAAAA"})");
  EXPECT_EQ(std::get<ReceiptRecorded>(recorded.value()).job_id, ByteArray<16>{6});
}

TEST(LinkControl, RefusesReceiptsThatAreNoJws) {
  EXPECT_EQ(error_of(write_control(LateReceipt{""})), "link_control");
  EXPECT_EQ(error_of(write_control(LateReceipt{"a.b c"})), "link_control");
  EXPECT_EQ(error_of(write_control(LateReceipt{std::string(8192, 'a')})), "accepted");
  EXPECT_EQ(error_of(write_control(LateReceipt{std::string(8193, 'a')})), "json_wrong_type");
}

TEST(LinkControl, RefusesJobIdsOfAnotherLength) {
  EXPECT_EQ(error_of(R"({"type":"receipt_recorded","job":"BgAA"})"), "json_wrong_type");
}

TEST(LinkControl, RefusesTextOverItsLimit) {
  EXPECT_EQ(error_of(R"({"type":"drain"})" + std::string(kMaxControlBytes, ' ')), "json_too_large");
}

class Registration : public ::testing::Test {
 protected:
  crypto::Ed25519PrivateKey key = crypto::Ed25519PrivateKey::from_seed(Secret32(hash_of(9)));
  RegistrationClaims claims{
      .keyset_id = hash_of(1), .worker_id = "w-01", .stake_id = "stake-1", .exporter = hash_of(2), .nonce = hash_of(3)};

  std::string_view error_of(std::string_view jws) const {
    const auto read = verify_registration(jws, key.public_key());
    return read ? std::string_view("accepted") : read.error().code.view();
  }
  // Any three parts, properly signed.
  std::string signed_parts(std::string_view header, std::string_view body) const {
    std::string jws = codec::to_base64url(as_bytes(header)) + "." + codec::to_base64url(as_bytes(body));
    return jws + "." + codec::to_base64url(key.sign(as_bytes(jws)));
  }
};
constexpr std::string_view kHeader = R"({"alg":"Ed25519","typ":"aipg-register+jwt"})";

TEST_F(Registration, IsAcceptedUnderItsKey) {
  EXPECT_EQ(verify_registration(sign_registration(claims, key), key.public_key()), claims);
}

TEST_F(Registration, IsRefusedUnderAnotherKey) {
  const auto other = crypto::Ed25519PrivateKey::from_seed(Secret32(hash_of(8)));
  const auto read = verify_registration(sign_registration(claims, key), other.public_key());
  EXPECT_EQ(read.error().code.view(), "registration_signature");
}

TEST_F(Registration, IsRefusedWithAnyCharacterChanged) {
  const std::string jws = sign_registration(claims, key);
  for (std::size_t i = 0; i < jws.size(); ++i) {
    std::string changed = jws;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(error_of(changed), "accepted") << i;
  }
}

TEST_F(Registration, RefusesAnotherHeader) {
  EXPECT_EQ(error_of(signed_parts(R"({"typ":"aipg-register+jwt","alg":"Ed25519"})", "{}")), "registration_invalid");
}

TEST_F(Registration, RefusesClaimsThatAreNotCanonical) {
  EXPECT_EQ(error_of(signed_parts(kHeader, "{ }")), "registration_invalid");
}

TEST_F(Registration, RefusesMissingClaims) { EXPECT_EQ(error_of(signed_parts(kHeader, "{}")), "registration_invalid"); }

TEST_F(Registration, RefusesWhatIsNotThreeParts) {
  EXPECT_EQ(error_of(""), "registration_invalid");
  EXPECT_EQ(error_of("a.b"), "registration_invalid");
  EXPECT_EQ(error_of(sign_registration(claims, key) + ".x"), "registration_invalid");
  EXPECT_EQ(error_of(std::string(4096, 'a')), "registration_invalid");
}

}  // namespace
}  // namespace aipg::link
