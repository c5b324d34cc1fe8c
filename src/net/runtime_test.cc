// SPDX-License-Identifier: Apache-2.0
#include "net/runtime.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "net/reactor.h"
#include "net/timer.h"

namespace aipg::net {
namespace {

Task<int> twice(int n) { co_return 2 * n; }
Task<int> sum(int n) {
  int out = 0;
  for (int i = 0; i < n; ++i) out += co_await twice(i);
  co_return out;
}

TEST(Runtime, RunsUntilNothingIsLeftToDo) {
  Runtime runtime;
  int result = 0;
  runtime.spawn([](int& out) -> Task<void> { out = co_await sum(100); }(result));
  EXPECT_EQ(result, 0);
  runtime.run();
  EXPECT_EQ(result, 9900);
}

TEST(Runtime, RethrowsWhatLeavesACoroutine) {
  Runtime runtime;
  runtime.spawn([]() -> Task<void> {
    throw std::logic_error("bug");
    co_return;
  }());
  EXPECT_THROW(runtime.run(), std::logic_error);
}

TEST(Runtime, ExceptionsPassThroughAwait) {
  Runtime runtime;
  bool caught = false;
  const auto thrower = []() -> Task<int> {
    throw std::logic_error("bug");
    co_return 1;
  };
  runtime.spawn([](auto make, bool& seen) -> Task<void> {
    try {
      (void)co_await make();
    } catch (const std::logic_error&) {
      seen = true;
    }
  }(thrower, caught));
  runtime.run();
  EXPECT_TRUE(caught);
}

struct Owner {
  explicit Owner(std::string& told) : said(told) {}
  ~Owner() { said += "gone"; }
  Task<void> member(Runtime& runtime) {
    said += "begun ";
    co_await runtime.sleep(milliseconds(1));
    said += "ended ";
  }
  std::string& said;
};

// Its frame has only a pointer to it.
TEST(Runtime, KeepsWhoseMemberItRunsFromBeforeItBeginsToItsEnd) {
  for (const auto run : {&Runtime::spawn, &Runtime::start}) {
    Runtime runtime;
    std::string said;
    auto owner = std::make_shared<Owner>(said);
    (runtime.*run)(owner->member(runtime), owner);
    owner.reset();
    runtime.run();
    EXPECT_EQ(said, "begun ended gone");
  }
}

TEST(Runtime, KeepsItUntilTheTasksFrameIsDestroyed) {
  std::string said;
  {
    Runtime runtime;
    auto owner = std::make_shared<Owner>(said);
    runtime.spawn(owner->member(runtime), owner);
    owner.reset();
    EXPECT_EQ(said, "");
  }
  EXPECT_EQ(said, "gone");
}

TEST(Runtime, DestroysThemBeforeWhatTheyUseWhenAsked) {
  Runtime runtime;
  int leaving = 0;
  {
    struct Leaves {
      int& count;
      ~Leaves() { ++count; }
    };
    Event never(runtime);
    runtime.spawn([](Event& event, int& count) -> Task<void> {
      const Leaves leaves{count};
      co_await event.wait();
    }(never, leaving));
    runtime.run();
    EXPECT_EQ(leaving, 0);
    runtime.destroy_tasks();
    EXPECT_EQ(leaving, 1);
  }
}

TEST(Runtime, DestroysCoroutinesThatStillWait) {
  // Under LeakSanitizer this is a test of the frames; here, of what they own.
  auto owned = std::make_shared<int>(1);
  {
    Runtime runtime;
    Event never(runtime);
    runtime.spawn([](Event& event, std::shared_ptr<int> keep) -> Task<void> {
      (void)keep;
      co_await event.wait();
    }(never, owned));
    runtime.spawn([](Runtime& r, std::shared_ptr<int> keep) -> Task<void> {
      (void)keep;
      co_await r.sleep(milliseconds(1'000'000));
    }(runtime, owned));
    runtime.post([&] { runtime.stop(); });
    runtime.run();
    EXPECT_EQ(owned.use_count(), 3);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Runtime, TakesWorkFromOtherThreads) {
  Runtime runtime;
  Event done(runtime);
  bool posted = false;
  std::thread other;
  runtime.spawn([](Runtime& r, Event& event, bool& flag, std::thread& thread) -> Task<void> {
    thread = std::thread([&] {
      r.post([&] {
        flag = true;
        event.notify_all();
      });
    });
    while (!flag) co_await event.wait_for(milliseconds(10'000));
  }(runtime, done, posted, other));
  runtime.run();
  other.join();
  EXPECT_TRUE(posted);
}

class Client final : public Reactor::Watcher {
 public:
  Client(Reactor& reactor, std::function<void()> call) : reactor_(reactor), call_(std::move(call)) {
    EXPECT_EQ(pipe2(ends_, O_NONBLOCK | O_CLOEXEC), 0);
    EXPECT_TRUE(reactor.watch(ends_[0], *this));
  }
  ~Client() {
    reactor_.forget(ends_[0], *this);
    for (const int end : ends_) close(end);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  void write() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

 private:
  void on_events(std::uint32_t events) override {
    if ((events & EPOLLIN) != 0) call_();
  }
  Reactor& reactor_;
  std::function<void()> call_;
  int ends_[2] = {};
};

// As a thread that has told all others of a worker, and a client that heard of it from that thread.
TEST(Runtime, HearsWhoPostedBeforeWhoeverComesAfterIt) {
  Runtime runtime;
  std::vector<std::string> heard;
  const Client client(runtime.reactor(), [&] {
    heard.emplace_back("client");
    runtime.stop();
  });
  runtime.spawn([](Runtime& r, std::vector<std::string>& out, const Client& asks) -> Task<void> {
    std::thread([&] {
      r.post([&] { out.emplace_back("post"); });
      asks.write();
    }).join();
    co_return;
  }(runtime, heard, client));
  runtime.reactor().begin_work();
  runtime.run();
  runtime.reactor().end_work();
  EXPECT_EQ(heard, (std::vector<std::string>{"post", "client"}));
}

TEST(Runtime, StopsInTheMiddleOfWhatOthersPostedAndGoesOnWithTheRest) {
  Runtime runtime;
  int called = 0;
  std::thread([&] {
    runtime.post([&] {
      ++called;
      runtime.stop();
    });
    runtime.post([&] { ++called; });
  }).join();
  runtime.run();
  EXPECT_EQ(called, 1);
  runtime.run();
  EXPECT_EQ(called, 2);
}

TEST(Reactor, WhatIsLetGoGoesInItsTurnAndMayLetOthersGo) {
  Runtime runtime;
  Reactor& reactor = runtime.reactor();
  std::vector<std::string> order;
  const auto told = [&](const char* what, std::shared_ptr<const void> holds) {
    return std::shared_ptr<const void>(nullptr, [&order, &reactor, what, holds = std::move(holds)](auto) mutable {
      order.emplace_back(what);
      if (holds) reactor.let_go(std::move(holds));
    });
  };
  runtime.post([&] {
    reactor.let_go(told("outer", told("inner", nullptr)));
    order.emplace_back("still below");
    runtime.post([&] { order.emplace_back("next turn"); });
  });
  runtime.run();
  EXPECT_EQ(order, (std::vector<std::string>{"still below", "outer", "inner", "next turn"}));
}

TEST(Task, OfNothingIsDoneAndMayBeAwaited) {
  EXPECT_TRUE(Task<void>().done());
  Runtime runtime;
  bool passed = false;
  Task<void> waits = [](bool& out) -> Task<void> {
    co_await Task<void>();
    out = true;
  }(passed);
  EXPECT_FALSE(waits.done());
  runtime.spawn(std::move(waits));
  runtime.run();
  EXPECT_TRUE(passed);
}

TEST(Runtime, CountsSignalsToTerminate) {
  Runtime runtime;
  std::vector<int> counts;
  runtime.on_terminate([&](int count) {
    counts.push_back(count);
    if (count == 2) return runtime.stop();
    std::raise(SIGINT);
  });
  runtime.post([] { std::raise(SIGTERM); });
  runtime.run();
  EXPECT_EQ(counts, (std::vector<int>{1, 2}));
}

TEST(Runtime, TellsASignalToWhoAskedForItAndCountsItForNothingElse) {
  Runtime runtime;
  std::string order;
  runtime.on_terminate([&](int count) {
    order += "terminate " + std::to_string(count);
    runtime.stop();
  });
  runtime.on_signal(SIGINT, [&] {
    order += "interrupt ";
    std::raise(SIGWINCH);
  });
  runtime.on_signal(SIGWINCH, [&] {
    order += "resize ";
    std::raise(SIGTERM);
  });
  runtime.post([] { std::raise(SIGINT); });
  runtime.run();
  EXPECT_EQ(order, "interrupt resize terminate 1");
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] int reader() const { return ends_[0]; }
  void write() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void close_writer() { ::close(std::exchange(ends_[1], -1)); }

 private:
  int ends_[2] = {-1, -1};
};

TEST(Runtime, RunsUntilADescriptorIsReadable) {
  Runtime runtime;
  const Pipe pipe;
  const int flags = ::fcntl(pipe.reader(), F_GETFL);
  runtime.post([&] { pipe.write(); });
  EXPECT_TRUE(runtime.run_until_readable(pipe.reader()));
  EXPECT_TRUE(runtime.run_until_readable(pipe.reader())) << "it still is";
  EXPECT_EQ(::fcntl(pipe.reader(), F_GETFL), flags);
}

TEST(Runtime, TakesTheEndOfADescriptorForReadable) {
  Runtime runtime;
  Pipe pipe;
  runtime.post([&] { pipe.close_writer(); });
  EXPECT_TRUE(runtime.run_until_readable(pipe.reader()));
}

TEST(Runtime, WaitsForNoDescriptorThatCanAlwaysBeRead) {
  Runtime runtime;
  const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  EXPECT_TRUE(runtime.run_until_readable(file));
  ::close(file);
}

TEST(Runtime, SaysThatItStoppedBeforeADescriptorWasReadable) {
  Runtime runtime;
  const Pipe pipe;
  runtime.post([&] { runtime.stop(); });
  EXPECT_FALSE(runtime.run_until_readable(pipe.reader()));
  // What was awaited then is forgotten: it stops no later run.
  pipe.write();
  bool ran = false;
  runtime.spawn([](Runtime& r, bool& out) -> Task<void> {
    co_await r.sleep(milliseconds(1));
    out = true;
  }(runtime, ran));
  runtime.run();
  EXPECT_TRUE(ran);
}

TEST(Event, WakesAllWaitersInOrderFromTheLoop) {
  Runtime runtime;
  Event event(runtime);
  std::string order;
  for (const char name : {'a', 'b', 'c'}) {
    runtime.spawn([](Event& e, std::string& out, char c) -> Task<void> {
      co_await e.wait();
      out += c;
    }(event, order, name));
  }
  runtime.post([&] {
    event.notify_all();
    order += '|';
  });
  runtime.run();
  EXPECT_EQ(order, "|abc");
}

TEST(Event, WaitForSaysWhetherItWasWoken) {
  Runtime runtime;
  Event event(runtime);
  std::optional<bool> woken, timed_out;
  runtime.spawn([](Event& e, std::optional<bool>& out) -> Task<void> {
    out = co_await e.wait_for(milliseconds(10'000));
  }(event, woken));
  runtime.post([&] { event.notify_all(); });
  runtime.run();
  runtime.spawn([](Event& e, std::optional<bool>& out) -> Task<void> { out = co_await e.wait_for(milliseconds(1)); }(
                                                           event, timed_out));
  runtime.run();
  EXPECT_EQ(woken, true);
  EXPECT_EQ(timed_out, false);
}

TEST(WorkCount, WaitsForTheLastGuard) {
  Runtime runtime;
  WorkCount work(runtime);
  std::optional<bool> early, late;
  auto guard = std::make_optional(work.enter());
  runtime.spawn([](WorkCount& w, std::optional<bool>& first, std::optional<bool>& second,
                   std::optional<WorkCount::Guard>& held, Runtime& r) -> Task<void> {
    first = co_await w.wait_idle(milliseconds(1));
    r.post([&] { held.reset(); });
    second = co_await w.wait_idle(milliseconds(10'000));
  }(work, early, late, guard, runtime));
  runtime.run();
  EXPECT_EQ(early, false);
  EXPECT_EQ(late, true);
}

TEST(Timer, FiresOnceAtTheLatestTimeItWasSetTo) {
  Runtime runtime;
  int fired = 0;
  const auto start = runtime.now();
  Timer timer(runtime, [&] { ++fired; });
  timer.expire_at(start + milliseconds(1));
  timer.expire_at(start + milliseconds(15));
  runtime.run();
  EXPECT_EQ(fired, 1);
  EXPECT_GE(runtime.now(), start + milliseconds(15));
  timer.expire_at(start + milliseconds(10'000));
  timer.expire_after(milliseconds(1));
  runtime.run();
  EXPECT_EQ(fired, 2);
}

TEST(Timer, DoesNotFireOnceCancelledOrDestroyed) {
  Runtime runtime;
  int fired = 0;
  Timer cancelled(runtime, [&] { ++fired; });
  cancelled.expire_after(milliseconds(1));
  cancelled.cancel();
  std::make_unique<Timer>(runtime, [&] { ++fired; })->expire_after(milliseconds(1));
  Timer stopped(runtime, [&] { ++fired; });
  stopped.expire_after(milliseconds(1'000'000));
  stopped.stop();
  runtime.run();
  EXPECT_EQ(fired, 0);
}

}  // namespace
}  // namespace aipg::net
