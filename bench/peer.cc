// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace aipg::bench {

std::optional<Peer> Peer::start(const std::vector<std::string>& argv) {
  std::array<int, 2> to{}, from{};
  if (::pipe2(to.data(), O_CLOEXEC) != 0) return std::nullopt;
  if (::pipe2(from.data(), O_CLOEXEC) != 0) return ::close(to[0]), ::close(to[1]), std::nullopt;
  std::vector<char*> words;
  for (const std::string& each : argv) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  pid_t child = -1;
  const bool started = ::posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  Peer out(started ? child : -1, to[1], from[0]);
  if (!started || !out.run(1)) return std::nullopt;
  return out;
}

Peer::Peer(Peer&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), to_(std::exchange(other.to_, -1)), from_(std::exchange(other.from_, -1)) {}

Peer::~Peer() {
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

std::optional<std::string> Peer::ask(std::size_t count) const { return order(count) ? answer() : std::nullopt; }

bool Peer::order(std::size_t count) const {
  const std::string line = std::to_string(count) + "\n";
  return ::write(to_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

std::optional<std::string> Peer::answer() const {
  std::string line;
  for (char c = 0; ::read(from_, &c, 1) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

}  // namespace aipg::bench
