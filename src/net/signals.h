// SPDX-License-Identifier: Apache-2.0
// Signals as events of a loop. One loop of a program at a time: the last to ask
// for a signal has it, and what was there before comes back with its end.
// Private to net/.
#pragma once

#include <csignal>
#include <functional>
#include <map>

#include "net/reactor.h"

namespace aipg::net {

class Signals final : private Reactor::Watcher {
 public:
  explicit Signals(Reactor& reactor);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Called from the loop, once for each that came (several at once may count as one). Keeps the loop running.
  void on(int signal, std::function<void()> call);

 private:
  void on_events(std::uint32_t events) override;

  Reactor& reactor_;
  int reader_ = -1, writer_ = -1;  // a pipe: all that a handler may use
  std::map<int, std::function<void()>> calls_;
  std::map<int, struct sigaction> before_;
};

}  // namespace aipg::net
