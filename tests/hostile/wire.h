// SPDX-License-Identifier: Apache-2.0
// Blocking sockets that send any bytes there are.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

namespace aipg::hostile {

// Bounds a failure, and decides nothing.
inline constexpr milliseconds kPatience{20'000};

class Wire {
 public:
  Wire() = default;
  explicit Wire(int fd) : fd_(fd) {}
  ~Wire() { close(); }
  Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Wire& operator=(Wire&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  [[nodiscard]] static Wire connect(std::uint16_t port);
  // All of it. False when the other side has gone, or takes nothing for `patience`.
  bool send(ByteView bytes, milliseconds patience = kPatience);
  bool send(std::string_view text, milliseconds patience = kPatience) { return send(as_bytes(text), patience); }
  enum class Came : std::uint8_t { bytes, end, nothing };
  // What has come, appended; waits for it that long.
  Came read(Bytes& into, milliseconds patience = kPatience);
  void end_sending();
  // So that close() resets the connection instead of ending it.
  void reset_at_close();
  void close();
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

class Listener {
 public:
  Listener();                                  // on a loopback port of its own
  explicit Listener(const std::string& path);  // on a Unix socket
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Not open() when nobody came in time.
  [[nodiscard]] Wire accept(milliseconds patience = kPatience);

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace aipg::hostile
