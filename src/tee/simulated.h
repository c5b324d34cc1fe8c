// SPDX-License-Identifier: Apache-2.0
// A simulated confidential machine: byte-exact evidence of Intel TDX or AMD
// SEV-SNP and of NVIDIA's GPUs, with what their vendors would publish beside
// it, all under authorities of its own. It proves nothing about real hardware;
// the verifier accepts it only where a policy names its roots, and then at L0.
//
// The authorities live in a state folder (keys mode 0600), made on first use,
// so that restarts keep their roots. Errors: those of state_part.h.
#pragma once

#include <memory>
#include <string>

#include "attest/policy.h"
#include "tee/attester.h"
#include "tee/machine_content.h"

namespace aipg::tee {

struct SimulatedMachine {
  Hash256 workload_hash{};  // what the simulated initrd measured: RTMR3, or HOST_DATA
  std::uint32_t gpus = 1;   // H100s
  std::string driver = "570.124.06";
  Instant now;                           // for the certificates' dates when they are made
  SimulatedCpu cpu = SimulatedCpu::tdx;  // any but SGX, which holds no guest
};

class SimulatedAttester : public Attester {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SimulatedAttester>> open(const std::string& state_folder,
                                                                       const SimulatedMachine& machine);
  // For the policy file: the roots, and the boot measurement that this machine reports.
  [[nodiscard]] virtual attest::RootSet roots() const = 0;
  [[nodiscard]] virtual attest::BootMeasurement boot() const = 0;
};

}  // namespace aipg::tee
