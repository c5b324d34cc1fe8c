// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated.h"

#include "tee/simulated_platform.h"

namespace aipg::tee {
namespace {

class Simulated final : public SimulatedAttester {
 public:
  Simulated(SimulatedPlatform platform, const SimulatedMachine& machine)
      : platform_(std::move(platform)), made_at_(machine.now) {
    use_driver(platform_.content, machine.driver);
    use_workload(platform_.content, machine.workload_hash);
  }

  Result<CpuEvidence> quote(ByteView report_data) override {
    if (report_data.size() != 64) return fail("tee_quote", "report data");
    use_report_data(platform_.content, to_array<64>(report_data));
    const auto kind = is_snp(platform_.content.cpu) ? attest::CpuKind::snp : attest::CpuKind::tdx;
    return CpuEvidence{.kind = kind, .quote = platform_.cpu_evidence(), .chain = platform_.cpu_chain(made_at_)};
  }

  Result<std::vector<attest::DeviceEvidence>> devices(const Hash256& nonce) override {
    return platform_.devices(nonce);
  }

  // What vendors say is renewed as time passes, as it is in life.
  Result<std::vector<Bytes>> collateral(Instant now) override {
    refresh_statements(platform_.content, now);
    return bytes_of(platform_.collateral(now));
  }

  attest::RootSet roots() const override { return platform_.authorities->roots(); }
  attest::BootMeasurement boot() const override { return boot_of(platform_.content.cpu); }

 private:
  SimulatedPlatform platform_;
  Instant made_at_;
};

}  // namespace

Result<std::unique_ptr<SimulatedAttester>> SimulatedAttester::open(const std::string& state_folder,
                                                                   const SimulatedMachine& machine) {
  if (machine.cpu == SimulatedCpu::sgx) return fail("tee_quote", "SGX holds no guest");
  const Amd amd = is_snp(machine.cpu) ? Amd::with : Amd::without;
  AIPG_TRY(SimulatedAuthorities authorities, open_authorities(state_folder, machine.now, amd));
  return std::make_unique<Simulated>(make_platform(std::make_shared<const SimulatedAuthorities>(std::move(authorities)),
                                                   machine.cpu, {.gpus = machine.gpus}, machine.now),
                                     machine);
}

}  // namespace aipg::tee
