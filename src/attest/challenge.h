// SPDX-License-Identifier: Apache-2.0
// What evidence must be fresh against (docs/protocol.md): kind 1, an epoch that
// validators sign (epoch.h); kind 2, the RFC 9162 Merkle root over verifiers'
// nonces, so that one quote answers many of them.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest {

enum class ChallengeKind : std::uint8_t { epoch = 1, nonces = 2 };

inline constexpr std::size_t kMaxNonces = 65'536;

// H("aipg challenge v1" ‖ kind u8 ‖ value)
[[nodiscard]] Hash256 challenge_hash(ChallengeKind kind, const Hash256& value);

struct MerklePath {
  std::uint64_t index = 0, size = 0;
  std::vector<Hash256> siblings;  // leaf to root
};

// A tree over 1…65,536 nonces. Throws nothing; an empty or larger list is a bug and stops the program.
class NonceTree {
 public:
  explicit NonceTree(const std::vector<Hash256>& nonces);
  [[nodiscard]] const Hash256& root() const { return root_; }
  [[nodiscard]] MerklePath path(std::size_t index) const;

 private:
  std::vector<std::vector<Hash256>> levels_;
  std::size_t size_ = 0;
  Hash256 root_{};
};

// Is `nonce` a leaf of the tree with this root? Checks size and path length exactly.
[[nodiscard]] bool verify_path(const Hash256& nonce, const MerklePath& path, const Hash256& root);

}  // namespace aipg::attest
