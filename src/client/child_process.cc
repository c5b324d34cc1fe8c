// SPDX-License-Identifier: Apache-2.0
#include "client/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
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

// As become(), for a program of somebody else's.
[[noreturn]] void become_foreign(char* const* argv, int out, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  // What we ignore it would ignore as well.
  signal(SIGPIPE, SIG_DFL);
  execvp(argv[0], argv);
  _exit(127);
}

// Everything up to the end of `fd`, or false when `until` comes first.
bool read_until(int fd, SecretBytes& out, std::size_t max_bytes, milliseconds until, const Clock& clock) {
  ByteArray<1024> buffer{};
  while (true) {
    const milliseconds left = until - clock.monotonic();
    pollfd ready{fd, POLLIN, 0};
    if (left.count() <= 0) return false;
    const int events = poll(&ready, 1, static_cast<int>(left.count()));
    if (events == 0) return false;
    if (events < 0 && errno == EINTR) continue;
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    const auto size = std::min(static_cast<std::size_t>(n), max_bytes - out.size());
    out.append(ByteView(buffer).first(size));
    wipe(buffer);
  }
}

// Waits for a child that closed its output, as most do only at their end.
std::optional<int> wait_until(pid_t pid, milliseconds until, const Clock& clock) {
  constexpr timespec kLook{0, 5'000'000};
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) != pid) {
    if (clock.monotonic() >= until) return std::nullopt;
    nanosleep(&kLook, nullptr);
  }
  return status_code(status);
}

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

Result<SecretOutput> run_for_secret(const std::vector<std::string>& argv, std::size_t max_bytes, milliseconds limit) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail("child_start", "pipe");
  const std::vector<char*> arguments = pointers(argv);
  const SystemClock clock;
  const milliseconds until = clock.monotonic() + limit;
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_foreign(arguments.data(), pipe_ends[1], parent);
  close(pipe_ends[1]);
  SecretOutput out;
  const bool ended = pid > 0 && read_until(pipe_ends[0], out.text, max_bytes, until, clock);
  close(pipe_ends[0]);
  if (pid < 0) return fail("child_start", "fork");
  if (const auto status = ended ? wait_until(pid, until, clock) : std::nullopt) {
    out.status = *status;
    return out;
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return fail("child_timeout");
}

}  // namespace aipg::client
