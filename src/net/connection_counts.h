// SPDX-License-Identifier: Apache-2.0
// How many connections a server has, altogether and of each network, so that
// nobody takes all of a program's descriptors. For any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aipg::net {

// 0: any number.
struct MostConnections {
  std::size_t all = 0, of_network = 0;
};

class ConnectionCounts : public std::enable_shared_from_this<ConnectionCounts> {
 public:
  // For those that come from now on.
  void set(const MostConnections& most);
  // Counts one until what is returned goes; null when it is one too many.
  [[nodiscard]] std::shared_ptr<const void> enter(std::string_view peer);
  // How many were too many, ever.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  struct Counted;
  void leave(const std::string& network);

  std::mutex mutex_;
  MostConnections most_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> of_network_;
  std::atomic<std::uint64_t> refused_ = 0;
};

}  // namespace aipg::net
