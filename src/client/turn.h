// SPDX-License-Identifier: Apache-2.0
// One turn of a conversation: the question is asked with everything before it,
// and becomes part of the conversation when its answer is whole and proven.
#pragma once

#include "client/core/conversation.h"
#include "client/core/failure_text.h"
#include "client/turn_output.h"

namespace aipg::client {

// Why there is no answer. The conversation is as it was.
struct Unanswered {
  bool cancelled = false;
  std::string text;  // for people: lines, each ended
};

// What it is given must live until it ends. Nothing: the turn was kept.
[[nodiscard]] net::Task<std::optional<Unanswered>> ask_turn(Session& session, Gateway& gateway,
                                                            Conversation& conversation, std::string_view question,
                                                            TurnOutput& output, FailureContext context);

// Names of the models that the gateway lists.
[[nodiscard]] net::Task<Outcome<std::vector<std::string>>> offered_models(Session& session, Gateway& gateway);

}  // namespace aipg::client
