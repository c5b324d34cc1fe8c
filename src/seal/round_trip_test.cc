// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "seal/chunk.h"
#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using fixture::Answer;
using fixture::Seen;
using fixture::Suite;
using fixture::Worker;

std::string body_with(std::string_view content) {
  return R"({"model":"smollm2","messages":[{"role":"user","content":")" + std::string(content) + R"("}]})";
}

class EverySuite : public testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(Suites, EverySuite, testing::Values(Suite::x25519, Suite::xwing),
                         [](const auto& suite) { return suite.param == Suite::x25519 ? "X25519" : "XWing"; });

TEST_P(EverySuite, CarriesQuestionAndAnswer) {
  Worker worker(1);
  auto sealed = fixture::must_seal(fixture::request_to({&worker}, GetParam()));
  RequestOpener opener = worker.opener();
  ASSERT_EQ(fixture::feed_all(opener, sealed.wire), "");
  ASSERT_TRUE(opener.complete());
  ASSERT_TRUE(opener.request().has_value());
  EXPECT_EQ(opener.request()->body.reveal_text(), fixture::kBody);
  EXPECT_EQ(opener.request()->max_tokens, 64U);

  const Answer answer = fixture::answer_to(opener, {"The ", "Vltava", "."});
  const Seen seen = fixture::read_answer(sealed, answer.wire);
  ASSERT_TRUE(seen.proof) << seen.refused->code.view() << " " << seen.refused->where.view();
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.content, "The Vltava.");
  EXPECT_EQ(seen.proof->receipt_jws, answer.receipt_jws);
  EXPECT_EQ(seen.proof->receipt.tokens_in, 32U);
  EXPECT_EQ(seen.proof->receipt.tokens_out, 64U);
  EXPECT_EQ(seen.proof->receipt.duration_ms, 200U);
  EXPECT_EQ(seen.proof->receipt.request_hash, crypto::sha256(sealed.wire));
  EXPECT_EQ(seen.proof->receipt.response_hash, crypto::sha256(ByteView(answer.wire).first(answer.before_last)));
  EXPECT_EQ(seen.proof->receipt.question, question_digest(seen.proof->request_salt, as_bytes(fixture::kBody)));
  EXPECT_EQ(seen.proof->receipt.answer, answer_digest(seen.proof->response_salt, 200, as_bytes("The Vltava.")));
}

TEST_P(EverySuite, LetsEveryRecipientOpenWithItsOwnKeyOnly) {
  for (std::size_t count = 1; count <= kMaxRecipients; ++count) {
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<const Worker*> to;
    for (std::size_t i = 0; i < count; ++i) {
      workers.push_back(std::make_unique<Worker>(static_cast<std::uint8_t>(10 + i)));
      to.push_back(workers.back().get());
    }
    for (std::size_t i = 0; i < count; ++i) {
      auto sealed = fixture::must_seal(fixture::request_to(to, GetParam()));
      RequestOpener opener = workers[i]->opener();
      ASSERT_EQ(fixture::feed_all(opener, sealed.wire), "");
      ASSERT_TRUE(opener.request().has_value());
      const Seen seen = fixture::read_answer(sealed, fixture::answer_to(opener, {"yes"}).wire);
      ASSERT_TRUE(seen.proof);
      EXPECT_EQ(seen.proof->recipient, i);
      EXPECT_EQ(seen.proof->receipt.keyset_id, workers[i]->secrets->keyset_id);
    }
  }
}

TEST_P(EverySuite, RefusesASiblingAnsweringUnderAnothersKid) {
  Worker one(1), two(2);
  auto sealed = fixture::must_seal(fixture::request_to({&one, &two}, GetParam()));
  RequestOpener opener = two.opener();
  ASSERT_EQ(fixture::feed_all(opener, sealed.wire), "");
  Answer answer = fixture::answer_to(opener, {"forged"});
  std::ranges::copy(one.key(GetParam()).kid, answer.wire.begin() + 9);
  EXPECT_EQ(fixture::read_answer(sealed, answer.wire).refused->code.view(), "response_open_failed");
}

