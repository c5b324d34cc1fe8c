// SPDX-License-Identifier: Apache-2.0
#include "net/reactor.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace aipg::net {
namespace {

thread_local Reactor* running = nullptr;

}  // namespace

// What other threads posted.
class Reactor::Inbox final : public Watcher {
 public:
  explicit Inbox(Reactor& reactor) : reactor_(reactor), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake_ < 0 || !reactor.watch(wake_, *this)) __builtin_trap();
  }
  [[nodiscard]] int wake() const { return wake_; }
  void on_events(std::uint32_t) override {
    std::uint64_t count = 0;
    (void)!read(wake_, &count, sizeof(count));
    std::vector<std::function<void()>> calls;
    {
      const std::scoped_lock lock(reactor_.mailbox_->mutex);
      calls.swap(reactor_.mailbox_->calls);
    }
    for (auto& call : calls) reactor_.ready_.push_back({nullptr, std::move(call)});
    reactor_.others_posted_ = true;
  }

 private:
  Reactor& reactor_;
  int wake_;
};

// Ends a wait when an alarm is due. Set anew for what is due earlier only: most alarms are moved away before they
// sound, and a limit of each wait would be set and taken back by the system each time.
class Reactor::WakeUp final : public Watcher {
 public:
  explicit WakeUp(Reactor& reactor) : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (timer_ < 0 || !reactor.watch(timer_, *this)) __builtin_trap();
  }
  ~WakeUp() { close(timer_); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void no_later_than(TimePoint when) {
    if (when >= set_for_) return;
    set_for_ = when;
    constexpr std::int64_t kBillion = 1'000'000'000;
    const std::int64_t ns = std::max<std::int64_t>(1, std::chrono::nanoseconds(when.time_since_epoch()).count());
    const itimerspec at{.it_interval = {}, .it_value = {.tv_sec = ns / kBillion, .tv_nsec = ns % kBillion}};
    if (timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr) != 0) __builtin_trap();
  }
  void on_events(std::uint32_t) override { set_for_ = TimePoint::max(); }

 private:
  int timer_;
  TimePoint set_for_ = TimePoint::max();
};

bool Reactor::Mailbox::put(std::function<void()> call) {
  const std::scoped_lock lock(mutex);
  if (wake < 0) return false;
  calls.push_back(std::move(call));
  const std::uint64_t one = 1;
  if (calls.size() == 1) (void)!write(wake, &one, sizeof(one));
  return true;
}

Reactor::Reactor() : epoll_(epoll_create1(EPOLL_CLOEXEC)), mailbox_(std::make_shared<Mailbox>()) {
  if (epoll_ < 0) __builtin_trap();
  inbox_ = std::make_unique<Inbox>(*this);
  wake_up_ = std::make_unique<WakeUp>(*this);
  mailbox_->wake = inbox_->wake();
}

Reactor::~Reactor() {
  drop_ended();
  {
    const std::scoped_lock lock(mailbox_->mutex);
    close(std::exchange(mailbox_->wake, -1));
    mailbox_->calls.clear();
  }
  close(epoll_);
}

// --- descriptors ---

bool Reactor::watch(int fd, Watcher& watcher) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &watcher}};
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Reactor::forget(int fd, const Watcher& watcher) {
  epoll_event unused{};
  (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &unused);
  for (epoll_event& event : pending_) {
    if (event.data.ptr == &watcher) event.data.ptr = nullptr;
  }
}

// --- alarms ---

void Reactor::place(std::size_t slot, const Due& due) {
  alarms_[slot] = due;
  due.alarm->slot_ = slot;
}

void Reactor::rise(std::size_t slot, Due due) {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (alarms_[parent].when <= due.when) break;
    place(slot, alarms_[parent]);
    slot = parent;
  }
  place(slot, due);
}

void Reactor::sink(std::size_t slot, Due due) {
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= alarms_.size()) break;
    if (child + 1 < alarms_.size() && alarms_[child + 1].when < alarms_[child].when) ++child;
    if (due.when <= alarms_[child].when) break;
    place(slot, alarms_[child]);
    slot = child;
  }
  place(slot, due);
}

