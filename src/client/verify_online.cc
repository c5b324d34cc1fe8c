// SPDX-License-Identifier: Apache-2.0
#include "client/verify_online.h"

#include <fmt/core.h>

#include <array>

#include "collateral/evidence.h"

namespace aipg::client {
namespace {

using attest::EvidenceKind;
using collateral::Gathered;
using collateral::Outcome;

constexpr std::array<std::string_view, 5> kWantOf{"collateral_missing", "rim_missing", "ocsp_missing",
                                                  "snp_certificates", "nras_jwks_missing"};

void say_what_is_missing(const Gathered& each) {
  if (each.outcome == Outcome::fetched || each.outcome == Outcome::cached) return;
  fmt::print(stderr, "{} {}: {}\n  {}\n",
             each.outcome == Outcome::old ? "not newer:" : "not fetched:", to_text(each.resource.kind),
             each.failure ? why_not(*each.failure) : "offline", each.url);
}

// What `make_plan` asks for under the vendors' roots.
template <typename MakePlan>
std::vector<Bytes> fetch(const MakePlan& make_plan, Instant at, const CollateralSettings& settings) {
  attest::Verdict why;
  const collateral::PlanContext context{.roots = attest::VendorRoots::builtin().set(), .at = at, .why = why};
  const Result<collateral::Plan> plan = make_plan(context);
  std::vector<Bytes> out;
  if (!plan && plan.error().code == Literal("plan_product")) {
    fmt::print(stderr,
               "not fetched: this report does not say which product it is of; `aipg collateral fetch` has --product\n");
  }
  if (!plan) return out;
  CollateralSource source(settings);
  source.on_done = say_what_is_missing;
  for (Gathered& each : source.gather(*plan, context)) {
    std::ranges::move(each.entry.items, std::back_inserter(out));
  }
  return out;
}

}  // namespace

bool lacks_collateral(const attest::Verdict& verdict) {
  return !verdict.simulated && std::ranges::any_of(verdict.findings, [](const attest::Finding& each) {
    return each.severity == attest::Severity::failed && std::ranges::find(kWantOf, each.code.view()) != kWantOf.end();
  });
}

std::vector<Bytes> fetch_published(const attest::SingleEvidence& evidence, Instant at,
                                   const CollateralSettings& settings) {
  return fetch(
      [&](const collateral::PlanContext& context) -> Result<collateral::Plan> {
        if (evidence.kind == EvidenceKind::nras_token) return collateral::Plan{{collateral::jwks()}, {}};
        collateral::Evidence shown;
        AIPG_CHECK(shown.add(evidence.bytes));
        if (evidence.chain) AIPG_CHECK(shown.add(*evidence.chain));
        return collateral::plan(shown, std::nullopt, context);
      },
      at, settings);
}

std::vector<Bytes> fetch_for_bundle(ByteView bundle, Instant at, const CollateralSettings& settings) {
  return fetch(
      [&](const collateral::PlanContext& context) -> Result<collateral::Plan> {
        collateral::Evidence shown;
        AIPG_CHECK(shown.add(bundle));
        return collateral::plan(shown, std::nullopt, context);
      },
      at, settings);
}

}  // namespace aipg::client
