// SPDX-License-Identifier: Apache-2.0
// Each text that is accepted is the only text of its bytes, and any bytes
// survive both alphabets.
#include <cstdint>

#include "codec/base64.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  const std::string_view text = aipg::as_text(in);
  if (const auto bytes = aipg::codec::from_base64(text); bytes && aipg::codec::to_base64(*bytes) != text)
    __builtin_trap();
  if (const auto bytes = aipg::codec::from_base64url(text); bytes && aipg::codec::to_base64url(*bytes) != text)
    __builtin_trap();
  const auto padded = aipg::codec::from_base64(aipg::codec::to_base64(in));
  const auto url = aipg::codec::from_base64url(aipg::codec::to_base64url(in));
  if (!padded || !aipg::equal(*padded, in) || !url || !aipg::equal(*url, in)) __builtin_trap();
  return 0;
}
