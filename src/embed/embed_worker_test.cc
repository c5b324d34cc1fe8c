// SPDX-License-Identifier: Apache-2.0
// Whole workers through aipg.h and attest.h: bundles, attestations, what has
// changed since, and reference values with the memory that is the caller's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "attest/attestation.h"
#include "attest/reference.h"
#include "client/core/policy_file.h"
#include "codec/base64.h"
#include "embed/embedder_test.h"
#include "seal/keys.h"
#include "tee/test_machine.h"

namespace aipg::embed {
namespace {

using verifier::Reference;
using verifier::SeenReference;
using verifier::Since;

constexpr milliseconds kMinute{60'000}, kDay{24LL * 3600 * 1000};
constexpr std::string_view kQuestion = R"({"model":"test-model","messages":[]})";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"content":"Paris."}}]})";

// A worker, what vendors publish about it, an answer of its, and what its network vouches for.
struct Worker {
  tee::TestMachine machine;
  crypto::SystemRng rng;
  crypto::Ed25519PrivateKey key = crypto::Ed25519PrivateKey::generate(rng);
  std::array<crypto::Ed25519PrivateKey, 3> release_keys{crypto::Ed25519PrivateKey::generate(rng),
                                                        crypto::Ed25519PrivateKey::generate(rng),
                                                        crypto::Ed25519PrivateKey::generate(rng)};
  attest::Reference vouched = release();

  Worker() {
    machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + 60 * kMinute,
                                         {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}, key.public_key());
  }

  [[nodiscard]] attest::Reference release() const {
    attest::Reference out;
    out.version = 7;
    out.issued = machine.now - kDay;
    out.expires = machine.now + kDay;
    out.releases = {{"release 1", machine.manifest.hash, {machine.boot}, {}, attest::ReleaseStatus::good, {}}};
    out.minimum = {machine.now - 1000 * kDay, 1, machine.now - 400 * kDay, machine.now - 400 * kDay, 570};
    return out;
  }
  [[nodiscard]] Bytes signed_reference(std::size_t signers = 2) const {
    attest::SignedDocument out{attest::make_reference(vouched).bytes, {}};
    for (std::size_t i = 0; i < signers; ++i) attest::sign_document(attest::kReferenceKind, release_keys.at(i), out);
    return attest::write_signed_document(attest::kReferenceKind, out);
  }
  // Which pins the release.
  [[nodiscard]] Policy policy() const { return Policy::read(client::write_policy(machine.policy)).value(); }
  // Which takes it from the reference values.
  [[nodiscard]] Policy network_policy() const {
    attest::Policy out = machine.policy;
    out.releases.clear();
    out.reference.emplace().file = "reference.json";
    for (const auto& each : release_keys) out.reference->release_keys.keys.push_back(each.public_key());
    return Policy::read(client::write_policy(out)).value();
  }
  [[nodiscard]] verifier::Result<Reference> read(const SeenReference& seen = {}) const {
    return Reference::read(signed_reference(), network_policy(), seen, at(machine.now));
  }
  [[nodiscard]] Endorsements published() const {
    Endorsements out = Endorsements::none().value();
    for (const Bytes& file : machine.collateral()) EXPECT_TRUE(out.add(file));
    return out;
  }
  [[nodiscard]] std::string attestation() {
    const auto salt = rng.array<32>();
    seal::Receipt receipt;
    receipt.keyset_id = machine.keyset.id;
    receipt.workload_hash = machine.manifest.hash;
    receipt.model = "test-model";
    receipt.issued = machine.now + 5 * kMinute;
    receipt.duration_ms = 1200;
    receipt.question = seal::question_digest(salt, as_bytes(kQuestion));
    receipt.answer = seal::answer_digest(salt, 200, as_bytes(kAnswer));
    return attest::write_attestation(
        {machine.bundle().bytes, machine.freshness, seal::sign_receipt(receipt, key), salt, salt});
  }
};

