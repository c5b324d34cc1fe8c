// SPDX-License-Identifier: Apache-2.0
// What the next request to a worker needs of its key alone, drawn before there
// is a request: an encapsulation is most of what sealing costs, and stands
// between a question and its first word. For who asks often.
//
// Each is taken once and gone, as two requests under one would share a key. So
// a process that holds some must not fork and go on on both sides, nor a
// machine be resumed twice from one snapshot. May be used from any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "seal/sender.h"

namespace aipg::client {

class DrawnSenders {
 public:
  struct Wanted {
    crypto::hpke::Suite suite = crypto::hpke::Suite::xwing;
    seal::RecipientKey key;
  };
  // So that no other key has one, and each of these: those who lack one in turn, as many at once as one request takes,
  // for who draws after each.
  void draw(const std::vector<Wanted>& wanted, crypto::Rng& rng);
  // The one of this key, where there is one.
  [[nodiscard]] std::optional<crypto::hpke::Sender> take(const Hash256& kid);

 private:
  std::mutex mutex_;
  std::map<Hash256, crypto::hpke::Sender> by_kid_;
};

}  // namespace aipg::client
