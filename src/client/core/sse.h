// SPDX-License-Identifier: Apache-2.0
// Reading a stream of server-sent events as workers write them: LF line ends,
// one `data:` line an event, a blank line after it. Sans-I/O. Content is
// secret. Error: sse_event_too_large.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::client {

inline constexpr std::size_t kMaxSseEventBytes = 16 << 20;
inline constexpr std::string_view kSseDone = "[DONE]";

struct SseEvent {
  std::string_view name;       // of its `event:` line, usually none
  std::string_view data;       // of its last `data:` line
  std::size_t data_lines = 0;  // 0: a comment
  bool other_lines = false;    // those that workers do not write
};

// One whole event, with or without its blank line. Views borrow.
[[nodiscard]] SseEvent parse_sse_event(std::string_view event);
// Cuts a stream, which comes in any pieces, after each blank line.
class SseCutter {
 public:
  void append(ByteView bytes) { buffer_.append(bytes); }
  // The first whole event's bytes, blank line included; nullopt: more must come. Valid until drop().
  [[nodiscard]] Result<std::optional<ByteView>> next();
  // What has come of an event that is not whole.
  [[nodiscard]] ByteView rest() const { return buffer_.reveal(); }
  void drop(std::size_t n);

 private:
  SecretBytes buffer_;
  std::size_t searched_ = 0;  // no event ends before here
};

class SseReader {
 public:
  using OnEvent = std::function<void(const SseEvent&)>;
  // Views in an event are valid until the call returns.
  [[nodiscard]] Result<void> feed(ByteView bytes, const OnEvent& on_event);

 private:
  SseCutter cutter_;
};

}  // namespace aipg::client
