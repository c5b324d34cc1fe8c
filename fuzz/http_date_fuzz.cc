// SPDX-License-Identifier: Apache-2.0
// A date that is read is written back as it was.
#include <cstdint>

#include "base/bytes.h"
#include "net/http_date.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = aipg::as_text({data, size});
  const auto at = aipg::net::parse_http_date(text);
  if (at && aipg::net::http_date(*at) != text) __builtin_trap();
  return 0;
}
