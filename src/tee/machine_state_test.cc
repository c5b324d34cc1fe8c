// SPDX-License-Identifier: Apache-2.0
// Every state that can be asked for, and the one rule that its verdict names.
#include "tee/machine_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tee/test_platform.h"

namespace aipg::tee {
namespace {

using Codes = TestPlatform::Codes;
using testing::HasSubstr;

enum class About : std::uint8_t { cpu, devices };

struct Asked {
  const char* cpu;
  const char* layout;
  MachineState state;
  About about;
  Codes broken;
};

MachineState firmware(const char* word) { return {.firmware = *read_firmware(word)}; }
MachineState fault(const char* word) { return {.faults = {*read_fault(word)}}; }
MachineState revoked(const char* word) { return {.revoked = {*read_revoked(word)}}; }
MachineState expired(const char* word) { return {.expired = {*read_expired(word)}}; }
MachineState driver(const char* version) { return {.driver = version}; }

Asked cpu(const char* kind, MachineState state, Codes broken) {
  return {kind, "none", std::move(state), About::cpu, std::move(broken)};
}
Asked devices(const char* layout, MachineState state, Codes broken) {
  return {"tdx", layout, std::move(state), About::devices, std::move(broken)};
}

const std::vector<Asked>& intel_states() {
  static const std::vector<Asked> out{
      cpu("tdx", firmware("up-to-date"), {}),
      cpu("tdx", firmware("out-of-date"), {"tdx_tcb_out_of_date"}),
      cpu("tdx-v5", firmware("out-of-date"), {"tdx_tcb_out_of_date"}),
      cpu("sgx", firmware("out-of-date"), {"tdx_tcb_out_of_date"}),
      cpu("tdx", firmware("configuration-needed"), {"tdx_tcb_configuration"}),
      cpu("tdx", firmware("sw-hardening-needed"), {"tdx_tcb_sw_hardening"}),
      cpu("tdx", firmware("configuration-and-sw-hardening-needed"), {"tdx_tcb_configuration", "tdx_tcb_sw_hardening"}),
      cpu("tdx", firmware("out-of-date-configuration-needed"), {"tdx_tcb_out_of_date", "tdx_tcb_configuration"}),
      cpu("tdx-v5", firmware("relaunch-advised"), {"tdx_tcb_relaunch"}),
      cpu("tdx", firmware("revoked"), {"tdx_tcb_revoked"}),
      cpu("tdx", firmware("unlisted"), {"tdx_tcb_not_supported"}),
      cpu("tdx", fault("debug"), {"tdx_debug"}),
      cpu("tdx-v5", fault("debug"), {"tdx_debug"}),
      cpu("sgx", fault("debug"), {"sgx_debug"}),
      cpu("tdx", fault("migratable"), {"tdx_migratable"}),
      cpu("tdx", revoked("pck"), {"tdx_pck_revoked"}),
      cpu("tdx", revoked("intermediate"), {"tdx_pck_ca_revoked"}),
      cpu("tdx", revoked("tcb-signing"), {"tdx_signing_revoked"}),
      cpu("tdx", expired("tcb-info"), {"tdx_tcb_info_expired"}),
      cpu("tdx", expired("qe-identity"), {"tdx_qe_identity_expired"}),
      cpu("tdx", expired("root-crl"), {"crl_expired"}),
      cpu("sgx", expired("pck-crl"), {"crl_expired"}),
  };
  return out;
}

const std::vector<Asked>& amd_states() {
  static const std::vector<Asked> out{
      cpu("snp-genoa", firmware("out-of-date"), {"snp_tcb_minimum", "snp_launch_tcb"}),
      cpu("snp-milan", firmware("up-to-date"), {"snp_family_minimum"}),
      cpu("snp-genoa", fault("debug"), {"snp_debug"}),
      cpu("snp-turin", fault("debug"), {"snp_debug"}),
      cpu("snp-genoa", fault("migratable"), {"snp_migratable"}),
      cpu("snp-genoa", fault("provisional-firmware"), {"snp_provisional"}),
      cpu("snp-genoa", fault("vlek"), {"snp_vlek"}),
      cpu("snp-turin", fault("vlek"), {"snp_vlek"}),
      cpu("snp-genoa", revoked("ask"), {"snp_revoked"}),
      cpu("snp-genoa", expired("amd-crl"), {"crl_expired"}),
  };
  return out;
}

const std::vector<Asked>& nvidia_states() {
  static const std::vector<Asked> out{
      devices("hopper", driver("565.57.01"), {"nvidia_driver"}),
      devices("hopper-ppcie-8", driver("565.57.01"), {"nvidia_driver"}),
      devices("hopper", driver("575.1.2"), {}),
      devices("hopper", fault("fwid"), {"nvidia_fwid"}),
      devices("blackwell", fault("fwid"), {"nvidia_fwid"}),
      devices("hopper", fault("rim-mismatch"), {"nvidia_measurements"}),
      devices("blackwell-mpt-8", fault("rim-mismatch"), {"nvidia_measurements"}),
      devices("hopper", revoked("gpu"), {"ocsp_revoked"}),
      devices("hopper", revoked("provisioner"), {"ocsp_revoked"}),
      devices("hopper", revoked("identity"), {"ocsp_revoked"}),
      devices("hopper", revoked("rim"), {"ocsp_revoked"}),
      devices("hopper", expired("ocsp"), {"ocsp_expired"}),
      devices("hopper", expired("rim-ocsp"), {"ocsp_expired"}),
  };
  return out;
}

void expect_each(const std::vector<Asked>& states) {
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Asked& asked = states[i];
    TestPlatform machine(*read_cpu(asked.cpu), *read_layout(asked.layout));
    ASSERT_TRUE(apply(asked.state, machine.platform, machine.now)) << asked.cpu << " " << i;
    asked.about == About::cpu ? machine.judge_cpu() : machine.judge_devices();
    EXPECT_EQ(machine.failed(), asked.broken) << asked.cpu << " " << asked.layout << " " << i << "\n"
                                              << attest::to_text(machine.verdict, false);
    EXPECT_EQ(machine.warned(), asked.about == About::cpu ? Codes() : machine.inherent()) << asked.cpu << " " << i;
  }
}

TEST(MachineState, OfIntelsNamesTheOneRule) { expect_each(intel_states()); }
TEST(MachineState, OfAmdsNamesTheOneRule) { expect_each(amd_states()); }
TEST(MachineState, OfDevicesNamesTheOneRule) { expect_each(nvidia_states()); }

TEST(MachineState, SeveralTogetherNameEachRule) {
  TestPlatform machine(SimulatedCpu::tdx);
  MachineState state = firmware("out-of-date");
  state.faults = {Fault::debug, Fault::rim_mismatch};
  state.revoked = {RevokedPart::gpu, RevokedPart::provisioner};
  state.expired = {ExpiredPart::rim_ocsp};
  ASSERT_TRUE(apply(state, machine.platform, machine.now));
  machine.judge_cpu();
  EXPECT_EQ(machine.failed(), (Codes{"tdx_tcb_out_of_date", "tdx_debug"}));
  machine.judge_devices();
  EXPECT_EQ(machine.failed(), (Codes{"nvidia_measurements", "ocsp_revoked", "ocsp_expired"}));
}

TEST(MachineState, RefusesWordsItDoesNotKnow) {
  EXPECT_EQ(read_cpu("TDX").error().code.view(), "machine_state_word");
  EXPECT_EQ(read_layout("hopper-8").error().code.view(), "machine_state_word");
  EXPECT_EQ(read_firmware("").error().code.view(), "machine_state_word");
  EXPECT_EQ(read_revoked("pck ").error().code.view(), "machine_state_word");
  EXPECT_EQ(read_expired("tcb_info").error().code.view(), "machine_state_word");
  EXPECT_EQ(read_fault("all").error().code.view(), "machine_state_word");
  EXPECT_THAT(state_words().revoked, HasSubstr("pck, intermediate"));
}

TEST(MachineState, RefusesWhatThisMachineDoesNotHave) {
  const auto refused = [](const char* kind, const char* layout, const MachineState& state) {
    TestPlatform machine(*read_cpu(kind), *read_layout(layout));
    const auto applied = apply(state, machine.platform, machine.now);
    return applied ? std::string("taken") : std::string(applied.error().code.view());
  };
  for (const char* word : {"pck", "intermediate", "tcb-signing"}) {
    EXPECT_EQ(refused("snp-genoa", "hopper", revoked(word)), "machine_state_other") << word;
  }
  EXPECT_EQ(refused("tdx", "hopper", revoked("ask")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "none", revoked("gpu")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "none", fault("fwid")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "none", driver("570.1")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "none", expired("ocsp")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "hopper", expired("amd-crl")), "machine_state_other");
  EXPECT_EQ(refused("snp-genoa", "hopper", expired("tcb-info")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "hopper", firmware("relaunch-advised")), "machine_state_other");
  EXPECT_EQ(refused("snp-genoa", "hopper", firmware("revoked")), "machine_state_other");
  EXPECT_EQ(refused("sgx", "hopper", fault("migratable")), "machine_state_other");
  EXPECT_EQ(refused("tdx", "hopper", fault("vlek")), "machine_state_other");
}

}  // namespace
}  // namespace aipg::tee
