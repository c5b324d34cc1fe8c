// SPDX-License-Identifier: Apache-2.0
#include "client/core/outgoing_answer.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::client {
namespace {

struct Seen {
  int heads = 0;
  unsigned status = 0;
  std::string body;
};

OutgoingAnswer answer_to(Seen& seen) {
  return OutgoingAnswer({.verified = {},
                         .head =
                             [&seen](unsigned status, const auto&) {
                               ++seen.heads;
                               seen.status = status;
                             },
                         .body = [&seen](ByteView bytes) { seen.body += as_text(bytes); }});
}

attest::Attestation attestation() { return {to_bytes("{}"), std::nullopt, "a.b.c"}; }
std::string in_base64() { return codec::to_base64(as_bytes(attest::write_attestation(attestation()))); }

TEST(OutgoingAnswer, HoldsJsonUntilItIsProven) {
  Seen seen;
  OutgoingAnswer answer = answer_to(seen);
  answer.on_head(200, {{"content-type", "application/json"}});
  answer.on_content(as_bytes(R"({"choices":)"));
  answer.on_content(as_bytes("[]}"));
  EXPECT_EQ(seen.heads, 0);
  EXPECT_EQ(seen.body, "");
  EXPECT_EQ(as_text(*answer.held()), R"({"choices":[]})");
  EXPECT_EQ(answer.status(), 200U);
  ASSERT_TRUE(answer.finish(attestation()));
  EXPECT_EQ(seen.heads, 1);
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.body, R"({"choices":[],"attestation":")" + in_base64() + "\"}");
}

TEST(OutgoingAnswer, HandsTheAttestationOverWhereItBelongsToWhoKeepsIt) {
  for (const bool stream : {false, true}) {
    Seen seen;
    OutgoingAnswer answer({.verified = {},
                           .head = [&seen](unsigned, const auto&) { ++seen.heads; },
                           .body = [&seen](ByteView bytes) { seen.body += as_text(bytes); },
                           .attestation =
                               [&seen](const attest::AttestationText& text) {
                                 EXPECT_EQ(seen.heads, 1);
                                 seen.body += "<" + text.whole() + ">";
                               }});
    answer.on_head(200, {{"content-type", stream ? "text/event-stream" : "application/json"}});
    answer.on_content(as_bytes(stream ? "data: {\"choices\":[]}\n\n" : "{\"choices\":[]}"));
    ASSERT_TRUE(answer.finish(attestation()));
    const std::string object = R"({"choices":[],"attestation":"<)" + in_base64() + ">\"}";
    EXPECT_EQ(seen.body, stream ? "data: " + object + "\n\n" : object);
  }
}

