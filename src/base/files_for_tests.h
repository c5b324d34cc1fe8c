// SPDX-License-Identifier: Apache-2.0
// For tests: files beside the checkout. By the C library alone, because these
// tests also run where C++ has neither file streams nor std::filesystem (WASI).
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace aipg {

inline bool file_exists(const std::string& path) {
  struct stat about{};
  return stat(path.c_str(), &about) == 0;
}

// A file that cannot be read fails the test that asks for it.
inline std::string read_text_file(const std::string& path) {
  std::string out;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  if (file == nullptr) return out;
  char buffer[1 << 14];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file)) out.append(buffer, n);
  EXPECT_EQ(std::ferror(file), 0) << path;
  (void)std::fclose(file);
  return out;
}

inline Bytes read_file(const std::string& path) { return to_bytes(read_text_file(path)); }

// The files in a folder and in those below it: whole paths, sorted.
inline std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> out;
  DIR* entries = opendir(folder.c_str());
  EXPECT_NE(entries, nullptr) << folder;
  if (entries == nullptr) return out;
  while (const dirent* entry = readdir(entries)) {
    const std::string name = entry->d_name, path = folder + "/" + name;
    struct stat about{};
    if (name == "." || name == ".." || stat(path.c_str(), &about) != 0) continue;
    if (!S_ISDIR(about.st_mode)) {
      out.push_back(path);
    } else {
      const auto more = files_below(path);
      out.insert(out.end(), more.begin(), more.end());
    }
  }
  (void)closedir(entries);
  std::ranges::sort(out);
  return out;
}

}  // namespace aipg
