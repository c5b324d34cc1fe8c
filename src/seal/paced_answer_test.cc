// SPDX-License-Identifier: Apache-2.0
#include "seal/paced_answer.h"

#include <gtest/gtest.h>

#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using fixture::Worker;
using testing::Test;

// What an engine does, in milliseconds after the request had come.
struct Engine {
  struct Piece {
    std::int64_t at;
    std::string text;
  };
  std::int64_t head_at = 0;
  std::vector<Piece> pieces;
  std::int64_t end_at = 0;

  [[nodiscard]] std::string whole() const {
    std::string out;
    for (const Piece& piece : pieces) out += piece.text;
    return out;
  }
};

// What somebody on the way sees of one flush.
struct Shown {
  std::int64_t at;
  std::size_t bytes;
  friend bool operator==(const Shown&, const Shown&) = default;
};

struct Passage {
  std::vector<Shown> shown;
  Bytes wire;
};

constexpr std::size_t kChunk = 4 + 1024 + 16;  // on the wire, under p2:1

class Paced : public Test {
 protected:
  explicit Paced(Padding padding = Padding::p2(1)) {
    SealRequest request = fixture::request_to({&worker_});
    request.routing.padding = padding;
    sealed_ = fixture::must_seal(request);
    opener_.emplace(worker_.opener());
    EXPECT_EQ(fixture::feed_all(*opener_, sealed_.wire), "");
    fixture::NumberedRng rng(100);
    answer_.emplace(opener_->make_answer(rng), padding, clock_.monotonic());
  }

  void produce(const Engine& engine) {
    const std::int64_t now = clock_.monotonic().count();
    if (now == engine.head_at) answer_->begin(200, {{"content-type", "text/event-stream"}});
    for (const Engine::Piece& piece : engine.pieces) {
      if (now == piece.at) answer_->gathered().append(piece.text);
    }
    if (now == engine.end_at) answer_->finish(9, 33);
  }

  // One millisecond after another until the receipt is out. `taken` says when the bytes' taker is there.
  Passage run(
      const Engine& engine, const std::function<bool(std::int64_t)>& taken = [](std::int64_t) { return true; }) {
    Passage out;
    while (out.shown.size() < 10'000) {
      produce(engine);
      const std::int64_t now = clock_.monotonic().count();
      if (answer_->has_work() && answer_->until_flush(clock_.monotonic()).count() == 0 && taken(now)) {
        const auto flushed = answer_->flush(clock_.monotonic(), fixture::kNow);
        out.shown.push_back({now, flushed.wire.size()});
        append(out.wire, flushed.wire);
        if (!flushed.receipt_jws.empty()) return out;
      }
      clock_.advance(milliseconds(1));
    }
    ADD_FAILURE() << "no end";
    return out;
  }

  fixture::Seen open(const Passage& run) { return fixture::read_answer(sealed_, run.wire); }

  Worker worker_{1};
  SealedRequest sealed_;
  std::optional<RequestOpener> opener_;
  ManualClock clock_{fixture::kNow};
  std::optional<PacedAnswer> answer_;
};

Passage run_at_p2_1(const Engine& engine) {
  struct One : Paced {
    void TestBody() override {}
    using Paced::open, Paced::run;
  } one;
  Passage out = one.run(engine);
  const auto seen = one.open(out);
  EXPECT_TRUE(seen.proof) << seen.refused->code.view() << " " << seen.refused->where.view();
  EXPECT_EQ(seen.content, engine.whole());
  if (seen.proof) {
    EXPECT_EQ(seen.proof->receipt.response_chunks + 1, out.shown.size());
    EXPECT_EQ(seen.proof->receipt.duration_ms, out.shown.size() * 50);
  }
  return out;
}

std::vector<Engine::Piece> one_byte_each(std::int64_t from, std::int64_t to, std::int64_t step) {
  std::vector<Engine::Piece> out;
  for (std::int64_t at = from; at < to; at += step) out.push_back({at, "x"});
  return out;
}

// One chunk at each of the first n ticks; rpre goes out with the first.
std::vector<Shown> constant(std::size_t n) {
  std::vector<Shown> out;
  for (std::size_t i = 1; i <= n; ++i) out.push_back({static_cast<std::int64_t>(i) * 50, kChunk});
  out[0].bytes += kResponsePreambleBytes;
  return out;
}

