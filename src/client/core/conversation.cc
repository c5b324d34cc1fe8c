// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation.h"

namespace aipg::client {

Result<SecretBytes> Conversation::body(std::string_view question) const {
  std::vector<ChatMessage> earlier;
  earlier.reserve(2 * turns_.size());
  for (const Turn& turn : turns_) {
    earlier.push_back({Speaker::person, turn.question.reveal_text()});
    earlier.push_back({Speaker::model, turn.answer.reveal_text()});
  }
  return chat_body({.model = settings_.model,
                    .system = system(),
                    .prompt = question,
                    .earlier = earlier,
                    .stream = settings_.stream,
                    .max_tokens = settings_.max_tokens,
                    .temperature = settings_.temperature});
}

std::optional<Turn> Conversation::take_back() {
  if (turns_.empty()) return std::nullopt;
  Turn last = std::move(turns_.back());
  turns_.pop_back();
  return last;
}

void Conversation::clear(Hash256 salt) {
  turns_.clear();
  salt_ = salt;
}

}  // namespace aipg::client
