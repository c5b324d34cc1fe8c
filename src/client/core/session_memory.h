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
  // Null: none that is young enough.
  [[nodiscard]] SharedDirectory directory(milliseconds monotonic) const;
  void keep(SharedDirectory directory, milliseconds monotonic);
  void forget_directory();

  // An accepted candidate that may be used from `now` on, and for `ahead` longer or until its keyset ends: evidence
  // that comes later makes it last no longer than that. Null: none.
  [[nodiscard]] SharedCandidate candidate(const Hash256& keyset_id, Instant now, milliseconds ahead = {}) const;
  // Every such one; keyset ids ascending.
  [[nodiscard]] std::vector<SharedCandidate> candidates(Instant now, milliseconds ahead = {}) const;
  // Lets go of what may not be used any more at the instant of this one's verdict.
  void keep(SharedCandidate accepted);
  // The same evidence, as a later directory lists it; unless another call has kept or dropped it meanwhile.
  void replace(const SharedCandidate& known, SharedCandidate by);
  // Evidence that came later was rejected, or a request to it was in vain.
  void drop(const Hash256& keyset_id);
  // Of a worker that a directory lists, the keysets that it does not list any more.
  void drop_old(std::string_view worker_id, const api::Directory& directory);

 private:
  mutable std::mutex mutex_;
  SharedDirectory directory_;
  milliseconds directory_at_{0};
  std::map<Hash256, SharedCandidate> candidates_;  // by keyset id
};

}  // namespace aipg::client
