// SPDX-License-Identifier: Apache-2.0
#include "net/connection_counts.h"

#include "net/peer_network.h"

namespace aipg::net {

struct ConnectionCounts::Counted {
  Counted(std::shared_ptr<ConnectionCounts> counts, std::string of) : in(std::move(counts)), network(std::move(of)) {}
  ~Counted() { in->leave(network); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  const std::shared_ptr<ConnectionCounts> in;
  const std::string network;  // empty for this machine's own
};

void ConnectionCounts::set(const MostConnections& most) {
  const std::scoped_lock lock(mutex_);
  most_ = most;
}

std::shared_ptr<const void> ConnectionCounts::enter(std::string_view peer) {
  std::string network = network_of(peer).value_or("");
  {
    const std::scoped_lock lock(mutex_);
    const auto found = of_network_.find(network);
    const bool too_many_of_it =
        !network.empty() && most_.of_network != 0 && found != of_network_.end() && found->second >= most_.of_network;
    if (too_many_of_it || (most_.all != 0 && all_ >= most_.all)) {
      ++refused_;
      return nullptr;
    }
    ++all_;
    if (!network.empty()) ++of_network_[network];
  }
  return std::make_shared<const Counted>(shared_from_this(), std::move(network));
}

void ConnectionCounts::leave(const std::string& network) {
  const std::scoped_lock lock(mutex_);
  --all_;
  const auto found = of_network_.find(network);
  if (found != of_network_.end() && --found->second == 0) of_network_.erase(found);
}

}  // namespace aipg::net
