// SPDX-License-Identifier: Apache-2.0
#include "attest/policy.h"

namespace aipg::attest {

std::optional<Policy> ready_policy(std::string_view name) {
  Policy out;
  out.name = name;
  if (name == "network") return out;
  out.tdx_collateral.maximum_age = std::nullopt;  // the documents' own windows count
  if (name == "vendor") {
    out.rules = RuleModes::vendor();
  } else if (name == "chain") {
    out.rules = RuleModes::chain();
  } else if (name == "azure-vtpm") {
    out.rules = RuleModes::azure_vtpm();
    out.paravisor = true;
  } else {
    return std::nullopt;
  }
  return out;
}

}  // namespace aipg::attest
