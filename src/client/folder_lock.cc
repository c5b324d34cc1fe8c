// SPDX-License-Identifier: Apache-2.0
#include "client/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace aipg::client {

Result<FolderLock> FolderLock::take(const std::string& folder) {
  FolderLock lock(open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) return fail("file_unwritable");
  if (flock(lock.file_, LOCK_EX | LOCK_NB) == 0) return lock;
  return errno == EWOULDBLOCK ? fail("folder_locked") : fail("file_unwritable");
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace aipg::client
