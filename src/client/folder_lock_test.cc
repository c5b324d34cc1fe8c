// SPDX-License-Identifier: Apache-2.0
#include "client/folder_lock.h"

#include <gtest/gtest.h>

#include "net/loopback_test.h"

namespace aipg::client {
namespace {

TEST(FolderLock, IsForOneAtATime) {
  const net::TemporaryFolder folder;
  {
    auto first = FolderLock::take(folder.file(""));
    ASSERT_TRUE(first);
    const FolderLock held = *std::move(first);
    const auto second = FolderLock::take(folder.file(""));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code.view(), "folder_locked");
  }
  EXPECT_TRUE(FolderLock::take(folder.file("")));
}

TEST(FolderLock, RefusesAFolderThatIsNotThere) {
  const net::TemporaryFolder folder;
  EXPECT_EQ(FolderLock::take(folder.file("none")).error().code.view(), "file_unwritable");
}

}  // namespace
}  // namespace aipg::client
