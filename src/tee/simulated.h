// SPDX-License-Identifier: Apache-2.0
// A simulated confidential machine: byte-exact TDX v4 quotes and NVIDIA H100
// SPDM reports under a PKI of its own. It proves nothing about real hardware;
// the verifier accepts it only where a policy names its roots, and then at L0.
//
// The PKI lives in a state folder (keys mode 0600), made on first use, so that
// restarts keep their roots. Errors: simulator_state.
#pragma once

#include <memory>
#include <string>

#include "attest/policy.h"
#include "tee/attester.h"

namespace aipg::tee {

struct SimulatedMachine {
  Hash256 workload_hash{};  // what the simulated initrd measured into RTMR3
  std::uint32_t gpus = 1;   // H100s
  std::string driver = "570.124.06";
  Instant now;  // for the certificates' dates when they are made
};

class SimulatedAttester : public Attester {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SimulatedAttester>> open(const std::string& state_folder,
                                                                       const SimulatedMachine& machine);
  // For the policy file: the roots, and the boot tuple this machine reports.
  [[nodiscard]] virtual attest::RootSet roots() const = 0;
  [[nodiscard]] virtual attest::BootTuple boot() const = 0;
};

}  // namespace aipg::tee
