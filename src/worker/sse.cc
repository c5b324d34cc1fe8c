// SPDX-License-Identifier: Apache-2.0
#include "worker/sse.h"

namespace aipg::worker {

Result<void> SseReader::feed(ByteView bytes, const OnEvent& on_event) {
  if (failure_) return std::unexpected(*failure_);
  std::string_view rest = as_text(bytes);
  if (after_cr_ && !rest.empty()) {
    if (rest.front() == '\n') rest.remove_prefix(1);
    after_cr_ = false;
  }
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of("\r\n");
    const std::string_view piece = rest.substr(0, end);
    if (line_.size() + data_.size() + piece.size() > max_event_bytes_) {
      failure_ = Error{"sse_too_large", "event", 0};
      return std::unexpected(*failure_);
    }
    line_.append(piece);
    if (end == std::string_view::npos) break;
    const Result<void> taken = take_line(line_.reveal_text(), on_event);
    line_.clear();
    if (!taken) {
      failure_ = taken.error();
      return taken;
    }
    const bool cr = rest[end] == '\r';
    rest.remove_prefix(end + 1);
    after_cr_ = cr && rest.empty();
    if (cr && !rest.empty() && rest.front() == '\n') rest.remove_prefix(1);
  }
  return {};
}

Result<void> SseReader::finish(const OnEvent& on_event) { return feed(as_bytes("\n\n"), on_event); }

Result<void> SseReader::take_line(std::string_view line, const OnEvent& on_event) {
  if (line.empty()) return dispatch(on_event);
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_.append("\n");
    data_.append(value);
    has_data_ = true;
  } else if (field == "event") {
    name_.clear();
    name_.append(value);
  }
  return {};
}

Result<void> SseReader::dispatch(const OnEvent& on_event) {
  Result<void> taken;
  if (has_data_) taken = on_event({name_.reveal_text(), data_.reveal_text()});
  has_data_ = false;
  data_.clear();
  name_.clear();
  return taken;
}

}  // namespace aipg::worker
