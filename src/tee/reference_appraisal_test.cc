// SPDX-License-Identifier: Apache-2.0
// The verifier with signed reference values beside it: releases, revocations,
// minimums and epochs. Each test breaks one thing and names the findings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/epoch.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

using attest::Severity;
using testing::UnorderedElementsAre;

constexpr milliseconds kDay{24LL * 3600 * 1000};

class ReferencedMachine : public testing::Test {
 protected:
  ReferencedMachine() { machine.policy.releases.clear(); }

  attest::Reference good() const {
    attest::Reference out;
    out.version = 1;
    out.issued = machine.now - kDay;
    out.expires = machine.now + kDay;
    out.releases = {{"release 1", machine.manifest.hash, {machine.boot}, {}, attest::ReleaseStatus::good, {}}};
    out.minimum = {machine.now - 1000 * kDay, 1, machine.now - 400 * kDay, machine.now - 400 * kDay, 570};
    out.validators = {{validator.public_key()}, 1};
    return out;
  }
  [[nodiscard]] Bytes signed_by(const attest::DocumentKind& kind, ByteView bytes,
                                std::initializer_list<const crypto::Ed25519PrivateKey*> signers) const {
    attest::SignedDocument out{to_bytes(bytes), {}};
    for (const auto* key : signers) attest::sign_document(kind, *key, out);
    return attest::write_signed_document(kind, out);
  }
  [[nodiscard]] attest::VerifiedReference verified(Instant at) const {
    const Bytes envelope = signed_by(attest::kReferenceKind, attest::make_reference(content).bytes, {&first, &second});
    return *attest::verify_reference(envelope, {{first.public_key(), second.public_key()}, 2}, {}, at);
  }
  attest::Verdict verdict() { return verdict(machine.now); }
  // By reference values that were accepted at `at`.
  attest::Verdict verdict(Instant at) {
    const attest::VerifiedReference reference = verified(at);
    attest::AppraisalInputs inputs = machine.inputs();
    inputs.reference = &reference;
    return attest::appraise(machine.bundle().bytes, machine.policy, inputs, machine.now).verdict;
  }
  std::set<std::string> failed() { return failed(machine.now); }
  std::set<std::string> failed(Instant at) {
    std::set<std::string> out;
    for (const attest::Finding& finding : verdict(at).findings) {
      if (finding.severity == Severity::failed) out.insert(std::string(finding.code.view()));
    }
    return out;
  }
  // The machine's evidence is over this epoch instead of nonces.
  void use(const attest::Epoch& epoch, std::initializer_list<const crypto::Ed25519PrivateKey*> signers) {
    machine.epoch = Challenge{epoch.digest, signed_by(attest::kEpochKind, epoch.bytes, signers)};
    machine.freshness.reset();
  }
  [[nodiscard]] attest::Epoch epoch_of(Instant start) const {
    attest::Epoch out;
    out.epoch = 5;
    out.start = start;
    out.chain = "aipg-test";
    out.block = 1;
    return attest::make_epoch(out);
  }

  TestMachine machine;
  crypto::SystemRng rng;
  crypto::Ed25519PrivateKey first = crypto::Ed25519PrivateKey::generate(rng);
  crypto::Ed25519PrivateKey second = crypto::Ed25519PrivateKey::generate(rng);
  crypto::Ed25519PrivateKey validator = crypto::Ed25519PrivateKey::generate(rng);
  attest::Reference content = good();
};

bool has(const attest::Verdict& verdict, std::string_view code, Severity severity) {
  return std::ranges::any_of(verdict.findings, [&](const attest::Finding& finding) {
    return finding.code.view() == code && finding.severity == severity;
  });
}

TEST_F(ReferencedMachine, IsKnownByItsRelease) {
  EXPECT_THAT(failed(), UnorderedElementsAre());
  EXPECT_EQ(verdict().identity.boot_name, "release 1");
}

TEST_F(ReferencedMachine, IsUnknownWithoutOne) {
  content.releases[0].workload_hash[0] ^= 1;
  EXPECT_THAT(failed(), UnorderedElementsAre("workload_unbound"));
}

TEST_F(ReferencedMachine, IsRefusedOnceItsReleaseIsRevoked) {
  content.releases[0].status = attest::ReleaseStatus::revoked;
  content.releases[0].when = machine.now;
  EXPECT_THAT(failed(), UnorderedElementsAre("release_revoked"));
}

