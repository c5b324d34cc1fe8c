// SPDX-License-Identifier: Apache-2.0
#include "program/process.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/sanitized_for_tests.h"

namespace aipg::program {
namespace {

// Hardening cannot be undone, so it happens in a child. Its status counts what holds.
int count_protections() {
  harden_process();
  rlimit core{1, 1};
  getrlimit(RLIMIT_CORE, &core);
  int ends[2];
  if (pipe(ends) != 0) return -1;
  close(ends[0]);
  const bool write_failed_softly = write(ends[1], "x", 1) == -1 && errno == EPIPE;
  return (core.rlim_cur == 0 && core.rlim_max <= kNoDumpToHandlers) + (prctl(PR_GET_DUMPABLE) == 0) +
         write_failed_softly;
}

TEST(Process, HardeningForbidsDumpsAndTracingAndSurvivesAClosedPipe) {
  EXPECT_EXIT(_exit(count_protections()), testing::ExitedWithCode(3), "");
}

TEST(Process, RaisesTheLimitOfOpenFilesToTheHardOne) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  rlimit lowered = files;
  lowered.rlim_cur = std::min<rlim_t>(files.rlim_max, 64);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  raise_file_limit();
  rlimit raised{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &raised), 0);
  EXPECT_EQ(raised.rlim_cur, files.rlim_max);
}

// In a child, as it cannot be undone: do blocks come from the system, and go back, after a larger one was freed?
bool large_blocks_are_given_back() {
  constexpr std::size_t kLarge = 100 * 1024, kLarger = 256 * 1024;
  give_back_large_blocks();
  void* volatile larger = malloc(kLarger);
  free(larger);
  const auto before = mallinfo2().hblks;
  std::array<void* volatile, 8> blocks{};  // or the compiler leaves them out
  for (void* volatile& block : blocks) block = malloc(kLarge);
  const auto during = mallinfo2().hblks;
  for (void* block : blocks) free(block);
  // One may fit into what the heap has left.
  return during + 1 >= before + blocks.size() && mallinfo2().hblks == before;
}

TEST(Process, GivesLargeBlocksBackWhateverWasFreedBefore) {
  if (kSanitized) GTEST_SKIP() << "sanitizers have an allocator of their own";
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a program of its own, whose heap is small
  EXPECT_EXIT(_exit(large_blocks_are_given_back() ? 3 : 1), testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace aipg::program
