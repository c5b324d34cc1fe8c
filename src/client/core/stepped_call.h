// SPDX-License-Identifier: Apache-2.0
// A call of a session, driven step by step by whoever does the I/O: it says
// what to do next, and goes on when it is told what came of it. So a program
// in another language asks with its own HTTP client, blocking or not.
//
//   SteppedCall call([&](Gateway& gateway) { return ask(session, gateway); });
//   for (Step step = call.start(); !std::holds_alternative<Done>(step);)
//     step = …;                     // do it, and say what came of it
//
// Exactly the calls that a step names may follow it; any other is a bug and
// traps. On one thread at a time. Destroying it gives the call up.
#pragma once

#include <coroutine>
#include <functional>
#include <optional>
#include <variant>

#include "client/core/gateway.h"

namespace aipg::client {

class SteppedCall {
 public:
  struct Send {  // answered(), failed()
    Gateway::Request request;
    milliseconds limit{0};  // for the whole of a small answer; 0: none, it may take as long as it takes
  };
  struct Read {};  // the next piece of the answer: piece(), ended(), failed()
  struct Pause {   // paused()
    milliseconds duration{0};
  };
  struct Done {};
  using Step = std::variant<Send, Read, Pause, Done>;

  explicit SteppedCall(std::function<net::Task<void>(Gateway&)> body);
  ~SteppedCall();
  SteppedCall(const SteppedCall&) = delete;
  SteppedCall& operator=(const SteppedCall&) = delete;

  [[nodiscard]] Step start();
  [[nodiscard]] Step answered(unsigned status, std::string content_type);
  [[nodiscard]] Step piece(ByteView bytes);  // borrowed until the step after
  [[nodiscard]] Step ended();
  // One of Gateway's errors; `reason` is for people, without content.
  [[nodiscard]] Step failed(Literal code, std::string reason);
  [[nodiscard]] Step paused();
  // Nobody wants the answer any more; what is in progress is to end with http_cancelled.
  void cancel();

 private:
  class Steps;
  std::unique_ptr<Steps> steps_;
};

}  // namespace aipg::client
