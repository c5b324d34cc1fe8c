// SPDX-License-Identifier: Apache-2.0
#include "client/core/candidates.h"

#include <limits>

namespace aipg::client {
namespace {

constexpr std::uint16_t kXWing = 0x0002;

struct Ticket {
  const api::DirectoryEntry* entry;
  std::uint64_t price;
};

const api::OfferedModel* offer(const api::DirectoryEntry& entry, const Wanted& wanted) {
  for (const api::OfferedModel& model : entry.models) {
    if (model.name != wanted.model) continue;
    if (std::ranges::find(model.paths, wanted.path) != model.paths.end()) return &model;
  }
  return nullptr;
}

// What a token in and a token out cost together. No price is not infinitely good.
std::uint64_t price_of(const api::Price& price) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return std::max<std::uint64_t>(1, std::min(price.input, kMost) + std::min(price.output, kMost));
}

// Between 1000 and 4000: the cheapest is four times as likely as the dearest.
// Bounded, because prices come through the gateway, which must not be able to
// steer a draw with them.
std::uint64_t weight_of(std::uint64_t price, std::uint64_t cheapest) { return 1000 + 3000 * cheapest / price; }

// Uniform below `bound`: values of the last, incomplete round are drawn again.
std::uint64_t draw_below(std::uint64_t bound, crypto::Rng& rng) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t limit = kMax - kMax % bound;
  while (true) {
    std::uint64_t value = 0;
    for (std::uint8_t byte : rng.array<8>()) value = value << 8 | byte;
    if (value < limit) return value % bound;
  }
}

const Ticket& draw_one(const std::vector<Ticket>& pool, crypto::Rng& rng) {
  const std::uint64_t cheapest = std::ranges::min(pool, {}, &Ticket::price).price;
  std::uint64_t total = 0;
  for (const Ticket& ticket : pool) total += weight_of(ticket.price, cheapest);
  std::uint64_t at = draw_below(total, rng);
  for (const Ticket& ticket : pool) {
    const std::uint64_t weight = weight_of(ticket.price, cheapest);
    if (at < weight) return ticket;
    at -= weight;
  }
  __builtin_unreachable();
}

bool same_operator(const api::DirectoryEntry& a, const api::DirectoryEntry& b) {
  return a.worker_id == b.worker_id || (!a.stake_id.empty() && a.stake_id == b.stake_id);
}

}  // namespace

Entries entries_of(const api::Directory& directory) {
  Entries out;
  out.reserve(directory.entries.size());
  for (const api::DirectoryEntry& entry : directory.entries) out.push_back(&entry);
  return out;
}

Entries draw_candidates(const Entries& entries, const Wanted& wanted, crypto::Rng& rng) {
  std::vector<Ticket> pool;
  for (const api::DirectoryEntry* entry : entries) {
    const api::OfferedModel* model = offer(*entry, wanted);
    const bool post_quantum = std::ranges::find(entry->suites, kXWing) != entry->suites.end();
    if (model == nullptr || (wanted.require_pq && !post_quantum)) continue;
    pool.push_back({entry, price_of(model->price)});
  }
  Entries out;
  while (out.size() < wanted.count && !pool.empty()) {
    out.push_back(draw_one(pool, rng).entry);
    std::erase_if(pool, [&](const Ticket& ticket) { return same_operator(*ticket.entry, *out.back()); });
  }
  return out;
}

}  // namespace aipg::client
