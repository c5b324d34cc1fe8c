// SPDX-License-Identifier: Apache-2.0
#include "tee/machine_state.h"

#include "crypto/certificate.h"

namespace aipg::tee {
namespace {

constexpr milliseconds kHour{3600LL * 1000};
constexpr milliseconds kDay = 24 * kHour;
constexpr std::uint64_t kTdDebug = 1, kTdMigratable = 1ULL << 29, kSgxDebug = 1U << 1;
constexpr std::uint64_t kSnpMigrateMa = 1U << 18, kSnpDebug = 1U << 19;

template <typename T>
struct Word {
  std::string_view word;
  T meaning;
};

constexpr std::array kCpus{
    Word{"tdx", SimulatedCpu::tdx},
    Word{"tdx-v5", SimulatedCpu::tdx_v5},
    Word{"sgx", SimulatedCpu::sgx},
    Word{"snp-milan", SimulatedCpu::snp_milan},
    Word{"snp-genoa", SimulatedCpu::snp_genoa},
    Word{"snp-turin", SimulatedCpu::snp_turin},
};
constexpr std::array kLayouts{
    Word{"none", DeviceLayout{.gpus = 0}},
    Word{"hopper", DeviceLayout{}},
    Word{"hopper-ppcie-8", DeviceLayout{.gpus = 8, .switches = 4, .wiring = GpuWiring::switched}},
    Word{"blackwell", DeviceLayout{.chip = SimulatedChip::gb100}},
    Word{"blackwell-mpt-8", DeviceLayout{.chip = SimulatedChip::gb100, .gpus = 8, .wiring = GpuWiring::encrypted}},
};
constexpr std::array kFirmware{
    Word{"up-to-date", FirmwareState::up_to_date},
    Word{"out-of-date", FirmwareState::out_of_date},
    Word{"configuration-needed", FirmwareState::configuration_needed},
    Word{"sw-hardening-needed", FirmwareState::sw_hardening_needed},
    Word{"configuration-and-sw-hardening-needed", FirmwareState::configuration_and_sw_hardening_needed},
    Word{"out-of-date-configuration-needed", FirmwareState::out_of_date_configuration_needed},
    Word{"relaunch-advised", FirmwareState::relaunch_advised},
    Word{"revoked", FirmwareState::revoked},
    Word{"unlisted", FirmwareState::unlisted},
};
constexpr std::array kRevoked{
    Word{"pck", RevokedPart::pck},
    Word{"intermediate", RevokedPart::intermediate},
    Word{"tcb-signing", RevokedPart::tcb_signing},
    Word{"ask", RevokedPart::ask},
    Word{"gpu", RevokedPart::gpu},
    Word{"provisioner", RevokedPart::provisioner},
    Word{"identity", RevokedPart::identity},
    Word{"rim", RevokedPart::rim},
};
constexpr std::array kExpired{
    Word{"tcb-info", ExpiredPart::tcb_info}, Word{"qe-identity", ExpiredPart::qe_identity},
    Word{"root-crl", ExpiredPart::root_crl}, Word{"pck-crl", ExpiredPart::pck_crl},
    Word{"amd-crl", ExpiredPart::amd_crl},   Word{"ocsp", ExpiredPart::ocsp},
    Word{"rim-ocsp", ExpiredPart::rim_ocsp},
};
constexpr std::array kFaults{
    Word{"debug", Fault::debug},
    Word{"migratable", Fault::migratable},
    Word{"provisional-firmware", Fault::provisional_firmware},
    Word{"vlek", Fault::vlek},
    Word{"fwid", Fault::fwid},
    Word{"rim-mismatch", Fault::rim_mismatch},
};

template <typename T, std::size_t N>
Result<T> read(const std::array<Word<T>, N>& words, std::string_view word, Literal where) {
  const auto found = std::ranges::find(words, word, &Word<T>::word);
  if (found == words.end()) return fail("machine_state_word", where);
  return found->meaning;
}

template <typename T, std::size_t N>
std::string listed(const std::array<Word<T>, N>& words) {
  std::string out;
  for (const Word<T>& each : words) out += (out.empty() ? "" : ", ") + std::string(each.word);
  return out;
}

Result<void> needs(bool there, Literal what) {
  if (!there) return fail("machine_state_other", what);
  return {};
}

Bytes serial_of(ByteView certificate) { return crypto::Certificate::parse(certificate).value().serial(); }

// --- what vendors say about firmware ------------------------------------------------

std::string_view intels_word(FirmwareState state) {
  switch (state) {
    case FirmwareState::out_of_date:
      return "OutOfDate";
    case FirmwareState::configuration_needed:
      return "ConfigurationNeeded";
    case FirmwareState::sw_hardening_needed:
      return "SWHardeningNeeded";
    case FirmwareState::configuration_and_sw_hardening_needed:
      return "ConfigurationAndSWHardeningNeeded";
    case FirmwareState::out_of_date_configuration_needed:
      return "OutOfDateConfigurationNeeded";
    case FirmwareState::revoked:
      return "Revoked";
    case FirmwareState::up_to_date:
    case FirmwareState::relaunch_advised:
    case FirmwareState::unlisted:
      break;
  }
  return "UpToDate";
}

Result<void> set_intel_firmware(FirmwareState state, SimulatedPlatform& platform) {
  IntelContent& intel = platform.content.intel;
  std::vector<SimulatedTcbLevel>& levels = intel.collateral.tcb_info.levels;
  if (state == FirmwareState::relaunch_advised) {
    AIPG_CHECK(needs(platform.content.cpu == SimulatedCpu::tdx_v5, "relaunch"));
    intel.guest.tee_tcb_svn2 = intel.guest.tee_tcb_svn;
    intel.guest.tee_tcb_svn[0] = 2;  // an older module, which Intel lists as out of date
    return {};
  }
  if (state == FirmwareState::unlisted) {
    for (SimulatedTcbLevel& level : levels) level.pce_svn = 12;
    return {};
  }
  levels.front().said.status = intels_word(state);
  if (state != FirmwareState::up_to_date) levels.front().said.advisories = {"SIMULATED-SA-00009"};
  return {};
}

// AMD publishes no statement: the report and the chip's certificate name older firmware.
Result<void> set_amd_firmware(FirmwareState state, SimulatedPlatform& platform) {
  if (state == FirmwareState::up_to_date) return {};
  AIPG_CHECK(needs(state == FirmwareState::out_of_date, "firmware"));
  AmdContent& amd = platform.content.amd;
  amd.key.levels.snp = 8;
  amd.key.levels.microcode = 1;
  amd.report.current_tcb = snp_tcb_version(amd.key.levels, amd.key.family);
  amd.report.reported_tcb = amd.report.committed_tcb = amd.report.launch_tcb = amd.report.current_tcb;
  return {};
}

Result<void> set_firmware(FirmwareState state, SimulatedPlatform& platform) {
  return is_snp(platform.content.cpu) ? set_amd_firmware(state, platform) : set_intel_firmware(state, platform);
}

// --- faults of guests and devices -----------------------------------------------------

void set_debug(MachineContent& content) {
  content.intel.guest.td_attributes |= kTdDebug;
  content.intel.enclave.flags |= kSgxDebug;
  content.amd.report.policy |= kSnpDebug;
}

Result<void> set_migratable(MachineContent& content) {
  AIPG_CHECK(needs(content.cpu != SimulatedCpu::sgx, "migratable"));
  content.intel.guest.td_attributes |= kTdMigratable;
  content.amd.report.policy |= kSnpMigrateMa;
  return {};
}

Result<void> set_provisional(MachineContent& content) {
  AIPG_CHECK(needs(is_snp(content.cpu), "provisional firmware"));
  content.amd.report.committed_version[0] -= 1;
  return {};
}

Result<void> set_vlek(MachineContent& content) {
  AIPG_CHECK(needs(is_snp(content.cpu), "vlek"));
  AmdContent& amd = content.amd;
  const SnpReportContent said = amd.report;
  amd.key.hwid.reset();
  amd.key.csp_id = "SIMULATED provider";
  amd.key.product_name = std::string(to_text(amd.key.family));
  amd.key.struct_version = 0;
  amd.report.keys = snp_report_for(amd.key).keys;
  amd.report.chip_id = said.chip_id;
  return {};
}

Result<void> set_device_fault(Fault fault, MachineContent& content) {
  AIPG_CHECK(needs(!content.nvidia.devices.empty(), "devices"));
  if (fault == Fault::fwid) {
    content.nvidia.devices.front().report.fwid = simulated_measurement("other firmware");
  } else {
    content.nvidia.manifests.front().values.at(21).alternatives = {simulated_measurement("other driver")};
  }
  return {};
}

Result<void> set_fault(Fault fault, MachineContent& content) {
  switch (fault) {
    case Fault::debug:
      return set_debug(content), Result<void>();
    case Fault::migratable:
      return set_migratable(content);
    case Fault::provisional_firmware:
      return set_provisional(content);
    case Fault::vlek:
      return set_vlek(content);
    case Fault::fwid:
    case Fault::rim_mismatch:
      break;
  }
  return set_device_fault(fault, content);
}

// --- revocation -------------------------------------------------------------------------

Result<void> revoke_intel(RevokedPart part, SimulatedPlatform& platform, Instant now) {
  AIPG_CHECK(needs(!is_snp(platform.content.cpu), "Intel"));
  const SimulatedPki& pki = platform.authorities->pki;
  CollateralContent& collateral = platform.content.intel.collateral;
  const auto entry = [now](ByteView certificate) {
    return crypto::RevokedEntry{serial_of(certificate), now - kDay, {}};
  };
  if (part == RevokedPart::pck) {
    collateral.pck_crl.revoked.push_back(entry(pki.pck_chain[0]));
  } else {
    const bool ca = part == RevokedPart::intermediate;
    collateral.root_crl.revoked.push_back(entry(ca ? pki.pck_chain[1] : pki.intel.tcb_signing_chain[0]));
  }
  return {};
}

Result<void> revoke_ask(SimulatedPlatform& platform, Instant now) {
  AIPG_CHECK(needs(is_snp(platform.content.cpu), "AMD"));
  AmdContent& amd = platform.content.amd;
  const SnpCertificates& certificates = platform.authorities->amd->of(amd.key.family);
  amd.revocation.revoked.push_back({serial_of(amd.key.csp_id ? certificates.asvk : certificates.ask), now - kDay, {}});
  return {};
}

// After what is changed already.
void add(OcspEdit& edit, OcspEdit more) {
  edit = [before = std::move(edit), more = std::move(more)](std::size_t i, OcspAnswer& answer) {
    if (before) before(i, answer);
    more(i, answer);
  };
}

OcspEdit revoke_at(std::size_t position) {
  return [position](std::size_t i, OcspAnswer& answer) {
    if (i == position) answer.status = SimulatedOcspStatus::revoked;
  };
}

Result<void> revoke_nvidia(RevokedPart part, NvidiaContent& nvidia) {
  AIPG_CHECK(needs(!nvidia.devices.empty(), "devices"));
  if (part == RevokedPart::rim) {
    add(nvidia.manifest_answers, revoke_at(0));
  } else {
    const std::size_t from_device = static_cast<std::size_t>(part) - static_cast<std::size_t>(RevokedPart::gpu);
    add(nvidia.device_answers, revoke_at(1 + from_device));
  }
  return {};
}

Result<void> revoke(RevokedPart part, SimulatedPlatform& platform, Instant now) {
  switch (part) {
    case RevokedPart::pck:
    case RevokedPart::intermediate:
    case RevokedPart::tcb_signing:
      return revoke_intel(part, platform, now);
    case RevokedPart::ask:
      return revoke_ask(platform, now);
    case RevokedPart::gpu:
    case RevokedPart::provisioner:
    case RevokedPart::identity:
    case RevokedPart::rim:
      break;
  }
  return revoke_nvidia(part, platform.content.nvidia);
}

// --- what is no longer current ----------------------------------------------------------

Result<void> expire_intel(ExpiredPart part, MachineContent& content, Instant now) {
  AIPG_CHECK(needs(!is_snp(content.cpu), "Intel"));
  CollateralContent& collateral = content.intel.collateral;
  const Instant due = now - kHour / 2;
  if (part == ExpiredPart::tcb_info) collateral.tcb_info.next_update = due;
  if (part == ExpiredPart::qe_identity) collateral.qe_identity.next_update = due;
  if (part == ExpiredPart::root_crl) collateral.root_crl.next_update = due;
  if (part == ExpiredPart::pck_crl) collateral.pck_crl.next_update = due;
  return {};
}

OcspEdit expire_all(Instant now) {
  return [now](std::size_t, OcspAnswer& answer) { answer.next_update = now - kHour / 2; };
}

Result<void> expire(ExpiredPart part, MachineContent& content, Instant now) {
  if (part == ExpiredPart::amd_crl) {
    AIPG_CHECK(needs(is_snp(content.cpu), "AMD"));
    content.amd.revocation.next_update = now - kHour / 2;
    return {};
  }
  if (part != ExpiredPart::ocsp && part != ExpiredPart::rim_ocsp) return expire_intel(part, content, now);
  AIPG_CHECK(needs(!content.nvidia.devices.empty(), "devices"));
  add(part == ExpiredPart::ocsp ? content.nvidia.device_answers : content.nvidia.manifest_answers, expire_all(now));
  return {};
}

}  // namespace

Result<SimulatedCpu> read_cpu(std::string_view word) { return read(kCpus, word, "cpu"); }
Result<DeviceLayout> read_layout(std::string_view word) { return read(kLayouts, word, "gpu"); }
Result<FirmwareState> read_firmware(std::string_view word) { return read(kFirmware, word, "firmware"); }
Result<RevokedPart> read_revoked(std::string_view word) { return read(kRevoked, word, "revoked"); }
Result<ExpiredPart> read_expired(std::string_view word) { return read(kExpired, word, "expired"); }
Result<Fault> read_fault(std::string_view word) { return read(kFaults, word, "fault"); }

std::string_view to_text(SimulatedCpu cpu) { return std::ranges::find(kCpus, cpu, &Word<SimulatedCpu>::meaning)->word; }

StateWords state_words() {
  return {.cpus = listed(kCpus),
          .layouts = listed(kLayouts),
          .firmware = listed(kFirmware),
          .revoked = listed(kRevoked),
          .expired = listed(kExpired),
          .faults = listed(kFaults)};
}

Result<void> apply(const MachineState& state, SimulatedPlatform& platform, Instant now) {
  AIPG_CHECK(set_firmware(state.firmware, platform));
  if (state.driver) {
    AIPG_CHECK(needs(!platform.content.nvidia.devices.empty(), "devices"));
    use_driver(platform.content, *state.driver);
  }
  for (const Fault fault : state.faults) AIPG_CHECK(set_fault(fault, platform.content));
  for (const RevokedPart part : state.revoked) AIPG_CHECK(revoke(part, platform, now));
  for (const ExpiredPart part : state.expired) AIPG_CHECK(expire(part, platform.content, now));
  return {};
}

}  // namespace aipg::tee
