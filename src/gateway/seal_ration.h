// SPDX-License-Identifier: Apache-2.0
// Whom a worker opens seals for. It has to do its share of the key exchange
// before it knows that there is nothing behind it, so of each API key and of
// each address it refuses only so many requests a minute as no good; what else
// they send it is not sent on until that is less. One for each link: a worker
// that calls good seals bad loses nothing but its own customers. Used on the
// gateway's thread.
#pragma once

#include <string>
#include <string_view>

#include "gateway/bucket.h"
#include "gateway/limits.h"

namespace aipg::gateway {

class SealRation {
 public:
  explicit SealRation(std::uint64_t refused_a_minute) : refused_a_minute_(refused_a_minute) {}

  // Nothing, or for how long nothing of this key or address is opened.
  [[nodiscard]] milliseconds wait(const std::string& key, std::string_view peer, milliseconds now);
  // The worker refused one of theirs.
  void refused(const std::string& key, std::string_view peer, milliseconds now);

 private:
  struct Usage {
    Bucket refused;
    [[nodiscard]] bool idle(milliseconds now) const { return refused.empty(now); }
  };
  const std::uint64_t refused_a_minute_;  // 0: no ration
  static constexpr std::size_t kMostSubjects = 4096;
  UsageTable<Usage> keys_{kMostSubjects}, addresses_{kMostSubjects};
};

}  // namespace aipg::gateway
