// SPDX-License-Identifier: Apache-2.0
// One connection's byte stream, whatever carries it: TCP, a Unix socket, TLS.
// Two ways to use it: at once (read_now(), write_now(), and who asked for it is
// told when to try again), or as operations that end when something was done, at
// most one read and one write at a time. Private to net/.
//
// Lifetime: operations under way keep the stream alive. Callbacks never own
// anything; whoever gave one calls detach() (or awaits the end) before it dies.
#pragma once

#include <array>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "net/address.h"
#include "net/runtime.h"
#include "net/timer.h"

namespace aipg::net {

class Stream;

// A connection on its way to another loop: nobody watches it meanwhile.
class UnwatchedStream {
 public:
  virtual ~UnwatchedStream() = default;  // closes it, unless it was watched
  // Once; on the thread of `runtime`.
  [[nodiscard]] std::shared_ptr<Stream> watch(Runtime& runtime);

 protected:
  [[nodiscard]] virtual std::shared_ptr<Stream> watched(Runtime& runtime) = 0;

 private:
  friend class Stream;
  std::shared_ptr<const void> held_;
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  enum class Outcome : std::uint8_t {
    done,       // some bytes were read, or all were written
    end,        // the peer closed properly
    failed,     // reset, closed here, TLS cut
    timed_out,  // the deadline passed
    cancelled,
    again,  // nothing could be done now; of the calls that do not wait only
  };
  struct Transfer {
    Outcome outcome = Outcome::failed;
    std::size_t bytes = 0;
  };
  using Done = std::function<void(Transfer)>;
  using Pieces = std::array<ByteView, 6>;  // written one after the other; unused ones are empty

  explicit Stream(Runtime& runtime);
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // --- at once: done, again, end or failed ---
  [[nodiscard]] virtual Transfer read_now(MutableByteView into) = 0;
  // Some of it. What was not taken comes again in the next call, first and unchanged.
  [[nodiscard]] virtual Transfer write_now(const Pieces& pieces) = 0;
  // Told from the loop that reading or writing may be possible again. One for a stream.
  class Readiness {
   public:
    virtual void on_ready() = 0;

   protected:
    ~Readiness() = default;
  };
  void tell(Readiness* readiness) { readiness_ = readiness; }

  // --- operations ---

  // `done` is called once, from the loop. The memory must stay until then or until close().
  void start_read(MutableByteView into, Done done);
  void start_write(const Pieces& pieces, Done done);
  [[nodiscard]] bool reading() const { return read_done_ != nullptr; }
  [[nodiscard]] bool writing() const { return write_done_ != nullptr; }

  class ReadAwaiter;
  class WriteAwaiter;
  [[nodiscard]] ReadAwaiter read_some(MutableByteView into);
  [[nodiscard]] WriteAwaiter write(const Pieces& pieces);

  // When passed, operations under way end with timed_out.
  void read_deadline(milliseconds from_now) { read_timer_.expire_after(from_now); }
  void no_read_deadline() { read_timer_.cancel(); }
  // Longest wait for the peer to take another byte; zero: no limit.
  void write_limit(milliseconds limit) { write_limit_ = limit; }

  // Ends what is under way. Later operations fail.
  void close();
  // Closes, and calls nobody back any more.
  void detach();
  // No operation is under way and none comes soon: stops the timers.
  void rest();

  // For another loop; nothing may be under way. This one is closed, and calls nobody back any more.
  [[nodiscard]] std::unique_ptr<UnwatchedStream> release();
  // Keeps this for as long as the connection is open, wherever it is released to.
  void hold(std::shared_ptr<const void> ticket) { held_ = std::move(ticket); }
  // For a stream that takes this one's place.
  [[nodiscard]] std::shared_ptr<const void> give_held() { return std::move(held_); }

  // Tells the peer that nothing more comes; with TLS also authentically.
  virtual void end_sending() = 0;
  // Nothing to read, not even the end: fit to be used again.
  [[nodiscard]] virtual bool quiet() const = 0;
  [[nodiscard]] const std::string& peer() const { return peer_; }
  // RFC 9266; zero bytes without TLS.
  [[nodiscard]] virtual ByteArray<32> channel_binding() const { return {}; }