TEST(OutgoingAnswer, PassesEventsOnAsTheyComeAndPutsItInTheLast) {
  Seen seen;
  OutgoingAnswer answer = answer_to(seen);
  answer.on_head(200, {{"content-type", "text/event-stream"}});
  EXPECT_EQ(seen.heads, 1);
  const std::string first = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
  answer.on_content(as_bytes(first));
  EXPECT_EQ(seen.body, first);
  EXPECT_FALSE(answer.held());
  answer.on_content(as_bytes("data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
  EXPECT_EQ(seen.body, first);
  ASSERT_TRUE(answer.finish(attestation()));
  EXPECT_TRUE(seen.body.contains(in_base64()));
  EXPECT_TRUE(seen.body.ends_with("data: [DONE]\n\n"));
  const auto apart = separate_attestation(as_bytes(seen.body));
  ASSERT_TRUE(apart);
  EXPECT_EQ(apart->attestation, in_base64());
}

// However it is announced: some clients read all as JSON, and a lax reader of it may find a proof of the engine's own.
TEST(OutgoingAnswer, RefusesAnAnswerThatHasNoPlace) {
  for (const char* body : {"[1,2]", "not JSON", "", "{}", R"({"attestation":"YWJj","a":1,"a":2})",
                           R"({"attestation":"YWJj","a":NaN})", "{\"attestation\":\"YWJj\",\"a\":\"\x01\"}"}) {
    for (const char* type : {"application/json", "text/plain"}) {
      Seen seen;
      OutgoingAnswer answer = answer_to(seen);
      answer.on_head(200, {{"content-type", type}});
      answer.on_content(as_bytes(body));
      const auto finished = answer.finish(attestation());
      ASSERT_FALSE(finished) << body;
      EXPECT_EQ(finished.error().kind, Failure::Kind::unfit_answer);
      EXPECT_TRUE(finished.error().prompt_sent);
      EXPECT_EQ(finished.error().error.code, Literal("insertion_not_object")) << body;
      EXPECT_EQ(seen.heads, 0) << body;
      EXPECT_EQ(seen.body, "") << body;
    }
  }
}

TEST(OutgoingAnswer, RefusesAStreamThatEndsInNoLastEvent) {
  for (const char* stream : {"", ": nothing\n\n", "data: [DONE]\n\n",
                             "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n"}) {
    Seen seen;
    OutgoingAnswer answer = answer_to(seen);
    answer.on_head(200, {{"content-type", "text/event-stream"}});
    answer.on_content(as_bytes(stream));
    const auto finished = answer.finish(attestation());
    ASSERT_FALSE(finished) << stream;
    EXPECT_EQ(finished.error().error.code, Literal("insertion_no_event")) << stream;
    EXPECT_FALSE(seen.body.contains("[DONE]")) << stream;
  }
}

// It would be taken for the proof.
TEST(OutgoingAnswer, RefusesAnAttestationOfTheEnginesOwn) {
  const std::string object = R"({"choices":[],"attestation":"YWJj"})";
  for (const auto& [type, body] : {std::pair("application/json", object),
                                   std::pair("text/event-stream", "data: " + object + "\n\ndata: [DONE]\n\n")}) {
    Seen seen;
    OutgoingAnswer answer = answer_to(seen);
    answer.on_head(200, {{"content-type", type}});
    answer.on_content(as_bytes(body));
    const auto finished = answer.finish(attestation());
    ASSERT_FALSE(finished) << type;
    EXPECT_EQ(finished.error().error.code, Literal("answer_has_attestation"));
    EXPECT_EQ(seen.body, "") << type;
  }
}

TEST(OutgoingAnswer, LeavesAnErrorAsClientsShowIt) {
  const std::string body = R"({"error":{"message":"too many tokens"}})";
  for (const unsigned status : {399U, 400U, 503U}) {
    Seen seen;
    OutgoingAnswer answer = answer_to(seen);
    answer.on_head(status, {{"content-type", "application/json"}});
    answer.on_content(as_bytes(body));
    ASSERT_TRUE(answer.finish(attestation()));
    EXPECT_EQ(seen.body == body, status >= 400) << status;
    EXPECT_EQ(seen.status, status);
  }
}

TEST(OutgoingAnswer, LeavesAStreamsErrorAsClientsShowIt) {
  const std::string stream =
      "data: {\"choices\":[]}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"x\"}}\n\n";
  Seen seen;
  OutgoingAnswer answer = answer_to(seen);
  answer.on_head(200, {{"content-type", "text/event-stream"}});
  answer.on_content(as_bytes(stream));
  ASSERT_TRUE(answer.finish(attestation()));
  EXPECT_EQ(seen.body, stream);
}

TEST(OutgoingAnswer, StopsAtAnEventThatIsTooLarge) {
  Seen seen;
  OutgoingAnswer answer = answer_to(seen);
  answer.on_head(200, {{"content-type", "text/event-stream"}});
  answer.on_content(Bytes(kMaxSseEventBytes + 1, 'x'));
  EXPECT_EQ(answer.finish(attestation()).error().error.code, Literal("sse_event_too_large"));
}

TEST(OutgoingAnswer, HoldsSoMuchOfAJsonAnswerAndNoMore) {
  Seen seen;
  OutgoingAnswer answer = answer_to(seen);
  answer.on_head(200, {{"content-type", "application/json"}});
  answer.on_content(Bytes(kMaxHeldAnswerBytes, 'x'));
  EXPECT_EQ(answer.held()->size(), kMaxHeldAnswerBytes);
  answer.on_content(Bytes(1, 'x'));
  EXPECT_EQ(answer.held()->size(), 0U);
  EXPECT_EQ(answer.finish(attestation()).error().error.code, Literal("answer_too_large"));
  EXPECT_EQ(seen.heads, 0);
}

}  // namespace
}  // namespace aipg::client
