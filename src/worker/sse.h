// SPDX-License-Identifier: Apache-2.0
// Server-sent events as an engine writes them, read as they arrive. Sans-I/O;
// stays failed once failed. What was read is wiped. Lines end with LF, CR LF or
// CR; fields but `data` and `event` are skipped, as the standard says.
// Source: WHATWG HTML, section 9.2.6. Errors: sse_too_large.
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::worker {

inline constexpr std::size_t kMaxEventBytes = 1U << 20;

class SseReader {
 public:
  explicit SseReader(std::size_t max_event_bytes = kMaxEventBytes) : max_event_bytes_(max_event_bytes) {}

  struct Event {
    std::string_view name;  // of the `event` field; empty when there was none
    std::string_view data;  // its lines, joined by LF
  };
  // Both are valid until the callback returns. An error that the callback returns ends the reading with it.
  using OnEvent = std::function<Result<void>(const Event&)>;

  [[nodiscard]] Result<void> feed(ByteView bytes, const OnEvent& on_event);
  // The stream ended whole. An event that lacks only the empty line after it is one: browsers drop it, and with it
  // would go what the engine said last.
  [[nodiscard]] Result<void> finish(const OnEvent& on_event);

 private:
  [[nodiscard]] Result<void> take_line(std::string_view line, const OnEvent& on_event);
  [[nodiscard]] Result<void> dispatch(const OnEvent& on_event);

  std::size_t max_event_bytes_;
  SecretBytes line_;  // the part of a line that has come
  SecretBytes data_, name_;
  bool has_data_ = false;
  bool after_cr_ = false;  // an LF now belongs to the line before
  std::optional<Error> failure_;
};

}  // namespace aipg::worker
