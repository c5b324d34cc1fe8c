// SPDX-License-Identifier: Apache-2.0
// Puts the events of a streamed chat or completions answer together to the one
// JSON object that a client gets who did not ask for a stream. Strings are
// joined as the engine escaped them, so nothing is decoded on the way. Pure.
// Errors: engine_event (where says why), engine_answer_too_large.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/json.h"

namespace aipg::worker {

inline constexpr std::size_t kMaxAnswerBytes = 32U << 20;

class Assembler {
 public:
  enum class Kind : std::uint8_t { chat, completion };
  Assembler(Kind kind, std::string_view model) : kind_(kind), model_(model) {}

  // One event's object. An event of an unexpected shape is an error, not a gap in the answer.
  [[nodiscard]] Result<void> add(codec::json::Value event);
  // Every choice has its finish_reason.
  [[nodiscard]] bool complete() const;
  // The whole object. Once.
  [[nodiscard]] SecretBytes finish();

 private:
  // A JSON string in pieces: what stands between the quotes.
  struct Text {
    bool present = false;
    SecretBytes inside;
  };
  struct ToolCall {
    Text id, type, name, arguments;
  };
  struct Choice {
    Text role, content, refusal, reasoning_content, reasoning, text;
    std::map<std::uint64_t, ToolCall> tool_calls;
    // Members of `logprobs`: arrays are joined (true), anything else is the last one seen.
    std::map<std::string, std::pair<bool, SecretBytes>, std::less<>> logprobs;
    SecretBytes finish_reason;
  };

  [[nodiscard]] Result<void> add_choice(codec::json::Value value);
  [[nodiscard]] Result<void> add_delta(Choice& choice, codec::json::Value delta);
  [[nodiscard]] Result<void> add_tool_calls(Choice& choice, codec::json::Value calls);
  [[nodiscard]] Result<void> add_logprobs(Choice& choice, codec::json::Value logprobs);
  [[nodiscard]] Result<void> join(Text& text, codec::json::Value object, std::string_view name);
  [[nodiscard]] Result<void> count(std::size_t bytes);
  void keep_first(SecretBytes& kept, codec::json::Value event, std::string_view name);

  void write_choice(SecretBytes& out, std::uint64_t index, const Choice& choice) const;
  void write_message(SecretBytes& out, const Choice& choice) const;

  Kind kind_;
  std::string model_;
  SecretBytes id_, created_, fingerprint_, service_tier_, usage_;  // as the engine wrote them
  std::map<std::uint64_t, Choice> choices_;
  std::size_t bytes_ = 0;
};

}  // namespace aipg::worker
