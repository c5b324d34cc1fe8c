// SPDX-License-Identifier: Apache-2.0
#include "client/core/session_memory.h"

namespace aipg::client {
namespace {

constexpr milliseconds kDirectoryLife{30'000};

bool usable(const Candidate& accepted, Instant now, milliseconds ahead) {
  const attest::VerifiedWorker& worker = *accepted.appraisal.worker;
  const Instant end = worker.usable_until();
  return now < end && (now + ahead < end || end == worker.keyset().not_after);
}

}  // namespace

SharedDirectory SessionMemory::directory(milliseconds monotonic) const {
  const std::scoped_lock lock(mutex_);
  return monotonic - directory_at_ < kDirectoryLife ? directory_ : nullptr;
}

void SessionMemory::keep(SharedDirectory directory, milliseconds monotonic) {
  const std::scoped_lock lock(mutex_);
  directory_ = std::move(directory);
  directory_at_ = monotonic;
}

void SessionMemory::forget_directory() {
  const std::scoped_lock lock(mutex_);
  directory_.reset();
}

SharedCandidate SessionMemory::candidate(const Hash256& keyset_id, Instant now, milliseconds ahead) const {
  const std::scoped_lock lock(mutex_);
  const auto found = candidates_.find(keyset_id);
  return found != candidates_.end() && usable(*found->second, now, ahead) ? found->second : nullptr;
}

std::vector<SharedCandidate> SessionMemory::candidates(Instant now, milliseconds ahead) const {
  const std::scoped_lock lock(mutex_);
  std::vector<SharedCandidate> out;
  for (const auto& [id, candidate] : candidates_) {
    if (usable(*candidate, now, ahead)) out.push_back(candidate);
  }
  return out;
}

void SessionMemory::drop(const Hash256& keyset_id) {
  const std::scoped_lock lock(mutex_);
  candidates_.erase(keyset_id);
}

void SessionMemory::drop_old(std::string_view worker_id, const api::Directory& directory) {
  if (std::ranges::find(directory.entries, worker_id, &api::DirectoryEntry::worker_id) == directory.entries.end())
    return;
  const std::scoped_lock lock(mutex_);
  std::erase_if(candidates_, [&](const auto& known) {
    return known.second->entry.worker_id == worker_id &&
           !std::ranges::binary_search(directory.entries, known.first, {}, &api::DirectoryEntry::keyset_id);
  });
}

void SessionMemory::keep(SharedCandidate accepted) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(candidates_, [now = accepted->appraisal.verdict.at](const auto& known) {
    return known.second->appraisal.worker->usable_until() <= now;
  });
  const Hash256 id = accepted->entry.keyset_id;
  candidates_.insert_or_assign(id, std::move(accepted));
}

void SessionMemory::replace(const SharedCandidate& known, SharedCandidate by) {
  const std::scoped_lock lock(mutex_);
  const auto found = candidates_.find(known->entry.keyset_id);
  if (found != candidates_.end() && found->second == known) found->second = std::move(by);
}

}  // namespace aipg::client
