// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <span>

#include "attest/challenge_fixture.h"

namespace aipg::attest {
namespace {

using fixture::nonces;

// RFC 9162, 2.1.1, as it is written: split at the largest power of two below the size.
Hash256 by_definition(std::span<const Hash256> list) {
  if (list.size() == 1) return crypto::sha256({ByteArray<1>{0}, list[0]});
  std::size_t k = 1;
  while (2 * k < list.size()) k *= 2;
  return crypto::sha256({ByteArray<1>{1}, by_definition(list.first(k)), by_definition(list.subspan(k))});
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

}  // namespace
}  // namespace aipg::attest