TEST(EmbeddedVerifier, JudgesAWorkersBundle) {
  Worker worker;
  const Policy policy = worker.policy();
  const Bytes bytes = worker.machine.bundle().bytes;
  const Endorsements published = worker.published();
  const verifier::Instant now = at(worker.machine.now);
  Bytes siblings;
  for (const Hash256& each : worker.machine.freshness->path.siblings) append(siblings, each);
  verifier::Bundle bundle{.bytes = bytes,
                          .nonce = worker.machine.freshness->nonce,
                          .index = worker.machine.freshness->path.index,
                          .size = worker.machine.freshness->path.size,
                          .siblings = siblings};
  const auto verdict = verifier::verify(bundle, published, policy, now);
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->accepted()) << verdict->text();
  EXPECT_EQ(verdict->level(), 0);

  const auto saved = verifier::verify(verifier::Bundle{.bytes = bytes}, published, policy, now);
  ASSERT_TRUE(saved);
  EXPECT_TRUE(has(*saved, "freshness_unproven", Severity::warning)) << saved->text();

  siblings.pop_back();
  bundle.siblings = siblings;
  EXPECT_EQ(verifier::verify(bundle, published, policy, now).error().code, "argument_size");
  bundle.nonce = std::nullopt;
  EXPECT_EQ(verifier::verify(bundle, published, policy, now).error().where, "nonce");
}

TEST(EmbeddedVerifier, JudgesAnAttestationAndWhatItIsAbout) {
  Worker worker;
  const std::string json = worker.attestation();
  const Policy policy = worker.policy();
  const Endorsements published = worker.published();
  for (const std::string& form : {json, codec::to_base64(as_bytes(json))}) {
    const verifier::Attestation whole{
        .bytes = as_bytes(form), .question = as_bytes(kQuestion), .answer = as_bytes(kAnswer)};
    const auto verdict = verifier::verify(whole, published, policy);
    ASSERT_TRUE(verdict) << verdict.error().code;
    EXPECT_TRUE(verdict->accepted()) << verdict->text();
    EXPECT_TRUE(has(*verdict, "question_bound", Severity::passed));
    EXPECT_TRUE(has(*verdict, "answer_bound", Severity::passed));
  }
  const auto swapped = verifier::verify(verifier::Attestation{.bytes = as_bytes(json), .answer = as_bytes("London.")},
                                        published, policy);
  ASSERT_TRUE(swapped);
  EXPECT_TRUE(has(*swapped, "answer_bound", Severity::failed));
  EXPECT_TRUE(has(*swapped, "question_not_bound", Severity::note));
  const auto hello = verifier::verify(verifier::Attestation{.bytes = as_bytes("hello")}, published, policy);
  ASSERT_FALSE(hello);
  EXPECT_EQ(hello.error().status, AIPG_UNREADABLE);
}

// --- what has changed since ------------------------------------------------------------

class SinceThen : public testing::Test {
 protected:
  Verdict verdict(std::optional<Instant> today, const Endorsements& published) {
    verifier::Attestation given{.bytes = as_bytes(json)};
    if (today) given.today = at(*today);
    return verifier::verify(given, published, worker.policy()).value();
  }
  Worker worker;
  std::string json = worker.attestation();
};

TEST_F(SinceThen, NothingIsSaidUnlessAsked) { EXPECT_FALSE(verdict(std::nullopt, worker.published()).since()); }

TEST_F(SinceThen, NothingHasChanged) {
  const Verdict verdict = this->verdict(worker.machine.now + 10 * kMinute, worker.published());
  ASSERT_TRUE(verdict.since());
  EXPECT_EQ(verdict.since()->state, Since::State::good) << verdict.text();
  EXPECT_THAT(verdict.since()->findings, testing::IsEmpty());
}

TEST_F(SinceThen, TheReleaseWasRevokedAndTheVerdictStands) {
  worker.vouched.releases[0].status = attest::ReleaseStatus::revoked;
  worker.vouched.releases[0].when = worker.machine.now + 10 * kMinute;
  const Reference reference = worker.read().value();
  const verifier::Attestation given{
      .bytes = as_bytes(json), .reference = &reference, .today = at(worker.machine.now + 10 * kMinute)};
  const Verdict verdict = verifier::verify(given, worker.published(), worker.network_policy()).value();
  EXPECT_TRUE(verdict.accepted()) << verdict.text();
  ASSERT_TRUE(verdict.since());
  EXPECT_EQ(verdict.since()->state, Since::State::changed) << verdict.text();
  EXPECT_TRUE(has(verdict.since()->findings, "release_revoked", Severity::failed)) << verdict.json();
}

