// SPDX-License-Identifier: Apache-2.0
// What is read, written in our own form, reads back the same; and a bundle
// that is accepted without a trailing NUL is accepted alike where one may be.
#include <cstdint>

#include "codec/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using aipg::codec::PemTail;
  constexpr std::size_t kMost = 4;
  const std::string_view in = aipg::as_text({data, size});
  const auto strict = aipg::codec::parse_pem_certificates(in, kMost);
  const auto with_nul = aipg::codec::parse_pem_certificates(in, kMost, PemTail::one_nul_allowed);
  if (strict && (!with_nul || *with_nul != *strict)) __builtin_trap();
  if (!with_nul) return 0;
  if (!strict && !in.ends_with('\0')) __builtin_trap();
  std::string text;
  for (const aipg::Bytes& der : *with_nul) text += aipg::codec::to_pem_certificate(der);
  const auto again = aipg::codec::parse_pem_certificates(text, kMost);
  if (!again || *again != *with_nul) __builtin_trap();
  return 0;
}
