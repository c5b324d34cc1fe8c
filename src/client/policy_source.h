// SPDX-License-Identifier: Apache-2.0
// Where a policy comes from. Complaints: policy_unreadable, and those of core/policy_file.h.
#pragma once

#include <expected>
#include <string>

#include "attest/policy.h"
#include "program/complaint.h"

namespace aipg::client {

// The ready policy of this name, or the policy in this file; strict defaults for an empty name.
[[nodiscard]] std::expected<attest::Policy, program::Complaint> load_policy(const std::string& path);

}  // namespace aipg::client
