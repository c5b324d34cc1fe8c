// SPDX-License-Identifier: Apache-2.0
#include "link/mux.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/mux_recorder.h"

namespace aipg::link {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ByteArray<16> kJob{1, 2, 3};

// A gateway and a worker, and the messages between them.
class LinkMux : public ::testing::Test {
 protected:
  static Result<void> pass(Mux& from, Mux& to, MuxRecorder& events) {
    while (from.has_output()) AIPG_CHECK(to.receive(from.take_output(), events));
    return {};
  }
  Result<void> to_worker() { return pass(gateway, worker, at_worker); }
  Result<void> to_gateway() { return pass(worker, gateway, at_gateway); }
  // Both ways until nobody has anything to say.
  void settle() {
    while (gateway.has_output() || worker.has_output()) {
      ASSERT_TRUE(to_worker());
      ASSERT_TRUE(to_gateway());
    }
    at_worker.log.clear();
    at_gateway.log.clear();
  }
  std::uint32_t open_job() {
    const std::uint32_t stream = gateway.open(kJob);
    settle();
    return stream;
  }
  // What the peer answers to a frame that our own side would not write.
  Result<void> forge(Mux& to, std::uint32_t stream, FrameType type, ByteView payload = {}) {
    Bytes message;
    write_frame(message, stream, type, payload);
    return to.receive(message, forged);
  }
  static Bytes credit(std::uint32_t n) { return to_bytes(ByteWriter().u32be(n).view()); }
  static Bytes open_payload(std::uint8_t kind = kOpenKindSealed) {
    return to_bytes(ByteWriter().u8(kind).zeros(16).view());
  }

  Mux gateway{Role::gateway}, worker{Role::worker};
  MuxRecorder at_gateway, at_worker, forged;
};

#define EXPECT_ERROR(result, expected_code, expected_where)                    \
  do {                                                                         \
    const auto checked = (result);                                             \
    ASSERT_FALSE(checked.has_value());                                         \
    EXPECT_EQ(checked.error().code.view(), std::string_view(expected_code));   \
    EXPECT_EQ(checked.error().where.view(), std::string_view(expected_where)); \
  } while (false)

TEST_F(LinkMux, CarriesAJobFromOpenToAck) {
  const std::uint32_t stream = gateway.open(kJob);
  EXPECT_EQ(gateway.send_data(stream, Bytes(10)), 10U);
  gateway.send_end(stream, {});
  ASSERT_TRUE(to_worker());
  EXPECT_THAT(at_worker.log, ElementsAre("open 1", "data 1 10", "end 1"));
  EXPECT_EQ(at_worker.job_ids[stream], kJob);

  EXPECT_EQ(worker.send_data(stream, Bytes(20)), 20U);
  worker.send_end(stream, as_bytes("receipt"));
  EXPECT_TRUE(worker.is_open(stream));
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_gateway.log, ElementsAre("data 1 20", "end 1"));
  EXPECT_EQ(at_gateway.ended[stream], "receipt");

  gateway.send_ack(stream);
  ASSERT_TRUE(to_worker());
  EXPECT_TRUE(at_worker.acked.contains(stream));
  EXPECT_EQ(gateway.open_streams() + worker.open_streams(), 0U);
}

TEST_F(LinkMux, NumbersStreamsUpwards) {
  EXPECT_EQ(gateway.open(kJob), 1U);
  EXPECT_EQ(gateway.open(kJob), 2U);
}

TEST_F(LinkMux, OpensNoMoreThanItsLimit) {
  for (std::size_t i = 0; i < kMaxStreams; ++i) EXPECT_NE(gateway.open(kJob), 0U);
  EXPECT_EQ(gateway.open(kJob), 0U);
  ASSERT_TRUE(to_worker());
  EXPECT_ERROR(forge(worker, kMaxStreams + 1, FrameType::open, open_payload()), "link_limit", "streams");
}

TEST_F(LinkMux, SendsNoMoreThanItsCredit) {
  const auto stream = open_job();
  EXPECT_EQ(gateway.send_data(stream, Bytes(kInitialCredit + 1)), kInitialCredit);
  EXPECT_EQ(gateway.send_credit(stream), 0U);
  EXPECT_EQ(gateway.send_data(stream, Bytes(1)), 0U);
}

TEST_F(LinkMux, ReturnsCreditHalfAWindowAtATime) {
  const auto stream = open_job();
  (void)gateway.send_data(stream, Bytes(kInitialCredit));
  ASSERT_TRUE(to_worker());
  worker.consumed(stream, kInitialCredit / 2 - 1);
  EXPECT_FALSE(worker.has_output());
  worker.consumed(stream, 1);
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_gateway.log, ElementsAre("credit 1"));
  EXPECT_EQ(gateway.send_credit(stream), kInitialCredit / 2);
}

