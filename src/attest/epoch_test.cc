// SPDX-License-Identifier: Apache-2.0
#include "attest/epoch.h"

#include <gtest/gtest.h>

namespace aipg::attest {
namespace {

using crypto::Ed25519PrivateKey;

class EpochDocument : public testing::Test {
 protected:
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  crypto::SystemRng rng;
  std::vector<Ed25519PrivateKey> keys = make_keys();
  ValidatorSet validators{{keys[0].public_key(), keys[1].public_key(), keys[2].public_key()}, 2};
  Epoch content{.epoch = 5,
                .start = now - std::chrono::minutes(2),
                .chain = "aipg-main",
                .block = 1234,
                .block_hash = crypto::sha256(as_bytes("block")),
                .bytes = {},
                .digest = {}};

  std::vector<Ed25519PrivateKey> make_keys() {
    std::vector<Ed25519PrivateKey> out;
    for (int i = 0; i < 3; ++i) out.push_back(Ed25519PrivateKey::generate(rng));
    return out;
  }
  Bytes envelope(ByteView document, std::initializer_list<std::size_t> signers = {0, 2}) const {
    SignedDocument out{to_bytes(document), {}};
    for (std::size_t i : signers) sign_document(kEpochKind, keys[i], out);
    return write_signed_document(kEpochKind, out);
  }
  std::string verify(ByteView bytes, Instant at) const {
    const auto verified = verify_epoch(bytes, validators, at);
    return verified ? "good" : std::string(verified.error().code.view());
  }
  std::string verify() const { return verify(envelope(make_epoch(content).bytes), now); }
  std::string verify_with(std::string_view before, std::string_view after) const {
    std::string text(as_text(make_epoch(content).bytes));
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    return verify(envelope(as_bytes(text.replace(at, before.size(), after))), now);
  }
};

TEST_F(EpochDocument, SurvivesBeingWrittenAndRead) {
  const Epoch made = make_epoch(content);
  const auto verified = verify_epoch(envelope(made.bytes), validators, now);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->content().bytes, made.bytes);
  EXPECT_EQ(verified->content().digest, crypto::sha256(made.bytes));
  EXPECT_EQ(verified->content().block, 1234U);
  EXPECT_EQ(make_epoch(verified->content()).bytes, made.bytes);
}

TEST_F(EpochDocument, NeedsAQuorumOfTheValidators) {
  const Bytes document = make_epoch(content).bytes;
  EXPECT_EQ(verify(envelope(document, {0, 1}), now), "good");
  EXPECT_EQ(verify(envelope(document, {1}), now), "document_quorum");
  validators.keys.pop_back();
  EXPECT_EQ(verify(envelope(document, {0, 2}), now), "document_quorum");
  validators = {};
  EXPECT_EQ(verify(envelope(document, {0, 1, 2}), now), "document_quorum");
}

TEST_F(EpochDocument, RefusesSignaturesOfReferenceValues) {
  SignedDocument out{make_epoch(content).bytes, {}};
  for (const Ed25519PrivateKey& key : keys) sign_document(kReferenceKind, key, out);
  EXPECT_EQ(verify(write_signed_document(kEpochKind, out), now), "document_signature");
}

TEST_F(EpochDocument, IsGoodForTenMinutesFromItsStart) {
  const Bytes bytes = envelope(make_epoch(content).bytes);
  EXPECT_EQ(verify(bytes, content.start), "good");
  EXPECT_EQ(verify(bytes, content.start - milliseconds(1)), "epoch_not_yet_valid");
  EXPECT_TRUE(verify_epoch(bytes, validators, content.start - milliseconds(1), milliseconds(1)));
  EXPECT_EQ(verify(bytes, content.start + kMaxEpochAge), "good");
  EXPECT_EQ(verify(bytes, content.start + kMaxEpochAge + milliseconds(1)), "epoch_stale");
  EXPECT_FALSE(verify_epoch(bytes, validators, content.start + kMaxEpochAge + milliseconds(1), milliseconds(60'000)));
}

TEST_F(EpochDocument, RefusesAnotherForm) {
  EXPECT_EQ(verify_with(R"("v":1)", R"("v":2)"), "epoch_format");
  EXPECT_EQ(verify_with("aipg-main", "AIPG main"), "epoch_format");
  EXPECT_EQ(verify_with("aipg-main", ""), "epoch_format");
  EXPECT_EQ(verify_with(R"("v":1)", R"("v":1,"x":1)"), "json_unknown_field");
  EXPECT_EQ(verify_with(R"("block":1234,)", ""), "json_missing_field");
  EXPECT_EQ(verify_with(R"("block":1234,)", R"("block":"1234",)"), "json_wrong_type");
  EXPECT_EQ(verify_with("{", " {"), "not_canonical");
  EXPECT_EQ(verify(), "good");
}

TEST_F(EpochDocument, RefusesAnyByteChanged) {
  Bytes bytes = envelope(make_epoch(content).bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    bytes[i] ^= bit;
    EXPECT_NE(verify(bytes, now), "good") << i;
    bytes[i] ^= bit;
  }
}

TEST_F(EpochDocument, IsTheChallengeOfEvidenceOverItAndOfNoOther) {
  const auto epoch = verify_epoch(envelope(make_epoch(content).bytes), validators, now);
  ASSERT_TRUE(epoch);
  const Hash256 digest = epoch->content().digest;
  const auto holds = [&](ChallengeKind kind, const Hash256& value) {
    Verdict verdict;
    Rules rules(verdict, "challenge", RuleModes::strict());
    check_epoch_challenge(*epoch, kind, value, rules);
    EXPECT_EQ(verdict.findings.front().code.view(), "freshness_epoch");
    return verdict.first_failed() == nullptr;
  };
  EXPECT_TRUE(holds(ChallengeKind::epoch, digest));
  EXPECT_FALSE(holds(ChallengeKind::nonces, digest));
  EXPECT_FALSE(holds(ChallengeKind::epoch, Hash256{}));
  EXPECT_NE(challenge_hash(ChallengeKind::epoch, digest), challenge_hash(ChallengeKind::nonces, digest));
}

}  // namespace
}  // namespace aipg::attest
