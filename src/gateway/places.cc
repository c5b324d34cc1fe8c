// SPDX-License-Identifier: Apache-2.0
#include "gateway/places.h"

#include <algorithm>
#include <iterator>

namespace aipg::gateway {

Places::Place::Place(Place&& other) noexcept
    : places_(std::exchange(other.places_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}

Places::Place& Places::Place::operator=(Place&& other) noexcept {
  std::swap(places_, other.places_);
  std::swap(entry_, other.entry_);
  return *this;
}

Places::Place::~Place() {
  if (places_ != nullptr) places_->give_back(*entry_);
}

Places::Place Places::take(const std::string& key) {
  Entry& entry = entry_of(key);
  ++running_;
  ++entry.second.running;
  entry.second.turn = ++turns_;
  return {*this, entry};
}

bool Places::wait(Waiter& waiter, const std::string& key) {
  if (seats_ == 0) return false;
  Share& share = entry_of(key).second;
  Waiter* displaced = nullptr;
  if (waiting_ == seats_) {
    Share& most = most_seats().second;
    if (most.waiting.size() <= share.waiting.size() + 1) {
      forget_if_unused(key);
      return false;
    }
    displaced = most.waiting.back();
    most.waiting.pop_back();
    --waiting_;
  }
  if (share.running == 0 && share.waiting.empty()) share.turn = ++turns_;
  share.waiting.push_back(&waiter);
  ++waiting_;
  if (displaced != nullptr) displaced->on_displaced(*this);
  return true;
}

void Places::leave(Waiter& waiter, const std::string& key) {
  const auto found = shares_.find(key);
  if (found == shares_.end()) return;
  waiting_ -= std::erase(found->second.waiting, &waiter);
  forget_if_unused(key);
}

bool Places::serve_one() {
  Entry* entry = running_ < places_ ? next() : nullptr;
  if (entry == nullptr) return false;
  const std::string key = entry->first;  // the entry may go with the call
  Waiter* waiter = entry->second.waiting.front();
  entry->second.waiting.erase(entry->second.waiting.begin());
  --waiting_;
  waiter->on_place(*this);
  forget_if_unused(key);
  return true;
}

void Places::displace_all() {
  std::vector<Waiter*> all;
  for (auto& [key, share] : shares_) {
    std::ranges::copy(share.waiting, std::back_inserter(all));
    share.waiting.clear();
  }
  waiting_ = 0;
  std::erase_if(shares_, [](const Entry& entry) { return entry.second.running == 0; });
  for (Waiter* waiter : all) waiter->on_displaced(*this);
}

void Places::forget_if_unused(const std::string& key) {
  const auto found = shares_.find(key);
  if (found != shares_.end() && found->second.running == 0 && found->second.waiting.empty()) shares_.erase(found);
}

// Whose turn it is; null when nobody waits.
Places::Entry* Places::next() {
  Entry* best = nullptr;
  for (Entry& entry : shares_) {
    const Share& share = entry.second;
    if (share.waiting.empty()) continue;
    if (best == nullptr || std::pair(share.running, share.turn) < std::pair(best->second.running, best->second.turn)) {
      best = &entry;
    }
  }
  return best;
}

Places::Entry& Places::most_seats() {
  return *std::ranges::max_element(shares_, {}, [](const Entry& entry) { return entry.second.waiting.size(); });
}

void Places::give_back(Entry& entry) {
  --running_;
  if (--entry.second.running == 0 && entry.second.waiting.empty()) shares_.erase(entry.first);
}

}  // namespace aipg::gateway
