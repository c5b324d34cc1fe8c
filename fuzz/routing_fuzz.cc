// SPDX-License-Identifier: Apache-2.0
// Routing that is accepted has one form only: writing it gives its bytes.
#include <cstdint>

#include "seal/routing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  const auto read = aipg::seal::parse_routing(in);
  if (read && aipg::seal::write_routing(*read) != aipg::as_text(in)) __builtin_trap();
  return 0;
}
