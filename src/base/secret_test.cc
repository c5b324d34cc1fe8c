// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <type_traits>

namespace aipg {
namespace {

template <typename T>
concept Comparable = requires(const T& a, const T& b) { a == b; };
template <typename T>
concept Printable = requires(std::ostream& out, const T& a) { out << a; };

TEST(Secret, CannotBeCopiedComparedOrPrinted) {
  static_assert(!std::copy_constructible<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
  static_assert(!std::copy_constructible<Secret32> && !std::is_copy_assignable_v<Secret32>);
  static_assert(!Comparable<SecretBytes> && !Comparable<Secret32>);
  static_assert(!Printable<SecretBytes> && !Printable<Secret32>);
  static_assert(!std::convertible_to<Secret32, ByteView> && !std::convertible_to<SecretBytes, ByteView>);
}

TEST(Secret, MovedFromArrayIsWiped) {
  Secret32 from(Bytes(32, 7));
  Secret32 to(std::move(from));
  EXPECT_TRUE(all_zero(from.reveal()));  // NOLINT(bugprone-use-after-move): that it is wiped is the point
  EXPECT_EQ(to.reveal()[31], 7);
}

TEST(Secret, GrowsAndKeepsItsContent) {
  SecretBytes secret;
  Bytes expected;
  for (int i = 0; i < 5000; ++i) {
    const Bytes piece(3, static_cast<std::uint8_t>(i));
    secret.append(piece);
    append(expected, piece);
  }
  EXPECT_TRUE(equal(secret.reveal(), expected));
}

TEST(Secret, TruncatedBytesAreWipedInPlace) {
  SecretBytes secret(as_bytes("prompt"));
  const std::uint8_t* memory = secret.reveal().data();
  secret.truncate(2);
  EXPECT_EQ(secret.reveal_text(), "pr");
  EXPECT_TRUE(all_zero({memory + 2, 4}));
}

TEST(Secret, DropFrontKeepsTheRest) {
  SecretBytes secret(as_bytes("prompt"));
  const std::uint8_t* memory = secret.reveal().data();
  secret.drop_front(3);
  EXPECT_EQ(secret.reveal_text(), "mpt");
  EXPECT_TRUE(all_zero({memory + 3, 3}));
}

}  // namespace
}  // namespace aipg
