// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

namespace aipg {

bool equal_ct(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  // volatile: keeps the compiler from leaving the loop early.
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = difference | (a[i] ^ b[i]);
  return difference == 0;
}

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

}  // namespace aipg
