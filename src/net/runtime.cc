// SPDX-License-Identifier: Apache-2.0
#include "net/runtime.h"

#include <sys/epoll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

#include "net/runtime_impl.h"

namespace aipg::net {
namespace {

// The coroutine at the bottom of a stack of Tasks. Its frame belongs to
// itself; the Runtime knows it for as long as it lives.
struct Root {
  struct promise_type {
    promise_type(Runtime::Impl& owner, Task<void>&) : runtime(owner) { runtime.roots.insert(handle().address()); }
    ~promise_type() { runtime.roots.erase(handle().address()); }

    std::coroutine_handle<promise_type> handle() { return std::coroutine_handle<promise_type>::from_promise(*this); }
    Root get_return_object() { return {handle()}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {
      if (!runtime.failure) runtime.failure = std::current_exception();
      runtime.io.stop();
    }
    Runtime::Impl& runtime;
  };
  std::coroutine_handle<promise_type> handle;
};

// `runtime` is the promise's: see its constructor.
Root run_root(Runtime::Impl& runtime, Task<void> task) {
  (void)runtime;
  co_await std::move(task);
}

}  // namespace

void Runtime::Impl::add_signal(int signal) {
  signals.add(signal);
  if (!std::exchange(awaits_signals, true)) await_signal();
}

void Runtime::Impl::await_signal() {
  signals.async_wait([this](boost::system::error_code ec, int signal) {
    if (ec) return;
    await_signal();
    if (const auto known = on_signal.find(signal); known != on_signal.end()) return known->second();
    on_terminate(++signal_count);
  });
}

// A peer that has gone is an error of the write, not a signal.
Runtime::Runtime() : impl_(std::make_unique<Impl>()) { std::signal(SIGPIPE, SIG_IGN); }

Runtime::~Runtime() { destroy_tasks(); }

void Runtime::destroy_tasks() {
  impl_->io.stop();
  // Destroying a frame may spawn or end others.
  while (!impl_->roots.empty()) std::coroutine_handle<>::from_address(*impl_->roots.begin()).destroy();
}

void Runtime::spawn(Task<void> task) {
  const auto root = run_root(*impl_, std::move(task));
  boost::asio::post(impl_->io, [handle = root.handle] { handle.resume(); });
}

void Runtime::post(std::function<void()> work) { boost::asio::post(impl_->io, std::move(work)); }

void Runtime::run() {
  impl_->io.run();
  impl_->io.restart();
  if (auto failure = std::exchange(impl_->failure, nullptr)) std::rethrow_exception(failure);
}

void Runtime::stop() { impl_->io.stop(); }

void Runtime::on_terminate(std::function<void(int)> on_signal) {
  impl_->on_terminate = std::move(on_signal);
  impl_->add_signal(SIGTERM);
  impl_->add_signal(SIGINT);
}

void Runtime::on_signal(int signal, std::function<void()> call) {
  impl_->on_signal[signal] = std::move(call);
  impl_->add_signal(signal);
}

bool Runtime::run_until_readable(int fd) {
  // Asio makes what it waits for non-blocking, for everybody who has it open: it gets a descriptor of our own.
  const int own = ::epoll_create1(EPOLL_CLOEXEC);
  if (own < 0) return true;  // without it, whoever reads waits
  boost::asio::posix::stream_descriptor watched(impl_->io, own);
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(watched.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) return true;
  const auto readable = std::make_shared<bool>(false);  // the handler may be called by a later run()
  watched.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [readable, &io = impl_->io](boost::system::error_code ec) {
                       if (ec) return;
                       *readable = true;
                       io.stop();
                     });
  run();
  return *readable;
}

namespace {
Task<void> sleep_on(boost::asio::io_context& io, milliseconds duration) {
  boost::asio::steady_timer timer(io, duration);
  (void)co_await AsioOperation([&timer](auto handler) { timer.async_wait(std::move(handler)); });
}
}  // namespace

Task<void> Runtime::sleep(milliseconds duration) { return sleep_on(impl_->io, duration); }

// --- Event ---

struct Event::State {
  class Wait;
  class TimedWait;

  explicit State(Runtime::Impl& owner) : io(owner.io) {}

  boost::asio::io_context& io;
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
    boost::asio::post(state_->io, [waiter = waiter_] { waiter.resume(); });
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

// Resumes from its timer only, be it cancelled or expired.
class Event::State::TimedWait final : public Wait {
 public:
  TimedWait(std::shared_ptr<State> state, milliseconds timeout) : Wait(std::move(state)), timer_(state_->io, timeout) {}

  void await_suspend(std::coroutine_handle<> waiter) {
    link(waiter);
    timer_.async_wait([this](boost::system::error_code) {
      unlink();
      waiter_.resume();
    });
  }
  [[nodiscard]] bool await_resume() const noexcept { return notified_; }
  void notify() override {
    unlink();
    notified_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  bool notified_ = false;
};

Event::Event(Runtime& runtime) : state_(std::make_shared<State>(runtime.impl())) {}
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
