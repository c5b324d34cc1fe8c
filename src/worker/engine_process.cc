// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "program/process.h"

namespace aipg::worker {
namespace {

constexpr std::size_t kMaxLine = 200;
constexpr int kCannotExec = 127;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // NOLINT: execve's signature
  out.push_back(nullptr);
  return out;
}

void say(int output, std::string_view text) { (void)!write(output, text.data(), text.size()); }

// In the child, between fork and exec: system calls only.
[[noreturn]] void become_engine(char* const* argv, char* const* environment, int output) {
  setpgid(0, 0);
  // Otherwise a worker that was killed would leave its engine running.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Unlike us it is dumpable again after exec, and a dump would hold prompts.
  const rlimit core{program::kNoDumpToHandlers, program::kNoDumpToHandlers};
  setrlimit(RLIMIT_CORE, &core);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t empty;
  sigemptyset(&empty);
  sigprocmask(SIG_SETMASK, &empty, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  if (dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) {
    _exit(kCannotExec);
  }
  close_range(STDERR_FILENO + 1, ~0U, 0);
  execve(argv[0], argv, environment);
  const char* reason = strerrorname_np(errno);
  say(STDERR_FILENO, "cannot execute the engine: ");
  say(STDERR_FILENO, reason != nullptr ? reason : "unknown");
  say(STDERR_FILENO, "\n");
  _exit(kCannotExec);
}

}  // namespace

Result<std::unique_ptr<EngineProcess>> EngineProcess::start(const std::vector<std::string>& argv,
                                                            const std::vector<std::string>& environment,
                                                            std::function<void()> on_exit) {
  const std::vector<char*> arguments = pointers(argv), variables = pointers(environment);
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return fail("engine_spawn", "pipe");
  const pid_t pid = fork();
  if (pid == 0) become_engine(arguments.data(), variables.data(), pipe_ends[1]);
  close(pipe_ends[1]);
  if (pid < 0) {
    close(pipe_ends[0]);
    return fail("engine_spawn", "fork");
  }
  setpgid(pid, pid);                                                     // here too: whoever comes first
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // libc's header is not for C++
  if (handle < 0) {
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    close(pipe_ends[0]);
    return fail("engine_spawn", "pidfd");
  }
  return std::unique_ptr<EngineProcess>(new EngineProcess(pid, handle, pipe_ends[0], std::move(on_exit)));
}

EngineProcess::EngineProcess(int pid, int handle, int output, std::function<void()> on_exit)
    : pid_(pid), handle_(handle), output_(output), on_exit_(std::move(on_exit)), watcher_([this] { watch(); }) {}

EngineProcess::~EngineProcess() {
  kill(-pid_, SIGKILL);
  watcher_.join();
  waitpid(pid_, nullptr, 0);
  close(handle_);
  close(output_);
}

// Reads what the child writes until it ended. A process that it left behind may hold the output open for ever, so its
// end does not say when. Leaves the child a zombie: its id must stay ours until the destructor's kill.
void EngineProcess::watch() {
  pollfd fds[] = {{output_, POLLIN, 0}, {handle_, POLLIN, 0}};
  while (true) {
    if (poll(fds, std::size(fds), -1) < 0) continue;  // interrupted
    if (fds[0].revents != 0) {
      if (!take_output()) fds[0].fd = -1;  // looked at no more
    } else if (fds[1].revents != 0) {
      break;
    }
  }
  on_exit_();
}

// False at its end.
bool EngineProcess::take_output() {
  char piece[4096];
  const ssize_t n = read(output_, piece, sizeof piece);
  const std::lock_guard lock(mutex_);
  for (ssize_t i = 0; keep_ && i < n; ++i) {
    if (piece[i] != '\n') {
      if (line_.size() < kMaxLine) line_ += piece[i] >= ' ' && piece[i] <= '~' ? piece[i] : '?';
    } else if (!line_.empty()) {
      last_line_ = std::exchange(line_, {});
    }
  }
  explicit_bzero(piece, sizeof piece);
  return n > 0 || (n < 0 && errno == EINTR);
}

std::string EngineProcess::last_line() {
  const std::lock_guard lock(mutex_);
  return line_.empty() ? last_line_ : line_;
}

void EngineProcess::forget_output() {
  const std::lock_guard lock(mutex_);
  keep_ = false;
  line_.clear();
  last_line_.clear();
}

}  // namespace aipg::worker
