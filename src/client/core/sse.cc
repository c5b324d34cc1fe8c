// SPDX-License-Identifier: Apache-2.0
#include "client/core/sse.h"

namespace aipg::client {
namespace {

// The value of a field line: one space after the colon is not part of it.
std::optional<std::string_view> field(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

SseEvent parse_sse_event(std::string_view event) {
  SseEvent out;
  while (!event.empty()) {
    const std::string_view line = event.substr(0, event.find('\n'));
    event.remove_prefix(std::min(line.size() + 1, event.size()));
    if (const auto data = field(line, "data:")) {
      out.data = *data;
      ++out.data_lines;
    } else if (const auto name = field(line, "event:")) {
      out.name = *name;
    } else {
      out.other_lines = out.other_lines || !(line.empty() || line.starts_with(':'));
    }
  }
  return out;
}

Result<std::optional<ByteView>> SseCutter::next() {
  static constexpr std::string_view kBlankLine = "\n\n";
  const std::size_t at = buffer_.reveal_text().find(kBlankLine, searched_);
  if (at != std::string_view::npos) return buffer_.reveal().first(at + kBlankLine.size());
  if (buffer_.size() > kMaxSseEventBytes) return fail("sse_event_too_large");
  searched_ = buffer_.empty() ? 0 : buffer_.size() - 1;
  return std::nullopt;
}

void SseCutter::drop(std::size_t n) {
  buffer_.drop_front(n);
  searched_ = 0;
}

Result<void> SseReader::feed(ByteView bytes, const OnEvent& on_event) {
  cutter_.append(bytes);
  while (true) {
    AIPG_TRY(const auto event, cutter_.next());
    if (!event) return {};
    on_event(parse_sse_event(as_text(*event)));
    cutter_.drop(event->size());
  }
}

}  // namespace aipg::client
