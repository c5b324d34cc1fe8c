// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace aipg::hostile {
namespace {

constexpr milliseconds kLook{5};
constexpr std::size_t kShadowKib = std::size_t{1} << 30;  // a TiB

void redirect(int from, int to) {
  if (from != to) dup2(from, to);
}

// Into a child whose standard streams are these.
pid_t spawn(std::vector<std::string> command, int out, int err) {
  command[0] = std::string(AIPG_BINARY_DIR "/bin/") + command[0];
  std::vector<char*> argv;
  for (std::string& each : command) argv.push_back(each.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  redirect(open("/dev/null", O_RDONLY), STDIN_FILENO);
  redirect(out, STDOUT_FILENO);
  redirect(err, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

std::size_t status_kib(pid_t pid, std::string_view name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return std::stoul(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

Program::Program(std::vector<std::string> command, std::string log_file) : log_file_(std::move(log_file)) {
  const int log = open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(std::move(command), log, log);
  close(log);
}

Program::~Program() { stop(); }

std::string Program::log() const {
  std::ifstream in(log_file_);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t Program::memory_kib() const { return status_kib(pid_, "VmRSS:"); }
bool Program::sanitized() const { return status_kib(pid_, "VmSize:") > kShadowKib; }

std::size_t Program::descriptors() const {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool Program::runs() {
  if (pid_ < 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return false;
}

int Program::stop() {
  if (!runs()) return exit_;
  kill(pid_, SIGTERM);
  if (!wait_until([this] { return !runs(); })) {
    kill(pid_, SIGKILL);
    (void)wait_until([this] { return !runs(); });
  }
  return exit_;
}

std::string output_of(std::vector<std::string> command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t pid = spawn(std::move(command), ends[1], STDERR_FILENO);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  return out;
}

}  // namespace aipg::hostile
