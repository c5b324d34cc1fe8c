// SPDX-License-Identifier: Apache-2.0
#include "link/connection.h"

#include <deque>
#include <optional>

namespace aipg::link {
namespace {

bool may_come_from(Role sender, const Control& message) {
  const bool from_worker = std::holds_alternative<Register>(message) ||
                           std::holds_alternative<EvidenceComing>(message) || std::holds_alternative<Retire>(message) ||
                           std::holds_alternative<LateReceipt>(message);
  return from_worker == (sender == Role::worker);
}

}  // namespace

struct Connection::Impl {
  Impl(net::Runtime& runtime, std::unique_ptr<net::WebSocket> s, Role r, Mux& m)
      : socket(std::move(s)), role(r), mux(m), wake(runtime), writer_ended(runtime) {}

  std::unique_ptr<net::WebSocket> socket;
  Role role;
  Mux& mux;
  std::deque<net::WebSocket::Message> queue;  // in order; what the mux gathered since comes after it
  std::size_t queued_bytes = 0;
  std::size_t sending_bytes = 0;  // in the socket's hands
  bool closing = false;           // write what is left, then close
  bool reading = true;            // run() still reads
  bool writing = false;           // the writer runs
  net::Event wake;                // for the writer: there may be something to write
  net::Event writer_ended;

  void gather();
  std::size_t unsent() const { return queued_bytes + sending_bytes + mux.output_bytes(); }
  Result<void> receive(const net::WebSocket::Message& message, ConnectionEvents& events);
  Result<void> receive_control(const net::WebSocket::Message& message, ConnectionEvents& events);
  net::Task<Result<void>> read_all(ConnectionEvents& events);
  net::Task<bool> write_one();
  net::Task<void> write_all(ConnectionEvents& events);
};

// Moves the mux's frames to the queue, behind the control messages that were sent before them.
void Connection::Impl::gather() {
  while (mux.has_output()) {
    queue.push_back({.text = false, .bytes = mux.take_output()});
    queued_bytes += queue.back().bytes.size();
  }
}

Result<void> Connection::Impl::receive(const net::WebSocket::Message& message, ConnectionEvents& events) {
  return message.text ? receive_control(message, events) : mux.receive(message.bytes, events);
}

Result<void> Connection::Impl::receive_control(const net::WebSocket::Message& message, ConnectionEvents& events) {
  AIPG_TRY(const Control control, parse_control(as_text(message.bytes)));
  const Role sender = role == Role::worker ? Role::gateway : Role::worker;
  if (!may_come_from(sender, control)) return fail("link_control", "direction");
  if (const auto* evidence = std::get_if<EvidenceComing>(&control)) {
    AIPG_CHECK(mux.expect_evidence(evidence->bytes));
  }
  events.on_control(control);
  return {};
}

net::Task<Result<void>> Connection::Impl::read_all(ConnectionEvents& events) {
  while (true) {
    auto message = co_await socket->receive();
    if (!message) co_return std::unexpected(message.error());
    const Result<void> taken = receive(*message, events);
    if (!taken) co_return taken;
    wake.notify_all();  // credits and answers to resets
  }
}

// Writes the message at the front. False when the socket failed.
net::Task<bool> Connection::Impl::write_one() {
  net::WebSocket::Message message = std::move(queue.front());
  queue.pop_front();
  sending_bytes = message.bytes.size();
  queued_bytes -= sending_bytes;
  const Result<void> sent = co_await socket->send(message.text, message.bytes);
  sending_bytes = 0;
  co_return sent.has_value();
}

net::Task<void> Connection::Impl::write_all(ConnectionEvents& events) {
  bool alive = true;
  while (alive && reading) {
    gather();
    if (!queue.empty()) {
      alive = co_await write_one();
      if (alive && reading) events.on_written();
    } else if (closing) {
      co_await socket->close();
      break;
    } else {
      // A waiter resumes from the loop, after all that this turn still does: one message a turn.
      co_await wake.wait();
    }
  }
  if (!alive) socket->abort();  // so that the reader ends too
  writing = false;
  writer_ended.notify_all();
}

Connection::Connection(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Role role)
    : mux_(role), runtime_(runtime), impl_(std::make_unique<Impl>(runtime, std::move(socket), role, mux_)) {}

Connection::~Connection() = default;

net::Task<Result<void>> Connection::run(ConnectionEvents& events) {
  Impl& impl = *impl_;
  impl.writing = true;
  runtime_.spawn(impl.write_all(events));
  Result<void> ended = co_await impl.read_all(events);
  impl.reading = false;
  impl.socket->abort();  // nothing is read any more, so nothing waits to be written
  impl.wake.notify_all();
  while (impl.writing) co_await impl.writer_ended.wait();
  co_return ended;
}

void Connection::flush() { impl_->wake.notify_all(); }

void Connection::send(const Control& message) {
  impl_->gather();
  impl_->queue.push_back({.text = true, .bytes = to_bytes(write_control(message))});
  impl_->queued_bytes += impl_->queue.back().bytes.size();
  flush();
}

ByteArray<32> Connection::channel_binding() const { return impl_->socket->channel_binding(); }

std::size_t Connection::unsent_bytes() const { return impl_->unsent(); }

void Connection::close() {
  impl_->closing = true;
  flush();
}

void Connection::abort() { impl_->socket->abort(); }

}  // namespace aipg::link
