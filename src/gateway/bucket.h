// SPDX-License-Identifier: Apache-2.0
// How much somebody used lately, against so much a minute: all of a minute's
// worth may come at once, and comes back evenly (a leaky bucket, kept as the
// instant at which it will have run empty). And a table of such, one for each
// somebody, that stays small: who used nothing lately is forgotten, and when
// there are too many all new ones share one. Values; not for concurrent use.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace aipg::gateway {

class Bucket {
 public:
  // How long until `n` more fit in; nothing when they do now, or when `per_minute` is 0: no limit. What fits in no
  // minute fits when it is empty.
  [[nodiscard]] milliseconds wait(milliseconds now, std::uint64_t n, std::uint64_t per_minute) const {
    if (per_minute == 0) return {};
    const auto level = left(now) + std::min(cost(n, per_minute), Span(kMinute));
    return level <= kMinute ? milliseconds{} : std::chrono::ceil<milliseconds>(level - kMinute);
  }
  // It may be more than fits in: the wait is longer then.
  void take(milliseconds now, std::uint64_t n, std::uint64_t per_minute) {
    if (per_minute != 0) empty_at_ = std::max<Span>(empty_at_, now) + cost(n, per_minute);
  }
  [[nodiscard]] bool empty(milliseconds now) const { return empty_at_ <= now; }

 private:
  using Span = std::chrono::nanoseconds;
  static constexpr std::chrono::minutes kMinute{1};
  static Span cost(std::uint64_t n, std::uint64_t per_minute) {
    constexpr double kNanoseconds = 60e9;
    constexpr double kMost = 24 * 60 * kNanoseconds;  // nobody has to wait longer than a day
    return Span(static_cast<std::int64_t>(
        std::min(static_cast<double>(n) * kNanoseconds / static_cast<double>(per_minute), kMost)));
  }
  [[nodiscard]] Span left(milliseconds now) const { return std::max<Span>(empty_at_ - now, Span{}); }

  Span empty_at_{0};
};

// `Usage` says idle(now) when it may be forgotten.
template <class Usage>
class UsageTable {
 public:
  explicit UsageTable(std::size_t most) : most_(most) {}

  // Stays where it is until it is idle.
  [[nodiscard]] Usage& of(const std::string& who, milliseconds now) {
    const auto found = usages_.find(who);
    if (found != usages_.end()) return found->second;
    if (usages_.size() >= sweep_at_ && now >= sweep_again_) sweep(now);
    if (usages_.size() >= most_) return others_;
    return usages_[who];
  }
  // Null for who used nothing lately.
  [[nodiscard]] const Usage* find(const std::string& who) const {
    const auto found = usages_.find(who);
    if (found != usages_.end()) return &found->second;
    return usages_.size() < most_ ? nullptr : &others_;
  }
  [[nodiscard]] std::size_t size() const { return usages_.size(); }

 private:
  // Seldom enough to cost nothing: when there are twice as many as were left the last time, and once a second at most.
  void sweep(milliseconds now) {
    std::erase_if(usages_, [now](const auto& entry) { return entry.second.idle(now); });
    sweep_at_ = std::min(std::max(2 * usages_.size(), kFirstSweep), most_);
    sweep_again_ = now + seconds(1);
  }

  static constexpr std::size_t kFirstSweep = 1024;
  const std::size_t most_;
  std::size_t sweep_at_ = std::min(kFirstSweep, most_);
  milliseconds sweep_again_{};
  std::unordered_map<std::string, Usage> usages_;
  Usage others_;
};

}  // namespace aipg::gateway
