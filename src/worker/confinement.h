// SPDX-License-Identifier: Apache-2.0
// What a worker needs of its machine once it has measured its workload: its
// gateway, its engine's address, and what finding and verifying the gateway
// reads. It starts nothing and writes nothing. And what its engine may have:
// what is measured, the system's own programs and libraries, what the workload
// file names besides, GPUs, and its one address; no other network at all.
#pragma once

#include "program/sandbox.h"
#include "worker/config.h"
#include "worker/workload.h"

namespace aipg::worker {

[[nodiscard]] program::SandboxProfile worker_confinement(const LinkSettings& link, const Workload& workload);
[[nodiscard]] program::SandboxProfile engine_confinement(const Workload& workload);

}  // namespace aipg::worker
