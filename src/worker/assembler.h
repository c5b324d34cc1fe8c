// SPDX-License-Identifier: Apache-2.0
// The answer to a chat or completions request. Strings are joined as the engine
// escaped them, so nothing is decoded on the way.
#pragma once

#include <map>
#include <string>

#include "worker/assembly.h"

namespace aipg::worker {

class Assembler final : public Assembly {
 public:
  enum class Kind : std::uint8_t { chat, completion };
  Assembler(Kind kind, std::string_view model) : kind_(kind), model_(model) {}

  [[nodiscard]] Result<void> add(codec::json::Value event) override;
  // Every choice has its finish_reason.
  [[nodiscard]] bool complete() const override;
  [[nodiscard]] SecretBytes finish() override;

 private:
  // A JSON string in pieces: what stands between the quotes.
  struct Text {
    bool present = false;
    SecretBytes inside;
  };
  struct ToolCall {
    Text id, type, name, arguments;
  };
  // Members of `logprobs`: arrays are joined (true), anything else is the last one seen.
  using LogProbs = std::map<std::string, std::pair<bool, SecretBytes>, std::less<>>;
  struct Choice {
    Text role, content, refusal, reasoning_content, reasoning, text;
    std::map<std::uint64_t, ToolCall> tool_calls;
    LogProbs logprobs;
    SecretBytes finish_reason;
  };

  [[nodiscard]] Result<void> add_choice(codec::json::Value value);
  [[nodiscard]] Result<void> add_delta(Choice& choice, codec::json::Value delta);
  [[nodiscard]] Result<void> add_tool_calls(Choice& choice, codec::json::Value calls);
  [[nodiscard]] Result<void> add_logprobs(Choice& choice, codec::json::Value logprobs);
  [[nodiscard]] Result<void> join(Text& text, codec::json::Value object, std::string_view name);
  // What is kept of an answer, and what keeping it costs: a few bytes of an event can begin a whole object here.
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
