// SPDX-License-Identifier: Apache-2.0
#include "client/core/insertion.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/json.h"

namespace aipg::client {
namespace {

const attest::AttestationText kProof({.evidence = to_bytes("evidence"), .freshness = {}, .receipt = "a.b.c"});
const std::string kBlob = kProof.whole();
constexpr std::string_view kDone = "data: [DONE]\n\n";

std::string inserted(std::string_view answer, const attest::AttestationText& proof = kProof) {
  std::string out;
  const auto done = insert_into_json(as_bytes(answer), proof, [&](ByteView bytes) { out += as_text(bytes); });
  if (done) return out;
  return out.empty() ? std::string(done.error().code.view()) : "refused, and handed on: " + out;
}

struct Streamed {
  std::string early, whole;
  std::optional<Error> error;
};
Streamed streamed(std::string_view stream, std::size_t step = SIZE_MAX, const attest::AttestationText& proof = kProof) {
  Streamed out;
  StreamInserter inserter;
  const auto sink = [&](ByteView bytes) { out.whole += as_text(bytes); };
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, step);
    stream.remove_prefix(piece.size());
    if (auto fed = inserter.feed(as_bytes(piece), sink); !fed) out.error = fed.error();
  }
  out.early = out.whole;
  if (auto end = inserter.finish(proof, sink); !end) out.error = end.error();
  return out;
}

std::string delta(std::string_view text) {
  return "data: {\"choices\":[{\"delta\":{\"content\":" + codec::json::quote(text) + "},\"finish_reason\":null}]}\n\n";
}
const std::string kFinish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string kFinishWith =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"attestation\":\"" + kBlob + "\"}\n\n";
const std::string kUsage = "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n";

TEST(JsonInsertion, GoesBeforeTheFinalBrace) {
  EXPECT_EQ(inserted(R"({"a":{"b":1}})"), R"({"a":{"b":1},"attestation":")" + kBlob + "\"}");
  EXPECT_EQ(inserted("{ \"a\" : [] \n}\n"), "{ \"a\" : [] \n,\"attestation\":\"" + kBlob + "\"}\n");
}

TEST(JsonInsertion, RefusesWhatCannotCarryIt) {
  for (std::string_view answer : {"", "[1]", "{}", "\"{}\"", R"({"a":1)"}) {
    EXPECT_EQ(inserted(answer), "insertion_not_object") << answer;
  }
  EXPECT_EQ(inserted(R"({"attestation":"x"})"), "answer_has_attestation");
}

TEST(JsonSeparation, RestoresTheBytes) {
  const std::string original = "{\"a\":\"}\\\"\" \n } \n";
  const auto out = separate_attestation(as_bytes(inserted(original)));
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->original.reveal_text(), original);
  EXPECT_EQ(out->attestation, kBlob);
}

TEST(JsonSeparation, RefusesAnAnswerWithoutOne) {
  for (std::string_view answer :
       {"", "{}", R"({"a":1})", R"({"x":{"a":1,"attestation":"YWJj"}})", R"({"attestation":"YWJj"})",
        R"({"a":1,"attestation":""})", R"({"a":1,"attestation":"YWJj"} x)", R"({"a":",\"attestation\":\"YWJj"})",
        R"("})", "data: [DONE]\n\n"}) {
    const auto out = separate_attestation(as_bytes(answer));
    ASSERT_FALSE(out.has_value()) << answer;
    EXPECT_EQ(out.error().code, Literal("attestation_absent")) << answer;
  }
}

TEST(StreamInsertion, GoesIntoTheEventThatFinishes) {
  const auto out = streamed(delta("Hi") + kFinish + std::string(kDone));
  EXPECT_FALSE(out.error);
  EXPECT_EQ(out.early, delta("Hi"));
  EXPECT_EQ(out.whole, delta("Hi") + kFinishWith + std::string(kDone));
}

TEST(StreamInsertion, GoesIntoTheUsageWhenThatComesLast) {
  const auto out = streamed(delta("Hi") + kFinish + kUsage + std::string(kDone));
  EXPECT_EQ(out.early, delta("Hi") + kFinish);
  EXPECT_EQ(out.whole, delta("Hi") + kFinish +
                           "data: {\"choices\":[],\"usage\":{\"total_tokens\":3},\"attestation\":\"" + kBlob +
                           "\"}\n\n" + std::string(kDone));
}

TEST(StreamInsertion, LetsAHeldEventGoWhenAnotherFollows) {
  const auto out = streamed(kFinish + delta("more") + kFinish);
  EXPECT_EQ(out.early, kFinish + delta("more"));
  EXPECT_EQ(out.whole, kFinish + delta("more") + kFinishWith);
}

TEST(StreamInsertion, HoldsEachKindOfEventThatCanBeLast) {
  for (std::string_view data :
       {R"({"error":{"message":"x"}})", R"({"type":"message_stop"})", R"({"type":"response.completed","response":{}})",
        R"({"type":"response.failed","x":1})", R"({"type":"response.incomplete"})", R"({"type":"error","x":{}})"}) {
    const std::string event = "event: x\ndata: " + std::string(data) + "\n\n";
    const auto out = streamed(delta("Hi") + event);
    EXPECT_EQ(out.early, delta("Hi"));
    EXPECT_FALSE(out.error) << data;
  }
}

