// SPDX-License-Identifier: Apache-2.0
// A folder for one process at a time: two would write over each other's files
// there. Ends with its holder, however that ends.
#pragma once

#include <string>

#include "base/result.h"

namespace aipg::client {

class FolderLock {
 public:
  FolderLock() = default;  // holds nothing
  // The folder must exist. Errors: folder_locked (by another), file_unwritable.
  [[nodiscard]] static Result<FolderLock> take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace aipg::client