TEST_F(LinkMux, GrantsNoMoreThanWhatCame) {
  const auto stream = open_job();
  (void)gateway.send_data(stream, Bytes(kInitialCredit / 2));
  ASSERT_TRUE(to_worker());
  worker.consumed(stream, kInitialCredit * 10);
  ASSERT_TRUE(to_gateway());
  EXPECT_EQ(gateway.send_credit(stream), kInitialCredit);
}

TEST_F(LinkMux, RefusesDataBeyondCredit) {
  const auto stream = open_job();
  (void)gateway.send_data(stream, Bytes(kInitialCredit));
  ASSERT_TRUE(to_worker());
  EXPECT_ERROR(forge(worker, stream, FrameType::data, Bytes(1)), "link_credit", "data");
}

TEST_F(LinkMux, RefusesFramesWithoutOpen) {
  for (const FrameType type : {FrameType::data, FrameType::end, FrameType::reset, FrameType::ack, FrameType::refuse}) {
    Mux fresh(Role::worker);
    const Bytes payload(type == FrameType::data || type == FrameType::refuse ? 1 : 0, 'x');
    EXPECT_ERROR(forge(fresh, 1, type, payload), "link_stream", "unknown");
  }
}

TEST_F(LinkMux, RefusesDataAfterEnd) {
  const auto stream = open_job();
  gateway.send_end(stream, {});
  ASSERT_TRUE(to_worker());
  EXPECT_ERROR(forge(worker, stream, FrameType::data, Bytes(1)), "link_state", "after_end");
}

TEST_F(LinkMux, RefusesEveryFrameAfterTheWorkersEnd) {
  for (const FrameType type : {FrameType::data, FrameType::end, FrameType::reset, FrameType::credit}) {
    Mux fresh(Role::gateway);
    const auto stream = fresh.open(kJob);
    ASSERT_TRUE(forge(fresh, stream, FrameType::end, as_bytes("receipt")));
    const Bytes payload = type == FrameType::credit ? credit(1) : Bytes(type == FrameType::reset ? 0 : 1);
    EXPECT_ERROR(forge(fresh, stream, type, payload), "link_state", "after_end");
  }
}

TEST_F(LinkMux, RefusesASecondEndOfTheRequest) {
  const auto stream = open_job();
  gateway.send_end(stream, {});
  ASSERT_TRUE(to_worker());
  EXPECT_ERROR(forge(worker, stream, FrameType::end), "link_state", "after_end");
}

TEST_F(LinkMux, RefusesAnEndWithoutReceiptFromTheWorkerAndWithOneFromTheGateway) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(gateway, stream, FrameType::end), "link_frame", "length");
  EXPECT_ERROR(forge(worker, stream, FrameType::end, Bytes(1)), "link_frame", "length");
}

TEST_F(LinkMux, RefusesStreamIdsThatDoNotGrow) {
  Mux fresh(Role::worker);
  ASSERT_TRUE(forge(fresh, 5, FrameType::open, open_payload()));
  EXPECT_ERROR(forge(fresh, 4, FrameType::open, open_payload()), "link_stream", "order");
}

TEST_F(LinkMux, RefusesAStreamIdUsedAgain) {
  Mux fresh(Role::worker);
  ASSERT_TRUE(forge(fresh, 5, FrameType::open, open_payload()));
  ASSERT_TRUE(forge(fresh, 5, FrameType::reset));
  EXPECT_ERROR(forge(fresh, 5, FrameType::open, open_payload()), "link_stream", "order");
}

TEST_F(LinkMux, RefusesStreamZeroForJobs) {
  EXPECT_ERROR(forge(worker, 0, FrameType::open, open_payload()), "link_stream", "order");
  Mux fresh(Role::worker);
  EXPECT_ERROR(forge(fresh, 0, FrameType::data, Bytes(1)), "link_stream", "zero");
}

TEST_F(LinkMux, RefusesKindsOfJobsItDoesNotKnow) {
  EXPECT_ERROR(forge(worker, 1, FrameType::open, open_payload(2)), "link_frame", "kind");
}

TEST_F(LinkMux, RefusesAnOpenFromTheWorker) {
  EXPECT_ERROR(forge(gateway, 1, FrameType::open, open_payload()), "link_state", "open");
}

TEST_F(LinkMux, RefusesCreditThatOverflows) {
  const auto stream = open_job();
  ASSERT_TRUE(forge(worker, stream, FrameType::credit, credit(kMaxCredit - kInitialCredit)));
  EXPECT_ERROR(forge(worker, stream, FrameType::credit, credit(1)), "link_credit", "overflow");
}

