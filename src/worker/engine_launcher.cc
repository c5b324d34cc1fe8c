// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_launcher.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "program/process.h"

namespace aipg::worker {
namespace {

using program::Complaint;

// What goes over the channel, one byte each: orders to the launcher, and what became of them.
enum class Order : char { launch = 'l', end = 'e' };
constexpr char kDone = 0;
constexpr std::array<Literal, 4> kFailures = {"", "pipe", "fork", "pidfd"};  // by the byte that says so
constexpr char kRefused = 9;                                                 // to be confined
constexpr int kCannotExec = 127;
constexpr int kChannel = STDERR_FILENO + 1;  // the launcher's end

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));  // NOLINT: execve's signature
  out.push_back(nullptr);
  return out;
}

void say(int output, std::string_view text) { (void)!write(output, text.data(), text.size()); }

// --- the engine, before it is one ---

[[noreturn]] void become_engine(char* const* argv, char* const* environment, int output, pid_t launcher) {
  setpgid(0, 0);
  // Otherwise a launcher that was killed would leave its engine running.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launcher) _exit(kCannotExec);
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

// --- the launcher ---

// One byte, and descriptors with it. They are the receiver's then, and stay ours too.
bool send_all(int channel, char byte, const std::vector<int>& descriptors) {
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
  }
  return sendmsg(channel, &message, MSG_NOSIGNAL) == 1;
}

class Launcher {
 public:
  explicit Launcher(const EngineCommand& command)
      : command_(command), argv_(pointers(command.argv)), environment_(pointers(command.environment)) {}

  // Until the worker has gone.
  [[noreturn]] void serve() {
    char order = 0;
    while (true) {
      const ssize_t n = read(kChannel, &order, 1);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      if (order == static_cast<char>(Order::launch)) {
        launch();
      } else {
        end();
        send_all(kChannel, kDone, {});
      }
    }
    end();
    _exit(0);
  }

 private:
  void launch() {
    end();
    int handle = -1;
    int output[2] = {-1, -1};
    const char result = start(handle, output);
    send_all(kChannel, result, result == kDone ? std::vector<int>{handle, output[0]} : std::vector<int>());
    for (const int mine : {handle, output[0], output[1]}) {
      if (mine >= 0) close(mine);
    }
  }

  char start(int& handle, int (&output)[2]) {
    if (!command_.socket.empty()) unlink(command_.socket.c_str());  // one of an earlier run would answer nobody
    if (pipe2(output, O_CLOEXEC) != 0) return 1;
    const pid_t self = getpid();
    pid_ = fork();
    if (pid_ == 0) become_engine(argv_.data(), environment_.data(), output[1], self);
    if (pid_ < 0) return 2;
    setpgid(pid_, pid_);                                          // here too: whoever comes first
    handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));  // libc's header is not for C++
    if (handle >= 0) return kDone;
    end();
    return 3;
  }

  // Until now the child was a zombie at most: its id was ours.
  void end() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

  const EngineCommand& command_;
  std::vector<char*> argv_, environment_;
  pid_t pid_ = -1;
};

// Signals of a terminal or a service manager are for the worker, which ends its engine when the jobs have.
[[noreturn]] void become_launcher(int channel, const EngineCommand& command,
                                  const std::optional<program::SandboxProfile>& profile) {
  setpgid(0, 0);
  prctl(PR_SET_NAME, "aipg-launcher");
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  const int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0) _exit(1);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, standard);
  dup2(channel, kChannel);
  close_range(kChannel + 1, ~0U, 0);
  const bool confined = !profile || program::apply_sandbox(*profile, program::landlock_version()).has_value();
  if (!send_all(kChannel, confined ? kDone : kRefused, {}) || !confined) _exit(1);
  Launcher(command).serve();
}

// --- the worker's side ---

// The answer's byte, and its descriptors; -1 when the launcher is gone.
int receive(int channel, std::vector<int>& descriptors) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t n = 0;
  while ((n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (n != 1) return -1;
  if (const cmsghdr* const header = CMSG_FIRSTHDR(&message)) {
    descriptors.resize((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(descriptors.data(), CMSG_DATA(header), descriptors.size() * sizeof(int));
  }
  return byte;
}

Complaint not_made() {
  return {.code = "engine_spawn",
          .happened = "the process that starts engines could not be made",
          .next = "are there too many processes, or too little memory?",
          .exit = program::ExitCode::refused};
}

}  // namespace

std::expected<std::unique_ptr<EngineLauncher>, Complaint> EngineLauncher::start(
    const EngineCommand& command, const std::optional<program::SandboxProfile>& profile) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return std::unexpected(not_made());
  const pid_t pid = fork();
  if (pid == 0) become_launcher(ends[1], command, profile);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return std::unexpected(not_made());
  }
  std::unique_ptr<EngineLauncher> out(new EngineLauncher(pid, ends[0]));
  std::vector<int> none;
  const int confined = receive(ends[0], none);
  if (confined == kDone) return out;
  return std::unexpected(confined == kRefused ? program::sandbox_complaint(Error{"sandbox_refused", "engine", 0})
                                              : not_made());
}

EngineLauncher::~EngineLauncher() {
  // It ends its engine, then itself, and so the other end: a confined worker can wait for that, and for no process.
  shutdown(channel_, SHUT_WR);
  char byte = 0;
  ssize_t n = 0;
  do {
    n = recv(channel_, &byte, 1, 0);
  } while (n > 0 || (n < 0 && errno == EINTR));
  close(channel_);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<EngineLauncher::Started> EngineLauncher::launch() {
  const char order = static_cast<char>(Order::launch);
  std::vector<int> got;
  const int result = send(channel_, &order, 1, MSG_NOSIGNAL) == 1 ? receive(channel_, got) : -1;
  if (result == kDone && got.size() == 2) return Started{got[0], got[1]};
  if (result == kDone) {
    // There was no room for them: what was started cannot be watched.
    for (const int descriptor : got) close(descriptor);
    end();
    return fail("engine_spawn", "descriptors");
  }
  const auto failure = static_cast<std::size_t>(result);
  return fail("engine_spawn", result > 0 && failure < kFailures.size() ? kFailures[failure] : Literal("launcher"));
}

void EngineLauncher::end() {
  const char order = static_cast<char>(Order::end);
  std::vector<int> none;
  // A launcher that is gone took its engine with it.
  if (send(channel_, &order, 1, MSG_NOSIGNAL) == 1) (void)receive(channel_, none);
}

}  // namespace aipg::worker
