// SPDX-License-Identifier: Apache-2.0
#include "client/core/stepped_call.h"

namespace aipg::client {
namespace {

struct Head {
  unsigned status = 0;
  std::string content_type;
};
struct Resumed {};
using Reply = std::variant<Head, ByteView, Resumed, Error>;

// The outermost coroutine, which nobody awaits.
struct Outermost {
  struct promise_type {
    std::exception_ptr exception;
    Outermost get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    void unhandled_exception() { exception = std::current_exception(); }
    void return_void() {}
  };
  std::coroutine_handle<promise_type> handle;
};

Outermost run(std::function<net::Task<void>(Gateway&)> body, Gateway& gateway) { co_await body(gateway); }

}  // namespace

// The call's gateway: each wait of its is a step.
class SteppedCall::Steps final : public Gateway {
 public:
  explicit Steps(std::function<net::Task<void>(Gateway&)> body) : call_(run(std::move(body), *this).handle) {}
  ~Steps() override { call_.destroy(); }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  [[nodiscard]] net::Task<Result<std::unique_ptr<Response>>> send(Request request) override {
    auto head = co_await ask(std::move(request), milliseconds(0));
    if (!head) co_return std::unexpected(head.error());
    co_return std::make_unique<SteppedResponse>(*this, *std::move(head));
  }

  [[nodiscard]] net::Task<Result<Whole>> fetch(Request request, std::size_t max_bytes, milliseconds limit) override {
    const auto head = co_await ask(std::move(request), limit);
    if (!head) co_return std::unexpected(head.error());
    Whole out{head->status, {}};
    while (true) {
      const auto piece = co_await read();
      if (!piece) co_return std::unexpected(piece.error());
      if (piece->empty()) co_return out;
      if (piece->size() > max_bytes - out.body.size()) co_return fail("http_too_large");
      append(out.body, *piece);
    }
  }

  [[nodiscard]] net::Task<void> pause(milliseconds duration) override { (void)co_await Turn{*this, Pause{duration}}; }
  [[nodiscard]] bool is_cancelled() const override { return cancelled_; }
  [[nodiscard]] std::string last_failure() const override { return last_failure_; }

  // --- for who drives ---

  void cancel() { cancelled_ = true; }
  void note(std::string reason) { last_failure_ = std::move(reason); }
  [[nodiscard]] Step start() {
    if (waiting_ || call_.done()) __builtin_trap();
    return go_on(call_);
  }
  template <typename Waiting>
  [[nodiscard]] Step reply(Reply reply) {
    if (!waiting_ || !std::holds_alternative<Waiting>(step_)) __builtin_trap();
    reply_ = std::move(reply);
    return go_on(std::exchange(waiting_, {}));
  }
  // A request or a piece of an answer did not come.
  [[nodiscard]] Step fail_with(const Error& error) {
    return std::holds_alternative<Send>(step_) ? reply<Send>(error) : reply<Read>(error);
  }

 private:
  // Hands the step out, and goes on with the reply.
  struct Turn {
    Steps& steps;
    Step step;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      steps.step_ = std::move(step);
      steps.waiting_ = waiting;
    }
    Reply await_resume() const { return std::move(steps.reply_); }
  };

  class SteppedResponse final : public Response {
   public:
    SteppedResponse(Steps& steps, Head head) : steps_(steps), head_(std::move(head)) {}
    [[nodiscard]] unsigned status() const override { return head_.status; }
    [[nodiscard]] std::string content_type() const override { return head_.content_type; }
    [[nodiscard]] net::Task<Result<ByteView>> read() override { return steps_.read(); }

   private:
    Steps& steps_;
    Head head_;
  };

  net::Task<Result<Head>> ask(Request request, milliseconds limit) {
    Reply reply = co_await Turn{*this, Send{std::move(request), limit}};
    if (const auto* error = std::get_if<Error>(&reply)) co_return std::unexpected(*error);
    co_return std::get<Head>(std::move(reply));
  }

  // Empty at the end.
  net::Task<Result<ByteView>> read() {
    const Reply reply = co_await Turn{*this, Read{}};
    if (const auto* error = std::get_if<Error>(&reply)) co_return std::unexpected(*error);
    co_return std::get<ByteView>(reply);
  }

  Step go_on(std::coroutine_handle<> from) {
    from.resume();
    if (!call_.done()) return step_;
    if (call_.promise().exception) std::rethrow_exception(call_.promise().exception);
    return Done{};
  }

  std::coroutine_handle<Outermost::promise_type> call_;
  std::coroutine_handle<> waiting_;  // whose turn it is
  Step step_;
  Reply reply_;
  std::string last_failure_;
  bool cancelled_ = false;
};

SteppedCall::SteppedCall(std::function<net::Task<void>(Gateway&)> body)
    : steps_(std::make_unique<Steps>(std::move(body))) {}
SteppedCall::~SteppedCall() = default;

SteppedCall::Step SteppedCall::start() { return steps_->start(); }
SteppedCall::Step SteppedCall::answered(unsigned status, std::string content_type) {
  return steps_->reply<Send>(Head{status, std::move(content_type)});
}
SteppedCall::Step SteppedCall::piece(ByteView bytes) {
  if (bytes.empty()) return Read{};  // nothing has come: still the same step
  return steps_->reply<Read>(bytes);
}
SteppedCall::Step SteppedCall::ended() { return steps_->reply<Read>(ByteView()); }
SteppedCall::Step SteppedCall::failed(Literal code, std::string reason) {
  steps_->note(std::move(reason));
  return steps_->fail_with(Error{code, {}, 0});
}
SteppedCall::Step SteppedCall::paused() { return steps_->reply<Pause>(Resumed{}); }
void SteppedCall::cancel() { steps_->cancel(); }

}  // namespace aipg::client
