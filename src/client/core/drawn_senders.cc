// SPDX-License-Identifier: Apache-2.0
#include "client/core/drawn_senders.h"

#include <algorithm>

namespace aipg::client {

void DrawnSenders::draw(const std::vector<Wanted>& wanted, crypto::Rng& rng) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(by_kid_, [&](const auto& drawn) {
    return std::ranges::none_of(wanted, [&](const Wanted& each) { return each.key.kid == drawn.first; });
  });
  std::size_t drawn = 0;
  for (const Wanted& each : wanted) {
    if (by_kid_.contains(each.key.kid)) continue;
    if (++drawn > seal::kMaxRecipients) return;
    auto sender = seal::draw_sender(each.suite, each.key, rng);
    if (sender) by_kid_.emplace(each.key.kid, *std::move(sender));  // what cannot be drawn says why when it is needed
  }
}

std::optional<crypto::hpke::Sender> DrawnSenders::take(const Hash256& kid) {
  const std::scoped_lock lock(mutex_);
  auto found = by_kid_.extract(kid);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

}  // namespace aipg::client
