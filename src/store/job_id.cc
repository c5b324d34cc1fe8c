// SPDX-License-Identifier: Apache-2.0
#include "store/job_store.h"

namespace aipg::store {

ByteArray<16> make_job_id(Instant started, crypto::Rng& rng) {
  constexpr std::size_t kTimeBytes = 6;
  ByteArray<16> out{};
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    out[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(started.ms) >> (8 * (kTimeBytes - 1 - i)));
  }
  const auto random = rng.array<16 - kTimeBytes>();
  std::ranges::copy(random, out.begin() + kTimeBytes);
  return out;
}

}  // namespace aipg::store