TEST_F(LinkMux, RefusesCreditThatWrapsAround) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(worker, stream, FrameType::credit, credit(UINT32_MAX)), "link_credit", "overflow");
}

TEST_F(LinkMux, RefusesCreditOfNothing) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(worker, stream, FrameType::credit, credit(0)), "link_credit", "zero");
}

TEST_F(LinkMux, RefusesAnAckBeforeTheReceipt) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(worker, stream, FrameType::ack), "link_state", "ack");
}

TEST_F(LinkMux, RefusesAnAckFromTheWorker) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(gateway, stream, FrameType::ack), "link_state", "ack");
}

TEST_F(LinkMux, RefusesARefusalAfterData) {
  const auto stream = open_job();
  ASSERT_TRUE(forge(gateway, stream, FrameType::data, Bytes(1)));
  EXPECT_ERROR(forge(gateway, stream, FrameType::refuse, as_bytes("worker_busy")), "link_state", "refuse_after_data");
}

TEST_F(LinkMux, RefusesARefusalFromTheGateway) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(worker, stream, FrameType::refuse, as_bytes("worker_busy")), "link_state", "refuse");
}

TEST_F(LinkMux, RefusesARefusalWhoseCodeIsNone) {
  const auto stream = open_job();
  EXPECT_ERROR(forge(gateway, stream, FrameType::refuse, as_bytes("Worker busy!")), "link_frame", "code");
}

TEST_F(LinkMux, StaysFailed) {
  EXPECT_ERROR(forge(worker, 1, FrameType::data, Bytes(1)), "link_stream", "unknown");
  EXPECT_ERROR(forge(worker, 1, FrameType::open, open_payload()), "link_stream", "unknown");
  EXPECT_THAT(forged.log, IsEmpty());
}

TEST_F(LinkMux, ARefusalEndsTheStreamAtBothEnds) {
  const auto stream = open_job();
  worker.send_refuse(stream, "worker_busy");
  EXPECT_FALSE(worker.is_open(stream));
  ASSERT_TRUE(to_gateway());
  EXPECT_EQ(at_gateway.refused[stream], "worker_busy");
  EXPECT_FALSE(gateway.is_open(stream));
  ASSERT_TRUE(to_worker());
  EXPECT_ERROR(forge(worker, stream, FrameType::data, Bytes(1)), "link_stream", "unknown");
}

TEST_F(LinkMux, RefusingTooLateResets) {
  const auto stream = open_job();
  (void)worker.send_data(stream, Bytes(1));
  worker.send_refuse(stream, "worker_busy");
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_gateway.log, ElementsAre("data 1 1", "reset 1"));
}

TEST_F(LinkMux, ToleratesWhatWasUnderWayWhenItReset) {
  const auto stream = open_job();
  (void)worker.send_data(stream, Bytes(100));
  worker.send_end(stream, as_bytes("receipt"));
  gateway.send_reset(stream);
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_gateway.log, IsEmpty());
  ASSERT_TRUE(to_worker());
  EXPECT_THAT(at_worker.log, ElementsAre("reset 1"));
  EXPECT_FALSE(gateway.has_output() || worker.has_output());
}

TEST_F(LinkMux, BoundsWhatItToleratesAfterReset) {
  const auto stream = open_job();
  gateway.send_reset(stream);
  for (std::uint32_t n = 0; n < kInitialCredit; n += kMaxDataBytes) {
    ASSERT_TRUE(forge(gateway, stream, FrameType::data, Bytes(kMaxDataBytes)));
  }
  EXPECT_ERROR(forge(gateway, stream, FrameType::data, Bytes(1)), "link_credit", "data");
}

TEST_F(LinkMux, ToleratesNothingOnceTheResetWasAnswered) {
  const auto stream = open_job();
  gateway.send_reset(stream);
  ASSERT_TRUE(to_worker());
  EXPECT_TRUE(at_worker.reset.contains(stream));
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_gateway.log, IsEmpty());
  EXPECT_ERROR(forge(gateway, stream, FrameType::data, Bytes(1)), "link_stream", "unknown");
}

TEST_F(LinkMux, CrossingResetsNeedNoAnswer) {
  const auto stream = open_job();
  gateway.send_reset(stream);
  worker.send_reset(stream);
  ASSERT_TRUE(to_worker());
  ASSERT_TRUE(to_gateway());
  EXPECT_THAT(at_worker.log, IsEmpty());
  EXPECT_THAT(at_gateway.log, IsEmpty());
  EXPECT_FALSE(gateway.has_output() || worker.has_output());
}

