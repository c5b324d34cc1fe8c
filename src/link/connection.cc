// SPDX-License-Identifier: Apache-2.0
#include "link/connection.h"

#include <optional>

#include "net/soon.h"

namespace aipg::link {
namespace {

// Of DATA, which this side can hold back.
constexpr std::size_t kMaxUnsentBytes = 4U << 20;
// Of everything. What must be said whatever the peer does (resets, credits, receipts) is little for a peer that reads.
constexpr std::size_t kMaxUnreadBytes = 32U << 20;

bool may_come_from(Role sender, const Control& message) {
  const bool from_worker = std::holds_alternative<Register>(message) ||
                           std::holds_alternative<EvidenceComing>(message) || std::holds_alternative<Retire>(message) ||
                           std::holds_alternative<LateReceipt>(message);
  return from_worker == (sender == Role::worker);
}

}  // namespace

struct Connection::Impl final : net::WebSocket::Events {
  Impl(net::Runtime& runtime, std::unique_ptr<net::WebSocket> s, Role r, Mux& m)
      : socket(std::move(s)), role(r), mux(m), flush(runtime, [this] { write(); }), changed(runtime) {}

  std::unique_ptr<net::WebSocket> socket;
  Role role;
  Mux& mux;
  ConnectionEvents* events = nullptr;
  bool closing = false;          // write what is left, then close
  std::optional<Error> failure;  // the peer broke the rules
  std::optional<Error> end;
  bool refused_room = false;
  net::Soon flush;
  net::Event changed;  // the end

  void write();
  void fail_with(const Error& error);
  [[nodiscard]] std::size_t unsent() const { return socket->unsent_bytes() + mux.output_bytes(); }
  void tell_of_room();
  Result<void> receive_control(std::string_view text);

  void on_text(ByteView message) override;
  void on_binary(ByteView piece, bool last) override;
  void on_heard() override;
  void on_writable() override;
  void on_end(const Error& why) override;
};

// What the socket does not take at once waits in the mux.
void Connection::Impl::write() {
  bool written = false;
  while (mux.has_output() && socket->unsent_bytes() == 0) {
    Bytes message = mux.take_output();
    socket->send(false, message);
    mux.recycle(std::move(message));
    written = true;
  }
  if (closing && !mux.has_output()) return socket->close();
  if (written) tell_of_room();
}

void Connection::Impl::tell_of_room() {
  if (!refused_room || end || unsent() >= kMaxUnsentBytes) return;
  refused_room = false;
  events->on_room();
}

void Connection::Impl::fail_with(const Error& error) {
  if (!failure) failure = error;
  socket->abort();
}

Result<void> Connection::Impl::receive_control(std::string_view text) {
  AIPG_TRY(const Control control, parse_control(text));
  const Role sender = role == Role::worker ? Role::gateway : Role::worker;
  if (!may_come_from(sender, control)) return fail("link_control", "direction");
  if (const auto* evidence = std::get_if<EvidenceComing>(&control)) {
    AIPG_CHECK(mux.expect_evidence(evidence->bytes));
  }
  events->on_control(control);
  return {};
}

void Connection::Impl::on_text(ByteView message) {
  if (failure) return;
  if (const auto taken = receive_control(as_text(message)); !taken) fail_with(taken.error());
}

void Connection::Impl::on_binary(ByteView piece, bool last) {
  if (failure) return;
  if (const auto taken = mux.receive(piece, last, *events); !taken) fail_with(taken.error());
}

void Connection::Impl::on_heard() {
  events->on_heard();
  mux.heard();
  flush.ask();  // credits and answers to resets
  if (unsent() > kMaxUnreadBytes) fail_with({"link_limit", "unread", 0});
}

void Connection::Impl::on_writable() {
  if (!mux.has_output() && !closing) return tell_of_room();
  write();
}

void Connection::Impl::on_end(const Error& why) {
  end = failure.value_or(why);
  changed.notify_all();
}

Connection::Connection(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Role role)
    : mux_(role), impl_(std::make_unique<Impl>(runtime, std::move(socket), role, mux_)) {}

Connection::~Connection() = default;

net::Task<Result<void>> Connection::run(ConnectionEvents& events) {
  Impl& impl = *impl_;
  impl.events = &events;
  impl.socket->start(impl);
  while (!impl.end) co_await impl.changed.wait();
  co_return std::unexpected(*impl.end);
}

void Connection::flush() { impl_->flush.ask(); }

// Behind what the mux has gathered.
void Connection::send(const Control& message) {
  while (mux_.has_output()) {
    Bytes frames = mux_.take_output();
    impl_->socket->send(false, frames);
    mux_.recycle(std::move(frames));
  }
  impl_->socket->send(true, as_bytes(write_control(message)));
}

ByteArray<32> Connection::channel_binding() const { return impl_->socket->channel_binding(); }

std::size_t Connection::unsent_bytes() const { return impl_->unsent(); }

bool Connection::has_room() {
  if (unsent_bytes() < kMaxUnsentBytes) return true;
  impl_->refused_room = true;
  return false;
}

void Connection::close() {
  impl_->closing = true;
  flush();
}

void Connection::abort() { impl_->socket->abort(); }
void Connection::abort(const Error& why) { impl_->fail_with(why); }

}  // namespace aipg::link
