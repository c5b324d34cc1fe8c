// SPDX-License-Identifier: Apache-2.0
#include "tee/machine_content.h"

#include "attest/binding.h"

namespace aipg::tee {
namespace {

constexpr milliseconds kHour{3600LL * 1000};
constexpr milliseconds kAmdListLife = 30 * 24 * kHour;
constexpr std::string_view kSwitchBios = "96.10.55.00.01";
constexpr std::uint16_t kFeatureFlag = 36;
constexpr std::uint8_t kOn = 0xAA;

SnpFamily family_of(SimulatedCpu cpu) {
  if (cpu == SimulatedCpu::snp_milan) return SnpFamily::milan;
  return cpu == SimulatedCpu::snp_genoa ? SnpFamily::genoa : SnpFamily::turin;
}

IntelContent intel_content(SimulatedCpu cpu, Instant now) {
  IntelContent out;
  out.collateral = cpu == SimulatedCpu::sgx ? good_sgx_collateral(now) : good_collateral(now);
  if (cpu == SimulatedCpu::tdx_v5) out.guest.form = QuoteForm::v5_td15;
  const attest::BootTuple boot = simulated_boot();
  out.guest.mrseam = simulated_measurement("TDX module");
  out.guest.mrtd = boot.mrtd;
  out.guest.rtmr = {boot.rtmr0, boot.rtmr1, boot.rtmr2, {}};
  out.enclave.mrenclave = to_array<32>(ByteView(simulated_measurement("enclave")).first(32));
  out.enclave.mrsigner = to_array<32>(ByteView(simulated_measurement("enclave signer")).first(32));
  return out;
}

SnpLevels healthy_levels(SnpFamily family) { return family == SnpFamily::turin ? SnpLevels{.fmc = 2} : SnpLevels{}; }

SnpKeyContent key_content(SnpFamily family, const SimulatedAmd& amd) {
  SnpKeyContent out{.family = family,
                    .product_name = std::string(to_text(family)),
                    .levels = healthy_levels(family),
                    .hwid = to_bytes(amd.hwid)};
  if (family == SnpFamily::milan) out.product_name = "Milan-B0";
  if (family != SnpFamily::turin) return out;
  out.struct_version = 1;
  out.hwid->resize(8);
  return out;
}

void refresh(AmdContent& amd, Instant now) {
  amd.revocation.this_update = now - kHour;
  amd.revocation.next_update = now + kAmdListLife;
}

void refresh(CollateralContent& collateral, Instant now) {
  const CollateralContent fresh = good_collateral(now);
  collateral.tcb_info.issue_date = fresh.tcb_info.issue_date;
  collateral.tcb_info.next_update = fresh.tcb_info.next_update;
  collateral.qe_identity.issue_date = fresh.qe_identity.issue_date;
  collateral.qe_identity.next_update = fresh.qe_identity.next_update;
  collateral.root_crl.this_update = fresh.root_crl.this_update;
  collateral.root_crl.next_update = fresh.root_crl.next_update;
  collateral.pck_crl.this_update = fresh.pck_crl.this_update;
  collateral.pck_crl.next_update = fresh.pck_crl.next_update;
}

AmdContent amd_content(SnpFamily family, const SimulatedAmd& amd, Instant now) {
  AmdContent out{.key = key_content(family, amd), .report = {}, .revocation = {}};
  out.report = snp_report_for(out.key);
  out.report.measurement = simulated_snp_measurement();
  refresh(out, now);
  return out;
}

// Behind switches a GPU says so, and with encrypted links Blackwell's feature flag does.
ReportContent gpu_report(const DeviceLayout& layout) {
  ReportContent out = layout.chip == SimulatedChip::gb100 ? blackwell_report() : ReportContent();
  if (layout.wiring == GpuWiring::switched) out.protected_pcie = kOn;
  if (layout.wiring == GpuWiring::encrypted) {
    for (ExtraField& field : out.extra) {
      if (field.id == kFeatureFlag) field.value = {1};
    }
  }
  return out;
}

std::vector<ByteArray<8>> pdis_of(const std::vector<SimulatedDevice>& devices) {
  std::vector<ByteArray<8>> out;
  for (const SimulatedDevice& device : devices) out.push_back(device.pdi);
  return out;
}

std::vector<DeviceContent> device_contents(const DeviceLayout& layout, const SimulatedPki& pki, Instant now) {
  const crypto::Hash384 fwid = simulated_measurement("GPU FWID");
  std::vector<SimulatedDevice> gpus, switches;
  for (std::uint32_t i = 0; i < layout.gpus; ++i) gpus.push_back(make_device(pki, i, fwid, now, layout.chip));
  for (std::uint32_t i = 0; i < layout.switches; ++i) {
    switches.push_back(make_device(pki, i, fwid, now, SimulatedChip::ls10));
  }
  const auto gpu_pdis = pdis_of(gpus), switch_pdis = pdis_of(switches);
  std::vector<DeviceContent> out;
  for (SimulatedDevice& gpu : gpus) {
    ReportContent report = gpu_report(layout);
    report.fwid = fwid;
    report.peers = switch_pdis;
    out.push_back({std::move(gpu), std::move(report)});
  }
  for (SimulatedDevice& nvswitch : switches) {
    ReportContent report = switch_report(nvswitch.pdi, gpu_pdis);
    out.push_back({std::move(nvswitch), std::move(report)});
  }
  return out;
}

std::vector<RimContent> manifests_for(const DeviceLayout& layout) {
  const bool blackwell = layout.chip == SimulatedChip::gb100;
  const ReportContent gpu = blackwell ? blackwell_report() : ReportContent();
  std::vector<RimContent> out{driver_rim(gpu.driver), vbios_rim(blackwell ? "97.00.88.00.0F" : "96.00.9F.00.01")};
  for (RimContent& rim : out) rim.product = blackwell ? "GB100" : "GH100";
  if (layout.switches != 0) out.push_back(switch_rim(kSwitchBios));
  return out;
}

}  // namespace

bool is_snp(SimulatedCpu cpu) { return cpu >= SimulatedCpu::snp_milan; }

MachineContent healthy_machine(SimulatedCpu cpu, const DeviceLayout& layout, const SimulatedAuthorities& authorities,
                               Instant now) {
  MachineContent out;
  out.cpu = cpu;
  if (is_snp(cpu)) {
    out.amd = amd_content(family_of(cpu), authorities.amd.value(), now);
  } else {
    out.intel = intel_content(cpu, now);
  }
  if (layout.gpus == 0) return out;
  out.nvidia.devices = device_contents(layout, authorities.pki, now);
  out.nvidia.manifests = manifests_for(layout);
  return out;
}

attest::snp::Tcb tcb_of(const SnpLevels& levels) {
  return {.fmc = levels.fmc,
          .boot_loader = levels.boot_loader,
          .tee = levels.tee,
          .snp = levels.snp,
          .microcode = levels.microcode};
}

void ask_for_healthy_firmware(SimulatedCpu cpu, attest::Policy& policy) {
  if (!is_snp(cpu)) return;
  const SnpFamily family = family_of(cpu);
  const attest::snp::Tcb least = tcb_of(healthy_levels(family));
  policy.snp_guest.minimum_tcb.at(static_cast<std::size_t>(family)) = {.firmware = least, .launch = least};
}

void refresh_statements(MachineContent& content, Instant now) {
  refresh(content.intel.collateral, now);
  refresh(content.amd, now);
}

void use_driver(MachineContent& content, const std::string& version) {
  for (DeviceContent& device : content.nvidia.devices) device.report.driver = version;
  if (!content.nvidia.manifests.empty()) content.nvidia.manifests.front().version = version;
}

attest::BootTuple simulated_boot() {
  return {.mrtd = simulated_measurement("MRTD"),
          .rtmr0 = simulated_measurement("RTMR0"),
          .rtmr1 = simulated_measurement("RTMR1"),
          .rtmr2 = simulated_measurement("RTMR2")};
}

crypto::Hash384 simulated_snp_measurement() { return simulated_measurement("SNP launch"); }

attest::BootMeasurement boot_of(SimulatedCpu cpu) {
  if (is_snp(cpu)) return attest::SnpLaunch{simulated_snp_measurement()};
  return simulated_boot();
}

void use_workload(MachineContent& content, const Hash256& workload_hash) {
  content.intel.guest.rtmr[3] = attest::workload_rtmr3(workload_hash);
  content.amd.report.host_data = workload_hash;
}

void use_report_data(MachineContent& content, const crypto::Hash512& report_data) {
  content.intel.guest.report_data = content.intel.enclave.report_data = report_data;
  content.amd.report.report_data = report_data;
}

}  // namespace aipg::tee
