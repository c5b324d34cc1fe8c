// SPDX-License-Identifier: Apache-2.0
#include "collateral/gather.h"

#include "collateral/freshness.h"

namespace aipg::collateral {

net::Task<void> Gatherer::ask(Gathered& out) {
  if (on_asking) on_asking(out.resource, out.url);
  auto pieces = co_await fetcher_.fetch(out.resource);
  if (!pieces) {
    out.failure = std::move(pieces).error();
    co_return;
  }
  out.entry = {.url = key_of(out.resource, fetcher_.sources()), .fetched = clock_.now(), .items = *std::move(pieces)};
  out.outcome = Outcome::fetched;
  // A cache that cannot be written costs a request the next time, no more.
  if (cache_ != nullptr) (void)cache_->keep(out.entry);
}

net::Task<Gathered> Gatherer::get(Resource resource) {
  Gathered out;
  out.url = url_of(resource, fetcher_.sources());
  std::optional<attest::CollateralEntry> kept;
  if (cache_ != nullptr) kept = cache_->find(key_of(resource, fetcher_.sources()));
  const bool fresh = kept && is_fresh(resource.kind, *kept, clock_.now());
  out.resource = std::move(resource);
  if (!options_.offline && !(fresh && !options_.again)) co_await ask(out);
  if (out.outcome == Outcome::missing && kept) {
    out.entry = *std::move(kept);
    out.outcome = fresh ? Outcome::cached : Outcome::old;
  }
  if (on_done) on_done(out);
  co_return out;
}

net::Task<std::vector<Gathered>> Gatherer::gather(Plan plan, PlanContext context) {
  std::vector<Gathered> out;
  for (std::size_t i = 0; i < plan.resources.size(); ++i) {
    out.push_back(co_await get(plan.resources[i]));
    const Gathered& got = out.back();
    if (got.resource.kind != ResourceKind::rim || got.entry.items.empty()) continue;
    // A manifest that is not NVIDIA's is the verifier's to refuse: it only has no signers to ask about.
    if (const auto more = plan_rim(got.entry.items.front(), context)) plan.add(*more);
  }
  co_return out;
}

std::vector<attest::CollateralEntry> entries_of(const std::vector<Gathered>& gathered) {
  std::vector<attest::CollateralEntry> out;
  for (const Gathered& each : gathered) {
    if (!each.entry.items.empty()) out.push_back(each.entry);
  }
  return out;
}

}  // namespace aipg::collateral
