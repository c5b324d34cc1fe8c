// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_process.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aipg::worker {
namespace {

constexpr std::size_t kMaxLine = 200;

}  // namespace

Result<std::unique_ptr<EngineProcess>> EngineProcess::start(EngineLauncher& launcher, std::function<void()> on_exit) {
  AIPG_TRY(const EngineLauncher::Started started, launcher.launch());
  return std::unique_ptr<EngineProcess>(new EngineProcess(launcher, started, std::move(on_exit)));
}

EngineProcess::EngineProcess(EngineLauncher& launcher, EngineLauncher::Started started, std::function<void()> on_exit)
    : launcher_(launcher),
      handle_(started.handle),
      output_(started.output),
      on_exit_(std::move(on_exit)),
      watcher_([this] { watch(); }) {}

EngineProcess::~EngineProcess() {
  launcher_.end();
  watcher_.join();
  close(handle_);
  close(output_);
}

// Reads what the engine writes until it ended. A process that it left behind may hold the output open for ever, so its
// end does not say when.
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