 protected:
  [[nodiscard]] virtual std::unique_ptr<UnwatchedStream> let_go() = 0;
  // The descriptor is closed: nothing is possible any more.
  virtual void close_descriptor() = 0;
  // Something may be possible: goes on with what is under way, and tells who wants to know.
  void ready();
  void set_peer(std::string peer) { peer_ = std::move(peer); }
  [[nodiscard]] Reactor& reactor() { return reactor_; }

 private:
  void expired();
  void try_read(bool from_loop);
  void try_write(bool from_loop);
  void end_read(Transfer transfer, bool from_loop);
  void end_write(Outcome outcome, bool from_loop);
  void end_operations(Outcome outcome);
  void finish(Done& done, Transfer transfer, bool from_loop);

  Reactor& reactor_;
  Readiness* readiness_ = nullptr;
  Done read_done_, write_done_;
  MutableByteView read_into_;
  Pieces unwritten_{};
  std::size_t written_ = 0;
  bool read_waits_ = false, write_waits_ = false;  // else its end is on its way
  milliseconds write_limit_{0};
  Timer read_timer_, write_timer_;
  std::string peer_;
  std::shared_ptr<const void> held_;
};

class Stream::ReadAwaiter {
 public:
  ReadAwaiter(std::shared_ptr<Stream> stream, MutableByteView into) : stream_(std::move(stream)), into_(into) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    stream_->start_read(into_, [this, waiter](Transfer t) {
      transfer_ = t;
      waiter.resume();
    });
  }
  [[nodiscard]] Transfer await_resume() const { return transfer_; }

 private:
  std::shared_ptr<Stream> stream_;
  MutableByteView into_;
  Transfer transfer_;
};

class Stream::WriteAwaiter {
 public:
  WriteAwaiter(std::shared_ptr<Stream> stream, const Pieces& pieces) : stream_(std::move(stream)), pieces_(pieces) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    stream_->start_write(pieces_, [this, waiter](Transfer t) {
      transfer_ = t;
      waiter.resume();
    });
  }
  [[nodiscard]] Transfer await_resume() const { return transfer_; }

 private:
  std::shared_ptr<Stream> stream_;
  Pieces pieces_;
  Transfer transfer_;
};

inline Stream::ReadAwaiter Stream::read_some(MutableByteView into) { return {shared_from_this(), into}; }
inline Stream::WriteAwaiter Stream::write(const Pieces& pieces) { return {shared_from_this(), pieces}; }

// Accepts connections.
class Listener {
 public:
  virtual ~Listener() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // The next connection; null once closed.
  [[nodiscard]] virtual Task<std::shared_ptr<Stream>> accept() = 0;
  virtual void close() = 0;
};

// A Unix socket's file is made with mode 0600; a stale one of ours is removed first. Error: listen_failed.
[[nodiscard]] Result<std::unique_ptr<Listener>> listen_on(Runtime& runtime, const Address& address);

// What can be ended from outside: holds the way to end the step under way.
class Cancellation {
 public:
  void cancel() {
    cancelled_ = true;
    if (auto stop = std::exchange(stop_, nullptr)) stop();
  }
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  void on_cancel(std::function<void()> stop) { stop_ = std::move(stop); }

 private:
  bool cancelled_ = false;
  std::function<void()> stop_;
};

class TlsContext;

// Connects, with the TLS handshake when `tls` is given (the address's host is
// verified). `failure` says for people what went wrong. `cancellation` must
// live until then; it is left empty.
// Errors: http_connect, http_tls, http_cancelled.
[[nodiscard]] Task<Result<std::shared_ptr<Stream>>> connect_stream(Runtime& runtime, Address address,
                                                                   std::shared_ptr<TlsContext> tls, milliseconds limit,
                                                                   Cancellation& cancellation, std::string& failure);

}  // namespace aipg::net
