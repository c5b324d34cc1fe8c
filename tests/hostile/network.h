// SPDX-License-Identifier: Apache-2.0
// Programs of ours, each a process, and what others see of them.
#pragma once

#include "engine.h"
#include "net/loopback_test.h"
#include "program.h"

namespace aipg::hostile {

inline constexpr std::string_view kHonestModel = "honest-model";
inline constexpr std::size_t kWorkerPlaces = 4;

// A workload file for a worker whose engine listens on this socket.
[[nodiscard]] std::string write_workload(const net::TemporaryFolder& folder, const std::string& engine_socket);
[[nodiscard]] std::vector<std::string> worker_command(const std::string& workload, std::uint16_t gateway_port);

// What a process held before a test, to be compared with what it holds after it.
class Held {
 public:
  explicit Held(const Program& program)
      : program_(program),
        log_(program.log().size()),
        descriptors_(program.descriptors()),
        memory_(program.memory_kib()) {}

  // What it logged since.
  [[nodiscard]] std::string log() const { return program_.log().substr(log_); }
  // Nothing is left open, memory has grown by less than a bound, and nothing of a question or an answer was logged.
  void expect_let_go(std::size_t most_kib = std::size_t{8} * 1024) const;

 private:
  const Program& program_;
  std::size_t log_, descriptors_, memory_;
};

}  // namespace aipg::hostile
