// SPDX-License-Identifier: Apache-2.0
// A worker and its link: what it says there by itself, and what it makes of the
// link's end, of new keys, and of its own.
#include "worker/link_client.h"

#include "attest/bundle.h"
#include "worker/test_network.h"

namespace aipg::worker {
namespace {

class LinkClientTest : public WorkerNetwork {};

TEST_F(LinkClientTest, RegistersWithAProofOverThisLink) {
  with_worker([this]() -> net::Task<void> {
    const link::Register& registration = gateway.registrations.at(0);
    const auto keyset = attest::parse_keyset(registration.keyset).value();
    const auto claims = link::verify_registration(registration.jws, keyset.receipt_key).value();
    EXPECT_EQ(claims.keyset_id, keyset.id);
    EXPECT_EQ(claims.nonce, gateway.nonce);
    EXPECT_EQ(claims.worker_id, "w-01");
    EXPECT_EQ(registration.stake_id, "s-1");
    EXPECT_EQ(registration.models.at(0).price, (api::Price{.input = 1, .output = 2}));
    EXPECT_EQ(gateway.token, "Bearer secret");
    co_return;
  });
}

TEST_F(LinkClientTest, AnswersAChallengeWithEvidence) {
  with_worker([this]() -> net::Task<void> {
    const auto keyset = attest::parse_keyset(gateway.registrations.at(0).keyset).value();
    gateway.link->send(
        link::Challenge{.id = 7, .keyset_id = keyset.id, .kind = attest::ChallengeKind::nonces, .value = {9}});
    co_await gateway.wait_for(
        [this] { return !gateway.announced.empty() && gateway.evidence.size() == gateway.announced[0].bytes; });
    EXPECT_EQ(gateway.announced[0].id, 7U);
    const auto bundle = attest::parse_bundle(gateway.evidence).value();
    EXPECT_EQ(bundle.challenge_value, Hash256{9});
    EXPECT_EQ(bundle.keyset, keyset.bytes);
    EXPECT_EQ(bundle.manifest, manifest.bytes);
  });
}

TEST_F(LinkClientTest, ALostLinkFreesTheEngineAndIsDialledAgain) {
  test_engine.script = endless();
  with_worker([this]() -> net::Task<void> {
    const std::uint32_t stream = co_await gateway.send(seal(asking(kAskStream, true)).wire);
    co_await gateway.wait_for([this, stream] { return !gateway.streams[stream].answer.empty(); });
    gateway.link->abort();
    while (test_engine.gone == 0) co_await test_engine.changed.wait();
    co_await gateway.wait_for([this] { return gateway.registrations.size() == 2; });
    test_engine.script = events(paris());
    EXPECT_EQ((co_await ask(asking(kAsk))).status, 200U);
  });
}

TEST_F(LinkClientTest, SendsAReceiptAgainUntilItIsRecorded) {
  test_engine.script = events(paris());
  gateway.acknowledge = false;
  with_worker([this]() -> net::Task<void> {
    const Opened answer = co_await ask(asking(kAsk));
    for (std::size_t links = 1; links <= 2; ++links) {
      EXPECT_EQ(gateway.late_receipts.size(), links - 1);
      gateway.link->abort();
      co_await gateway.wait_for([&] { return gateway.late_receipts.size() == links; });
      EXPECT_EQ(gateway.late_receipts.back(), answer.proof.value().receipt_jws);
    }
    gateway.link->send(link::ReceiptRecorded{answer.proof.value().receipt.job_id});
    gateway.acknowledge = true;
    (void)co_await ask(asking(kAsk));
    (void)co_await refusal_of(to_bytes("anything"));  // by now it has heard all of that
    gateway.link->abort();
    co_await gateway.wait_for([this] { return gateway.registrations.size() == 4; });
    (void)co_await ask(asking(kAsk));
    EXPECT_EQ(gateway.late_receipts.size(), 2U) << "nothing of what is recorded or was acknowledged";
  });
}

TEST_F(LinkClientTest, SendsAReceiptAgainWhoseEndCrossedACancel) {
  test_engine.script = events(paris());
  gateway.acknowledge = false;
  with_worker([this]() -> net::Task<void> {
    const Opened answer = co_await ask(asking(kAsk));
    gateway.link->mux().send_reset(gateway.streams.rbegin()->first);
    gateway.link->flush();
    co_await gateway.wait_for([&] { return gateway.late_receipts.size() == 1; });
    EXPECT_EQ(gateway.late_receipts.back(), answer.proof.value().receipt_jws);
    EXPECT_EQ(gateway.links_ended, 0) << "it does not wait for the next link";
  });
}

TEST_F(LinkClientTest, ProvesEachKeysetAtOnceOnANewLink) {
  workload.keysets = {.rotate_every = milliseconds(100), .retire_after = milliseconds(60'000)};
  with_worker([this]() -> net::Task<void> {
    co_await gateway.wait_for([this] { return gateway.registrations.size() >= 3; });
    clock.stop();  // whoever has to wait for a quote waits for ever
    for (int links = 0; links < 2; ++links) {
      const std::size_t before = gateway.registrations.size(), announced = gateway.announced.size();
      gateway.link->abort();
      const std::size_t live = keysets->live().size();
      co_await gateway.wait_for([&] { return gateway.registrations.size() == before + live; });
      for (const Keysets::Live& each : keysets->live()) {
        gateway.link->send(link::Challenge{1, each.document.id, attest::ChallengeKind::nonces, {}});
      }
      co_await gateway.wait_for([&] { return gateway.announced.size() == announced + live; });
    }
  });
}

TEST_F(LinkClientTest, RotatesAndStillOpensWhatWasSealedBefore) {
  workload.keysets = {.rotate_every = milliseconds(300), .retire_after = milliseconds(60'000)};
  test_engine.script = events(paris());
  with_worker([this]() -> net::Task<void> {
    auto sealed = seal(asking(kAsk));
    co_await gateway.wait_for([this] { return gateway.registrations.size() >= 2; });
    const std::uint32_t stream = co_await gateway.send(sealed.wire);
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    EXPECT_TRUE(open(std::move(sealed.pending), gateway.streams[stream].answer).proof.has_value());
  });
}

TEST_F(LinkClientTest, OffersKeysOfTheClocksTimeWhenItsOwnAreRefused) {
  with_worker([this]() -> net::Task<void> {
    clock.ahead = milliseconds(-10 * 60'000);  // it was wrong when the worker started, and is put right
    gateway.link->send(link::Refused{"registration_invalid"});
    gateway.link->close();
    const Hash256 first = attest::parse_keyset(gateway.registrations.at(0).keyset)->id;
    co_await gateway.wait_for([this] { return gateway.links_ended == 1; });
    const std::size_t before = gateway.registrations.size();
    co_await gateway.wait_for([&] { return gateway.registrations.size() > before; });
    const auto offered = attest::parse_keyset(gateway.registrations.at(before).keyset).value();
    EXPECT_NE(offered.id, first);
    EXPECT_LE(offered.not_before, clock.now());
    EXPECT_EQ(keysets->find(first), nullptr);
  });
}

TEST_F(LinkClientTest, SaysWhichKeysetsItHasWiped) {
  workload.keysets = {.rotate_every = milliseconds(100), .retire_after = milliseconds(100)};
  with_worker([this]() -> net::Task<void> {
    const auto first = attest::parse_keyset(gateway.registrations.at(0).keyset).value();
    auto sealed = seal(asking(kAsk));
    co_await gateway.wait_for([this] { return !gateway.retired.empty(); });
    EXPECT_EQ(gateway.retired.at(0), first.id);
    EXPECT_EQ(co_await refusal_of(std::move(sealed.wire)), "worker_key_expired");
  });
}

TEST_F(LinkClientTest, DrainsWithoutDroppingARunningJob) {
  test_engine.script = [](net::Exchange& exchange, TestEngine& engine) -> net::Task<void> {
    (void)co_await exchange.write_head(200, {}, std::nullopt);
    while (engine.gone == 0) co_await engine.changed.wait();
    for (const std::string& event : paris()) {
      const std::string text = "data: " + event + "\n\n";
      (void)co_await exchange.write_body(as_bytes(text));
    }
    (void)co_await exchange.finish();
  };
  with_worker([this]() -> net::Task<void> {
    auto sealed = seal(asking(kAsk));
    const std::uint32_t stream = co_await gateway.send(std::move(sealed.wire));
    while (test_engine.bodies.empty()) co_await test_engine.changed.wait();
    link->drain();
    co_await gateway.wait_for([this] { return !gateway.retired.empty(); });
    EXPECT_EQ(co_await refusal_of(to_bytes("anything")), "worker_busy");
    test_engine.gone = 1;  // the script's cue
    test_engine.changed.notify_all();
    co_await gateway.wait_for([this, stream] { return gateway.streams[stream].over(); });
    EXPECT_EQ(open(std::move(sealed.pending), gateway.streams[stream].answer).status, 200U);
    co_await gateway.wait_for([this] { return gateway.links_ended == 1; });
    EXPECT_EQ(gateway.ended->code.view(), "ws_closed");
  });
}

TEST_F(LinkClientTest, DropsALinkThatBreaksItsRules) {
  with_worker([this]() -> net::Task<void> {
    gateway.link->send(link::Hello{});  // a second one
    co_await gateway.wait_for([this] { return gateway.registrations.size() == 2; });
    EXPECT_GE(gateway.links_ended, 1);
  });
}

TEST_F(LinkClientTest, SendsReceiptsOnlyWhenItHasAskedToBeRegistered) {
  test_engine.script = events(paris());
  gateway.acknowledge = false;
  with_worker([this]() -> net::Task<void> {
    (void)co_await ask(asking(kAsk));
    gateway.link->abort();
    co_await gateway.wait_for([&] { return gateway.late_receipts.size() == 1; });
    const Hash256 id = attest::parse_keyset(gateway.registrations.back().keyset)->id;
    for (int i = 0; i < 10; ++i) gateway.link->send(link::Registered{id});  // which it has heard
    co_await gateway.wait_for([this] { return gateway.links_ended == 2; });
    EXPECT_EQ(gateway.late_receipts.size(), 1U);
    co_await gateway.wait_for([this] { return gateway.registrations.size() == 3; });
  });
}

TEST_F(LinkClientTest, DropsALinkOnWhichItIsRefusedTwice) {
  with_worker([this]() -> net::Task<void> {
    gateway.link->send(link::Refused{"no"});
    gateway.link->send(link::Refused{"no"});
    co_await gateway.wait_for([this] { return gateway.links_ended == 1; });
    co_await gateway.wait_for([this] { return gateway.registrations.size() == 2; });
  });
}

}  // namespace
}  // namespace aipg::worker
