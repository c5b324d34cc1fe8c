// SPDX-License-Identifier: Apache-2.0
// Something to do once at the end of this turn of the loop, however often it is
// asked for: one write for all that a turn brought. Not for concurrent use.
#pragma once

#include <functional>

#include "net/reactor.h"
#include "net/runtime.h"

namespace aipg::net {

class Soon final : private Reactor::Afterwards {
 public:
  // `call` may ask again, for the next turn, and may not destroy this.
  Soon(Runtime& runtime, std::function<void()> call) : reactor_(runtime.reactor()), call_(std::move(call)) {}
  ~Soon() { reactor_.take_back(*this); }
  Soon(const Soon&) = delete;
  Soon& operator=(const Soon&) = delete;

  void ask() { reactor_.afterwards(*this); }

 private:
  void go() override { call_(); }

  Reactor& reactor_;
  std::function<void()> call_;
};

}  // namespace aipg::net
