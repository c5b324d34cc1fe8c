// SPDX-License-Identifier: Apache-2.0
// Frames fed in pieces give the events they give fed whole; and each event,
// written as one frame, reads as the same event again.
#include <cstdlib>
#include <utility>

#include "net/websocket_frame.h"

namespace {

using namespace aipg;
using net::FrameReader;

constexpr std::size_t kMax = 4096;

struct Message {
  net::Opcode kind;
  Bytes bytes;
};
struct Read {
  std::vector<Message> events;  // binary messages put together
  bool failed = false;
};

Read read(ByteView wire, bool masked, std::size_t piece) {
  FrameReader reader(masked, kMax);
  Read out;
  Bytes copy = to_bytes(wire), binary;  // unmasked where they lie
  MutableByteView in = copy;
  while (!in.empty()) {
    MutableByteView part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    for (;;) {
      auto step = reader.feed(part);
      if (!step) {
        out.failed = true;
        return out;
      }
      part = part.subspan(step->consumed);
      if (!step->event) break;
      const auto& [kind, bytes, last] = *step->event;
      if (kind == net::Opcode::binary) {
        append(binary, bytes);
        if (last) out.events.push_back({kind, std::exchange(binary, {})});
      } else {
        out.events.push_back({kind, to_bytes(bytes)});
      }
    }
  }
  return out;
}

bool same(const Read& a, const Read& b) {
  return a.failed == b.failed && std::ranges::equal(a.events, b.events, [](const auto& x, const auto& y) {
           return x.kind == y.kind && x.bytes == y.bytes;
         });
}

void write_again(const Message& event) {
  const ByteArray<4> mask = {1, 2, 3, 4};
  Bytes frame = to_bytes(net::FrameHeader(event.kind, event.bytes.size(), &mask).view());
  Bytes payload = event.bytes;
  net::apply_mask(payload, mask);
  append(frame, payload);
  const Read again = read(frame, true, frame.size());
  if (again.failed || again.events.size() != 1) std::abort();
  if (again.events[0].kind != event.kind || again.events[0].bytes != event.bytes) std::abort();
}

}  // namespace

// The first byte says which side reads, and how long the pieces are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool masked = (data[0] & 1) != 0;
  const ByteView in(data + 1, size - 1);
  const Read whole = read(in, masked, in.size() + 1);
  if (!same(read(in, masked, data[0] / 16 + 1U), whole) || !same(read(in, masked, 1), whole)) std::abort();
  for (const auto& event : whole.events) write_again(event);
  return 0;
}
