// SPDX-License-Identifier: Apache-2.0
// Everything that a simulated machine says about itself, and everything that
// its vendors say about it, before any of it is signed. Healthy from end to
// end; whoever wants another state changes members and signs
// (simulated_platform.h). Pure values.
#pragma once

#include "attest/policy.h"
#include "tee/simulated_authorities.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_quote.h"
#include "tee/simulated_report.h"
#include "tee/simulated_rim.h"
#include "tee/simulated_snp_report.h"

namespace aipg::tee {

enum class SimulatedCpu : std::uint8_t { tdx, tdx_v5, sgx, snp_milan, snp_genoa, snp_turin };
[[nodiscard]] bool is_snp(SimulatedCpu cpu);

// How the GPUs of a machine work: each alone, as one behind switches (protected PCIe), or as one with encrypted links.
enum class GpuWiring : std::uint8_t { alone, switched, encrypted };

struct DeviceLayout {
  SimulatedChip chip = SimulatedChip::gh100;
  std::uint32_t gpus = 1, switches = 0;
  GpuWiring wiring = GpuWiring::alone;
};

// What a device is and says.
struct DeviceContent {
  SimulatedDevice hardware;
  ReportContent report;  // its nonce is set when evidence is asked for
};

struct IntelContent {
  QuoteContent guest;      // TDX
  EnclaveContent enclave;  // SGX
  CollateralContent collateral;
};

struct AmdContent {
  SnpKeyContent key;
  SnpReportContent report;
  crypto::CrlTemplate revocation;
};

struct NvidiaContent {
  std::vector<DeviceContent> devices;  // GPUs, then switches
  std::vector<RimContent> manifests;   // driver, VBIOS, BIOS of switches
  OcspEdit device_answers, manifest_answers;
};

struct MachineContent {
  SimulatedCpu cpu = SimulatedCpu::tdx;
  IntelContent intel;
  AmdContent amd;
  NvidiaContent nvidia;
};

// A machine that nothing is wrong with, and its devices just started. Without GPUs it has no NVIDIA part.
[[nodiscard]] MachineContent healthy_machine(SimulatedCpu cpu, const DeviceLayout& layout,
                                             const SimulatedAuthorities& authorities, Instant now);
// What vendors say is of an hour before `now`, for as long as they say it, whatever the rest of it is.
void refresh_statements(MachineContent& content, Instant now);
// This driver in every GPU, with its manifest.
void use_driver(MachineContent& content, const std::string& version);

[[nodiscard]] attest::snp::Tcb tcb_of(const SnpLevels& levels);
// The least firmware of an SEV-SNP machine is for a policy to name: what a healthy one of this kind has. Intel names
// that of its own.
void ask_for_healthy_firmware(SimulatedCpu cpu, attest::Policy& policy);

// MRTD and the rest, or MEASUREMENT, of the simulated image.
[[nodiscard]] attest::BootTuple simulated_boot();
[[nodiscard]] crypto::Hash384 simulated_snp_measurement();
// Of such a machine's guest.
[[nodiscard]] attest::BootMeasurement boot_of(SimulatedCpu cpu);
// The guest runs this workload: RTMR3, or HOST_DATA.
void use_workload(MachineContent& content, const Hash256& workload_hash);
void use_report_data(MachineContent& content, const crypto::Hash512& report_data);

}  // namespace aipg::tee
