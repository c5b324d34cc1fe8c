// SPDX-License-Identifier: Apache-2.0
// The answer to a /v1/messages request, from Anthropic's streaming events: a
// message without content, its blocks in pieces, how it ended. Strings are
// joined as the engine escaped them; a tool's input, which comes as text that
// is JSON itself, is the one thing that is decoded.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "worker/assembly.h"

namespace aipg::worker {

class MessageAssembler final : public Assembly {
 public:
  explicit MessageAssembler(std::string_view model) : model_(codec::json::quote(model)) {}

  [[nodiscard]] Result<void> add(codec::json::Value event) override;
  [[nodiscard]] bool complete() const override { return stopped_; }
  [[nodiscard]] SecretBytes finish() override;

 private:
  struct Block {
    SecretBytes start;  // the block's object as it began
    // By the member that they belong to: what stands between the quotes, in all pieces so far.
    std::map<std::string, SecretBytes, std::less<>> texts;
    SecretBytes input;      // JSON text in JSON's escapes, of a tool's input
    SecretBytes citations;  // elements, comma between
    bool stopped = false;
  };

  [[nodiscard]] Result<void> start_message(codec::json::Value event);
  [[nodiscard]] Result<void> start_block(codec::json::Value event);
  [[nodiscard]] Result<void> add_delta(codec::json::Value event);
  [[nodiscard]] static Result<void> add_to_block(Block& block, codec::json::Value delta);
  [[nodiscard]] Result<void> stop_block(codec::json::Value event);
  [[nodiscard]] Result<void> end_message(codec::json::Value event);
  [[nodiscard]] Result<void> stop_message();

  static void write_block(SecretBytes& out, const Block& block);
  [[nodiscard]] SecretBytes content() const;
  [[nodiscard]] SecretBytes usage(codec::json::Value message) const;

  std::string model_;
  SecretBytes message_, ending_, usage_;  // as the engine wrote them
  std::map<std::uint64_t, Block> blocks_;
  std::size_t bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace aipg::worker