TEST(StreamInsertion, KnowsAStreamThatEndsInAnError) {
  const auto ends_in_error = [](const std::string& stream) {
    StreamInserter inserter;
    EXPECT_TRUE(inserter.feed(as_bytes(stream), [](ByteView) {}));
    return inserter.ends_in_error();
  };
  for (const std::string data : {R"({"error":{"message":"x"}})", R"({"type":"error","message":"x"})"}) {
    const std::string event = "event: error\ndata: " + data + "\n\n";
    EXPECT_TRUE(ends_in_error(delta("Hi") + event)) << data;
    EXPECT_TRUE(ends_in_error(event + std::string(kDone))) << data;
    EXPECT_FALSE(ends_in_error(event + delta("Hi"))) << data;
    EXPECT_FALSE(ends_in_error(event + kFinish)) << data;
    EXPECT_FALSE(ends_in_error(event + "data: ")) << data;
  }
  EXPECT_FALSE(ends_in_error(kFinish));
  EXPECT_FALSE(ends_in_error(""));
}

// A client that stops reading there takes the answer for whole.
TEST(StreamInsertion, HoldsTheEndMarkUntilTheStreamIsProven) {
  const std::string done(kDone);
  EXPECT_EQ(streamed(delta("Hi") + done).early, delta("Hi"));
  EXPECT_EQ(streamed(delta("Hi") + "data: [DONE] \n\n").early, delta("Hi"));
  EXPECT_EQ(streamed(kFinish + done + ": comment\n\n").early, "");
  EXPECT_EQ(streamed(done + delta("more") + done).early, done + delta("more"));
  EXPECT_EQ(streamed(delta("Hi") + done).whole, delta("Hi"));
}

TEST(StreamInsertion, HoldsNoMoreThanOneEventMayHave) {
  const std::string comment = ":" + std::string(1 << 20, ' ') + "\n\n";
  for (const std::string& behind : {comment, std::string(kDone) + comment}) {
    StreamInserter inserter;
    const auto sink = [](ByteView) {};
    ASSERT_TRUE(inserter.feed(as_bytes(kFinish), sink));
    Result<void> fed;
    for (std::size_t sent = 0; fed && sent <= kMaxSseEventBytes; sent += behind.size()) {
      fed = inserter.feed(as_bytes(behind), sink);
    }
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, Literal("sse_event_too_large"));
    EXPECT_FALSE(inserter.feed(as_bytes(kFinish), sink));
    EXPECT_FALSE(inserter.finish(kProof, sink));
  }
}

TEST(StreamInsertion, CanBeTakenOutBeforeAnEndMarkWithMoreBehind) {
  const std::string stream = kFinish + "data: [DONE]x\n\n";
  const auto apart = separate_attestation(as_bytes(streamed(stream).whole));
  ASSERT_TRUE(apart.has_value());
  EXPECT_EQ(apart->original.reveal_text(), stream);
}

TEST(StreamInsertion, FailsWhenTheStreamEndsOnNone) {
  const std::string comment = ": comment\n\n";
  for (const std::string& stream : {std::string(), delta("Hi"), comment, comment + delta("Hi")}) {
    for (const std::string& end : {std::string(), std::string(kDone), std::string(kDone) + comment}) {
      const auto out = streamed(stream + end);
      ASSERT_TRUE(out.error.has_value()) << stream << end;
      EXPECT_EQ(out.error->code, Literal("insertion_no_event")) << stream << end;
      EXPECT_EQ(out.whole, stream) << end;
    }
  }
}

TEST(StreamInsertion, TakesALastEventWithoutItsBlankLine) {
  const auto out = streamed(delta("Hi") + kFinish + "data: [DONE]");
  EXPECT_FALSE(out.error);
  EXPECT_EQ(out.whole, delta("Hi") + kFinishWith + "data: [DONE]");
}

// Else the object before [DONE] would come after the one that carries the attestation.
TEST(StreamInsertion, FailsWhenDoneSharesItsEvent) {
  const auto out = streamed(kFinish + "data: {\"choices\":[]}\ndata: [DONE]\n\n");
  ASSERT_TRUE(out.error.has_value());
  EXPECT_EQ(out.error->code, Literal("insertion_not_object"));
}

// Last or not: a client may look at each.
TEST(StreamInsertion, RefusesAnEnginesOwnAttestation) {
  for (const char* data : {R"({"choices":[],"attestation":"eA=="})", R"({"x":1,"\u0061ttestation":null})"}) {
    for (const std::string& behind : {std::string(), kFinish}) {
      const auto out = streamed(delta("Hi") + "data: " + data + "\n\n" + behind);
      ASSERT_TRUE(out.error.has_value()) << data;
      EXPECT_EQ(out.error->code, Literal("answer_has_attestation")) << data;
      EXPECT_EQ(out.whole, delta("Hi")) << data;
    }
  }
}

