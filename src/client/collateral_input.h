// SPDX-License-Identifier: Apache-2.0
// What --collateral names: files of any vendor, and folders of them. A folder
// gives what is recognised in it; the rest of it is somebody else's.
// Complaints: file_unreadable, and those of attest/endorsements.h for a file that is named.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "attest/endorsements.h"
#include "program/complaint.h"

namespace aipg::client {

// Each file as it lies there, in the order of the paths; a folder's by name.
[[nodiscard]] std::expected<std::vector<Bytes>, program::Complaint> read_collateral_files(
    const std::vector<std::string>& paths);
// What they hold.
[[nodiscard]] std::expected<attest::Endorsements, program::Complaint> read_collateral(
    const std::vector<std::string>& paths);

}  // namespace aipg::client
