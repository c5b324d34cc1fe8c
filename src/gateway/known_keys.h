// SPDX-License-Identifier: Apache-2.0
// API keys that the store found good within the last second: it is asked
// between a question and its first word, and its pages are never in its cache,
// as each job's record changes the file. A key that is revoked is refused a
// second later at most; one that is no good is asked for each time. Holds
// digests of keys. Used on the gateway's thread.
#pragma once

#include <map>

#include "base/clock.h"
#include "store/job_store.h"

namespace aipg::gateway {

inline constexpr milliseconds kKeyKnown{1000};

class KnownKeys {
 public:
  // Both must outlive it.
  KnownKeys(store::JobStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // As JobStore::check_key().
  [[nodiscard]] Result<std::optional<std::string>> check(std::string_view presented);
  // Whether the store can be asked at all.
  [[nodiscard]] bool readable();

 private:
  struct Known {
    std::string id;
    milliseconds asked;
  };
  store::JobStore& store_;
  const Clock& clock_;
  std::map<Hash256, Known> known_;  // by the digest of what was presented
};

}  // namespace aipg::gateway
