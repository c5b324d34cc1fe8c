// SPDX-License-Identifier: Apache-2.0
// Where commands get collateral from: the vendors' services and the cache, by
// their settings, with word on stderr about whoever lets one wait.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "collateral/gather.h"
#include "net/timer.h"
#include "program/options.h"

namespace aipg::client {

struct CollateralSettings {
  collateral::FetchOptions fetch;
  std::string cache;  // folder; the user's own when empty
  bool offline = false, again = false;
};
// The flags and keys of the services and the cache.
void declare_collateral_source(program::Options& options, CollateralSettings& settings);

class CollateralSource {
 public:
  explicit CollateralSource(const CollateralSettings& settings);

  // Called with each piece as soon as it is there, or is not to be had.
  std::function<void(const collateral::Gathered&)> on_done;
  [[nodiscard]] std::vector<collateral::Gathered> gather(const collateral::Plan& plan,
                                                         const collateral::PlanContext& context);
  // NVIDIA's word about devices of one kind.
  [[nodiscard]] std::expected<Bytes, collateral::ServiceFailure> attest_remotely(
      std::span<const attest::nvidia::StatedDevice> devices);
  // nullptr when there is no home to keep one in.
  [[nodiscard]] const collateral::Cache* cache() const { return cache_ ? &*cache_ : nullptr; }

 private:
  // Says on stderr whom it waits for, when that takes longer than people wait without a word.
  void run(net::Task<void> work);
  void wait_for(const std::string& url);

  CollateralSettings settings_;
  SystemClock clock_;
  crypto::SystemRng rng_;
  std::optional<collateral::Cache> cache_;
  net::Runtime runtime_;
  collateral::Fetcher fetcher_;
  std::string waiting_for_;
  net::Timer patience_;
};

[[nodiscard]] std::optional<std::string> cache_folder(const CollateralSettings& settings);

// Why something could not be had, and what to do: "not published (status 404)".
[[nodiscard]] std::string why_not(const collateral::ServiceFailure& failure);
// Nobody answered, rather than somebody refusing.
[[nodiscard]] bool is_unreachable(const collateral::ServiceFailure& failure);

}  // namespace aipg::client
