// SPDX-License-Identifier: Apache-2.0
#include "program/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace aipg::program {
namespace {

[[noreturn]] void refuse_to_run(const char* step) {
  std::fprintf(stderr, "cannot start: the system refused %s, without which secrets could leave this process\n", step);
  std::abort();
}

}  // namespace

void harden_process() {
  rlimit core{};
  if (getrlimit(RLIMIT_CORE, &core) != 0) refuse_to_run("to say how large core dumps may be (RLIMIT_CORE)");
  core = {0, std::min<rlim_t>(core.rlim_max, kNoDumpToHandlers)};
  if (setrlimit(RLIMIT_CORE, &core) != 0) refuse_to_run("to forbid core dumps (RLIMIT_CORE)");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) refuse_to_run("to forbid dumps and tracing (PR_SET_DUMPABLE)");
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) refuse_to_run("to ignore SIGPIPE");
}

void raise_file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  // Fewer connections is a smaller program, not a wrong one: going on is right.
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

std::size_t file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  return static_cast<std::size_t>(files.rlim_cur);
}

void give_back_large_blocks() {
  constexpr int kLargeBytes = 96 * 1024;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

}  // namespace aipg::program
