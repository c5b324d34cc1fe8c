// SPDX-License-Identifier: Apache-2.0
#include "trust.h"

#include "client/policy_source.h"

namespace aipg::python {
namespace {

template <typename T>
T good(std::expected<T, program::Complaint> got) {
  if (got) return *std::move(got);
  std::string what = got.error().happened;
  if (!got.error().next.empty()) what += "; " + got.error().next;
  throw nb::value_error((what + " (" + std::string(got.error().code.view()) + ")").c_str());
}

void apply_roots(const std::string& folder, Trust& trust) {
  if (attest::is_simulated(trust.policy.roots)) {
    throw nb::value_error("the policy names a simulator's roots itself: leave roots= out");
  }
  trust.roots = std::make_unique<const client::RootFolder>(good(client::read_root_folder(folder)));
  trust.roots->apply(trust.policy);
}

}  // namespace

std::shared_ptr<const Trust> make_trust(const Demands& demands) {
  auto out = std::make_shared<Trust>();
  out->source = demands.policy;
  out->policy = good(client::load_policy(demands.policy));
  if (demands.workload) out->policy.expected_workload = to_hash(*demands.workload, "expected_workload_hash");
  out->policy.require_pq = out->policy.require_pq || demands.require_pq;
  if (!demands.roots.empty()) apply_roots(demands.roots, *out);
  out->reference = good(client::load_reference(out->policy, SystemClock().now(), client::reference_state_folder()));
  return out;
}

void declare_trust(nb::module_& module) {
  nb::class_<Trust>(module, "Trust")
      .def(nb::new_([](std::string policy, std::optional<nb::bytes> workload, bool require_pq, std::string roots) {
             return std::const_pointer_cast<Trust>(
                 make_trust({std::move(policy), std::move(workload), require_pq, std::move(roots)}));
           }),
           nb::arg("policy"), nb::kw_only(), nb::arg("workload").none() = nb::none(), nb::arg("require_pq") = false,
           nb::arg("roots") = "")
      .def_prop_ro("source", [](const Trust& self) { return self.source; })
      .def_prop_ro("simulated", [](const Trust& self) { return attest::is_simulated(self.policy.roots); });
}

}  // namespace aipg::python
