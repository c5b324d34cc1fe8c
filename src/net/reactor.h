// SPDX-License-Identifier: Apache-2.0
// The loop itself: epoll, alarms and what is ready to go on. A turn is: what
// epoll reports, then the alarms that are due, then what was made ready up to
// then (what these make ready waits for the next turn), then what is to be done
// afterwards. Private to net/.
//
// Everything is for the thread that runs it, post() from elsewhere excepted.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace aipg::net {

class Reactor {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Who is told what epoll says of a descriptor: edges, of both directions.
  class Watcher {
   public:
    virtual void on_events(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  // Something due at a time; at most one time each. Stays where it is while it is set.
  class Alarm {
   public:
    virtual void due() = 0;  // it is no longer set then
    [[nodiscard]] bool set() const { return slot_ != kNone; }

   protected:
    Alarm() = default;
    ~Alarm() = default;

   private:
    friend class Reactor;
    static constexpr std::size_t kNone = SIZE_MAX;
    std::size_t slot_ = kNone;
  };

  // Something to do at the end of a turn, once.
  class Afterwards {
   public:
    virtual void go() = 0;

   protected:
    Afterwards() = default;
    ~Afterwards() = default;

   private:
    friend class Reactor;
    bool asked_ = false;
  };

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // False when the descriptor cannot be waited for, as a file.
  [[nodiscard]] bool watch(int fd, Watcher& watcher);
  // Before the descriptor is closed. The watcher hears nothing more.
  void forget(int fd, const Watcher& watcher);

  void set(Alarm& alarm, TimePoint when);
  void unset(Alarm& alarm);

  // Goes on in this turn or the next, in the order of these calls.
  void resume(std::coroutine_handle<> waiter) { ready_.push_back({waiter, nullptr}); }
  void post(std::function<void()> call);
  // Goes before the turn ends, when none of its own calls is below any more.
  void let_go(std::shared_ptr<const void> ended) { ended_.push_back(std::move(ended)); }
  // What other threads post to: it may outlive the reactor.
  struct Mailbox {
    // False when the reactor is gone.
    bool put(std::function<void()> call);

   private:
    friend class Reactor;
    std::mutex mutex;
    std::vector<std::function<void()>> calls;
    int wake = -1;  // an eventfd; closed with the reactor
  };
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

  void afterwards(Afterwards& call);
  void take_back(Afterwards& call);

  // Something is under way that will end: run() does not return before.
  void begin_work() { ++work_; }
  void end_work() { --work_; }

  // Until stop(), or until nothing is left to do. A stop() before makes it return at once.
  void run();
  void stop() { stopped_ = true; }
  // Drops what is ready to go on, and what was let go.
  void drop_ready();

  // The beginning of this turn.
  [[nodiscard]] TimePoint turn() const { return turn_; }

 private:
  struct Ready {
    std::coroutine_handle<> waiter;
    std::function<void()> call;
  };
  class Inbox;
  class WakeUp;

  [[nodiscard]] bool idle() const {
    return pending_.empty() && ready_.empty() && alarms_.empty() && afterwards_.empty() && work_ == 0;
  }
  void wait();
  void poll();
  void sound_alarms();
  void run_ready();
  void drop_ended();
  void run_afterwards();
  struct Due {  // when, here: of thousands of alarms those that are not due are not looked at
    TimePoint when;
    Alarm* alarm;
  };
  void place(std::size_t slot, const Due& due);
  void rise(std::size_t slot, Due due);
  void sink(std::size_t slot, Due due);

  int epoll_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<WakeUp> wake_up_;
  std::shared_ptr<Mailbox> mailbox_;
  std::array<epoll_event, 256> events_{};
  std::span<epoll_event> pending_;  // not told yet: edges, which the system reports once
  std::vector<Due> alarms_;         // a heap, the earliest first
  std::vector<Ready> ready_, going_on_;
  std::vector<std::shared_ptr<const void>> ended_;
  std::vector<Afterwards*> afterwards_, ending_;  // null: taken back
  std::size_t work_ = 0;
  bool stopped_ = false;
  bool others_posted_ = false;  // in this turn
  TimePoint turn_ = std::chrono::steady_clock::now();
};

}  // namespace aipg::net
