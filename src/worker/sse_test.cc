// SPDX-License-Identifier: Apache-2.0
#include "worker/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace aipg::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Events = std::vector<std::pair<std::string, std::string>>;

// Feeds `text` in pieces of this size.
Events events_of(std::string_view text, std::size_t piece) {
  SseReader reader;
  Events out;
  const auto on_event = [&out](const SseReader::Event& event) -> Result<void> {
    out.emplace_back(event.name, event.data);
    return {};
  };
  while (!text.empty()) {
    EXPECT_TRUE(reader.feed(as_bytes(text.substr(0, piece)), on_event));
    text.remove_prefix(std::min(piece, text.size()));
  }
  return out;
}

TEST(Sse, ReadsEventsByteByByteAsAllAtOnce) {
  constexpr std::string_view kText =
      "data: one\n\nevent: named\ndata: two\r\n\r\n: comment\ndata:three\rdata: more\r\rdata: lost";
  const Events expected = {{"", "one"}, {"named", "two"}, {"", "three\nmore"}};
  for (std::size_t piece = 1; piece <= kText.size(); ++piece) EXPECT_EQ(events_of(kText, piece), expected) << piece;
}

TEST(Sse, TakesOneSpaceOffAValue) { EXPECT_THAT(events_of("data:  x\n\n", 99), ElementsAre(std::pair("", " x"))); }

TEST(Sse, SkipsEventsWithoutDataAndOtherFields) {
  EXPECT_THAT(events_of("event: ping\n\nid: 7\nretry: 5\n\n\n\n", 99), IsEmpty());
}

TEST(Sse, ForgetsTheNameOfAnEventWithoutData) {
  EXPECT_THAT(events_of("event: ping\n\ndata: x\n\n", 99), ElementsAre(std::pair("", "x")));
}

TEST(Sse, EndsWithAnEventThatLacksItsLastLines) {
  for (const std::string_view text : {"data: a\n\ndata: b", "data: a\n\ndata: b\n", "data: a\n\ndata: b\r\n",
                                      "data: a\n\ndata: b\r", "data: a\n\ndata: b\n\n"}) {
    SseReader reader;
    std::vector<std::string> out;
    const auto on_event = [&out](const SseReader::Event& event) -> Result<void> {
      out.emplace_back(event.data);
      return {};
    };
    EXPECT_TRUE(reader.feed(as_bytes(text), on_event));
    EXPECT_TRUE(reader.finish(on_event));
    EXPECT_THAT(out, ElementsAre("a", "b")) << text;
  }
}

TEST(Sse, RefusesAnEventOverItsLimitAndStaysFailed) {
  SseReader reader;
  const auto ignore = [](const SseReader::Event&) -> Result<void> { return {}; };
  const std::string line = "data: " + std::string(kMaxEventBytes / 2, 'x') + "\n";
  ASSERT_TRUE(reader.feed(as_bytes(line), ignore));
  EXPECT_EQ(reader.feed(as_bytes(line), ignore).error().code.view(), "sse_too_large");
  EXPECT_EQ(reader.feed(as_bytes("data: x\n\n"), ignore).error().code.view(), "sse_too_large");
}

TEST(Sse, EndsWithTheErrorOfItsReader) {
  SseReader reader;
  int calls = 0;
  const auto refuse = [&calls](const SseReader::Event&) -> Result<void> {
    ++calls;
    return fail("engine_event", "json");
  };
  EXPECT_EQ(reader.feed(as_bytes("data: x\n\ndata: y\n\n"), refuse).error().code.view(), "engine_event");
  EXPECT_FALSE(reader.feed(as_bytes("data: z\n\n"), refuse));
  EXPECT_EQ(calls, 1);
}

RC_GTEST_PROP(SseProperty, PiecesDoNotMatter, (const std::vector<std::uint8_t>& choices, std::uint8_t piece)) {
  constexpr std::string_view kParts[] = {"data: a\n", "data:b\r\n", "data: c\r", "event: e\n",
                                         "\n",        "\r",         "\r\n",      ":x\n"};
  std::string text;
  for (const std::uint8_t choice : choices) text += kParts[choice % std::size(kParts)];
  RC_ASSERT(events_of(text, 1 + piece % 7U) == events_of(text, text.size() + 1));
}

}  // namespace
}  // namespace aipg::worker