void Reactor::set(Alarm& alarm, TimePoint when) {
  unset(alarm);
  alarms_.push_back({when, &alarm});
  rise(alarms_.size() - 1, alarms_.back());
}

void Reactor::unset(Alarm& alarm) {
  if (!alarm.set()) return;
  const std::size_t slot = std::exchange(alarm.slot_, Alarm::kNone);
  const Due last = alarms_.back();
  alarms_.pop_back();
  if (last.alarm == &alarm) return;
  rise(slot, last);
  sink(last.alarm->slot_, last);
}

void Reactor::sound_alarms() {
  while (!alarms_.empty() && alarms_.front().when <= turn_ && !stopped_) {
    Alarm* const alarm = alarms_.front().alarm;
    unset(*alarm);
    alarm->due();
  }
}

// --- the loop ---

void Reactor::post(std::function<void()> call) {
  if (running == this) {
    ready_.push_back({nullptr, std::move(call)});
  } else {
    (void)mailbox_->put(std::move(call));
  }
}

void Reactor::run() {
  Reactor* const outer = std::exchange(running, this);
  while (!stopped_) {
    poll();
    sound_alarms();
    if (!stopped_) run_ready();
    drop_ended();
    if (!stopped_) run_afterwards();
    if (!stopped_ && idle()) {
      // A post of another thread, or one of before, may be what is left.
      const std::scoped_lock lock(mailbox_->mutex);
      if (mailbox_->calls.empty()) break;
    }
  }
  stopped_ = false;
  running = outer;
}

void Reactor::poll() {
  if (pending_.empty()) wait();
  // Who posted before somebody asks is heard before him: his event waits for the next turn.
  others_posted_ = false;
  while (!pending_.empty() && !stopped_ && !others_posted_) {
    const epoll_event event = pending_.front();
    pending_ = pending_.subspan(1);
    if (event.data.ptr != nullptr) static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
  }
}

void Reactor::wait() {
  const bool look_only = !ready_.empty() || !afterwards_.empty() || idle();
  if (!look_only && !alarms_.empty()) wake_up_->no_later_than(alarms_.front().when);
  const int n = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), look_only ? 0 : -1);
  turn_ = std::chrono::steady_clock::now();
  pending_ = std::span(events_).first(static_cast<std::size_t>(std::max(n, 0)));
}

void Reactor::run_ready() {
  going_on_.swap(ready_);
  for (std::size_t i = 0; i < going_on_.size() && !stopped_; ++i) {
    Ready next = std::exchange(going_on_[i], {});
    if (next.waiter) {
      next.waiter.resume();
    } else if (next.call) {
      next.call();
    }
  }
  if (stopped_) {
    // What was not reached goes first in the next run.
    std::erase_if(going_on_, [](const Ready& each) { return !each.waiter && !each.call; });
    std::ranges::move(ready_, std::back_inserter(going_on_));
    ready_ = std::exchange(going_on_, {});
  }
  going_on_.clear();
}

// What goes may let others go.
void Reactor::drop_ended() {
  while (!ended_.empty()) {
    const auto last = std::move(ended_.back());
    ended_.pop_back();
  }
}

void Reactor::drop_ready() {
  ready_.clear();
  drop_ended();
}

void Reactor::afterwards(Afterwards& call) {
  if (!std::exchange(call.asked_, true)) afterwards_.push_back(&call);
}

void Reactor::take_back(Afterwards& call) {
  if (!std::exchange(call.asked_, false)) return;
  std::ranges::replace(afterwards_, &call, nullptr);
  std::ranges::replace(ending_, &call, nullptr);
}

void Reactor::run_afterwards() {
  ending_.swap(afterwards_);
  for (Afterwards*& each : ending_) {
    Afterwards* const call = std::exchange(each, nullptr);
    if (call == nullptr) continue;
    call->asked_ = false;
    call->go();
  }
  ending_.clear();
}

}  // namespace aipg::net
