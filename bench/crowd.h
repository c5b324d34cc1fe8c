// SPDX-License-Identifier: Apache-2.0
// Many streams at once, by one client on one thread: how far they are, so that
// whoever carries them can be looked at while all of them are open.
#pragma once

#include <memory>
#include <string>

#include "net/address.h"
#include "net/runtime.h"

namespace aipg::bench {

class Crowd {
 public:
  // Sends `count` times `body` to the chat path at `server`.
  Crowd(net::Runtime& runtime, const net::Address& server, unsigned count, const std::string& body);

  // Each has had its first event. False when one failed; stderr says why.
  [[nodiscard]] net::Task<bool> all_begun();
  // So many events have come to all of them together, or, as above.
  [[nodiscard]] net::Task<bool> events_reach(std::size_t events);
  // Every stream was whole.
  [[nodiscard]] net::Task<bool> all_ended();

  [[nodiscard]] std::size_t events() const { return state_->events; }

 private:
  struct State {
    explicit State(net::Runtime& runtime) : changed(runtime) {}
    unsigned count = 0, begun = 0, ended = 0;
    std::size_t events = 0, awaited = 0;
    bool failed = false;
    net::Event changed;
  };
  static net::Task<void> one(net::Runtime& runtime, std::shared_ptr<State> state, net::Address server,
                             std::string body);
  static net::Task<bool> stream(net::Runtime& runtime, State& state, net::Address server, std::string body);

  std::shared_ptr<State> state_;  // shared with the streams
};

}  // namespace aipg::bench
