// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "answer_reader.h"
#include "socket.h"

namespace aipg::bench::relay {
namespace {

// Until a server that was busy is asked again.
constexpr microseconds kBusy{1'000};

double seconds_between(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

}  // namespace

class Load::Connection final : public Loop::Handler, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Load& load, const Bytes& request) : load_(load), request_(request) { connect(); }

  void ask() {
    reader_ = {};
    begun_ = false;
    asked_ = now();
    ++load_.waiting_;
    socket_->write(request_);
  }
  void leave() { socket_->close(); }
  void ready() override {
    if (socket_->kept() != 0) socket_->write_kept();
    while (true) {
      const ByteView bytes = socket_->read();
      if (bytes.empty()) break;
      take(bytes);
    }
    if (socket_->state() != Socket::State::open && !reader_.was_last()) give_up("the connection was lost");
  }

 private:
  void connect() {
    socket_.emplace(Socket::connect_to(load_.options_.port));
    if (load_.options_.tls != nullptr) socket_->begin_tls(load_.options_.tls);
    socket_->unblock();
    load_.loop_.watch(socket_->fd(), *this);
  }
  void take(ByteView bytes) {
    const std::size_t body = reader_.feed(bytes);
    const bool reckoned = load_.options_.on_demand || (load_.options_.asks_again && reader_.busy());
    if (reader_.refused() && !reckoned) give_up(reader_.head());
    if (body != 0) count(body);
    if (!reader_.whole()) return;
    --load_.waiting_;
    if (!reader_.refused()) ++load_.answers_;
    if (load_.recording_) {
      (reader_.refused() ? load_.refusals_ : load_.latencies_).push_back(seconds_between(asked_, now()));
    }
    if (load_.options_.on_demand) return load_.free_.push_back(this);
    if (reader_.refused()) ++load_.asked_again_;
    const microseconds pause = reader_.refused() ? kBusy : load_.options_.pause;
    if (pause.count() == 0) return go_on();
    load_.loop_.at(now() + pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->go_on();
    });
  }
  void go_on() {
    if (load_.stopped_) return;
    if (reader_.was_last()) connect();
    ask();
  }
  void count(std::size_t body) {
    load_.body_bytes_ += body;
    if (!std::exchange(begun_, true)) ++load_.begun_;
    if (load_.options_.event_bytes == 0) return;
    part_ += body;
    if (part_ < load_.options_.event_bytes) return;
    load_.events_ += part_ / load_.options_.event_bytes;
    part_ %= load_.options_.event_bytes;
    const TimePoint at = now();
    if (load_.recording_ && last_event_ != TimePoint{}) load_.gaps_.push_back(seconds_between(last_event_, at));
    last_event_ = at;
  }
  [[noreturn]] static void give_up(const std::string& why) {
    fmt::print(stderr, "bench: a request failed: {}\n", why);
    std::exit(1);
  }

  Load& load_;
  const Bytes& request_;
  std::optional<Socket> socket_;
  AnswerReader reader_;
  TimePoint asked_{}, last_event_{};
  std::size_t part_ = 0;  // of an event
  bool begun_ = false;
};

Load::Load(Loop& loop, LoadOptions options) : loop_(loop), options_(std::move(options)) {
  for (unsigned i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_shared<Connection>(*this, options_.requests[i % options_.requests.size()]));
    if (options_.on_demand) free_.push_back(connections_.back().get());
  }
}

Load::~Load() = default;

void Load::start() {
  for (const auto& each : connections_) each->ask();
}

bool Load::ask_one() {
  if (free_.empty()) return false;
  Connection* const next = free_.back();
  free_.pop_back();
  next->ask();
  return true;
}

void Load::leave(std::size_t connection) { connections_[connection]->leave(); }

}  // namespace aipg::bench::relay