TEST(RoundTrip, ByteByByteEqualsAllAtOnce) {
  Worker worker(1);
  auto sealed = fixture::must_seal(fixture::request_to({&worker}));
  RequestOpener opener = worker.opener();
  for (std::size_t i = 0; i < sealed.wire.size(); ++i) {
    ASSERT_FALSE(opener.complete());
    ASSERT_TRUE(opener.feed(ByteView(sealed.wire).subspan(i, 1)));
  }
  ASSERT_TRUE(opener.complete());
  ASSERT_TRUE(opener.request().has_value());
  EXPECT_EQ(opener.request()->body.reveal_text(), fixture::kBody);

  const Answer answer = fixture::answer_to(opener, {"one", "two", std::string(70'000, 'x')});
  const Seen seen = fixture::read_answer(sealed, answer.wire, 1);
  ASSERT_TRUE(seen.proof);
  EXPECT_EQ(seen.content, "onetwo" + std::string(70'000, 'x'));
}

TEST(RoundTrip, SplitsLongBodiesIntoFullChunksAndOnePaddedOne) {
  Worker worker(1);
  const std::string body = body_with(std::string(150'000, 'a'));
  auto sealed = fixture::must_seal(fixture::request_to({&worker}, Suite::x25519, body));
  const std::size_t preamble = (*parse_preamble(sealed.wire))->bytes.size();
  const std::size_t framing = kChunkHeaderBytes + crypto::kAeadTagBytes;
  EXPECT_EQ(sealed.wire.size() - preamble, 3 * framing + 2 * 65'536 + 32'768);
  RequestOpener opener = worker.opener();
  ASSERT_EQ(fixture::feed_all(opener, sealed.wire, 1000), "");
  ASSERT_TRUE(opener.request().has_value());
  EXPECT_EQ(opener.request()->body.reveal_text(), body);
}

TEST(RoundTrip, CarriesAnAnswerWithoutContent) {
  Worker worker(1);
  auto sealed = fixture::must_seal(fixture::request_to({&worker}));
  RequestOpener opener = worker.opener();
  ASSERT_EQ(fixture::feed_all(opener, sealed.wire), "");
  const Seen seen = fixture::read_answer(sealed, fixture::answer_to(opener, {}).wire);
  ASSERT_TRUE(seen.proof);
  EXPECT_EQ(seen.proof->receipt.response_chunks, 1U);
}

TEST(RoundTrip, SealsAnErrorThatStillProvesTheQuestion) {
  Worker worker(1);
  const std::string body = R"({"model":"smollm2","messages":[],"priority":1})";
  auto sealed = fixture::must_seal(fixture::request_to({&worker}, Suite::x25519, body));
  RequestOpener opener = worker.opener();
  ASSERT_EQ(fixture::feed_all(opener, sealed.wire), "");
  ASSERT_FALSE(opener.request().has_value());
  EXPECT_EQ(opener.request().error().code.view(), "unsupported_parameter");
  EXPECT_EQ(opener.request().error().parameter, "priority");
  fixture::NumberedRng rng(9);
  AnswerSealer sealer = opener.make_answer(rng);
  Bytes wire = sealer.begin(400, {{"content-type", "application/json"}});
  append(wire, sealer.content(as_bytes(error_body(opener.request().error()))));
  append(wire, sealer.end({}, fixture::kNow).wire);
  const Seen seen = fixture::read_answer(sealed, wire);
  ASSERT_TRUE(seen.proof);
  EXPECT_EQ(seen.status, 400U);
}

TEST(RoundTrip, NeverShowsTheQuestionOnTheWire) {
  Worker worker(1);
  const auto sealed = fixture::must_seal(fixture::request_to({&worker}));
  EXPECT_EQ(as_text(sealed.wire).find("Prague"), std::string_view::npos);
  EXPECT_EQ(as_text(sealed.wire).find("messages"), std::string_view::npos);
}

}  // namespace
}  // namespace aipg::seal
