// SPDX-License-Identifier: Apache-2.0
// The manifest of what this worker runs: every file hashed with SHA-384, here
// and now, nothing cached. Blocking; large weights take seconds.
#pragma once

#include <expected>
#include <functional>

#include "attest/manifest.h"
#include "worker/workload.h"

namespace aipg::worker {

// Called now and then while a file is hashed: which, and how much of it.
using HashProgress = std::function<void(const std::string& file, std::uint64_t done, std::uint64_t size)>;

// The worker itself is hashed through `self`. Complaint: component_unreadable.
[[nodiscard]] std::expected<attest::Manifest, program::Complaint> make_workload_manifest(const Workload& workload,
                                                                                         const std::string& self,
                                                                                         const HashProgress& progress);

// One line on stderr that overwrites itself, when stderr is a terminal; nothing otherwise.
[[nodiscard]] HashProgress terminal_progress();

}  // namespace aipg::worker
