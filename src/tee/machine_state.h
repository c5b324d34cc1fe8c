// SPDX-License-Identifier: Apache-2.0
// Any state you ask for: what a simulated machine is, and what is wrong with
// it. Whatever it is, everything else is right and signed anew, so that a
// verdict names this and nothing else.
// Errors of read_*(): machine_state_word. Of apply(): machine_state_other
// (about a part that this machine does not have).
#pragma once

#include <string_view>

#include "tee/simulated_platform.h"

namespace aipg::tee {

// "tdx", "tdx-v5", "sgx", "snp-milan", "snp-genoa", "snp-turin"
[[nodiscard]] Result<SimulatedCpu> read_cpu(std::string_view word);
[[nodiscard]] std::string_view to_text(SimulatedCpu cpu);
// "none", "hopper", "hopper-ppcie-8", "blackwell", "blackwell-mpt-8"
[[nodiscard]] Result<DeviceLayout> read_layout(std::string_view word);

// What a vendor says about the firmware.
enum class FirmwareState : std::uint8_t {
  up_to_date,
  out_of_date,
  configuration_needed,
  sw_hardening_needed,
  configuration_and_sw_hardening_needed,
  out_of_date_configuration_needed,
  relaunch_advised,  // tdx-v5: the module was updated after the guest was started
  revoked,
  unlisted,  // below everything that Intel lists
};
// "up-to-date", "out-of-date", …; AMD says nothing of the kind: its firmware is older, or it is not.
[[nodiscard]] Result<FirmwareState> read_firmware(std::string_view word);

// Whose certificate was revoked.
enum class RevokedPart : std::uint8_t { pck, intermediate, tcb_signing, ask, gpu, provisioner, identity, rim };
[[nodiscard]] Result<RevokedPart> read_revoked(std::string_view word);

// What is no longer current.
enum class ExpiredPart : std::uint8_t { tcb_info, qe_identity, root_crl, pck_crl, amd_crl, ocsp, rim_ocsp };
[[nodiscard]] Result<ExpiredPart> read_expired(std::string_view word);

// What a guest or a device is that it should not be.
enum class Fault : std::uint8_t { debug, migratable, provisional_firmware, vlek, fwid, rim_mismatch };
[[nodiscard]] Result<Fault> read_fault(std::string_view word);

struct MachineState {
  FirmwareState firmware = FirmwareState::up_to_date;
  std::vector<Fault> faults = {};
  std::vector<RevokedPart> revoked = {};
  std::vector<ExpiredPart> expired = {};
  std::optional<std::string> driver = {};  // of every GPU, with a manifest of its own
};

// The words that each of these is written with, for messages and help: "pck, intermediate, …".
struct StateWords {
  std::string cpus, layouts, firmware, revoked, expired, faults;
};
[[nodiscard]] StateWords state_words();

// Changes `platform`, which must be healthy, to be in this state at `now`.
[[nodiscard]] Result<void> apply(const MachineState& state, SimulatedPlatform& platform, Instant now);

}  // namespace aipg::tee
