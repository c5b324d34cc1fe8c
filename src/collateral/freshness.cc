// SPDX-License-Identifier: Apache-2.0
#include "collateral/freshness.h"

#include "collateral/description.h"

namespace aipg::collateral {
namespace {

using std::chrono::hours;

// A service that has nothing newer is not asked again before this.
constexpr milliseconds kAskedJustNow = hours(1);
constexpr milliseconds kNetworkAge = hours(72);

bool is_bounded_by_age(ResourceKind kind) {
  return kind == ResourceKind::tcb_info || kind == ResourceKind::qe_identity || kind == ResourceKind::pck_crl;
}

// How long an answer is taken for the service's latest word.
milliseconds kept_for(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::jwks:
      return hours(1);  // keys change within days
    case ResourceKind::vcek:
    case ResourceKind::amd_authorities:
    case ResourceKind::rim:
      return hours(24 * 30);  // these change when certificates are issued anew
    default:
      return hours(24);
  }
}

}  // namespace

bool is_fresh(ResourceKind kind, const attest::CollateralEntry& entry, Instant now) {
  const milliseconds age = now - entry.fetched;
  if (age < milliseconds(0) || age >= kept_for(kind)) return false;
  for (const Bytes& piece : entry.items) {
    const auto described = describe(piece);
    if (!described) return false;
    for (const Description& each : *described) {
      if (each.until && *each.until <= now) return false;
      const bool is_chain = each.what.starts_with("certificate");
      const bool old = each.issued && now - *each.issued >= kNetworkAge;
      if (is_bounded_by_age(kind) && !is_chain && old && age >= kAskedJustNow) return false;
    }
  }
  return true;
}

}  // namespace aipg::collateral
