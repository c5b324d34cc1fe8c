// SPDX-License-Identifier: Apache-2.0
#include "worker/keysets.h"

namespace aipg::worker {

using crypto::hpke::KeyPair;
using crypto::hpke::Suite;

namespace {

constexpr milliseconds kMostStep{60'000};

}  // namespace

Keysets::Keysets(const Clock& clock, crypto::Rng& rng, std::string worker_id, KeysetTimes times)
    : clock_(clock), rng_(rng), worker_id_(std::move(worker_id)), times_(times) {}

const Keysets::Live& Keysets::rotate() {
  const Instant now = live_.empty() || disputed_ || jumped() == milliseconds(0) ? clock_.now() : worker_now();
  const milliseconds monotonic = clock_.monotonic();
  auto secrets = std::make_shared<seal::KeysetSecrets>(
      seal::KeysetSecrets{.keyset_id = {}, .keys = {}, .receipt_key = crypto::Ed25519PrivateKey::generate(rng_)});
  std::vector<std::pair<std::uint16_t, Bytes>> public_keys;
  for (const Suite suite : {Suite::x25519, Suite::xwing}) {
    KeyPair pair = KeyPair::generate(suite, rng_);
    const auto id = static_cast<std::uint16_t>(suite);
    public_keys.emplace_back(id, to_bytes(pair.public_key()));
    const Hash256 kid = attest::key_id(id, pair.public_key());
    secrets->keys.emplace_back(kid, std::move(pair));
  }
  attest::Keyset document = attest::make_keyset(worker_id_, now, now + times_.life(), std::move(public_keys),
                                                secrets->receipt_key.public_key());
  secrets->keyset_id = document.id;
  ring_.add(secrets);
  if (!live_.empty()) live_.back().wipe_at = monotonic + times_.retire_after;
  if (std::exchange(disputed_, false)) {
    for (Live& older : live_) older.wipe_at = monotonic;
  }
  live_.push_back({std::move(document), std::move(secrets), monotonic, std::nullopt});
  time_at_newest_ = now;
  monotonic_at_newest_ = monotonic;
  return live_.back();
}

bool Keysets::rotation_due() const {
  if (live_.empty() || disputed_) return true;
  const milliseconds age = clock_.monotonic() - live_.back().made;
  // The replay memory stays as full as it is until the older keys are wiped: not at each look another rotation.
  const bool early = ring_.wants_early_rotation() && age >= times_.retire_after;
  return early || age >= times_.rotate_every;
}

std::vector<Hash256> Keysets::wipe_due() {
  std::vector<Hash256> wiped;
  while (!live_.empty() && live_.front().wipe_at && *live_.front().wipe_at <= clock_.monotonic()) {
    wiped.push_back(live_.front().document.id);
    ring_.retire(wiped.back());
    live_.pop_front();
  }
  return wiped;
}

std::vector<Hash256> Keysets::wipe_all() {
  std::vector<Hash256> wiped;
  for (const Live& live : live_) {
    wiped.push_back(live.document.id);
    ring_.retire(live.document.id);
  }
  live_.clear();
  return wiped;
}

milliseconds Keysets::until_due() const {
  if (live_.empty()) return milliseconds(0);
  milliseconds at = live_.back().made + times_.rotate_every;
  if (live_.front().wipe_at) at = std::min(at, *live_.front().wipe_at);
  return std::max(milliseconds(0), at - clock_.monotonic());
}

const Keysets::Live* Keysets::find(const Hash256& keyset_id) const {
  for (const Live& live : live_) {
    if (live.document.id == keyset_id) return &live;
  }
  return nullptr;
}

Instant Keysets::worker_now() const { return time_at_newest_ + (clock_.monotonic() - monotonic_at_newest_); }

milliseconds Keysets::jumped() const {
  const milliseconds ahead = clock_.now() - worker_now();
  return std::chrono::abs(ahead) > kMostStep ? ahead : milliseconds(0);
}

void Keysets::dispute() { disputed_ = disputed_ || (!live_.empty() && jumped() != milliseconds(0)); }

}  // namespace aipg::worker
