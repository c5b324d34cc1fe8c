// SPDX-License-Identifier: Apache-2.0
#include "net/runtime.h"

#include <csignal>
#include <exception>
#include <unordered_set>

#include "net/reactor.h"
#include "net/signals.h"

namespace aipg::net {

struct Runtime::Impl {
  Reactor reactor;
  Signals signals{reactor};
  int terminations = 0;
  std::unordered_set<void*> roots;  // frames of spawned coroutines that have not ended
  std::exception_ptr failure;       // left a spawned coroutine; run() rethrows it

  // The coroutine at the bottom of a stack of Tasks. Its frame belongs to
  // itself; the Runtime knows it for as long as it lives.
  struct Root;
  static Root run_root(Impl& runtime, std::shared_ptr<const void> keeps, Task<void> task);
};

struct Runtime::Impl::Root {
  struct promise_type {
    promise_type(Impl& owner, const std::shared_ptr<const void>&, Task<void>&) : runtime(owner) {
      runtime.roots.insert(handle().address());
    }
    ~promise_type() { runtime.roots.erase(handle().address()); }

    std::coroutine_handle<promise_type> handle() { return std::coroutine_handle<promise_type>::from_promise(*this); }
    Root get_return_object() { return {handle()}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {
      if (!runtime.failure) runtime.failure = std::current_exception();
      runtime.reactor.stop();
    }
    Impl& runtime;
  };
  std::coroutine_handle<promise_type> handle;
};

// `runtime` is the promise's: see its constructor. What it keeps goes after the task's frame.
Runtime::Impl::Root Runtime::Impl::run_root(Impl& runtime, std::shared_ptr<const void> keeps, Task<void> task) {
  (void)runtime;
  (void)keeps;
  co_await std::move(task);
}

// A peer that has gone is an error of the write, not a signal.
Runtime::Runtime() : impl_(std::make_unique<Impl>()) { std::signal(SIGPIPE, SIG_IGN); }

Runtime::~Runtime() { destroy_tasks(); }

Reactor& Runtime::reactor() { return impl_->reactor; }

void Runtime::destroy_tasks() {
  // Destroying a frame may spawn or end others.
  while (!impl_->roots.empty()) std::coroutine_handle<>::from_address(*impl_->roots.begin()).destroy();
  impl_->reactor.drop_ready();
}

void Runtime::spawn(Task<void> task, std::shared_ptr<const void> keeps) {
  impl_->reactor.resume(Impl::run_root(*impl_, std::move(keeps), std::move(task)).handle);
}

void Runtime::start(Task<void> task, std::shared_ptr<const void> keeps) {
  Impl::run_root(*impl_, std::move(keeps), std::move(task)).handle.resume();
}

void Runtime::post(std::function<void()> work) { impl_->reactor.post(std::move(work)); }

void Runtime::run() {
  impl_->reactor.run();
  if (auto failure = std::exchange(impl_->failure, nullptr)) std::rethrow_exception(failure);
}

void Runtime::stop() { impl_->reactor.stop(); }

void Runtime::on_terminate(std::function<void(int)> on_signal) {
  const auto call = [impl = impl_.get(), on_signal = std::move(on_signal)] { on_signal(++impl->terminations); };
  impl_->signals.on(SIGTERM, call);
  impl_->signals.on(SIGINT, call);
}

void Runtime::on_signal(int signal, std::function<void()> call) { impl_->signals.on(signal, std::move(call)); }

namespace {

class ReadableOnce final : public Reactor::Watcher {
 public:
  explicit ReadableOnce(Reactor& reactor) : reactor_(reactor) {}
  [[nodiscard]] bool readable() const { return readable_; }

 private:
  void on_events(std::uint32_t events) override {
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
    readable_ = true;
    reactor_.stop();
  }
  Reactor& reactor_;
  bool readable_ = false;
};

}  // namespace

bool Runtime::run_until_readable(int fd) {
  ReadableOnce once(impl_->reactor);
  if (!impl_->reactor.watch(fd, once)) return true;
  impl_->reactor.begin_work();
  run();
  impl_->reactor.end_work();
  impl_->reactor.forget(fd, once);
  return once.readable();
}

namespace {

// Resumes one coroutine at a time that was asked for.
class Sleep final : private Reactor::Alarm {
 public:
  Sleep(Reactor& reactor, milliseconds duration) : reactor_(reactor), duration_(duration) {}
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  ~Sleep() { reactor_.unset(*this); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    reactor_.set(*this, std::chrono::steady_clock::now() + duration_);
  }
  void await_resume() const noexcept {}

 private:
  void due() override { waiter_.resume(); }
  Reactor& reactor_;
  milliseconds duration_;
  std::coroutine_handle<> waiter_;
};

}  // namespace

Task<void> Runtime::sleep(milliseconds duration) {
  return [](Reactor& reactor, milliseconds d) -> Task<void> { co_await Sleep(reactor, d); }(impl_->reactor, duration);
}

// --- Event ---

struct Event::State {
  class Wait;
  class TimedWait;

  explicit State(Reactor& r) : reactor(r) {}

  Reactor& reactor;
  Wait* first = nullptr;  // a list through the waiting frames, in the order they came
  Wait* last = nullptr;
};

class Event::State::Wait {
 public:
  explicit Wait(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  virtual ~Wait() { unlink(); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) { link(waiter); }
  void await_resume() const noexcept {}

  virtual void notify() {
    unlink();
    state_->reactor.resume(waiter_);
  }

 protected:
  void link(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    linked_ = true;
    previous_ = state_->last;
    (previous_ != nullptr ? previous_->next_ : state_->first) = this;
    state_->last = this;
  }
  void unlink() {
    if (!std::exchange(linked_, false)) return;
    (previous_ != nullptr ? previous_->next_ : state_->first) = next_;
    (next_ != nullptr ? next_->previous_ : state_->last) = previous_;
    previous_ = next_ = nullptr;
  }

  std::shared_ptr<State> state_;
  std::coroutine_handle<> waiter_;
  bool linked_ = false;
  Wait* previous_ = nullptr;
  Wait* next_ = nullptr;
};

class Event::State::TimedWait final : public Wait, private Reactor::Alarm {
 public:
  TimedWait(std::shared_ptr<State> state, milliseconds timeout) : Wait(std::move(state)), timeout_(timeout) {}
  ~TimedWait() override { state_->reactor.unset(*this); }

  void await_suspend(std::coroutine_handle<> waiter) {
    link(waiter);
    state_->reactor.set(*this, std::chrono::steady_clock::now() + timeout_);
  }
  [[nodiscard]] bool await_resume() const noexcept { return notified_; }
  void notify() override {
    notified_ = true;
    state_->reactor.unset(*this);
    Wait::notify();
  }

 private:
  void due() override {
    unlink();
    waiter_.resume();
  }
  milliseconds timeout_;
  bool notified_ = false;
};

Event::Event(Runtime& runtime) : state_(std::make_shared<State>(runtime.reactor())) {}
Event::~Event() = default;

Task<void> Event::wait() {
  return [](std::shared_ptr<State> state) -> Task<void> { co_await State::Wait(std::move(state)); }(state_);
}

Task<bool> Event::wait_for(milliseconds timeout) {
  return [](std::shared_ptr<State> state, milliseconds limit) -> Task<bool> {
    co_return co_await State::TimedWait(std::move(state), limit);
  }(state_, timeout);
}

void Event::notify_all() {
  while (state_->first != nullptr) state_->first->notify();
}

}  // namespace aipg::net
