// SPDX-License-Identifier: Apache-2.0
// What was read from bytes, found again by exactly these bytes: for readers
// whose result depends on nothing else. Failures are not kept. Bounded: when
// the younger half is full the older half is forgotten, so that what is used
// stays, whatever else comes by. For one thread at a time.
#pragma once

#include <map>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest {

// T is cheap to copy: a handle of something immutable.
template <typename T>
class Remembered {
 public:
  static constexpr std::size_t kMostItems = 256, kMostBytes = 1 << 20;  // of each half

  // What `read(bytes)` gave before, or gives now.
  template <typename Read>
  [[nodiscard]] Result<T> get(ByteView bytes, const Read& read) {
    if (const auto found = younger_.find(bytes); found != younger_.end()) return found->second;
    if (const auto found = older_.find(bytes); found != older_.end()) return keep(older_.extract(found));
    AIPG_TRY(T fresh, read(bytes));
    if (bytes.size() > kMostBytes) return fresh;
    Items one;
    one.emplace(to_bytes(bytes), std::move(fresh));
    return keep(one.extract(one.begin()));
  }

  [[nodiscard]] std::size_t size() const { return younger_.size() + older_.size(); }

 private:
  struct Order {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const {
      return a.size() != b.size() ? a.size() < b.size() : as_text(a) < as_text(b);
    }
  };
  using Items = std::map<Bytes, T, Order>;

  T keep(typename Items::node_type item) {
    const std::size_t bytes = item.key().size();
    if (younger_.size() == kMostItems || bytes_ + bytes > kMostBytes) {
      older_ = std::exchange(younger_, {});
      bytes_ = 0;
    }
    bytes_ += bytes;
    return younger_.insert(std::move(item)).position->second;
  }

  Items younger_, older_;
  std::size_t bytes_ = 0;  // of the keys of younger_
};

}  // namespace aipg::attest
