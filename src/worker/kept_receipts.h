// SPDX-License-Identifier: Apache-2.0
// Receipts whose link was lost before their ACK, oldest first, to be sent again
// on the next link. Bounded: the oldest goes first.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "program/log.h"

namespace aipg::worker {

class KeptReceipts {
 public:
  static constexpr std::size_t kMost = 10'000;

  explicit KeptReceipts(const program::Log& log, std::size_t most = kMost) : log_(log), most_(most) {}

  struct Kept {
    ByteArray<16> job_id{};
    Hash256 keyset_id{};
    std::string jws;
  };

  // One of this worker's own.
  void keep(std::string jws);
  // The gateway has it, or does not want it.
  void recorded(const ByteArray<16>& job_id);
  // A keyset that is not live will not be registered any more: nobody could verify what it signed.
  void give_up_unless(const std::function<bool(const Hash256& keyset_id)>& live);

  [[nodiscard]] const std::deque<Kept>& all() const { return kept_; }

 private:
  void warn_of(const Kept& dropped) const;

  const program::Log& log_;
  std::size_t most_;
  std::deque<Kept> kept_;
};

}  // namespace aipg::worker