TEST(ConstantRate, ShowsTheSameWhateverTheContent) {
  const Engine engines[] = {
      {.head_at = 0, .pieces = {}, .end_at = 0},
      {.head_at = 3, .pieces = {{4, "yes"}}, .end_at = 5},
      {.head_at = 10, .pieces = {{20, std::string(14'000, 'l')}}, .end_at = 20},
      {.head_at = 600, .pieces = {{700, "late"}}, .end_at = 700},
      {.head_at = 1, .pieces = one_byte_each(1, 700, 1), .end_at = 700},
      {.head_at = 1, .pieces = one_byte_each(50, 700, 50), .end_at = 750},
      {.head_at = 1, .pieces = {{1, std::string(1, 'a')}, {400, std::string(7'000, 'b')}}, .end_at = 401},
  };
  for (const Engine& engine : engines) EXPECT_EQ(run_at_p2_1(engine).shown, constant(16));
}

TEST(ConstantRate, ShowsOfLongerAnswersOnlyHowManySixteensTheyTook) {
  const std::pair<Engine, std::size_t> cases[] = {
      {{.head_at = 1, .pieces = {{1, std::string(17'000, 'l')}}, .end_at = 2}, 32},
      {{.head_at = 1, .pieces = {{1, "short"}}, .end_at = 801}, 32},
      {{.head_at = 1'500, .pieces = {{1'500, "silent"}}, .end_at = 1'501}, 32},
      {{.head_at = 1, .pieces = one_byte_each(1, 3'000, 7), .end_at = 3'100}, 64},
      {{.head_at = 1, .pieces = {{1, std::string(64'000, 'l')}}, .end_at = 1}, 64},
  };
  for (const auto& [engine, chunks] : cases) EXPECT_EQ(run_at_p2_1(engine).shown, constant(chunks));
}

TEST(ConstantRate, GivesTheReceiptATickOfItsOwn) {
  // All content is out with the fifteenth, and then with the sixteenth.
  EXPECT_EQ(run_at_p2_1({.head_at = 1, .pieces = {{701, "x"}}, .end_at = 750}).shown, constant(16));
  EXPECT_EQ(run_at_p2_1({.head_at = 1, .pieces = {{751, "x"}}, .end_at = 751}).shown, constant(32));
}

TEST(ConstantRate, EndsInTimeForTheTickThatItIsKnownAt) {
  EXPECT_EQ(run_at_p2_1({.head_at = 1, .pieces = {}, .end_at = 800}).shown, constant(16));
  EXPECT_EQ(run_at_p2_1({.head_at = 1, .pieces = {}, .end_at = 801}).shown, constant(32));
}

TEST_F(Paced, AtAConstantRateTicksBeforeTheAnswerBegins) {
  clock_.advance(milliseconds(50));
  ASSERT_TRUE(answer_->has_work());
  EXPECT_EQ(answer_->flush(clock_.monotonic(), fixture::kNow).wire.size(), kResponsePreambleBytes + kChunk);
  EXPECT_EQ(answer_->until_flush(clock_.monotonic()).count(), 50);
}

TEST_F(Paced, AtAConstantRateMakesUpForNoTickThatNobodyTook) {
  // Long enough for all of it to be ready: what comes then comes at the rate.
  const Passage seen = run({.head_at = 1, .pieces = {{1, std::string(20'000, 'x')}}, .end_at = 1'000},
                           [](std::int64_t now) { return now <= 250 || now > 5'020; });
  std::vector<Shown> expected = constant(5);
  for (std::int64_t i = 0; i < 27; ++i) expected.push_back({5'050 + 50 * i, kChunk});
  EXPECT_EQ(seen.shown, expected);
  EXPECT_EQ(open(seen).content, std::string(20'000, 'x'));
}

TEST_F(Paced, AtAConstantRateTakesNoMoreThanAChunkATick) {
  answer_->begin(200, {});
  answer_->gathered().append(std::string(100'000, 's'));
  std::size_t before = answer_->unsealed_bytes();
  for (int tick = 1; before > 0; ++tick) {
    clock_.advance(kTick);
    (void)answer_->flush(clock_.monotonic(), fixture::kNow);
    const std::size_t took = before - answer_->unsealed_bytes();
    EXPECT_TRUE(took > 0 && took <= 1018) << tick << ": " << took;
    before = answer_->unsealed_bytes();
    // What has gone out is not left lying about.
    const auto still = std::ranges::count(answer_->gathered().reveal(), 's');
    EXPECT_EQ(static_cast<std::size_t>(still), before);
  }
  EXPECT_TRUE(answer_->gathered().empty());
}

TEST_F(Paced, AbandonedHasNothingLeft) {
  answer_->begin(200, {});
  answer_->gathered().append(std::string(3'000, 's'));
  clock_.advance(kTick);
  (void)answer_->flush(clock_.monotonic(), fixture::kNow);
  answer_->abandon();
  EXPECT_EQ(answer_->unsealed_bytes(), 0U);
  EXPECT_FALSE(answer_->has_work());
}

class PacedAtTicks : public Paced {
 protected:
  PacedAtTicks() : Paced(Padding::p1) {}
};

TEST_F(PacedAtTicks, HasNothingToDoWithoutContent) {
  EXPECT_FALSE(answer_->has_work());
  answer_->begin(200, {});
  EXPECT_FALSE(answer_->has_work());
  answer_->gathered().append("a");
  EXPECT_TRUE(answer_->has_work());
}

TEST_F(PacedAtTicks, FlushesAllThatWaitsAndTheReceiptWithIt) {
  const Passage seen = run({.head_at = 1, .pieces = {{1, "a"}, {2, "b"}, {120, "c"}}, .end_at = 130});
  ASSERT_EQ(seen.shown.size(), 2U);
  EXPECT_EQ(seen.shown[0], (Shown{50, kResponsePreambleBytes + 4 + 512 + 16}));
  EXPECT_EQ(seen.shown[1], (Shown{150, 4 + 512 + 16 + 4 + 1024 + 16}));
  const auto out = open(seen);
  EXPECT_EQ(out.content, "abc");
  EXPECT_EQ(out.proof->receipt.response_chunks, 2U);
}

class PacedAtOnce : public Paced {
 protected:
  PacedAtOnce() : Paced(Padding::p0) {}
};

TEST_F(PacedAtOnce, WaitsForNoTick) {
  const Passage seen = run({.head_at = 1, .pieces = {{1, "a"}, {2, "b"}}, .end_at = 3});
  std::vector<std::int64_t> at;
  for (const Shown& each : seen.shown) at.push_back(each.at);
  EXPECT_EQ(at, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(open(seen).content, "ab");
}

}  // namespace
}  // namespace aipg::seal
