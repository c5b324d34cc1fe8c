// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation_file.h"

#include "attest/attestation_text.h"
#include "codec/base64.h"

namespace aipg::client {
namespace {

std::string attestation_of(const Turn& turn) {
  return attest::AttestationText(turn.exchanged.answer.attestation).whole();
}

void append_member(SecretBytes& out, std::string_view name, std::string_view text) {
  out.append("\"" + std::string(name) + "\":");
  append_json_string(out, text);
  out.append(",");
}

void append_base64(SecretBytes& out, std::string_view name, const SecretBytes& bytes) {
  std::string text = codec::to_base64(bytes.reveal());
  append_member(out, name, text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

void append_turn(SecretBytes& out, const Turn& turn) {
  const Exchanged& exchanged = turn.exchanged;
  out.append("{");
  append_member(out, "model", turn.model);
  if (!turn.system.empty()) append_member(out, "system", turn.system.reveal_text());
  append_member(out, "question", turn.question.reveal_text());
  append_member(out, "answer", turn.answer.reveal_text());
  append_member(out, "worker", exchanged.answer.worker.entry.worker_id);
  out.append("\"status\":" + std::to_string(exchanged.answer.status) + ",");
  append_base64(out, "question_body", exchanged.question_body);
  append_base64(out, "answer_body", exchanged.answer_body);
  out.append("\"attestation\":\"" + attestation_of(turn) + "\"}");
}

void append_heading(SecretBytes& out, std::string_view text) { out.append("## " + std::string(text) + "\n\n"); }

void append_paragraph(SecretBytes& out, const SecretBytes& text) {
  out.append(text.reveal());
  out.append("\n\n");
}

}  // namespace

SecretBytes conversation_json(const Conversation& conversation, Instant now) {
  SecretBytes out;
  out.append(R"({"v":"aipg.conversation.v1","saved":")" + to_text(now) + R"(","turns":[)");
  bool first = true;
  for (const Turn& turn : conversation.turns()) {
    if (!std::exchange(first, false)) out.append(",");
    append_turn(out, turn);
  }
  out.append("]}\n");
  return out;
}

SecretBytes conversation_text(const Conversation& conversation, Instant now) {
  SecretBytes out;
  out.append("# Conversation, saved " + to_text(now) + "\n\n");
  std::string_view system;
  for (const Turn& turn : conversation.turns()) {
    if (turn.system.reveal_text() != system && !turn.system.empty()) {
      append_heading(out, "System");
      append_paragraph(out, turn.system);
    }
    system = turn.system.reveal_text();
    append_heading(out, "You");
    append_paragraph(out, turn.question);
    append_heading(out, turn.model + ", on " + turn.exchanged.answer.worker.entry.worker_id);
    append_paragraph(out, turn.answer);
  }
  append_heading(out, "Attestations of the answers, in their order");
  for (const Turn& turn : conversation.turns()) out.append(attestation_of(turn) + "\n\n");
  return out;
}

}  // namespace aipg::client
