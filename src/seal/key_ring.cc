// SPDX-License-Identifier: Apache-2.0
#include "seal/key_ring.h"

namespace aipg::seal {

std::optional<KeyRing::State::Found> KeyRing::State::find(const Hash256& kid, crypto::hpke::Suite suite) const {
  for (const auto& [id, keyset] : keysets) {
    for (const auto& [key_id, pair] : keyset->keys) {
      if (key_id == kid && pair.suite() == suite) return Found{keyset, &pair};
    }
  }
  return std::nullopt;
}

bool KeyRing::State::seen(const ReplayKey& key) const {
  return std::ranges::any_of(epochs, [&](const Epoch& epoch) { return epoch.opened.contains(key); });
}

bool KeyRing::State::remember(const ReplayKey& key) {
  if (used() >= capacity) return false;
  epochs.back().opened.insert(key);
  return true;
}

std::size_t KeyRing::State::used() const {
  std::size_t sum = 0;
  for (const Epoch& epoch : epochs) sum += epoch.opened.size();
  return sum;
}

KeyRing::KeyRing(std::size_t replay_capacity) : state_(std::make_unique<State>()) {
  state_->capacity = replay_capacity;
}
KeyRing::KeyRing(KeyRing&&) noexcept = default;
KeyRing& KeyRing::operator=(KeyRing&&) noexcept = default;
KeyRing::~KeyRing() = default;

void KeyRing::add(std::shared_ptr<KeysetSecrets> keyset) {
  const Hash256 id = keyset->keyset_id;
  if (!state_->keysets.emplace(id, std::move(keyset)).second) __builtin_trap();
  State::Epoch next;
  for (const auto& [held, secrets] : state_->keysets) next.held.insert(held);
  state_->epochs.push_back(std::move(next));
}

void KeyRing::retire(const Hash256& keyset_id) {
  const auto found = state_->keysets.find(keyset_id);
  if (found == state_->keysets.end()) return;
  found->second->keys.clear();  // wipes, whoever else holds the keyset
  state_->keysets.erase(found);
  for (State::Epoch& epoch : state_->epochs) epoch.held.erase(keyset_id);
  std::erase_if(state_->epochs, [](const State::Epoch& epoch) { return epoch.held.empty(); });
}

bool KeyRing::wants_early_rotation() const { return state_->used() * 4 >= state_->capacity * 3; }

std::size_t KeyRing::keysets() const { return state_->keysets.size(); }

}  // namespace aipg::seal
