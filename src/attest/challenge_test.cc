// SPDX-License-Identifier: Apache-2.0
#include "attest/challenge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hex.h"
#include "crypto/digest.h"

namespace aipg::attest {
namespace {

// Nonce i of every tree here is H(i u8), or H(i u16) from 256 on.
std::vector<Hash256> nonces(std::size_t n) {
  std::vector<Hash256> out;
  for (std::size_t i = 0; i < n; ++i) {
    Bytes bytes{static_cast<std::uint8_t>(i)};
    if (i > 0xff) bytes.push_back(static_cast<std::uint8_t>(i >> 8));
    out.push_back(crypto::sha256(bytes));
  }
  return out;
}

// RFC 9162, 2.1.1, as it is written: split at the largest power of two below the size.
Hash256 by_definition(std::span<const Hash256> list) {
  if (list.size() == 1) return crypto::sha256({ByteArray<1>{0}, list[0]});
  std::size_t k = 1;
  while (2 * k < list.size()) k *= 2;
  return crypto::sha256({ByteArray<1>{1}, by_definition(list.first(k)), by_definition(list.subspan(k))});
}

struct Root {
  std::size_t size;
  const char* hex;
};

TEST(NonceTree, RootsAreTheValuesComputedByHand) {
  for (const Root& root : {
           Root{1, "d9de27625445003d8a9739a851e3ff8d41c0683630b4d63a88327a6aaa37c409"},
           Root{2, "604d540f09268b91672ab011394d5266ccd7d4484d0d109411a55848126a1b2c"},
           Root{3, "d1f13800048f5909d4043fc0c152f6643280cba608b672715e56ce159a20629f"},
           Root{5, "6b313b611b40676b9e1dfd70c4503f2379f88f0f1c2740fb7e1cacc32c113465"},
           Root{7, "bee2275db16667589a4515f63e0d053a2fa602c1d9f9703e98920a5bdad59baf"},
       }) {
    EXPECT_EQ(to_hex(NonceTree(nonces(root.size)).root()), root.hex) << root.size;
  }
}

TEST(NonceTree, HoldsTheLargestNumberOfNonces) {
  const std::vector<Hash256> list(kMaxNonces, Hash256{5});
  const NonceTree tree(list);
  EXPECT_TRUE(verify_path(Hash256{5}, tree.path(kMaxNonces - 1), tree.root()));
}

RC_GTEST_PROP(NonceTree, AgreesWithTheDefinitionAndProvesEveryNonce, ()) {
  const auto list = nonces(*rc::gen::inRange<std::size_t>(1, 301));
  const NonceTree tree(list);
  RC_ASSERT(tree.root() == by_definition(list));
  for (std::size_t i = 0; i < list.size(); ++i) RC_ASSERT(verify_path(list[i], tree.path(i), tree.root()));
}

RC_GTEST_PROP(NonceTree, RefusesAPathWithAnyBitChanged, ()) {
  const auto list = nonces(*rc::gen::inRange<std::size_t>(2, 301));
  const auto index = *rc::gen::inRange<std::size_t>(0, list.size());
  const NonceTree tree(list);
  MerklePath path = tree.path(index);
  const auto sibling = *rc::gen::inRange<std::size_t>(0, path.siblings.size());
  const auto bit = *rc::gen::inRange<std::size_t>(0, 256);
  path.siblings[sibling].at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
  RC_ASSERT(!verify_path(list[index], path, tree.root()));
}

RC_GTEST_PROP(NonceTree, RefusesAPathOfAnotherIndexSizeOrLength, ()) {
  const auto list = nonces(*rc::gen::inRange<std::size_t>(2, 301));
  const auto index = *rc::gen::inRange<std::size_t>(0, list.size());
  const NonceTree tree(list);
  const MerklePath good = tree.path(index);
  MerklePath bad = good;
  bad.index = (index + 1) % list.size();
  RC_ASSERT(!verify_path(list[index], bad, tree.root()));
  bad = good;
  bad.siblings.pop_back();
  RC_ASSERT(!verify_path(list[index], bad, tree.root()));
  bad = good;
  bad.siblings.push_back(Hash256{});
  RC_ASSERT(!verify_path(list[index], bad, tree.root()));
  bad = good;
  bad.size = index;  // too small to hold it
  RC_ASSERT(!verify_path(list[index], bad, tree.root()));
}

TEST(NonceTree, RefusesAnEmptyAndAnOversizedTree) {
  const NonceTree tree(nonces(1));
  EXPECT_FALSE(verify_path(nonces(1)[0], {0, 0, {}}, tree.root()));
  EXPECT_FALSE(verify_path(nonces(1)[0], {0, kMaxNonces + 1, {}}, tree.root()));
}

TEST(NonceTree, AnInnerNodeIsNotANonce) {
  const auto list = nonces(4);
  const NonceTree tree(list);
  // The node above nonces 0 and 1, offered as a leaf of a tree of two.
  const Hash256 node = crypto::sha256(
      {ByteArray<1>{1}, crypto::sha256({ByteArray<1>{0}, list[0]}), crypto::sha256({ByteArray<1>{0}, list[1]})});
  EXPECT_FALSE(verify_path(node, {0, 2, {tree.path(0).siblings[1]}}, tree.root()));
}

}  // namespace
}  // namespace aipg::attest
