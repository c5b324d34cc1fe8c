// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>
#ifndef __wasi__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <concepts>
#include <fstream>
#include <ostream>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

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

constexpr std::size_t kPages = 8192;

TEST(Secret, PagesOfAnEarlierOneAreWiped) {
  for (int round = 0; round < 3; ++round) {
    SecretBytes secret;
    const MutableByteView room = secret.extend(kPages);
    EXPECT_EQ(std::ranges::count(room, std::uint8_t{7}), 0);
    std::ranges::fill(room, std::uint8_t{7});
  }
}

#ifndef __wasi__
std::size_t locked_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmLck:" && status >> word) return std::stoul(word);
  }
  return 0;
}

std::size_t locked_kib_in_a_child() {
  (void)SecretBytes().extend(kPages);  // is kept
  const pid_t child = fork();
  if (child == 0) {
    const std::size_t before = locked_kib();
    SecretBytes secret;
    (void)secret.extend(kPages);
    _exit(static_cast<int>(locked_kib() - before));
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? static_cast<std::size_t>(WEXITSTATUS(status)) : 0;
}

TEST(Secret, IsLockedInAForkedProcessToo) {
  SecretBytes here;
  (void)here.extend(kPages);
  if (locked_kib() == 0) GTEST_SKIP() << "pages cannot be locked here, or a sanitizer keeps them from it";
  EXPECT_GE(locked_kib_in_a_child(), kPages / 1024);
}

// Also where it is another thread that ends them.
TEST(Secret, KeepsFewPagesForTheNext) {
  std::vector<SecretBytes> secrets(100);
  for (SecretBytes& secret : secrets) (void)secret.extend(kPages);
  const std::size_t then = locked_kib();
  if (then < 100 * kPages / 1024) GTEST_SKIP() << "pages cannot be locked here, or a sanitizer keeps them from it";
  std::thread([&] { secrets.clear(); }).join();
  EXPECT_LE(locked_kib() + 100 * kPages / 1024, then) << "that thread has ended";
  const std::size_t before = locked_kib();
  for (int i = 0; i < 100; ++i) (void)secrets.emplace_back().extend(kPages);
  secrets.clear();
  EXPECT_LE(locked_kib(), before + 16 * kPages / 1024);
}
#endif

TEST(Secret, DropFrontKeepsTheRest) {
  SecretBytes secret(as_bytes("prompt"));
  const std::uint8_t* memory = secret.reveal().data();
  secret.drop_front(3);
  EXPECT_EQ(secret.reveal_text(), "mpt");
  EXPECT_TRUE(all_zero({memory + 3, 3}));
}

}  // namespace
}  // namespace aipg
