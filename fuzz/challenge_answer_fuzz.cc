// SPDX-License-Identifier: Apache-2.0
// A challenge's answer that is read can be written, and what is written reads
// as the same answer; no path in it is one that no tree has.
#include "api/challenge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = aipg::api::parse_challenge_answer(aipg::as_text({data, size}));
  if (!answer) return 0;
  const std::string written = aipg::api::write_challenge_answer(*answer);
  const auto again = aipg::api::parse_challenge_answer(written);
  if (!again || aipg::api::write_challenge_answer(*again) != written) __builtin_trap();
  for (const auto& evidence : answer->evidence) {
    const auto& path = evidence.path;
    if (path.index >= path.size || path.size > aipg::attest::kMaxNonces || path.siblings.size() > 16) __builtin_trap();
  }
  return 0;
}