TEST_F(SinceThen, NobodySaysWhatHoldsToday) {
  const Verdict verdict = this->verdict(worker.machine.now + 400 * kDay, worker.published());
  EXPECT_TRUE(verdict.accepted()) << verdict.text();
  ASSERT_TRUE(verdict.since());
  EXPECT_EQ(verdict.since()->state, Since::State::unknown) << verdict.text();
  EXPECT_TRUE(has(verdict.since()->findings, "ocsp_expired", Severity::failed)) << verdict.json();
}

TEST_F(SinceThen, NothingIsSaidOfWhatWasRejected) {
  worker.machine.policy.minimum_driver = 9999;
  const Verdict verdict = this->verdict(worker.machine.now + 10 * kMinute, worker.published());
  EXPECT_FALSE(verdict.accepted());
  EXPECT_FALSE(verdict.since());
}

// --- reference values --------------------------------------------------------------------

class Vouched : public testing::Test {
 protected:
  verifier::Result<Verdict> verdict(const Reference* reference, const Policy& policy) {
    const Bytes bytes = worker.machine.bundle().bytes;
    return verifier::verify(verifier::Bundle{.bytes = bytes, .reference = reference}, worker.published(), policy,
                            at(worker.machine.now));
  }
  Verdict verdict() {
    const Reference reference = worker.read().value();
    return verdict(&reference, worker.network_policy()).value();
  }
  std::string refused(const Bytes& document, const SeenReference& seen = {}) const {
    const auto read = Reference::read(document, worker.network_policy(), seen, at(worker.machine.now));
    return read ? "" : read.error().code;
  }
  Worker worker;
};

TEST_F(Vouched, AReleaseOfTheReferenceValuesIsKnown) {
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.accepted()) << verdict.text();
  EXPECT_THAT(verdict.text(), testing::HasSubstr("release 1"));
}

TEST_F(Vouched, ARevokedReleaseIsRefused) {
  worker.vouched.releases[0].status = attest::ReleaseStatus::revoked;
  worker.vouched.releases[0].when = worker.machine.now;
  EXPECT_TRUE(has(verdict(), "release_revoked", Severity::failed));
}

TEST_F(Vouched, ValuesThatEndedAfterTheyWereReadDecideNothing) {
  const Reference reference = worker.read().value();
  const Bytes bytes = worker.machine.bundle().bytes;
  const auto verdict = verifier::verify(verifier::Bundle{.bytes = bytes, .reference = &reference}, worker.published(),
                                        worker.network_policy(), at(worker.vouched.expires + milliseconds(1)));
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(has(*verdict, "policy_expired", Severity::failed)) << verdict->text();
}

TEST_F(Vouched, APolicyThatAsksForReferenceValuesDoesNotJudgeWithout) {
  const auto verdict = this->verdict(nullptr, worker.network_policy());
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().status, AIPG_INVALID_ARGUMENT);
  EXPECT_EQ(verdict.error().code, "argument_missing");
  EXPECT_EQ(verdict.error().where, "reference");
  const std::string json = worker.attestation();
  EXPECT_EQ(
      verifier::verify(verifier::Attestation{.bytes = as_bytes(json)}, worker.published(), worker.network_policy())
          .error()
          .where,
      "reference");
}

TEST_F(Vouched, ReferenceValuesOfOtherKeysAreNotTaken) {
  const Reference reference = worker.read().value();
  EXPECT_EQ(verdict(&reference, worker.policy()).error().code, "argument_unused");
  worker.release_keys[2] = crypto::Ed25519PrivateKey::generate(worker.rng);
  EXPECT_EQ(verdict(&reference, worker.network_policy()).error().code, "argument_unused");
}

TEST_F(Vouched, TwoOfThreeMustSign) {
  EXPECT_EQ(refused(worker.signed_reference(1)), "document_quorum");
  EXPECT_EQ(refused(worker.signed_reference(3)), "");
  EXPECT_EQ(refused(to_bytes(as_bytes("{}"))), "json_missing_field");
}

