// SPDX-License-Identifier: Apache-2.0
#include "origin.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include "socket.h"

namespace aipg::bench::relay {
namespace {

constexpr int kBacklog = 4096;

std::string chunk(std::size_t size) { return fmt::format("{:x}\r\n{}\r\n", size, std::string(size, 'e')); }

// Of text.size() bytes, or a little more for short ones.
std::string chat_completion(std::string_view text) {
  const auto with = [](std::string_view content) {
    return fmt::format(
        R"({{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"{}","choices":[{{"index":0,"message":)"
        R"({{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":30,)"
        R"("completion_tokens":120,"total_tokens":150}}}})",
        kModel, content);
  };
  return with(text.substr(std::min(text.size(), with({}).size())));
}

}  // namespace

class Origin::Connection final : public Loop::Handler, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Origin& origin, int fd) : origin_(origin), socket_(fd) {}

  void ready() override;
  // One event, when the last one has gone out. False when this is no stream (any more).
  bool step();

 private:
  void take(ByteView bytes);
  void answer();
  void pace(std::uint64_t k);
  void end();

  Origin& origin_;
  Socket socket_;
  std::string head_;           // of the request being read
  std::size_t body_left_ = 0;  // of its body
  bool streaming_ = false;
  TimePoint begun_{};
  std::uint64_t number_ = 0;
};

void Origin::Connection::ready() {
  const auto self = shared_from_this();
  if (socket_.kept() != 0) socket_.write_kept();
  while (true) {
    const ByteView bytes = socket_.read();
    if (bytes.empty()) break;
    take(bytes);
  }
  if (socket_.state() != Socket::State::open) end();
}

void Origin::Connection::take(ByteView bytes) {
  while (!bytes.empty()) {
    if (body_left_ != 0) {
      const std::size_t n = std::min(body_left_, bytes.size());
      bytes = bytes.subspan(n);
      body_left_ -= n;
      if (body_left_ == 0) answer();
      continue;
    }
    const std::size_t before = head_.size();
    head_ += as_text(bytes);
    const auto end = head_.find("\r\n\r\n");
    if (end == head_.npos) return;
    bytes = bytes.subspan(end + 4 - before);
    head_.resize(end);
    std::ranges::transform(head_, head_.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const auto length = head_.find(kLength);
    if (length != head_.npos) {
      std::from_chars(head_.data() + length + kLength.size(), head_.data() + head_.size(), body_left_);
    }
    head_.clear();
    if (body_left_ == 0) answer();
  }
}

void Origin::Connection::answer() {
  const Script& script = origin_.script_;
  if (script.answer_bytes != 0) return socket_.write(origin_.answer_);
  streaming_ = true;
  ++origin_.streams_;
  begun_ = now();
  number_ = origin_.begun_++;
  const std::string_view head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  Bytes first = to_bytes(head);
  append(first, origin_.event_);
  socket_.write(first);
  if (script.silent) return;
  if (script.pace.count() != 0) return pace(1);
  if (!std::exchange(origin_.stepping_, true)) origin_.loop_.at(now(), [&origin = origin_] { origin.step(); });
}

void Origin::Connection::pace(std::uint64_t k) {
  origin_.loop_.at(due_at(origin_.script_, begun_, number_, k), [weak = weak_from_this(), k] {
    const auto self = weak.lock();
    if (self && self->step()) self->pace(k + 1);
  });
}

bool Origin::Connection::step() {
  if (streaming_ && socket_.kept() == 0) socket_.write(origin_.event_);
  return streaming_;
}

void Origin::Connection::end() {
  if (std::exchange(streaming_, false)) --origin_.streams_;
  const int fd = socket_.fd();
  socket_.close();
  origin_.connections_.erase(fd);
}

Origin::Origin(Loop& loop) : loop_(loop), listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(at);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  if (bind(listener_, address, size) != 0 || listen(listener_, kBacklog) != 0) std::abort();
  if (getsockname(listener_, address, &size) != 0) std::abort();
  port_ = ntohs(at.sin_port);
  loop_.watch(listener_, *this);
}

Origin::~Origin() { close(listener_); }

void Origin::play(const Script& script) {
  script_ = script;
  const std::string text(script.answer_bytes, 'a');
  const std::string body = script.chat ? chat_completion(text) : text;
  answer_ = to_bytes(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                 body.size(), body));
  event_ = to_bytes(chunk(script.event_bytes));
}

void Origin::ready() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    const auto connection = std::make_shared<Connection>(*this, fd);
    connections_[fd] = connection;
    loop_.watch(fd, *connection);
  }
}

// Every stream has an event; what is downstream is looked at in between.
void Origin::step() {
  bool any = false;
  for (const auto& [fd, connection] : connections_) any = connection->step() || any;
  stepping_ = any;
  if (any) loop_.at(now(), [this] { step(); });
}

}  // namespace aipg::bench::relay
