// SPDX-License-Identifier: Apache-2.0
// The signed reference values that a policy names, and the highest version of
// them that this machine has accepted: an older document is a rollback, even
// when its signatures are good. What was seen is kept below $XDG_STATE_HOME (or
// ~/.local/state), one file for each set of release keys; without a home
// nothing is remembered.
// Complaints: file_unreadable, reference_state (what was seen cannot be read:
// nothing is accepted until somebody looked), and those of verify_reference().
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "attest/reference.h"
#include "program/complaint.h"

namespace aipg::client {

using ReferenceValues = std::shared_ptr<const attest::VerifiedReference>;

[[nodiscard]] std::optional<std::string> reference_state_folder();

// nullptr for a policy that names none.
[[nodiscard]] std::expected<ReferenceValues, program::Complaint> load_reference(
    const attest::Policy& policy, Instant now, const std::optional<std::string>& state_folder);

}  // namespace aipg::client
