// SPDX-License-Identifier: Apache-2.0
#include "client/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace aipg::client {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& argv) {
  std::vector<char*> out;
  out.reserve(argv.size() + 1);
  for (const std::string& argument : argv) out.push_back(const_cast<char*>(argument.c_str()));
  out.push_back(nullptr);
  return out;
}

// Between fork and exec only async-signal-safe calls are allowed; `argv` was made before.
[[noreturn]] void become(char* const* argv, int out, int err, pid_t parent) {
  // A terminal's Ctrl-C is for the parent, which then stops its children in order.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (out >= 0) dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(argv[0], argv);
  _exit(127);
}

int status_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& argv, const std::string& log_file) {
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return fail("child_start", "log");
  const std::vector<char*> arguments = pointers(argv);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), log, log, parent);
  close(log);
  if (pid < 0) return fail("child_start", "fork");
  return ChildProcess(pid);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, std::nullopt)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || ended()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::optional<int> ChildProcess::ended() {
  if (status_ || pid_ < 0) return status_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = status_code(status);
  return status_;
}

net::Task<void> ChildProcess::stop(net::Runtime& runtime, milliseconds grace) {
  constexpr milliseconds kLook{20};
  if (pid_ < 0 || ended()) co_return;
  kill(pid_, SIGTERM);
  for (milliseconds waited{0}; waited < grace; waited += kLook) {
    if (ended()) co_return;
    co_await runtime.sleep(kLook);
  }
  kill(pid_, SIGKILL);
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) status_ = status_code(status);
}

Result<CapturedOutput> run_and_capture(const std::vector<std::string>& argv) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail("child_start", "pipe");
  const std::vector<char*> arguments = pointers(argv);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), pipe_ends[1], -1, parent);
  close(pipe_ends[1]);
  CapturedOutput out;
  std::array<char, 4096> buffer{};
  ssize_t n = 0;
  while ((n = read(pipe_ends[0], buffer.data(), buffer.size())) > 0) {
    out.text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  close(pipe_ends[0]);
  if (pid < 0) return fail("child_start", "fork");
  int status = 0;
  waitpid(pid, &status, 0);
  out.status = status_code(status);
  return out;
}

}  // namespace aipg::client