TEST_F(Vouched, APolicyWithoutReferenceKeysTakesNone) {
  const auto read = Reference::read(worker.signed_reference(), worker.policy(), {}, at(worker.machine.now));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where, "reference.release_keys");
}

TEST_F(Vouched, WhatWasSeenKeepsOlderValuesFromComingBack) {
  const Bytes older = worker.signed_reference();
  worker.vouched.version = 8;
  const Bytes newer = worker.signed_reference();
  const SeenReference seen = worker.read().value().to_keep();
  EXPECT_EQ(seen.version, 8U);
  EXPECT_EQ(ByteView(seen.digest).size(), 32U);
  EXPECT_EQ(refused(newer, seen), "");
  EXPECT_EQ(refused(older, seen), "policy_rollback");
  worker.vouched.releases.clear();
  EXPECT_EQ(refused(worker.signed_reference(), seen), "policy_rollback") << "another document of the same version";
}

TEST_F(Vouched, AMemoryOfHalfADocumentIsNone) {
  EXPECT_EQ(refused(worker.signed_reference(), {.version = 7, .digest = {}}), "argument_missing");
}

TEST_F(Vouched, ValuesOutOfTheirTimeAreRefused) {
  worker.vouched.issued = worker.machine.now + kMinute;
  EXPECT_EQ(refused(worker.signed_reference()), "policy_not_yet_valid");
  worker.vouched.issued = worker.machine.now - 2 * kDay;
  worker.vouched.expires = worker.machine.now - kDay;
  EXPECT_EQ(refused(worker.signed_reference()), "policy_expired");
}

// --- programs that were built before -------------------------------------------------------

// `given` as it was before `size` bytes grew to more, in memory that ends there.
template <typename Struct>
std::vector<std::uint8_t> of_before(const Struct& given, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  std::memcpy(out.data(), &given, size);
  std::memcpy(out.data(), &size, sizeof size);
  return out;
}

TEST(CInterface, TakesAStructThatEndsBeforeWhatWasAdded) {
  Worker worker;
  const Policy policy = worker.policy();
  const Endorsements published = worker.published();
  const Bytes bytes = worker.machine.bundle().bytes;
  const std::string json = worker.attestation();
  aipg_bundle bundle{};
  bundle.bytes = {bytes.data(), bytes.size()};
  aipg_attestation attestation{};
  attestation.bytes = {as_bytes(json).data(), json.size()};
  attestation.today_ms = worker.machine.now.ms;
  aipg_error error{};
  for (const std::size_t more : {0UZ, 4UZ}) {
    const aipg_status expected = more == 0 ? AIPG_OK : AIPG_INVALID_ARGUMENT;
    aipg_verdict* out = nullptr;
    const auto old_bundle = of_before(bundle, offsetof(aipg_bundle, reference) + more);
    EXPECT_EQ(aipg_verify_bundle(reinterpret_cast<const aipg_bundle*>(old_bundle.data()), published.handle(),
                                 policy.handle(), worker.machine.now.ms, &out, &error),
              expected);
    aipg_verdict_free(std::exchange(out, nullptr));
    const auto old_attestation = of_before(attestation, offsetof(aipg_attestation, reference) + more);
    EXPECT_EQ(aipg_verify_attestation(reinterpret_cast<const aipg_attestation*>(old_attestation.data()),
                                      published.handle(), policy.handle(), &out, &error),
              expected);
    EXPECT_EQ(aipg_verdict_since(out), AIPG_SINCE_NONE);
    aipg_verdict_free(out);
  }
  EXPECT_STREQ(error.code, "argument_size");
}

TEST(CInterface, KeepsNoReferenceInAStructOfAnotherSize) {
  Worker worker;
  const Reference reference = worker.read().value();
  aipg_reference_seen seen{};
  EXPECT_EQ(aipg_reference_to_keep(reference.handle(), &seen), AIPG_INVALID_ARGUMENT);
  EXPECT_EQ(aipg_reference_to_keep(reference.handle(), nullptr), AIPG_INVALID_ARGUMENT);
  EXPECT_EQ(aipg_reference_to_keep(nullptr, &seen), AIPG_INVALID_ARGUMENT);
  aipg_reference_free(nullptr);
}

}  // namespace
}  // namespace aipg::embed
