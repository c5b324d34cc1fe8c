// SPDX-License-Identifier: Apache-2.0
// A chunked body fed in pieces decodes to what it does fed whole: the same
// bytes, the same end, the same refusal. The first input byte picks the pieces.
#include <cstdlib>

#include "net/chunked.h"

namespace {

using namespace aipg;

struct Decoded {
  Bytes body;
  bool done = false;
  bool failed = false;
  std::size_t consumed = 0;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(ByteView in, std::size_t piece) {
  net::ChunkedDecoder decoder;
  Decoded out;
  while (!in.empty() && !decoder.done()) {
    ByteView part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    while (!part.empty() && !decoder.done()) {
      const auto step = decoder.feed(part);
      if (!step) {
        out.failed = true;
        out.consumed = 0;  // where it is noticed depends on the pieces
        return out;
      }
      if (step->consumed == 0) std::abort();
      append(out.body, step->data);
      out.consumed += step->consumed;
      part = part.subspan(step->consumed);
    }
  }
  out.done = decoder.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView in(data + 1, size - 1);
  const Decoded whole = decode(in, in.size() + 1);
  if (!(decode(in, data[0] % 16 + 1U) == whole) || !(decode(in, 1) == whole)) std::abort();
  return 0;
}
