// SPDX-License-Identifier: Apache-2.0
// A request that is accepted has one form only: writing it gives its bytes.
#include <cstdint>

#include "codec/bhttp.h"

namespace bhttp = aipg::codec::bhttp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  const auto view = bhttp::parse_request(in);
  if (!view) return 0;
  const bhttp::Request request{std::string(view->method), std::string(view->path), view->fields, view->content};
  const aipg::SecretBytes written = bhttp::write_request(request);
  if (!aipg::equal(written.reveal(), in)) __builtin_trap();
  return 0;
}
