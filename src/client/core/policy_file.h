// SPDX-License-Identifier: Apache-2.0
// The policy file: which evidence this machine accepts. TOML, or JSON of the
// same shape when it begins with '{'. Unknown keys are refused. Only here can
// a simulator's roots be named; everything accepted under such a policy is L0,
// and the file has to say so itself.
//
//   base = "network"               # a ready policy to begin with; network when left out
//   minimum_level = "L0"           # "L2" when left out; "L0" needs [simulated], and [simulated] needs "L0"
//   [tdx]                          # these and all other values: core/policy_settings.h, `aipg policy new`
//   mrtd = "<hex>"
//   [rules]
//   tdx_sept_ve_disable = "warn"   # or "refuse"; attest/rule_modes.h lists the rules that can be relaxed
//   [simulated]
//   intel_roots = ["<base64 DER>"]
//   nvidia_device_roots = ["<base64 DER>"]      # also amd_roots, nvidia_rim_roots
//   [[release]]
//   name = "aipg up"
//   workload_hash = "<hex>"
//   mrtd = "<hex>"   rtmr0 = …   rtmr1 = …   rtmr2 = …      # or: measurement = "<hex>", of SEV-SNP
//
// Errors: policy_syntax, policy_unknown_key, policy_value, policy_roots.
#pragma once

#include <string>

#include "attest/policy.h"

namespace aipg::client {

// On failure `complaint`, when given, is told what is wrong and where, for people.
[[nodiscard]] Result<attest::Policy> parse_policy(std::string_view text, std::string* complaint = nullptr);
// TOML with what differs from the policy's base. Reads back as the same policy.
[[nodiscard]] std::string write_policy(const attest::Policy& policy);
// TOML to begin with: reads as the ready policy `base`, and lists every setting and rule as a comment.
[[nodiscard]] std::string policy_template(const attest::Policy& base);

}  // namespace aipg::client
