// SPDX-License-Identifier: Apache-2.0
// How much each API key and each address may use of the gateway, so that
// nobody uses up what is there for all. Addresses are counted by network, and
// this machine's own are not (net/peer_network.h). Each of a
// gateway's threads has Limits; what was used is counted for all of them
// together, under one of several locks that is held for a few additions.
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/bucket.h"

namespace aipg::gateway {

// 0: no limit.
struct Allowance {
  // A minute.
  std::uint64_t requests = 0, bytes = 0, challenges = 0;
  // At once.
  std::uint64_t jobs = 0;
  friend bool operator==(const Allowance&, const Allowance&) = default;
};

// What was used, by whom. For any thread.
class UsageCounts {
 public:
  struct Usage {
    Bucket requests, bytes, challenges;
    std::uint64_t jobs = 0;
    [[nodiscard]] bool idle(milliseconds now) const {
      return jobs == 0 && requests.empty(now) && bytes.empty(now) && challenges.empty(now);
    }
  };
  struct Shard {
    std::mutex mutex;  // over all of it, and each Usage
    UsageTable<Usage> usages{kMostSubjects / kShards};
  };
  [[nodiscard]] Shard& of_key(const std::string& id) { return keys_[hash_(id) % kShards]; }
  [[nodiscard]] Shard& of_address(const std::string& address) { return addresses_[hash_(address) % kShards]; }

 private:
  static constexpr std::size_t kShards = 16, kMostSubjects = 65'536;
  std::hash<std::string> hash_;
  std::array<Shard, kShards> keys_, addresses_;
};

class Limits {
  // Somebody's usage, and the shard whose lock is over it; null without limits.
  struct Subject {
    UsageCounts::Shard* shard = nullptr;
    UsageCounts::Usage* usage = nullptr;
  };

 public:
  // A job's part of its key's and its address's allowance, given back with it. Not after its Limits.
  class Job {
   public:
    Job() = default;
    Job(Job&& other) noexcept;
    Job& operator=(Job&& other) noexcept;
    ~Job();
    // Bytes of its request that came.
    void received(std::size_t bytes);
    // Of another thread, whose Limits count with the first's.
    void goes_on_at(Limits& limits);

   private:
    friend class Limits;
    Job(Limits& limits, Subject key, Subject address) : limits_(&limits), key_(key), address_(address) {}
    Limits* limits_ = nullptr;
    Subject key_, address_;
  };

  explicit Limits(const Clock& clock, std::shared_ptr<UsageCounts> counts = std::make_shared<UsageCounts>())
      : clock_(clock), counts_(std::move(counts)) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // From now on, for what was used before, too.
  void set(const Allowance& of_key, const Allowance& of_address);

  // Each fails with how long to wait, at least a second, and counts nothing then.
  // Of any request, before anything else is looked at.
  [[nodiscard]] std::expected<void, seconds> request(std::string_view peer);
  // Evidence of n keysets, which anybody may ask for: `key` is whose good key came with that, if one did.
  [[nodiscard]] std::expected<void, seconds> challenges(const std::optional<std::string>& key, std::string_view peer,
                                                        std::size_t n);
  // A request of a key that is good.
  [[nodiscard]] std::expected<Job, seconds> begin_job(const std::string& key, std::string_view peer);

 private:
  using Usage = UsageCounts::Usage;
  [[nodiscard]] std::expected<Subject, seconds> begin(UsageCounts::Shard& shard, const std::string& who,
                                                      const Allowance& allowed, bool counts_request);
  static void end(const Subject& subject);

  const Clock& clock_;
  const std::shared_ptr<UsageCounts> counts_;
  Allowance of_key_, of_address_;
};

}  // namespace aipg::gateway
