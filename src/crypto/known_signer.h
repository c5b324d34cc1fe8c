// SPDX-License-Identifier: Apache-2.0
// Remembers one key under which a signature was found good. Whether it holds
// depends on nothing but the bytes that were signed, the signature and the key,
// and an object that was parsed from bytes never changes: so it holds for ever,
// and need not be computed again. Nothing is remembered of signatures that do
// not hold, and no dates, names or revocations: those are judged each time.
// Const calls from any thread. Pure but for what it remembers.
#pragma once

#include <atomic>

#include "base/bytes.h"

namespace aipg::crypto {

class KnownSigner {
 public:
  KnownSigner() = default;
  KnownSigner(const KnownSigner&) = delete;
  KnownSigner& operator=(const KnownSigner&) = delete;

  // What `verify` says about the object's signature under `key`, whose bytes say all about it.
  template <typename Verify>
  [[nodiscard]] bool holds(ByteView key, const Verify& verify) const {
    if (known_.load(std::memory_order_acquire) && equal(key_, key)) return true;
    if (!verify()) return false;
    // The first one stays: written once, then only read.
    if (!claimed_.exchange(true)) {
      key_ = to_bytes(key);
      known_.store(true, std::memory_order_release);
    }
    return true;
  }

 private:
  mutable std::atomic<bool> claimed_ = false, known_ = false;
  mutable Bytes key_;
};

}  // namespace aipg::crypto
