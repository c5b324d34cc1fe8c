// SPDX-License-Identifier: Apache-2.0
// The library's randomness, drawn some kilobytes at a time: for ids and
// challenges, which are many, small and no secrets. Never for keys: what is
// still to be handed out lies in memory until then. Not for concurrent use.
#pragma once

#include <algorithm>

#include "crypto/random.h"

namespace aipg::crypto {

class PooledRng final : public Rng {
 public:
  // `source` must outlive this.
  explicit PooledRng(Rng& source) : source_(source) {}

  void fill(MutableByteView out) override {
    if (out.size() > pool_.size() - at_) {
      if (out.size() > pool_.size()) return source_.fill(out);
      source_.fill(pool_);
      at_ = 0;
    }
    std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
    at_ += out.size();
  }

 private:
  Rng& source_;
  ByteArray<2048> pool_{};
  std::size_t at_ = pool_.size();
};

}  // namespace aipg::crypto
