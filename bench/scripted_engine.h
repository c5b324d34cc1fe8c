// SPDX-License-Identifier: Apache-2.0
// An OpenAI-compatible engine that does no thinking: it answers chat requests
// at a pace that the request states, so that whatever else takes time is the
// path to it. A stream's first event, which has a role and no token, comes at
// once.
#pragma once

#include <string>

#include "base/clock.h"

namespace aipg::bench {

// What a request asks the engine to do; travels as words in the user's message.
struct Script {
  milliseconds first{0};  // until the first token
  milliseconds pace{0};   // between tokens; by the clock, so lateness does not add up
  unsigned tokens = 1;
  std::size_t prompt_bytes = 0;  // the message is filled up to so many
  bool stream = true;            // else one JSON answer, after `first`
};

// A chat request for `model` that carries the script.
[[nodiscard]] std::string scripted_body(const std::string& model, const Script& script);

// One token's event, as such a stream has it.
[[nodiscard]] std::string scripted_event();

// Serves on "unix:/path" or "127.0.0.1:0" until the process is told to stop, and prints its port once it listens. False
// when it cannot.
[[nodiscard]] bool run_scripted_engine(const std::string& listen);

}  // namespace aipg::bench
