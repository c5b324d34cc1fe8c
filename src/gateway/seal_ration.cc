// SPDX-License-Identifier: Apache-2.0
#include "gateway/seal_ration.h"

#include "net/peer_network.h"

namespace aipg::gateway {

milliseconds SealRation::wait(const std::string& key, std::string_view peer, milliseconds now) {
  if (refused_a_minute_ == 0 || (keys_.size() == 0 && addresses_.size() == 0)) return {};
  milliseconds longest{};
  if (const Usage* usage = keys_.find(key)) longest = usage->refused.wait(now, 1, refused_a_minute_);
  if (const auto address = net::network_of(peer)) {
    const Usage* usage = addresses_.find(*address);
    if (usage != nullptr) longest = std::max(longest, usage->refused.wait(now, 1, refused_a_minute_));
  }
  return longest;
}

void SealRation::refused(const std::string& key, std::string_view peer, milliseconds now) {
  if (refused_a_minute_ == 0) return;
  keys_.of(key, now).refused.take(now, 1, refused_a_minute_);
  if (const auto address = net::network_of(peer)) addresses_.of(*address, now).refused.take(now, 1, refused_a_minute_);
}

}  // namespace aipg::gateway
