// SPDX-License-Identifier: Apache-2.0
#include "program/process_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace aipg::program {
namespace {

TEST(ProcessUsage, CountsEachOpenFile) {
  const auto before = process_usage().open_files;
  const int one = open("/dev/null", O_RDONLY | O_CLOEXEC), two = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(process_usage().open_files, before.value() + 2);
  close(one);
  close(two);
  EXPECT_EQ(process_usage().open_files, before);
}

TEST(ProcessUsage, TellsMemoryThatIsUsedFromWhatIsOnlyMapped) {
  constexpr std::size_t kBytes = 64 << 20, kPage = 4096;
  const ProcessUsage before = process_usage();
  auto* const mapped =
      static_cast<volatile char*>(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(mapped, MAP_FAILED);
  const ProcessUsage with_map = process_usage();
  EXPECT_GE(with_map.virtual_bytes.value(), before.virtual_bytes.value() + kBytes);
  EXPECT_LT(with_map.resident_bytes.value(), before.resident_bytes.value() + kBytes / 2);
  for (std::size_t at = 0; at < kBytes; at += kPage) mapped[at] = 1;
  EXPECT_GE(process_usage().resident_bytes.value(), with_map.resident_bytes.value() + kBytes / 2);
  munmap(const_cast<char*>(mapped), kBytes);
}

TEST(ProcessUsage, CountsTimeOnTheProcessor) {
  const double before = process_usage().cpu_seconds;
  volatile unsigned work = 0;
  while (process_usage().cpu_seconds == before) work = work + 1;
  EXPECT_GT(process_usage().cpu_seconds, before);
  EXPECT_GT(process_usage().max_files, 0U);
}

}  // namespace
}  // namespace aipg::program
