// SPDX-License-Identifier: Apache-2.0
#include "attest/challenge_fixture.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "crypto/digest.h"

namespace aipg::attest {
namespace {

using fixture::nonces;

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
