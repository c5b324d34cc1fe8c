// SPDX-License-Identifier: Apache-2.0
// Events are the same however the bytes arrive, no line break is inside a
// name, and what was refused stays refused.
#include <cstdint>
#include <string>
#include <vector>

#include "worker/sse.h"

namespace {

using aipg::worker::SseReader;

struct Read {
  std::vector<std::pair<std::string, std::string>> events;
  bool failed = false;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(aipg::ByteView in, std::size_t piece) {
  Read out;
  SseReader reader(512);
  const auto on_event = [&out](const SseReader::Event& event) {
    if (event.name.find_first_of("\r\n") != std::string_view::npos) __builtin_trap();
    out.events.emplace_back(event.name, event.data);
    return aipg::Result<void>();
  };
  for (std::size_t at = 0; at < in.size(); at += piece) {
    const auto fed = reader.feed(in.subspan(at, std::min(piece, in.size() - at)), on_event);
    if (out.failed && fed.has_value()) __builtin_trap();
    out.failed = out.failed || !fed.has_value();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  const Read whole = read(in, std::max<std::size_t>(1, size));
  if (read(in, 1) != whole || read(in, 7) != whole) __builtin_trap();
  return 0;
}
