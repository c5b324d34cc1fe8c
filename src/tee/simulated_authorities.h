// SPDX-License-Identifier: Apache-2.0
// Everybody whose signature a simulated machine's evidence rests on: Intel or
// AMD, NVIDIA for devices, for manifests and for its attestation service. Kept
// in a folder, so that restarts keep the roots and any of them can sign as
// time passes.
// Errors: those of state_part.h.
#pragma once

#include "tee/simulated_amd.h"
#include "tee/simulated_nras.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_rim.h"

namespace aipg::tee {

// Whether AMD is among them: making its keys takes seconds.
enum class Amd : std::uint8_t { without, with };

struct SimulatedAuthorities {
  SimulatedPki pki;
  SimulatedRimPki rim;
  SimulatedNrasAuthority nras;
  std::optional<SimulatedAmd> amd;

  // What a policy must name to accept what they sign.
  [[nodiscard]] attest::RootSet roots() const;
};

[[nodiscard]] SimulatedAuthorities make_authorities(Instant now, Amd amd);
// Those of `state_folder`; who is missing is made there.
[[nodiscard]] Result<SimulatedAuthorities> open_authorities(const std::string& state_folder, Instant now, Amd amd);

}  // namespace aipg::tee
