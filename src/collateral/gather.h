// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: each resource from the cache while it is fresh, else from
// its service, kept for the next time. Manifests bring further requests, about
// their signers. One resource that cannot be had does not end the rest.
// Single-threaded, as net/ is.
#pragma once

#include <functional>

#include "collateral/cache.h"
#include "collateral/fetcher.h"
#include "collateral/plan.h"

namespace aipg::collateral {

enum class Outcome : std::uint8_t {
  fetched,  // just now
  cached,   // fresh enough
  old,      // from the cache, because nothing newer could be had
  missing,
};

struct Gathered {
  Resource resource;
  std::string url;
  Outcome outcome = Outcome::missing;
  attest::CollateralEntry entry;          // empty when missing
  std::optional<ServiceFailure> failure;  // why nothing newer was had: missing and old, but not offline
};

struct GatherOptions {
  bool offline = false;  // asks nobody
  bool again = false;    // asks even for what is fresh
};

class Gatherer {
 public:
  // All outlive this; without `cache` nothing is kept.
  Gatherer(Fetcher& fetcher, const Cache* cache, const Clock& clock, GatherOptions options)
      : fetcher_(fetcher), cache_(cache), clock_(clock), options_(options) {}

  // Called before a resource is fetched, and when it is done with.
  std::function<void(const Resource&, const std::string& url)> on_asking;
  std::function<void(const Gathered&)> on_done;

  // `context` is for the manifests that come in between.
  [[nodiscard]] net::Task<std::vector<Gathered>> gather(Plan plan, PlanContext context);

 private:
  [[nodiscard]] net::Task<Gathered> get(Resource resource);
  [[nodiscard]] net::Task<void> ask(Gathered& out);

  Fetcher& fetcher_;
  const Cache* cache_;
  const Clock& clock_;
  GatherOptions options_;
};

// One file with all that was had.
[[nodiscard]] std::vector<attest::CollateralEntry> entries_of(const std::vector<Gathered>& gathered);

}  // namespace aipg::collateral
