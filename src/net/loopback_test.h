// SPDX-License-Identifier: Apache-2.0
// What the tests of net/ share: a runtime with a deadline of last resort, and
// raw bytes over real sockets.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>

#include "net/http_client.h"
#include "net/http_server.h"
#include "net/read_buffer.h"
#include "net/stream.h"

namespace aipg::net {

class Loopback : public testing::Test {
 public:
  // Runs `body` to its end. A test that hangs fails instead of blocking the rest.
  void run(Task<void> body) {
    Timer patience(runtime, [this] {
      ADD_FAILURE() << "the test hangs";
      runtime.stop();
    });
    patience.expire_after(milliseconds(20'000));
    runtime.spawn([](Runtime& r, Task<void> b) -> Task<void> {
      co_await std::move(b);
      r.stop();
    }(runtime, std::move(body)));
    runtime.run();
  }

  std::unique_ptr<HttpServer> serve(HttpServer::Handler handler, ServerLimits limits = {},
                                    std::optional<TlsFiles> tls = {}) {
    auto server = HttpServer::listen(runtime, *parse_listen("127.0.0.1:0"), std::move(tls), limits, std::move(handler));
    EXPECT_TRUE(server.has_value());
    return server ? *std::move(server) : nullptr;
  }
  static Address at(const HttpServer& server, bool tls = false) {
    Address address;
    address.host = "127.0.0.1";
    address.port = server.port();
    address.tls = tls;
    return address;
  }

  // A client that sends what it wants.
  Task<std::shared_ptr<Stream>> raw(const HttpServer& server) {
    Cancellation none;
    std::string why;
    auto stream = co_await connect_stream(runtime, at(server), nullptr, milliseconds(5000), none, why);
    EXPECT_TRUE(stream.has_value()) << why;
    co_return stream ? *stream : nullptr;
  }
  static Task<void> write(Stream& stream, std::string_view text) { (void)co_await stream.write({as_bytes(text)}); }
  // Until the text holds `end`, or the connection does end.
  static Task<std::string> read_until(Stream& stream, std::string_view end) {
    std::string out;
    while (!out.contains(end)) {
      ByteArray<4096> buffer;
      const auto transfer = co_await stream.read_some(buffer);
      if (transfer.outcome != Stream::Outcome::done) break;
      out += as_text(ByteView(buffer).first(transfer.bytes));
    }
    co_return out;
  }
  static Task<std::string> read_to_end(Stream& stream) {
    static constexpr std::string_view kNever("\0never\0", 7);
    return read_until(stream, kNever);
  }

  Runtime runtime;
};

// A WebSocket for a coroutine: what came, message by message.
class Inbox final : public WebSocket::Events {
 public:
  struct Message {
    bool text = false;
    Bytes bytes;
  };
  Inbox(Runtime& runtime, WebSocket& socket) : changed_(runtime) { socket.start(*this); }

  Task<Result<Message>> receive() {
    while (messages_.empty() && !end_) co_await changed_.wait();
    if (messages_.empty()) co_return std::unexpected(*end_);
    Message out = std::move(messages_.front());
    messages_.pop_front();
    co_return out;
  }

 private:
  void on_text(ByteView message) override { add({.text = true, .bytes = to_bytes(message)}); }
  void on_binary(ByteView piece, bool last) override {
    append(binary_, piece);
    if (last) add({.text = false, .bytes = std::exchange(binary_, {})});
  }
  void on_end(const Error& why) override {
    end_ = why;
    changed_.notify_all();
  }
  void add(Message message) {
    messages_.push_back(std::move(message));
    changed_.notify_all();
  }

  Event changed_;
  Bytes binary_;
  std::deque<Message> messages_;
  std::optional<Error> end_;
};

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aipg-net-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Bytes that do not repeat soon.
inline Bytes pattern(std::size_t size) {
  Bytes out(size);
  std::uint32_t state = 12345;
  for (auto& b : out) {
    state = state * 1664525 + 1013904223;
    b = static_cast<std::uint8_t>(state >> 24);
  }
  return out;
}

}  // namespace aipg::net
