// SPDX-License-Identifier: Apache-2.0
// For tests of what a process may still do: it cannot be undone, so it happens in a child.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include "base/sanitized_for_tests.h"
#include "program/sandbox.h"

namespace aipg::program {

// With a sanitizer, a program starts others and traces itself.
#define SKIP_WITH_SANITIZER() \
  if (aipg::kSanitized) GTEST_SKIP() << "SKIPPED: a sanitizer needs these calls itself"
#define SKIP_WITHOUT_LANDLOCK(version)               \
  if (aipg::program::landlock_version() < (version)) \
  GTEST_SKIP() << "SKIPPED: this kernel's Landlock is older than " << (version)

// How a child ended.
struct Ending {
  int exit = -1;    // its exit code, or
  int signal = -1;  // what ended it
  friend bool operator==(const Ending&, const Ending&) = default;
  friend void PrintTo(const Ending& ending, std::ostream* out) {
    *out << "exit " << ending.exit << ", signal " << ending.signal;
  }
};
inline constexpr Ending kDidIt{0, -1}, kIntruder{-1, SIGSYS}, kNotConfined{99, -1};

inline Ending in_child(const std::function<int()>& run) {
  const pid_t child = fork();
  if (child == 0) _exit(run());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? Ending{WEXITSTATUS(status), -1} : Ending{-1, WTERMSIG(status)};
}

// Runs it under the profile; what it returns is the exit code, as 0 or an errno.
inline Ending confined(const SandboxProfile& profile, const std::function<int()>& run,
                       int landlock = landlock_version()) {
  return in_child([&] { return apply_sandbox(profile, landlock) ? run() : kNotConfined.exit; });
}

// 0, or why a call that returns -1 failed.
inline int error_of(long result) { return result < 0 ? errno : 0; }

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aipg-sandbox-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace aipg::program
