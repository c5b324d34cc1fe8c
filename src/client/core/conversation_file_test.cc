// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/json.h"

namespace aipg::client {
namespace {

using codec::json::Value;

constexpr Instant kNow{1'764'230'400'000};

SecretBytes secret(std::string_view text) { return SecretBytes(as_bytes(text)); }

Turn turn(std::string_view question, std::string_view answer, std::string_view system = {}) {
  Turn out{.model = "m", .system = secret(system), .question = secret(question), .answer = secret(answer)};
  out.exchanged.question_body = secret("{\"q\":\"" + std::string(question) + "\"}");
  out.exchanged.answer_body = secret("\xff" + std::string(answer));
  out.exchanged.answer.status = 200;
  out.exchanged.answer.worker.entry.worker_id = "w-1";
  out.exchanged.answer.attestation.evidence = to_bytes("evidence");
  out.exchanged.answer.attestation.receipt = "a.b.c";
  return out;
}

Conversation conversation() {
  Conversation out({.model = "m"}, Hash256{});
  out.keep(turn("say \"hi\"\n", "hi", "be brief"));
  out.keep(turn("again", "hi\x1b", ""));
  return out;
}

std::string text_of(const Value& turn, std::string_view name) { return turn.find(name)->string().value(); }

TEST(ConversationFile, IsJsonWithWordsAndTheBytesThatAnAttestationIsOver) {
  const Conversation said = conversation();
  const SecretBytes file = conversation_json(said, kNow);
  const auto document = codec::json::parse(file.reveal_text(), {.max_bytes = 1 << 20, .max_depth = 8});
  ASSERT_TRUE(document.has_value()) << file.reveal_text();
  const Value root = document->root();
  EXPECT_EQ(text_of(root, "v"), "aipg.conversation.v1");
  EXPECT_EQ(text_of(root, "saved"), to_text(kNow));
  const std::vector<Value> turns(root.find("turns")->begin(), root.find("turns")->end());
  ASSERT_EQ(turns.size(), 2U);
  EXPECT_EQ(text_of(turns[0], "question"), "say \"hi\"\n");
  EXPECT_EQ(text_of(turns[0], "system"), "be brief");
  EXPECT_FALSE(turns[1].find("system").has_value());
  EXPECT_EQ(text_of(turns[1], "answer"), "hi\x1b");
  EXPECT_EQ(text_of(turns[1], "worker"), "w-1");
  EXPECT_EQ(codec::from_base64(text_of(turns[1], "question_body")).value(), to_bytes("{\"q\":\"again\"}"));
  EXPECT_EQ(codec::from_base64(text_of(turns[1], "answer_body")).value(), to_bytes("\xffhi\x1b"));
  EXPECT_EQ(to_text(codec::from_base64(text_of(turns[1], "attestation")).value()),
            attest::write_attestation(said.turns()[1].exchanged.answer.attestation));
}

TEST(ConversationFile, HasNoTurnsWhereThereAreNone) {
  const SecretBytes file = conversation_json(Conversation({.model = "m"}, Hash256{}), kNow);
  EXPECT_TRUE(file.reveal_text().ends_with("\"turns\":[]}\n")) << file.reveal_text();
}

TEST(ConversationFile, IsTextThatSaysASystemMessageWhereItChanges) {
  Conversation said({.model = "m"}, Hash256{});
  said.keep(turn("one?", "1", "be brief"));
  said.keep(turn("two?", "2", "be brief"));
  said.keep(turn("three?", "3", "be long"));
  const SecretBytes file = conversation_text(said, kNow);
  const std::string text(file.reveal_text());
  EXPECT_TRUE(
      text.starts_with("# Conversation, saved " + to_text(kNow) +
                       "\n\n## System\n\nbe brief\n\n## You\n\none?\n\n## m, on w-1\n\n1\n\n## You\n\ntwo?\n\n"))
      << text;
  EXPECT_THAT(text, testing::HasSubstr("2\n\n## System\n\nbe long\n\n## You\n\nthree?\n\n"));
  const std::string attestation =
      codec::to_base64(as_bytes(attest::write_attestation(said.turns()[2].exchanged.answer.attestation)));
  EXPECT_TRUE(text.ends_with(attestation + "\n\n")) << text;
}

}  // namespace
}  // namespace aipg::client
