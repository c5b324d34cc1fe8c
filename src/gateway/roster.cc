// SPDX-License-Identifier: Apache-2.0
#include "gateway/roster.h"

#include <algorithm>
#include <set>

#include "crypto/digest.h"
#include "gateway/worker_session.h"

namespace aipg::gateway {
namespace {

// Longer than any keyset lives, so that "gone" is never mistaken for "never seen" while a client may hold it.
constexpr milliseconds kRemember{2 * 60 * 60 * 1000};
constexpr milliseconds kReissueAfter{1000};

}  // namespace

const api::OfferedModel* KeysetRecord::offer(std::string_view model, std::string_view path) const {
  for (const api::OfferedModel& offered : models) {
    if (offered.name == model && std::ranges::find(offered.paths, path) != offered.paths.end()) return &offered;
  }
  return nullptr;
}

void Roster::apply(RosterChange change) {
  std::visit([this](auto& what) { take(std::move(what)); }, change);
}

void Roster::tell(RosterChange change) const {
  if (!on_change_) return;
  if (auto* record = std::get_if<KeysetRecord>(&change)) record->session = nullptr;  // not for other threads
  on_change_(change);
}

void Roster::publish(KeysetRecord record) {
  take(record);
  tell(std::move(record));
}

void Roster::retire(const Hash256& keyset_id) {
  take(KeysetRetired{keyset_id});
  tell(KeysetRetired{keyset_id});
}

void Roster::drop_link(const LinkId& link) {
  take(LinkDropped{link});
  tell(LinkDropped{link});
}

void Roster::take(KeysetRecord record) {
  expire();
  for (auto& [id, other] : keysets_) {
    if (other.link == record.link) other.superseded = true;
  }
  // A worker that came back has new keys: whoever sealed to the old ones can look again.
  std::erase_if(gone_, [&](const auto& gone) { return gone.second.worker_id == record.keyset.worker_id; });
  for (const attest::SuiteKey& key : record.keyset.keys) {
    // Where two links showed one at the same time, each thread holds to whom it heard of first.
    if (belongs_to_another(key.kid, record.keyset.id)) continue;
    kids_[key.kid] = record.keyset.id;
    owners_[key.kid] = {record.keyset.id, clock_.monotonic()};
  }
  const Hash256 id = record.keyset.id;
  keysets_.insert_or_assign(id, std::move(record));
  changed_ = true;
}

void Roster::take(const KeysetRetired& retired) {
  auto found = keysets_.find(retired.keyset_id);
  if (found == keysets_.end()) return;
  forget(found->second);
  keysets_.erase(found);
  changed_ = true;
}

void Roster::take(const LinkDropped& dropped) {
  expire();
  for (auto it = keysets_.begin(); it != keysets_.end();) {
    if (it->second.link != dropped.link) {
      ++it;
      continue;
    }
    for (const attest::SuiteKey& key : it->second.keyset.keys) {
      gone_[key.kid] = {it->second.keyset.worker_id, clock_.monotonic()};
    }
    forget(it->second);
    it = keysets_.erase(it);
    changed_ = true;
  }
}

const KeysetRecord* Roster::find_keyset(const Hash256& keyset_id) const {
  auto found = keysets_.find(keyset_id);
  return found == keysets_.end() ? nullptr : &found->second;
}

const KeysetRecord* Roster::find_kid(const Hash256& kid) const {
  auto found = kids_.find(kid);
  return found == kids_.end() ? nullptr : find_keyset(found->second);
}

bool Roster::belongs_to_another(const Hash256& kid, const Hash256& keyset_id) const {
  auto owner = owners_.find(kid);
  return owner != owners_.end() && owner->second.keyset_id != keyset_id;
}

std::size_t Roster::available() const {
  return static_cast<std::size_t>(std::ranges::count_if(keysets_, [](const auto& entry) {
    const auto& session = entry.second.session;
    return session == nullptr || session->takes_more();
  }));
}

bool Roster::offers(std::string_view model) const {
  return std::ranges::any_of(keysets_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second.models, [&](const auto& offered) { return offered.name == model; });
  });
}

std::vector<std::string> Roster::models() const {
  std::set<std::string> names;
  for (const auto& [id, record] : keysets_) {
    for (const api::OfferedModel& offered : record.models) names.insert(offered.name);
  }
  return {names.begin(), names.end()};
}

const std::string& Roster::directory() {
  const milliseconds now = clock_.monotonic();
  const bool first = document_.empty();
  if (!first && (!changed_ || now - issued_at_ < kReissueAfter)) return document_;
  api::Directory directory;
  directory.issued = clock_.now();
  // Grows across restarts too, without a file to keep it in.
  number_ = std::max(number_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(directory.issued.ms, 0)));
  directory.number = number_;
  for (const auto& [id, record] : keysets_) {
    if (record.superseded) continue;
    api::DirectoryEntry entry{id, record.keyset.worker_id, record.stake_id, {}, record.models, record.evidence_digest};
    for (const attest::SuiteKey& key : record.keyset.keys) entry.suites.push_back(key.suite);
    directory.entries.push_back(std::move(entry));
  }
  document_ = api::write_directory(directory);
  issued_at_ = now;
  changed_ = false;
  return document_;
}

void Roster::forget(const KeysetRecord& record) {
  for (const attest::SuiteKey& key : record.keyset.keys) {
    const auto found = kids_.find(key.kid);
    if (found != kids_.end() && found->second == record.keyset.id) kids_.erase(found);
  }
}

void Roster::expire() {
  const milliseconds now = clock_.monotonic();
  std::erase_if(gone_, [&](const auto& gone) { return now - gone.second.since > kRemember; });
  std::erase_if(
      owners_, [&](const auto& owner) { return now - owner.second.since > kRemember && !kids_.contains(owner.first); });
}

}  // namespace aipg::gateway
