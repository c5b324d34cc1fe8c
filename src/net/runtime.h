// SPDX-License-Identifier: Apache-2.0
// The event loop, its timers and signals, and the one primitive to wait for
// something that another coroutine does. Everything in net/ runs on the thread
// that calls run(); only post() may be called from elsewhere.
//
// The loop behind it is reactor.h, which is for net/ only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "net/task.h"

namespace aipg::net {

class Reactor;

// One a program (a test may have several, one after the other). Everything
// that was made with it must be destroyed before it; coroutines that still
// wait are destroyed by it.
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Starts `task` soon; its frame lives until it ends. An exception that
  // leaves it is a bug: run() rethrows it. `keeps` lives as long, from now on:
  // a task that is a member of an object which may go before gives itself that,
  // as nothing that its body says holds before it begins.
  void spawn(Task<void> task, std::shared_ptr<const void> keeps = {});
  // The same, and runs it now, up to where it waits first. From the loop only.
  void start(Task<void> task, std::shared_ptr<const void> keeps = {});
  void post(std::function<void()> work);

  // Runs until stop(), or until nothing is left to do. A stop() before run() makes it return at once.
  void run();
  void stop();

  // run(), which also ends when `fd` has something to read: true then, and for what can always be read, as a file.
  // Leaves the descriptor's flags alone, as those of a terminal belong to other programs too. Not from inside run().
  [[nodiscard]] bool run_until_readable(int fd);

  // Destroys the coroutines that still wait, as ~Runtime does: for who must outlive them and was made after the
  // Runtime. Not from inside run().
  void destroy_tasks();

  // Calls `on_signal(count)` at SIGTERM and SIGINT: count is 1, then 2, … From then on there is always
  // something left to do: run() ends by stop() only.
  void on_terminate(std::function<void(int count)> on_signal);

  // The same for one other signal, or for one of those two, which then counts for nothing else.
  void on_signal(int signal, std::function<void()> call);

  [[nodiscard]] Task<void> sleep(milliseconds duration);
  [[nodiscard]] std::chrono::steady_clock::time_point now() const { return std::chrono::steady_clock::now(); }

  [[nodiscard]] Reactor& reactor();  // for net/*.cc

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A condition to wait for. Waiters look at their own state after each wake-up:
//
//   while (!ready && !closed) co_await changed.wait();
//
// notify_all() wakes every coroutine waiting now; each resumes from the loop,
// not inside notify_all(). Must outlive its waiters, except at ~Runtime.
class Event {
 public:
  explicit Event(Runtime& runtime);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  [[nodiscard]] Task<void> wait();
  // False when `timeout` passed first.
  [[nodiscard]] Task<bool> wait_for(milliseconds timeout);
  void notify_all();

 private:
  struct State;
  // Shared with the coroutines that wait: at the program's end their frames may outlive the Event.
  std::shared_ptr<State> state_;
};

// Counts running work, so that a server can wait until all of it has ended.
class WorkCount {
 public:
  explicit WorkCount(Runtime& runtime) : changed_(runtime) {}
  class Guard {
   public:
    explicit Guard(WorkCount& count) : count_(&count) { ++count_->n_; }
    Guard(Guard&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (count_ != nullptr && --count_->n_ == 0) count_->changed_.notify_all();
    }

   private:
    WorkCount* count_;
  };
  [[nodiscard]] Guard enter() { return Guard(*this); }
  [[nodiscard]] std::size_t running() const { return n_; }
  // False when `timeout` passed first.
  [[nodiscard]] Task<bool> wait_idle(milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (n_ != 0) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left <= milliseconds(0)) co_return false;
      (void)co_await changed_.wait_for(left);
    }
    co_return true;
  }

 private:
  std::size_t n_ = 0;
  Event changed_;
};

}  // namespace aipg::net
