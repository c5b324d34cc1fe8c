// SPDX-License-Identifier: Apache-2.0
// Evidence that is read, written in the other of the two forms and read again,
// is the same: GPUs in their order, then switches in theirs.
#include <cstdint>

#include "attest/nvidia/evidence_json.h"
#include "tee/simulated_evidence.h"

namespace {

namespace nvidia = aipg::attest::nvidia;
using aipg::attest::DeviceArch;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto devices = nvidia::parse_evidence_json(aipg::as_text({data, size}));
  if (!devices) return 0;
  require(!devices->empty() && devices->size() <= nvidia::kMaxEvidenceDevices);
  std::vector<aipg::attest::DeviceEvidence> evidence;
  for (bool switches : {false, true}) {
    for (const nvidia::StatedDevice& device : *devices) {
      if ((device.arch == DeviceArch::ls10) != switches) continue;
      evidence.push_back({device.arch, device.report, device.chain});
    }
  }
  const std::string written = aipg::tee::ppcie_evidence_json(evidence);
  if (written.size() > nvidia::kMaxEvidenceBytes) return 0;  // names of classes make it longer
  const auto again = nvidia::parse_evidence_json(written);
  require(again.has_value() && again->size() == evidence.size());
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    const auto& one = evidence[i];
    const nvidia::StatedDevice& other = (*again)[i];
    require(one.arch == other.arch && one.report == other.report && one.chain == other.chain);
  }
  return 0;
}
