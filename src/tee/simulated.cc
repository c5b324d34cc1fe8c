// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated.h"

#include "attest/binding.h"
#include "tee/simulated_names.h"
#include "tee/simulated_pki.h"
#include "tee/simulated_quote.h"
#include "tee/simulated_report.h"

namespace aipg::tee {
namespace {

class Simulated final : public SimulatedAttester {
 public:
  Simulated(SimulatedPki pki, const SimulatedMachine& machine)
      : pki_(std::move(pki)),
        machine_(machine),
        attestation_key_(crypto::EcPrivateKey::generate(crypto::Curve::p256)),
        fwid_(simulated_measurement("GPU FWID")) {
    for (std::uint32_t i = 0; i < machine.gpus; ++i) gpus_.push_back(make_device(pki_, i, fwid_, machine.now));
  }

  Result<CpuEvidence> quote(ByteView report_data) override {
    if (report_data.size() != 64) return fail("tee_quote", "report data");
    QuoteContent content;
    const attest::BootTuple tuple = boot();
    content.mrseam = simulated_measurement("TDX module");
    content.mrtd = tuple.mrtd;
    content.rtmr = {tuple.rtmr0, tuple.rtmr1, tuple.rtmr2, attest::workload_rtmr3(machine_.workload_hash)};
    content.report_data = to_array<64>(report_data);
    return CpuEvidence{attest::CpuKind::tdx, make_quote(content, pki_, attestation_key_)};
  }

  Result<std::vector<attest::DeviceEvidence>> devices(const Hash256& nonce) override {
    std::vector<attest::DeviceEvidence> out;
    ReportContent content;
    content.nonce = nonce;
    content.driver = machine_.driver;
    content.fwid = fwid_;
    for (const SimulatedDevice& gpu : gpus_) {
      out.push_back({attest::DeviceArch::hopper, make_report(content, gpu.key), gpu.chain});
    }
    return out;
  }

  attest::RootSet roots() const override { return pki_.roots(); }

  attest::BootTuple boot() const override {
    return {.mrtd = simulated_measurement("MRTD"),
            .rtmr0 = simulated_measurement("RTMR0"),
            .rtmr1 = simulated_measurement("RTMR1"),
            .rtmr2 = simulated_measurement("RTMR2")};
  }

 private:
  SimulatedPki pki_;
  SimulatedMachine machine_;
  crypto::EcPrivateKey attestation_key_;
  crypto::Hash384 fwid_;
  std::vector<SimulatedDevice> gpus_;
};

}  // namespace

Result<std::unique_ptr<SimulatedAttester>> SimulatedAttester::open(const std::string& state_folder,
                                                                   const SimulatedMachine& machine) {
  AIPG_TRY(SimulatedPki pki, open_pki(state_folder, machine.now));
  return std::make_unique<Simulated>(std::move(pki), machine);
}

}  // namespace aipg::tee
