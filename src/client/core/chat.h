// SPDX-License-Identifier: Apache-2.0
// The chat completions API as `aipg chat` speaks it: the body of a question,
// and the text in an answer. Pure. Content is secret.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::client {

enum class Speaker : std::uint8_t { person, model };
struct ChatMessage {
  Speaker speaker = Speaker::person;
  std::string_view text;
};

struct ChatQuestion {
  std::string_view model, system, prompt;  // no system message when empty
  std::span<const ChatMessage> earlier = {};
  bool stream = true;
  std::uint64_t max_tokens = 0;  // 0: not named
  std::optional<double> temperature;
};
// Error: chat_not_utf8.
[[nodiscard]] Result<SecretBytes> chat_body(const ChatQuestion& question);

// What one event of a stream, or a whole answer, says.
struct ChatPiece {
  SecretBytes text;
  bool length = false;               // ended because of the token limit
  std::optional<std::string> error;  // the message of an error
};
[[nodiscard]] ChatPiece read_chat(std::string_view json);

// Appends `text` as a JSON string, and leaves no copy of it.
void append_json_string(SecretBytes& out, std::string_view text);

// Appends `text` without what could steer a terminal: control characters other than line feed and tab.
void append_for_terminal(SecretBytes& out, std::string_view text);

}  // namespace aipg::client
