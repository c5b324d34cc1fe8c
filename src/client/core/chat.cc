// SPDX-License-Identifier: Apache-2.0
#include "client/core/chat.h"

#include <fmt/format.h>

#include "codec/json.h"
#include "codec/utf8.h"

namespace aipg::client {
namespace {

using codec::json::Kind;
using codec::json::Value;

constexpr codec::json::Limits kLimits{.max_bytes = 64 << 20, .max_depth = 128, .max_nodes = 1 << 22};

void append_message(SecretBytes& out, std::string_view role, std::string_view content) {
  out.append(R"({"role":")");
  out.append(role);
  out.append(R"(","content":)");
  append_json_string(out, content);
  out.append("}");
}

void append_string(SecretBytes& out, const std::optional<Value>& value) {
  if (!value || !value->is(Kind::string)) return;
  std::string text = value->string().value_or("");
  out.append(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

void append_json_string(SecretBytes& out, std::string_view text) {
  std::string quoted = codec::json::quote(text);
  out.append(quoted);
  wipe({reinterpret_cast<std::uint8_t*>(quoted.data()), quoted.size()});
}

Result<SecretBytes> chat_body(const ChatQuestion& question) {
  for (const std::string_view text : {question.model, question.system, question.prompt}) {
    if (!codec::is_utf8(text)) return fail("chat_not_utf8");
  }
  for (const ChatMessage& message : question.earlier) {
    if (!codec::is_utf8(message.text)) return fail("chat_not_utf8");
  }
  SecretBytes out;
  out.append(R"({"model":)");
  append_json_string(out, question.model);
  out.append(R"(,"messages":[)");
  if (!question.system.empty()) {
    append_message(out, "system", question.system);
    out.append(",");
  }
  for (const ChatMessage& message : question.earlier) {
    append_message(out, message.speaker == Speaker::person ? "user" : "assistant", message.text);
    out.append(",");
  }
  append_message(out, "user", question.prompt);
  out.append("]");
  if (question.max_tokens != 0) out.append(fmt::format(R"(,"max_tokens":{})", question.max_tokens));
  if (question.temperature) out.append(fmt::format(R"(,"temperature":{})", *question.temperature));
  out.append(question.stream ? R"(,"stream":true})" : R"(,"stream":false})");
  return out;
}

ChatPiece read_chat(std::string_view json) {
  ChatPiece out;
  const auto document = codec::json::parse(json, kLimits);
  if (!document) return out;
  const Value root = document->root();
  if (const auto error = root.find("error"); error && !error->is_null()) {
    const auto message = error->find("message");
    out.error = message ? message->string().value_or("") : "";
  }
  const auto choices = root.find("choices");
  if (!choices || !choices->is(Kind::array) || choices->size() == 0) return out;
  const Value choice = *choices->begin();
  for (const std::string_view holder : {"delta", "message"}) {
    if (const auto message = choice.find(holder)) append_string(out.text, message->find("content"));
  }
  const auto reason = choice.find("finish_reason");
  out.length = reason && reason->plain_string() == "length";
  return out;
}

// Whole characters only: halves that stand alone could be joined by what is dropped between them.
void append_for_terminal(SecretBytes& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = codec::utf8_sequence_bytes(text);
    const auto c = static_cast<unsigned char>(text.front());
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    // U+0080 to U+009F steer terminals too.
    const bool c1 = n == 2 && c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (n != 0 && !control && !c1) out.append(text.substr(0, n));
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
}

}  // namespace aipg::client
