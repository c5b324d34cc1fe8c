// SPDX-License-Identifier: Apache-2.0
#include "gateway/challenger.h"

#include "gateway/lanes.h"
#include "gateway/worker_session.h"

namespace aipg::gateway {

net::Task<Result<api::ChallengeAnswer::Evidence>> Challenger::evidence(Hash256 keyset_id, Hash256 nonce) {
  if (roster_.find_keyset(keyset_id) == nullptr) co_return fail("challenge_no_keyset");
  if (waiting_ >= most_waiting_) co_return fail("challenge_busy");
  Gathering& gathering = gatherings_[keyset_id];
  if (!gathering.next) gathering.next = std::make_shared<Batch>(runtime_);
  const std::shared_ptr<Batch> batch = gathering.next;
  if (batch->nonces.size() >= attest::kMaxNonces) co_return fail("challenge_busy");
  const std::size_t index = batch->nonces.size();
  batch->nonces.push_back(nonce);
  if (!gathering.running) {
    gathering.running = true;
    runtime_.spawn(run(keyset_id));
  }
  ++waiting_;
  while (!batch->result) co_await batch->done.wait();
  --waiting_;
  if (!batch->result->has_value()) co_return std::unexpected(batch->result->error());
  co_return api::ChallengeAnswer::Evidence{keyset_id, batch->tree->path(index), ***batch->result};
}

// Quotes batch after batch until no nonce waits.
net::Task<void> Challenger::run(Hash256 keyset_id) {
  while (gatherings_[keyset_id].next) {
    const milliseconds quiet = clock_.monotonic() - gatherings_[keyset_id].last_quote;
    if (quiet < kBetweenQuotes) co_await runtime_.sleep(kBetweenQuotes - quiet);
    Gathering& gathering = gatherings_[keyset_id];
    const std::shared_ptr<Batch> batch = std::exchange(gathering.next, nullptr);
    gathering.last_quote = clock_.monotonic();
    co_await quote(keyset_id, *batch);
    batch->done.notify_all();
  }
  gatherings_[keyset_id].running = false;
  expire();
}

net::Task<void> Challenger::quote(const Hash256& keyset_id, Batch& batch) {
  const KeysetRecord* record = roster_.find_keyset(keyset_id);
  if (record == nullptr) {
    batch.result = fail("challenge_no_keyset");
    co_return;
  }
  batch.tree = std::make_unique<attest::NonceTree>(batch.nonces);
  metrics_.challenges(batch.nonces.size());
  if (const std::shared_ptr<WorkerSession> session = record->session) {
    batch.result = co_await session->challenge(keyset_id, batch.tree->root(), timeout_);
  } else {
    batch.result = co_await lanes_->challenge(record->link.lane, keyset_id, batch.tree->root(), timeout_);
  }
}

// Forgets keysets that are quiet and gone, so the map cannot grow with rotations.
void Challenger::expire() {
  std::erase_if(gatherings_, [&](const auto& entry) {
    return !entry.second.running && roster_.find_keyset(entry.first) == nullptr;
  });
}

}  // namespace aipg::gateway
