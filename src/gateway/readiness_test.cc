// SPDX-License-Identifier: Apache-2.0
#include "gateway/readiness.h"

#include <gtest/gtest.h>

namespace aipg::gateway {
namespace {

TEST(Readiness, NeedsAWorkerThatTakesAJob) {
  EXPECT_TRUE((Readiness{.keysets = 2, .available = 1}).ready());
  EXPECT_EQ((Readiness{.keysets = 2, .available = 1}).text(), "ready\n");
  EXPECT_FALSE(Readiness{}.ready());
  EXPECT_EQ(Readiness{}.text(), "no_worker: no worker's keyset is admitted\n");
  EXPECT_FALSE((Readiness{.keysets = 1}).ready());
  EXPECT_EQ((Readiness{.keysets = 1}).text(), "no_free_worker: no admitted worker takes another job\n");
}

TEST(Readiness, EndsWithTheFirstThingThatIsMissingAndSaysAll) {
  EXPECT_FALSE((Readiness{.draining = true, .keysets = 1, .available = 1}).ready());
  EXPECT_EQ((Readiness{.draining = true, .keysets = 1, .available = 1}).text(), "draining: no new job is taken\n");
  EXPECT_FALSE((Readiness{.keysets = 1, .available = 1, .records_full = true}).ready());
  EXPECT_FALSE((Readiness{.keysets = 1, .available = 1, .keys_readable = false}).ready());
  EXPECT_EQ((Readiness{.draining = true, .keys_readable = false, .records_full = true}).text(),
            "draining: no new job is taken\n"
            "no_worker: no worker's keyset is admitted\n"
            "keys_unreadable: the store of API keys cannot be read\n"
            "records_not_written: too many job records wait for the disk\n");
}

}  // namespace
}  // namespace aipg::gateway
