// SPDX-License-Identifier: Apache-2.0
// What is asked for, and what the stand-in for an engine answers: the same for those that ask by HTTP
// and for the gateway that asks over the worker link. Sizes are of what a client
// gets as the answer's body.
#pragma once

#include <cstddef>
#include <string_view>

#include "loop.h"

namespace aipg::bench::relay {

inline constexpr std::string_view kModel = "bench";
inline constexpr std::string_view kPath = "/v1/chat/completions";

struct Script {
  std::size_t answer_bytes = 0;  // all at once; 0: a stream of events without end
  std::size_t event_bytes = 0;
  // Of each stream, each with a phase of its own; zero: all streams have an event at every step, and steps follow
  // each other as fast as what is downstream takes them.
  microseconds pace{0};
  bool chat = false;    // the answer is a chat completion of about this size, for those that read it
  bool silent = false;  // after its first event a stream says nothing more
  // A worker signs its receipts. Else it sends something as long: signing is work of the seal's, which is not compared
  // here, and what nobody signed costs the gateway no check.
  bool receipts = false;
  microseconds service{0};  // a worker answers so long after it was asked
};

// The k-th of a stream's events is due then.
[[nodiscard]] inline TimePoint due_at(const Script& script, TimePoint begun, std::uint64_t stream, std::uint64_t k) {
  // Phases that fill the pace evenly, in no order.
  constexpr std::uint64_t kStride = 7919, kParts = 10007;
  const auto phase = script.pace * static_cast<std::int64_t>(stream * kStride % kParts) / kParts;
  return begun + phase + script.pace * static_cast<std::int64_t>(k);
}

}  // namespace aipg::bench::relay