// Each is nothing to a strict reader, and an event with an attestation to some other.
TEST(StreamInsertion, RefusesWhatWorkersDoNotWrite) {
  for (const std::string event :
       {"data: {\"a\":1,\"a\":2}\n\n", "data: {\"a\":NaN,\"attestation\":\"eA==\"}\n\n", "data: not json\n\n",
        "data:\n\n", "data: [1]\n\n", "data: {}\n\n", "data: {\"a\":\ndata: 1}\n\n",
        ": x\rdata: {\"attestation\":\"eA==\"}\n\n", "event: x\rdata: {\"attestation\":\"eA==\"}\n\n",
        "\xef\xbb\xbf"
        "data: {\"attestation\":\"eA==\"}\n\n",
        "data\n\n", "id: 1\n\n", "retry: 1\ndata: {\"a\":1}\n\n"}) {
    for (const std::string& before : {std::string(), kFinish}) {
      const auto out = streamed(before + event + kFinish);
      ASSERT_TRUE(out.error.has_value()) << event;
      EXPECT_EQ(out.error->code, Literal("insertion_not_object")) << event;
      EXPECT_EQ(out.whole, "") << event;
    }
  }
}

attest::AttestationText arbitrary_proof() {
  return attest::AttestationText({.evidence = *rc::gen::arbitrary<Bytes>(), .freshness = {}, .receipt = "a.b.c"});
}

std::string arbitrary_text() {
  return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab{}[]\",:\\ \n\r\tdata")));
}

// A stream as a worker may make it, which ends on an event that can carry the attestation.
std::string arbitrary_stream() {
  std::string out;
  const int events = *rc::gen::inRange(0, 8);
  for (int i = 0; i < events; ++i) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        out += kFinish;
        break;
      case 1:
        out += kUsage;
        break;
      case 2:
        out += ": comment\n\n";
        break;
      case 3:
        out += kDone;
        break;
      default:
        out += delta(arbitrary_text());
        break;
    }
  }
  out += *rc::gen::arbitrary<bool>() ? kFinish : kUsage;
  if (*rc::gen::arbitrary<bool>()) out += kDone;
  return out;
}

TEST(StreamInsertion, IsReversedBySeparation) {
  EXPECT_TRUE(rc::check([] {
    const std::string stream = arbitrary_stream();
    const attest::AttestationText proof = arbitrary_proof();
    const auto out = streamed(stream, SIZE_MAX, proof);
    RC_ASSERT(!out.error.has_value());
    const auto separated = separate_attestation(as_bytes(out.whole));
    RC_ASSERT(separated.has_value());
    RC_ASSERT(separated->original.reveal_text() == stream);
    RC_ASSERT(separated->attestation == proof.whole());
  }));
}

TEST(StreamInsertion, IsTheSameByteByByteAsAllAtOnce) {
  EXPECT_TRUE(rc::check([] {
    const std::string stream = arbitrary_stream();
    const auto slow = streamed(stream, *rc::gen::inRange<std::size_t>(1, 9));
    const auto fast = streamed(stream);
    RC_ASSERT(slow.whole == fast.whole);
    RC_ASSERT(slow.early == fast.early);
  }));
}

TEST(JsonInsertion, IsReversedBySeparation) {
  EXPECT_TRUE(rc::check([] {
    const std::string space = *rc::gen::container<std::string>(rc::gen::elementOf(std::string(" \n\t")));
    const std::string answer =
        space + "{" + space + "\"a\":" + codec::json::quote(arbitrary_text()) + space + "}" + space;
    const attest::AttestationText proof = arbitrary_proof();
    const auto separated = separate_attestation(as_bytes(inserted(answer, proof)));
    RC_ASSERT(separated.has_value());
    RC_ASSERT(separated->original.reveal_text() == answer);
    RC_ASSERT(separated->attestation == proof.whole());
  }));
}

TEST(SseReader, ReadsEventsFromAnyPieces) {
  const std::string stream = ": hi\n\nevent: a\ndata: 1\n\ndata:2\n\ndata: 3\ndata: 4\n\n";
  for (std::size_t step : {1U, 2U, 3U, 100U}) {
    SseReader reader;
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      ASSERT_TRUE(reader.feed(as_bytes(std::string_view(stream).substr(at, step)), [&](const SseEvent& event) {
        seen += std::string(event.name) + "=" + std::string(event.data) + "/" + std::to_string(event.data_lines) + ";";
      }));
    }
    EXPECT_EQ(seen, "=/0;a=1/1;=2/1;=4/2;");
  }
}

TEST(SseReader, RefusesAnEventWithoutEnd) {
  SseReader reader;
  const Bytes much(kMaxSseEventBytes + 1, 'x');
  const auto fed = reader.feed(much, [](const SseEvent&) {});
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code, Literal("sse_event_too_large"));
}

}  // namespace
}  // namespace aipg::client
