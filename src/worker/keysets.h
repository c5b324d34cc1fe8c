// SPDX-License-Identifier: Apache-2.0
// A worker's keysets over time: made inside the TEE, replaced at each rotation,
// wiped a while after that so that requests under way still open. Times come
// from the clock given; who calls when is the owner's business.
// Worker time = wall time when the first keyset was made + monotonic time since.
// A rotation follows the wall clock over a small step, as clocks are adjusted;
// one that jumped further is not followed, so that a guest whose clock is set
// goes on. Unless worker time is what is wrong, after a long pause of the guest,
// say: then somebody refuses, or has to be refused, which is a dispute().
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "attest/keyset.h"
#include "crypto/random.h"
#include "seal/recipient.h"

namespace aipg::worker {

struct KeysetTimes {
  milliseconds rotate_every{60 * 60 * 1000};
  milliseconds retire_after{330 * 1000};  // from the rotation until the old keys are wiped

  // How long clients may use one: it ends before its keys are wiped, so that what was sealed in time still opens.
  [[nodiscard]] milliseconds life() const { return rotate_every + retire_after - retire_after / 11; }
  // How many there can be at once, right after a rotation.
  [[nodiscard]] std::size_t most_at_once() const {
    return 2 + static_cast<std::size_t>(retire_after / std::max(rotate_every, milliseconds(1)));
  }
};

class Keysets {
 public:
  struct Live {
    attest::Keyset document;
    std::shared_ptr<seal::KeysetSecrets> secrets;  // shared with jobs, which sign after the ring let go
    milliseconds made{};                           // monotonic
    std::optional<milliseconds> wipe_at;           // set when a newer one was made
  };

  Keysets(const Clock& clock, crypto::Rng& rng, std::string worker_id, KeysetTimes times);

  // Makes the next one; the one before it is wiped after `retire_after`.
  const Live& rotate();
  [[nodiscard]] bool rotation_due() const;
  // Something was refused for our time's sake. If the wall clock says another, the next rotation is due and follows it,
  // and older keys, made under a time that was wrong, are due to be wiped with it.
  void dispute();
  // Wipes those whose time has come, and returns their ids.
  [[nodiscard]] std::vector<Hash256> wipe_due();
  // Wipes all of them: nothing more can be opened.
  [[nodiscard]] std::vector<Hash256> wipe_all();
  // Until there is something to do by the clock alone.
  [[nodiscard]] milliseconds until_due() const;

  [[nodiscard]] const std::deque<Live>& live() const { return live_; }  // oldest first
  [[nodiscard]] const Live* find(const Hash256& keyset_id) const;
  [[nodiscard]] seal::KeyRing& ring() { return ring_; }
  [[nodiscard]] Instant worker_now() const;
  // How far the wall clock has jumped; zero where a rotation would follow it.
  [[nodiscard]] milliseconds jumped() const;

 private:
  const Clock& clock_;
  crypto::Rng& rng_;
  std::string worker_id_;
  KeysetTimes times_;
  seal::KeyRing ring_;
  std::deque<Live> live_;
  Instant time_at_newest_;
  milliseconds monotonic_at_newest_{};
  bool disputed_ = false;
};

}  // namespace aipg::worker
