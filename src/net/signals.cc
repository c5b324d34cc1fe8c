// SPDX-License-Identifier: Apache-2.0
#include "net/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace aipg::net {
namespace {

std::atomic<int> to_loop = -1;

void tell_loop(int signal) {
  const int saved = errno;
  const auto byte = static_cast<char>(signal);
  (void)!write(to_loop.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Signals::Signals(Reactor& reactor) : reactor_(reactor) {}

Signals::~Signals() {
  for (const auto& [signal, action] : before_) sigaction(signal, &action, nullptr);
  if (reader_ < 0) return;
  int ours = writer_;
  to_loop.compare_exchange_strong(ours, -1);
  reactor_.forget(reader_, *this);
  reactor_.end_work();
  close(reader_);
  close(writer_);
}

void Signals::on(int signal, std::function<void()> call) {
  if (reader_ < 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) __builtin_trap();
    reader_ = ends[0];
    writer_ = ends[1];
    if (!reactor_.watch(reader_, *this)) __builtin_trap();
    reactor_.begin_work();
  }
  to_loop.store(writer_);
  calls_[signal] = std::move(call);
  struct sigaction action{};
  action.sa_handler = tell_loop;
  action.sa_flags = SA_RESTART;
  struct sigaction previous{};
  if (sigaction(signal, &action, &previous) != 0) __builtin_trap();
  before_.emplace(signal, previous);
}

void Signals::on_events(std::uint32_t) {
  char signal = 0;
  while (read(reader_, &signal, 1) == 1) {
    // A copy: the call may ask for another.
    if (const auto known = calls_.find(signal); known != calls_.end()) std::function(known->second)();
  }
}

}  // namespace aipg::net
