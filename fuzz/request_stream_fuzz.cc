// SPDX-License-Identifier: Apache-2.0
// A damaged sealed request never opens: what a worker accepts is, byte for
// byte, one of the originals. In pieces it says the same as in one.
#include <cstdint>

#include "seal_originals.h"

namespace seal = aipg::seal;

namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

struct Original {
  aipg::Bytes wire;
  std::size_t preamble_bytes;
  std::string_view body;
};

const std::vector<Original>& originals() {
  static const std::vector<Original> all = [] {
    std::vector<Original> out;
    for (std::size_t i = 0; i < seal::originals::kRequests; ++i) {
      auto request = seal::originals::request(i);
      const std::size_t preamble_bytes = (*seal::parse_preamble(request.sealed.wire))->bytes.size();
      out.push_back({std::move(request.sealed.wire), preamble_bytes, request.body});
    }
    return out;
  }();
  return all;
}

bool starts_like_an_original(aipg::ByteView in) {
  return std::ranges::any_of(originals(), [&](const Original& each) {
    const std::size_t n = each.preamble_bytes;
    return in.size() >= n && aipg::equal(in.first(n), aipg::ByteView(each.wire).first(n));
  });
}

struct Outcome {
  std::string_view outer, inner;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome open(aipg::ByteView in, std::size_t step) {
  seal::RequestOpener opener = seal::originals::worker().opener();
  Outcome out;
  out.outer = seal::fixture::feed_all(opener, in, step);
  if (opener.opened()) check(starts_like_an_original(in));
  if (!opener.complete()) return out;
  if (!opener.request()) {
    out.inner = opener.request().error().code.view();
    return out;
  }
  const auto original = std::ranges::find_if(originals(), [&](const Original& each) {
    return in.size() >= each.wire.size() && aipg::equal(in.first(each.wire.size()), each.wire);
  });
  check(original != originals().end() && opener.request()->body.reveal_text() == original->body);
  // More bytes than the original are refused, though the request had been whole.
  check(out.outer.empty() == (in.size() == original->wire.size()));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  const Outcome whole = open(in, SIZE_MAX);
  const Outcome pieces = open(in, size % 97 + 1);
  // What follows a whole request is refused outside or inside, by how it came.
  check(pieces == whole || (pieces.outer == "malformed_seal" && whole.inner == "malformed_seal"));
  return 0;
}
