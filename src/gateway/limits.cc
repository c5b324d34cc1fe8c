// SPDX-License-Identifier: Apache-2.0
#include "gateway/limits.h"

#include <algorithm>
#include <utility>

#include "net/peer_network.h"

namespace aipg::gateway {
namespace {

// How long to wait, when that is anything.
std::expected<void, seconds> unless(milliseconds wait) {
  if (wait == milliseconds{}) return {};
  return std::unexpected(std::chrono::ceil<seconds>(wait));
}

constexpr seconds kUntilAJobEnds{1};

}  // namespace

Limits::Job::Job(Job&& other) noexcept
    : limits_(std::exchange(other.limits_, nullptr)), key_(other.key_), address_(other.address_) {}

Limits::Job& Limits::Job::operator=(Job&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(key_, other.key_);
  std::swap(address_, other.address_);
  return *this;
}

Limits::Job::~Job() {
  if (limits_ == nullptr) return;
  end(key_);
  end(address_);
}

void Limits::Job::received(std::size_t bytes) {
  if (limits_ == nullptr) return;
  const milliseconds now = limits_->clock_.monotonic();
  for (const auto& [subject, allowed] : {std::pair(&key_, &limits_->of_key_), {&address_, &limits_->of_address_}}) {
    if (subject->usage == nullptr || allowed->bytes == 0) continue;
    const std::scoped_lock lock(subject->shard->mutex);
    subject->usage->bytes.take(now, bytes, allowed->bytes);
  }
}

void Limits::Job::goes_on_at(Limits& limits) {
  if (limits_ != nullptr) limits_ = &limits;
}

void Limits::set(const Allowance& of_key, const Allowance& of_address) {
  of_key_ = of_key;
  of_address_ = of_address;
}

std::expected<void, seconds> Limits::request(std::string_view peer) {
  const auto address = of_address_.requests == 0 ? std::nullopt : net::network_of(peer);
  if (!address) return {};
  const milliseconds now = clock_.monotonic();
  UsageCounts::Shard& shard = counts_->of_address(*address);
  const std::scoped_lock lock(shard.mutex);
  Bucket& bucket = shard.usages.of(*address, now).requests;
  if (auto wait = unless(bucket.wait(now, 1, of_address_.requests)); !wait) return wait;
  bucket.take(now, 1, of_address_.requests);
  return {};
}

std::expected<void, seconds> Limits::challenges(const std::optional<std::string>& key, std::string_view peer,
                                                std::size_t n) {
  const auto address = net::network_of(peer);
  const milliseconds now = clock_.monotonic();
  const auto whoever_counts = [&](auto&& count) {
    if (address && of_address_.challenges != 0) count(counts_->of_address(*address), *address, of_address_.challenges);
    if (key && of_key_.challenges != 0) count(counts_->of_key(*key), *key, of_key_.challenges);
  };
  milliseconds wait{};
  whoever_counts([&](UsageCounts::Shard& shard, const std::string& who, std::uint64_t per_minute) {
    const std::scoped_lock lock(shard.mutex);
    wait = std::max(wait, shard.usages.of(who, now).challenges.wait(now, n, per_minute));
  });
  if (auto may = unless(wait); !may) return may;
  whoever_counts([&](UsageCounts::Shard& shard, const std::string& who, std::uint64_t per_minute) {
    const std::scoped_lock lock(shard.mutex);
    shard.usages.of(who, now).challenges.take(now, n, per_minute);
  });
  return {};
}

std::expected<Limits::Job, seconds> Limits::begin_job(const std::string& id, std::string_view peer) {
  Subject key, address;
  const auto who = of_address_ == Allowance{} ? std::nullopt : net::network_of(peer);
  if (who) {
    auto begun = begin(counts_->of_address(*who), *who, of_address_, false);
    if (!begun) return std::unexpected(begun.error());
    address = *begun;
  }
  if (of_key_ != Allowance{}) {
    auto begun = begin(counts_->of_key(id), id, of_key_, true);
    if (!begun) {
      end(address);
      return std::unexpected(begun.error());
    }
    key = *begun;
  }
  return Job(*this, key, address);
}

// One more job of somebody's, as far as what they have and had goes: the bytes of their earlier requests, too.
std::expected<Limits::Subject, seconds> Limits::begin(UsageCounts::Shard& shard, const std::string& who,
                                                      const Allowance& allowed, bool counts_request) {
  const milliseconds now = clock_.monotonic();
  const std::scoped_lock lock(shard.mutex);
  Usage& usage = shard.usages.of(who, now);
  if (allowed.jobs != 0 && usage.jobs >= allowed.jobs) return std::unexpected(kUntilAJobEnds);
  if (auto may = unless(usage.bytes.wait(now, 0, allowed.bytes)); !may) return std::unexpected(may.error());
  if (counts_request) {
    if (auto may = unless(usage.requests.wait(now, 1, allowed.requests)); !may) return std::unexpected(may.error());
    usage.requests.take(now, 1, allowed.requests);
  }
  ++usage.jobs;
  return Subject{&shard, &usage};
}

void Limits::end(const Subject& subject) {
  if (subject.usage == nullptr) return;
  const std::scoped_lock lock(subject.shard->mutex);
  --subject.usage->jobs;
}

}  // namespace aipg::gateway
