// SPDX-License-Identifier: Apache-2.0
// A damaged answer is never proven: what a client believes is, byte for byte,
// one of the originals, and what it shows before is the start of one.
#include <cstdint>

#include "seal_originals.h"

namespace seal = aipg::seal;

namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

struct Original {
  std::size_t request;
  aipg::Bytes wire;
  std::string content;
};

const std::vector<Original>& originals() {
  static const std::vector<Original> all = [] {
    std::vector<Original> out;
    for (std::size_t i = 0; i < seal::originals::kAnswers; ++i) {
      auto exchange = seal::originals::exchange(i);
      out.push_back({seal::originals::asked(i), std::move(exchange.answer.wire), std::move(exchange.content)});
    }
    return out;
  }();
  return all;
}

seal::fixture::Seen read(std::size_t request, aipg::ByteView in, std::size_t step) {
  auto sealed = seal::originals::request(request).sealed;
  return seal::fixture::read_answer(sealed, in, step);
}

void check_as_answer_to(std::size_t request, aipg::ByteView in) {
  const auto whole = read(request, in, SIZE_MAX);
  const auto pieces = read(request, in, in.size() % 97 + 1);
  check(whole.proof.has_value() == pieces.proof.has_value() && whole.refused == pieces.refused);
  check(whole.content == pieces.content);
  const bool is_original = std::ranges::any_of(originals(), [&](const Original& each) {
    return each.request == request && aipg::equal(each.wire, in) && each.content == whole.content;
  });
  check(whole.proof.has_value() == is_original);
  check(
      std::ranges::any_of(originals(), [&](const Original& each) { return each.content.starts_with(whole.content); }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const std::size_t request : {0, 4}) check_as_answer_to(request, {data, size});
  return 0;
}
