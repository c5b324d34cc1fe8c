// SPDX-License-Identifier: Apache-2.0
// What Landlock, the kernel's sandbox of files and ports for programs without
// privileges, holds a process to. Each version of it knows more: files (1),
// moving between folders (2), truncating (3), TCP ports (4), devices' controls
// (5), signals and abstract Unix sockets (6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aipg::program {

enum class PathUse : std::uint8_t {
  read,
  run,      // read, and execute
  write,    // a folder's files: read, changed, made, removed
  own,      // a folder: the same for folders, links, sockets and pipes in it
  sockets,  // a folder's sockets: made and removed
  device,   // read, written, controlled
};
[[nodiscard]] std::string_view to_text(PathUse use);

// For a file, or all below a folder. What is not there when the rules begin to hold cannot be used, also if it comes
// later; a file that is put in the place of another is another.
struct PathRule {
  std::string path;
  PathUse use;
  std::string_view why;  // a literal
};

struct LandlockRules {
  std::vector<PathRule> paths = {};
  std::vector<std::uint16_t> connects = {}, listens = {};  // TCP ports; no others
};

inline constexpr int kLandlockPorts = 4, kLandlockSignals = 6;
// What this kernel has; 0: nothing.
[[nodiscard]] int landlock_version();

// Holds this process, which has one thread, and its children to the rules, as far as `version` (of this kernel, or
// less) knows how: nothing but them is possible. Takes away the right to gain privileges first. Adds to what an earlier
// call took away. Error: sandbox_refused (where: files).
[[nodiscard]] Result<void> apply_landlock(const LandlockRules& rules, int version);

// The folders in which a file and what it links to lie, for files that are read again after somebody put others in
// their place; the file alone where that would be the root.
[[nodiscard]] std::vector<std::string> folders_of(const std::string& file);

}  // namespace aipg::program
