// SPDX-License-Identifier: Apache-2.0
// The evidence bundle (aipg.evidence.v1) of a simulated machine that runs a
// workload: CPU, devices, keys and workload bound together, with what its
// vendors publish inside. Nobody holds its keys: it is for judging, and what
// somebody seals to it stays sealed.
#pragma once

#include "client/simulate_files.h"

namespace aipg::client {

// As make_simulated_files(), with one piece, the bundle, over the request's nonce; and the release that a policy must
// pin. `platform` has this layout and is in the state that was asked for; its CPU holds a guest, so it is not SGX's.
[[nodiscard]] SimulatedFiles make_simulated_bundle(tee::SimulatedPlatform& platform, const tee::DeviceLayout& layout,
                                                   const SimulateRequest& request);

}  // namespace aipg::client
