// SPDX-License-Identifier: Apache-2.0
// Somebody else's verifier in a process of its own, for as long as the
// benchmark runs: it takes turns with ours. It reads how often to verify, one
// number a line, and answers each line with one when it is done.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace aipg::bench {

class Peer {
 public:
  // nullopt when it does not start, or does not get through one verification; its stderr is ours.
  [[nodiscard]] static std::optional<Peer> start(const std::vector<std::string>& argv);
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&&) = delete;
  // It ends when its standard input does.
  ~Peer();

  // False when it is gone.
  [[nodiscard]] bool run(std::size_t count) const;

 private:
  Peer(pid_t pid, int to, int from) : pid_(pid), to_(to), from_(from) {}
  pid_t pid_;
  int to_, from_;
};

}  // namespace aipg::bench
