// SPDX-License-Identifier: Apache-2.0
// A policy that is read, from TOML or JSON, is written so that it reads back
// as the same policy; one that is refused is refused with words for people.
#include <cstdint>

#include "client/core/policy_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace client = aipg::client;
  std::string complaint;
  const auto policy = client::parse_policy(aipg::as_text({data, size}), &complaint);
  if (!policy) {
    if (complaint.empty()) __builtin_trap();
    return 0;
  }
  const auto again = client::parse_policy(client::write_policy(*policy));
  if (!again || *again != *policy) __builtin_trap();
  return 0;
}
