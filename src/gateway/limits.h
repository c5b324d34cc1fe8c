// SPDX-License-Identifier: Apache-2.0
// How much each API key and each address may use of the gateway, so that
// nobody uses up what is there for all. An IPv6 address counts with its whole
// /64. Whoever is on this machine has no address here: Unix sockets, 127.0.0.1
// and ::1, where a proxy before the gateway would stand for everybody. Used on
// the gateway's thread.
#pragma once

#include <expected>
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

// What limits and what is said of an address: the address itself, its /64, or nothing for this machine.
[[nodiscard]] std::optional<std::string> limited_address(std::string_view peer);

class Limits {
  struct Usage {
    Bucket requests, bytes, challenges;
    std::uint64_t jobs = 0;
    [[nodiscard]] bool idle(milliseconds now) const {
      return jobs == 0 && requests.empty(now) && bytes.empty(now) && challenges.empty(now);
    }
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

   private:
    friend class Limits;
    Job(Limits& limits, Usage* key, Usage* address) : limits_(&limits), key_(key), address_(address) {}
    Limits* limits_ = nullptr;
    Usage* key_ = nullptr;
    Usage* address_ = nullptr;
  };

  explicit Limits(const Clock& clock) : clock_(clock) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // From now on, for what was used before, too.
  void set(const Allowance& of_key, const Allowance& of_address);

  // Each fails with how long to wait, at least a second, and counts nothing then.
  // Of any request, before anything else is looked at.
  [[nodiscard]] std::expected<void, seconds> request(std::string_view peer);
  [[nodiscard]] std::expected<void, seconds> challenges(std::string_view peer, std::size_t n);
  // A request of a key that is good.
  [[nodiscard]] std::expected<Job, seconds> begin_job(const std::string& key, std::string_view peer);

 private:
  // Null without limits.
  [[nodiscard]] Usage* key(const std::string& id);
  [[nodiscard]] Usage* address(std::string_view peer);
  [[nodiscard]] std::expected<void, seconds> may_begin(const Usage* usage, const Allowance& allowed) const;

  const Clock& clock_;
  Allowance of_key_, of_address_;
  UsageTable<Usage> keys_{kMostSubjects}, addresses_{kMostSubjects};
  static constexpr std::size_t kMostSubjects = 65'536;
};

}  // namespace aipg::gateway
