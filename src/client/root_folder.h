// SPDX-License-Identifier: Apache-2.0
// Roots that `aipg verify --roots DIR` judges by instead of the compiled-in
// ones: a folder of certificates, PEM or DER. Each is told by its name, as the
// vendors and the simulator name theirs, or else by the file's ("intel_…",
// "amd_…", "nvidia_device_…", "nvidia_rim_…", "nvidia_nras_…").
//
// Where all of them are compiled in, they narrow the vendors' roots and levels
// mean what they always do. With a single other one, all of them count as a
// simulator's: whatever is accepted is L0. Complaints: policy_roots.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "attest/policy.h"
#include "program/complaint.h"

namespace aipg::client {

struct RootFolder {
  std::unique_ptr<const attest::VendorRoots> vendors;  // set when they narrow the vendors' roots
  attest::RootSet set;
  std::size_t count = 0;

  // The policy borrows from this. Under roots that are not the vendors' it takes L0.
  void apply(attest::Policy& policy) const;
  // "2 of the vendors', from DIR"
  [[nodiscard]] std::string describe(const std::string& path) const;
};

[[nodiscard]] std::expected<RootFolder, program::Complaint> read_root_folder(const std::string& path);

}  // namespace aipg::client
