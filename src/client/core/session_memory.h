// SPDX-License-Identifier: Apache-2.0
// What the calls of one session share: the gateway's directory for half a
// minute, and the candidates that were verified, until they may not be used
// any more. May be used from any thread.
#pragma once

#include <map>
#include <mutex>

#include "client/core/session.h"

namespace aipg::client {

class SessionMemory {
 public:
  [[nodiscard]] std::optional<api::Directory> directory(milliseconds monotonic) const;
  void keep(api::Directory directory, milliseconds monotonic);
  void forget_directory();

  // An accepted candidate that may be used at `now`, or null.
  [[nodiscard]] std::shared_ptr<const Candidate> candidate(const Hash256& keyset_id, Instant now) const;
  [[nodiscard]] bool has(const Hash256& keyset_id, Instant now) const;
  [[nodiscard]] std::vector<Candidate> candidates(Instant now) const;
  // Lets go of what may not be used any more at the instant of this one's verdict.
  void keep(const Candidate& accepted);
  // Evidence that came later was rejected.
  void drop(const Hash256& keyset_id);
  // And the directory that named them.
  void forget(const std::vector<Hash256>& keyset_ids);

 private:
  mutable std::mutex mutex_;
  std::optional<api::Directory> directory_;
  milliseconds directory_at_{0};
  std::map<Hash256, std::shared_ptr<const Candidate>> candidates_;  // by keyset id; shared with calls that use them
};

}  // namespace aipg::client
