// SPDX-License-Identifier: Apache-2.0
// A directory that is read can be written, and what is written reads as the
// same directory and is the one spelling of it.
#include "api/directory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto directory = aipg::api::parse_directory(aipg::as_text({data, size}));
  if (!directory) return 0;
  const std::string written = aipg::api::write_directory(*directory);
  const auto again = aipg::api::parse_directory(written);
  if (!again || *again != *directory || aipg::api::write_directory(*again) != written) __builtin_trap();
  return 0;
}
