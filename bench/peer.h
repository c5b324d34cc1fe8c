// SPDX-License-Identifier: Apache-2.0
// What is compared in a process of its own, for as long as the benchmark runs:
// it takes turns with others. It reads how much to do, one number a line, and
// answers each line with one when it is done.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace aipg::bench {

class Peer {
 public:
  // nullopt when it does not start, or does not get through an order of 1; its stderr is ours.
  [[nodiscard]] static std::optional<Peer> start(const std::vector<std::string>& argv);
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&&) = delete;
  // It ends when its standard input does.
  ~Peer();

  // False when it is gone.
  [[nodiscard]] bool run(std::size_t count) const { return ask(count).has_value(); }
  // The line that it answered with; nullopt when it is gone.
  [[nodiscard]] std::optional<std::string> ask(std::size_t count) const;
  // The same in two steps, for who has several at work at the same time.
  [[nodiscard]] bool order(std::size_t count) const;
  [[nodiscard]] std::optional<std::string> answer() const;

 private:
  Peer(pid_t pid, int to, int from) : pid_(pid), to_(to), from_(from) {}
  pid_t pid_;
  int to_, from_;
};

}  // namespace aipg::bench
