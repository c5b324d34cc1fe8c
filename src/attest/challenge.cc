// SPDX-License-Identifier: Apache-2.0
#include "attest/challenge.h"

#include "crypto/digest.h"

namespace aipg::attest {
namespace {

constexpr ByteArray<1> kLeaf{0}, kNode{1};

Hash256 leaf_hash(const Hash256& nonce) { return crypto::sha256({kLeaf, nonce}); }
Hash256 node_hash(const Hash256& left, const Hash256& right) { return crypto::sha256({kNode, left, right}); }

}  // namespace

Hash256 challenge_hash(ChallengeKind kind, const Hash256& value) {
  const ByteArray<1> kind_byte{static_cast<std::uint8_t>(kind)};
  return crypto::sha256({as_bytes("aipg challenge v1"), kind_byte, value});
}

// A node without a sibling moves up unchanged: the same tree as RFC 9162's
// split at the largest power of two below the size.
NonceTree::NonceTree(const std::vector<Hash256>& nonces) : size_(nonces.size()) {
  if (nonces.empty() || nonces.size() > kMaxNonces) __builtin_trap();
  std::vector<Hash256> level;
  level.reserve(nonces.size());
  for (const Hash256& nonce : nonces) level.push_back(leaf_hash(nonce));
  while (level.size() > 1) {
    std::vector<Hash256> above;
    above.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(node_hash(level[i], level[i + 1]));
    if (level.size() % 2 == 1) above.push_back(level.back());
    levels_.push_back(std::move(level));
    level = std::move(above);
  }
  root_ = level.front();
}

MerklePath NonceTree::path(std::size_t index) const {
  if (index >= size_) __builtin_trap();
  MerklePath out{index, size_, {}};
  for (const std::vector<Hash256>& level : levels_) {
    if (const std::size_t sibling = index ^ 1; sibling < level.size()) out.siblings.push_back(level[sibling]);
    index /= 2;
  }
  return out;
}

// RFC 9162, 2.1.3.2.
bool verify_path(const Hash256& nonce, const MerklePath& path, const Hash256& root) {
  if (path.size == 0 || path.size > kMaxNonces || path.index >= path.size) return false;
  std::uint64_t at = path.index, last = path.size - 1;
  Hash256 hash = leaf_hash(nonce);
  for (const Hash256& sibling : path.siblings) {
    if (last == 0) return false;
    if (at % 2 == 1 || at == last) {
      hash = node_hash(sibling, hash);
      while (at % 2 == 0 && at != 0) at /= 2, last /= 2;
    } else {
      hash = node_hash(hash, sibling);
    }
    at /= 2;
    last /= 2;
  }
  return last == 0 && hash == root;
}

}  // namespace aipg::attest
