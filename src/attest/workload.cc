// SPDX-License-Identifier: Apache-2.0
#include "attest/workload.h"

#include "base/hex.h"

namespace aipg::attest {
namespace {

// Why no pin matches, for people: the halves are named, their pairing decides.
std::string unbound(const std::vector<PinnedRelease>& pins, const RunningWorkload& running) {
  const bool image = std::ranges::find(pins, running.boot, &PinnedRelease::boot) != pins.end();
  const bool known = std::ranges::find(pins, running.workload_hash, &PinnedRelease::workload_hash) != pins.end();
  if (image && known) return "image and workload are known, but not together";
  if (image) return "the image is known, the workload " + to_hex(running.workload_hash) + " is not";
  return known ? "the workload is known, the image is not" : "neither image nor workload is known";
}

const PinnedRelease* find_pin(const std::vector<PinnedRelease>& pins, const RunningWorkload& running) {
  const auto found = std::ranges::find_if(pins, [&](const PinnedRelease& each) {
    return each.boot == running.boot && each.workload_hash == running.workload_hash;
  });
  return found == pins.end() ? nullptr : &*found;
}

// A client's own pin needs no release, but is no way around a revocation.
void check_pair(const RunningWorkload& running, const VerifiedReference* reference, const Grounds& grounds,
                Rules& rules, Verdict& verdict) {
  const PinnedRelease* pin = find_pin(grounds.policy.releases, running);
  if (pin != nullptr) {
    rules.add("workload_unbound", Severity::passed);
    verdict.identity.boot_name = pin->name;
    if (reference != nullptr) check_pinned(*reference, running.boot, running.workload_hash, grounds.at, rules);
  } else if (reference != nullptr) {
    const auto* release = check_release(*reference, running.boot, running.workload_hash, grounds.at, rules);
    if (release != nullptr) verdict.identity.boot_name = release->name;
  } else {
    rules.require(false, "workload_unbound", unbound(grounds.policy.releases, running));
  }
}

// What the network says about machines, while it still says so. One that does not say which it is could be any.
void check_network(const VerifiedReference& reference, const Hash256& platform, Instant at, Rules& rules) {
  rules.require(at <= reference.content().expires, "policy_expired",
                "the reference values were good until " + to_text(reference.content().expires));
  if (platform != Hash256{}) return check_platform(reference, platform, rules);
  rules.require(reference.content().platform_denied.empty(), "platform_denied",
                "the network denies some machines, and this one does not say which it is");
}

void raise(std::optional<Instant>& bound, Instant minimum) { bound = bound ? std::max(*bound, minimum) : minimum; }

}  // namespace

void check_workload(const RunningWorkload& running, const VerifiedReference* reference, const Grounds& grounds,
                    Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "workload");
  check_pair(running, reference, grounds, rules, verdict);
  const auto& expected = grounds.policy.expected_workload;
  if (expected) {
    rules.require(*expected == running.workload_hash, "workload_not_expected", "another one than your policy names",
                  [&] { return compare_bytes(*expected, running.workload_hash); });
  }
  if (reference != nullptr) check_network(*reference, verdict.identity.platform_id, grounds.at, rules);
}

Policy tightened(const Policy& policy, const ReferenceMinimum& minimum) {
  Policy out = policy;
  auto& data_number = out.tdx_collateral.minimum_evaluation_data_number;
  data_number = std::max(data_number, minimum.tcb_evaluation_data_number);
  raise(out.tdx_collateral.oldest_tcb, minimum.tdx_tcb_date);
  raise(out.tdx_collateral.oldest_root_crl, minimum.intel_crl);
  raise(out.snp_guest.oldest_crl, minimum.amd_crl);
  out.minimum_driver = std::max(out.minimum_driver, minimum.nvidia_driver);
  return out;
}

}  // namespace aipg::attest
