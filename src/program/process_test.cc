// SPDX-License-Identifier: Apache-2.0
#include "program/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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

}  // namespace
}  // namespace aipg::program