TEST_F(LinkMux, CountsLingeringStreamsAgainstTheLimitOnly) {
  for (std::size_t i = 0; i < kMaxStreams; ++i) gateway.send_reset(gateway.open(kJob));
  EXPECT_EQ(gateway.open_streams(), 0U);
  EXPECT_FALSE(gateway.can_open());
  EXPECT_EQ(gateway.open(kJob), 0U);
  settle();
  EXPECT_TRUE(gateway.can_open());
  EXPECT_NE(gateway.open(kJob), 0U);
}

TEST_F(LinkMux, AnAnswerMayEndBeforeItsRequest) {
  const auto stream = open_job();
  (void)worker.send_data(stream, Bytes(1));
  worker.send_end(stream, as_bytes("receipt"));
  (void)gateway.send_data(stream, Bytes(100));
  ASSERT_TRUE(to_worker());
  EXPECT_THAT(at_worker.log, IsEmpty());
  ASSERT_TRUE(to_gateway());
  gateway.send_ack(stream);
  ASSERT_TRUE(to_worker());
  EXPECT_TRUE(at_worker.acked.contains(stream));
}

TEST_F(LinkMux, DoesNothingOnStreamsThatAreGone) {
  const auto stream = open_job();
  gateway.send_reset(stream);
  settle();
  EXPECT_EQ(gateway.send_data(stream, Bytes(1)), 0U);
  gateway.send_end(stream, {});
  gateway.send_reset(stream);
  gateway.send_ack(stream);
  gateway.consumed(stream, 1);
  EXPECT_FALSE(gateway.has_output());
}

TEST_F(LinkMux, TakesEvidenceUpToWhatWasAnnounced) {
  ASSERT_TRUE(gateway.expect_evidence(100'000));
  worker.send_evidence(Bytes(100'000));
  ASSERT_TRUE(to_gateway());
  EXPECT_EQ(at_gateway.evidence.size(), 100'000U);
  EXPECT_ERROR(forge(gateway, 0, FrameType::data, Bytes(1)), "link_credit", "evidence");
}

TEST_F(LinkMux, RefusesAnAnnouncementWhileEvidenceIsDue) {
  ASSERT_TRUE(gateway.expect_evidence(2));
  ASSERT_TRUE(forge(gateway, 0, FrameType::data, Bytes(1)));
  EXPECT_ERROR(gateway.expect_evidence(1), "link_state", "evidence");
}

TEST_F(LinkMux, RefusesAnAnnouncementOfTooMuchEvidence) {
  EXPECT_ERROR(gateway.expect_evidence(kMaxEvidenceBytes + 1), "link_limit", "evidence");
}

TEST_F(LinkMux, KeepsMessagesUnderTheirLimit) {
  for (int i = 0; i < 10; ++i) (void)gateway.send_data(gateway.open(kJob), Bytes(kInitialCredit));
  std::size_t messages = 0;
  while (gateway.has_output()) {
    const Bytes message = gateway.take_output();
    EXPECT_LE(message.size(), kMaxMessageBytes);
    ASSERT_TRUE(worker.receive(message, at_worker));
    ++messages;
  }
  EXPECT_GE(messages, 3U);
}

// Every header byte but the type, changed to every other value, in traffic of one stream.
TEST_F(LinkMux, RefusesEveryDamageToAHeader) {
  const auto stream = gateway.open(kJob);
  (void)gateway.send_data(stream, Bytes(300, 0xEE));
  (void)gateway.send_data(stream, Bytes(300, 0xEE));
  const Bytes legal = gateway.take_output();
  constexpr std::size_t kSecond = kFrameHeaderBytes + kOpenBytes, kThird = kSecond + kFrameHeaderBytes + 300;
  for (const std::size_t header : {kSecond, kThird}) {
    for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) {
      if (i == 4) continue;
      for (unsigned value = 0; value < 256; ++value) {
        Bytes damaged = legal;
        damaged[header + i] = static_cast<std::uint8_t>(value);
        Mux fresh(Role::worker);
        EXPECT_EQ(fresh.receive(damaged, forged).has_value(), damaged == legal) << header + i << " " << value;
      }
    }
  }
}

TEST_F(LinkMux, DamageToAPayloadChangesThePayloadOnly) {
  const auto stream = gateway.open(kJob);
  (void)gateway.send_data(stream, Bytes(300, 0xEE));
  const Bytes legal = gateway.take_output();
  for (std::size_t i = 2 * kFrameHeaderBytes + kOpenBytes; i < legal.size(); ++i) {
    Bytes damaged = legal;
    damaged[i] ^= 0xFF;
    Mux fresh(Role::worker);
    MuxRecorder events;
    ASSERT_TRUE(fresh.receive(damaged, events));
    EXPECT_THAT(events.log, ElementsAre("open 1", "data 1 300"));
  }
}

}  // namespace
}  // namespace aipg::link
