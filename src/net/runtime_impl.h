// SPDX-License-Identifier: Apache-2.0
// Asio's half of the Runtime. Only for the .cc files of net/ that need Asio.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>
#include <coroutine>
#include <exception>
#include <functional>
#include <map>
#include <unordered_set>

#include "net/runtime.h"

namespace aipg::net {

struct Runtime::Impl {
  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io};
  std::function<void(int)> on_terminate;
  std::map<int, std::function<void()>> on_signal;  // instead of on_terminate
  int signal_count = 0;
  bool awaits_signals = false;
  std::unordered_set<void*> roots;  // frames of spawned coroutines that have not ended
  std::exception_ptr failure;       // left a spawned coroutine; run() rethrows it

  void add_signal(int signal);
  void await_signal();
};

// Awaits one operation of Asio: `start(handler)` begins it, handler takes an
// error_code first. The awaiting frame may be destroyed by ~Runtime only: the
// handler is then destroyed without being called.
template <typename Start>
class AsioOperation {
 public:
  explicit AsioOperation(Start start) : start_(std::move(start)) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    start_([this, waiter](boost::system::error_code ec, auto&&...) {
      ec_ = ec;
      waiter.resume();
    });
  }
  [[nodiscard]] boost::system::error_code await_resume() const { return ec_; }

 private:
  Start start_;
  boost::system::error_code ec_;
};

}  // namespace aipg::net