TEST_F(ReferencedMachine, APinIsNoWayAroundARevocation) {
  machine.policy.releases = {{"mine", machine.boot, machine.manifest.hash}};
  content.releases.clear();
  EXPECT_THAT(failed(), UnorderedElementsAre());
  EXPECT_EQ(verdict().identity.boot_name, "mine");
  content = good();
  content.releases[0].status = attest::ReleaseStatus::revoked;
  content.releases[0].when = machine.now;
  EXPECT_THAT(failed(), UnorderedElementsAre("release_revoked"));
}

TEST_F(ReferencedMachine, IsRefusedWhereTheNetworkDeniesIt) {
  content.platform_denied = {attest::tdx_platform_id(machine.pki.ppid)};
  EXPECT_THAT(failed(), UnorderedElementsAre("platform_denied"));
}

TEST_F(ReferencedMachine, IsNotJudgedByValuesThatEnded) {
  content.expires = machine.now;
  EXPECT_THAT(failed(), UnorderedElementsAre());
  machine.now = machine.now + milliseconds(1);
  EXPECT_THAT(failed(machine.now - milliseconds(1)), UnorderedElementsAre("policy_expired"));
}

TEST_F(ReferencedMachine, MustHaveFirmwareOfTheMinimumsDate) {
  content.minimum.tdx_tcb_date = *parse_instant(machine.intel.tcb_info.levels[0].said.date);
  EXPECT_THAT(failed(), UnorderedElementsAre());
  content.minimum.tdx_tcb_date = content.minimum.tdx_tcb_date + milliseconds(1);
  EXPECT_THAT(failed(), UnorderedElementsAre("tdx_tcb_date"));
}

TEST_F(ReferencedMachine, MustBringStatementsOfTheMinimumsRecovery) {
  content.minimum.tcb_evaluation_data_number = 18;
  EXPECT_THAT(failed(), UnorderedElementsAre());
  content.minimum.tcb_evaluation_data_number = 19;
  EXPECT_THAT(failed(), UnorderedElementsAre("tdx_evaluation_data_number"));
}

TEST_F(ReferencedMachine, MustBringListsOfTheMinimumsDate) {
  content.minimum.intel_crl = machine.now;
  EXPECT_THAT(failed(), UnorderedElementsAre("collateral_stale"));
}

TEST_F(ReferencedMachine, MustRunTheMinimumsDriver) {
  content.minimum.nvidia_driver = 571;
  EXPECT_THAT(failed(), UnorderedElementsAre("nvidia_driver"));
}

TEST_F(ReferencedMachine, AMinimumNeverLowersWhatThePolicyAsks) {
  machine.policy.minimum_driver = 571;
  EXPECT_THAT(failed(), UnorderedElementsAre("nvidia_driver"));
}

// --- epochs ------------------------------------------------------------------------

TEST_F(ReferencedMachine, IsFreshOverARecentEpoch) {
  use(epoch_of(machine.now - std::chrono::minutes(5)), {&validator});
  EXPECT_THAT(failed(), UnorderedElementsAre());
  EXPECT_FALSE(has(verdict(), "freshness_unproven", Severity::warning));
  EXPECT_TRUE(has(verdict(), "freshness_epoch", Severity::passed));
}

TEST_F(ReferencedMachine, IsNotFreshOverAnOldEpoch) {
  use(epoch_of(machine.now - attest::kMaxEpochAge - milliseconds(1)), {&validator});
  EXPECT_THAT(failed(), UnorderedElementsAre("epoch_stale"));
}

TEST_F(ReferencedMachine, IsNotFreshOverAnEpochOfOthers) {
  use(epoch_of(machine.now), {&first});
  EXPECT_THAT(failed(), UnorderedElementsAre("document_quorum"));
}

TEST_F(ReferencedMachine, IsNotFreshOverAnotherEpochThanItShows) {
  use(epoch_of(machine.now), {&validator});
  machine.epoch->value[0] ^= 1;
  EXPECT_THAT(failed(), UnorderedElementsAre("freshness_epoch"));
}

TEST_F(ReferencedMachine, AnEpochProvesNothingToWhoKnowsNoValidators) {
  use(epoch_of(machine.now), {&validator});
  machine.policy.releases = {{"mine", machine.boot, machine.manifest.hash}};
  EXPECT_THAT(machine.failed(), UnorderedElementsAre());
  EXPECT_TRUE(has(machine.appraise().verdict, "freshness_unproven", Severity::warning));
}

}  // namespace
}  // namespace aipg::tee
