// SPDX-License-Identifier: Apache-2.0
#include "attest/devices.h"

#include <set>

#include "attest/device_state.h"
#include "attest/nras/ueid.h"
#include "attest/nvidia/fabric.h"
#include "attest/nvidia/measurements.h"

namespace aipg::attest {
namespace {

using nvidia::DeviceKind;
using nvidia::VerifiedReport;

bool is_gpu(const DeviceEvidence& device) { return device.arch != DeviceArch::ls10; }

// A switch belongs to Hopper's protected-PCIe systems and to nothing else.
bool fits_manifest(DeviceArch arch, const Manifest& manifest) {
  if (arch == DeviceArch::ls10) return manifest.device_mode == DeviceMode::ppcie;
  return manifest.device_arch == (arch == DeviceArch::hopper ? "hopper" : "blackwell");
}

bool mode_matches(nvidia::GpuMode mode, DeviceMode wanted) {
  switch (mode) {
    case nvidia::GpuMode::spt:
      return wanted == DeviceMode::spt;
    case nvidia::GpuMode::mpt:
      return wanted == DeviceMode::mpt;
    case nvidia::GpuMode::ppcie:
      return wanted == DeviceMode::ppcie;
  }
  return false;
}

std::optional<VerifiedReport> check_device(const DeviceEvidence& device, const DeviceExpectation& expected,
                                           const Grounds& grounds, Rules& rules) {
  auto report = nvidia::verify_report(device.report, device.chain, grounds.roots().nvidia_device, grounds.at, rules,
                                      grounds.cache);
  if (!report) return std::nullopt;
  nvidia::check_nonce(*report, expected.nonce, rules);
  nvidia::check_fwid(*report, rules);
  nvidia::check_driver(*report, std::max(expected.manifest.min_driver, grounds.policy.minimum_driver), rules);
  rules.require(report->arch() == device.arch && fits_manifest(device.arch, expected.manifest), "nvidia_arch",
                "not the kind of device that bundle and manifest name", [&] {
                  return Compared{std::string(arch_name(device.arch)) + ", of " + expected.manifest.device_arch,
                                  std::string(arch_name(report->arch()))};
                });
  if (report->report().kind == DeviceKind::gpu) {
    rules.require(mode_matches(report->report().mode, expected.manifest.device_mode), "nvidia_mode",
                  "not in the mode that the manifest names");
  }
  return report;
}

// A genuine device, and under which name the findings about it stand.
struct NamedDevice {
  std::string subject;
  VerifiedReport report;
};

// Of all manifests, those for what this device runs: a machine may have devices of several kinds.
std::vector<nvidia::VerifiedRim> rims_for(const VerifiedReport& report, const std::vector<nvidia::VerifiedRim>& all) {
  std::vector<nvidia::VerifiedRim> out;
  for (const nvidia::VerifiedRim& rim : all) {
    if (nvidia::is_for(rim, report)) out.push_back(rim);
  }
  return out;
}

// By NVIDIA's manifests and responders.
void check_states(const std::vector<NamedDevice>& devices, const Grounds& grounds, Verdict& verdict) {
  const References references = read_references(grounds, verdict);
  std::vector<CertificateChain> chains;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    Rules rules = grounds.rules(verdict, devices[i].subject);
    const VerifiedReport& report = devices[i].report;
    chains.emplace_back(report.chain());
    judge_device_state(report, rims_for(report, references.rims), references, grounds, rules,
                       verdict.identity.devices[i]);
  }
  judge_other_responses(std::move(chains), references, grounds, verdict);
}

// By NVIDIA's service: its tokens are over the same nonce, and about exactly these devices. GPUs and switches have a
// token each.
void check_tokens(const std::vector<NamedDevice>& devices, const Hash256& nonce, const Grounds& grounds,
                  Verdict& verdict) {
  Rules rules = grounds.rules(verdict, "token");
  if (!rules.require(!grounds.endorsements.tokens.empty(), "nras_token_missing",
                     "your policy asks for the word of NVIDIA's service about these devices")) {
    return;
  }
  std::set<std::string> vouched, shown;
  for (const Bytes& bytes : grounds.endorsements.tokens) {
    nras::Expectation expected = grounds.policy.nras;
    expected.nonce = nonce;
    const auto token = judge_token(bytes, std::move(expected), grounds, rules);
    if (!token) continue;
    for (const nras::DeviceIdentity& device : token->devices()) vouched.insert(device.ueid);
  }
  for (const NamedDevice& device : devices) shown.insert(nras::ueid_of(device.report.chain().front()));
  rules.require(vouched == shown, "nras_devices",
                "the service vouches for " + std::to_string(vouched.size()) + " devices, and not for these " +
                    std::to_string(shown.size()));
}

void check_together(const std::vector<NamedDevice>& devices, const Manifest& manifest, Rules& rules) {
  std::vector<VerifiedReport> reports;
  for (const NamedDevice& device : devices) reports.push_back(device.report);
  nvidia::check_distinct(reports, rules);
  if (manifest.device_mode == DeviceMode::ppcie) nvidia::check_fabric(reports, rules);
}

}  // namespace

bool check_devices(const std::vector<DeviceEvidence>& devices, const DeviceExpectation& expected,
                   const Grounds& grounds, Verdict& verdict) {
  std::vector<NamedDevice> genuine;
  std::size_t gpus = 0, switches = 0;
  for (const DeviceEvidence& device : devices) {
    const std::string subject =
        is_gpu(device) ? "gpu " + std::to_string(gpus++) : "switch " + std::to_string(switches++);
    Rules rules = grounds.rules(verdict, subject);
    auto report = check_device(device, expected, grounds, rules);
    if (!report) continue;
    verdict.identity.devices.push_back(nvidia::describe(*report));
    genuine.push_back({subject, *std::move(report)});
  }
  Rules rules = grounds.rules(verdict, "devices");
  rules.require(gpus == expected.manifest.device_count, "nvidia_device_count",
                std::to_string(gpus) + " shown, " + std::to_string(expected.manifest.device_count) + " in the manifest",
                [&] { return compare_numbers(expected.manifest.device_count, gpus); });
  if (devices.empty()) return true;
  check_together(genuine, expected.manifest, rules);
  if (grounds.policy.gpu_method != GpuMethod::nras) check_states(genuine, grounds, verdict);
  if (grounds.policy.gpu_method != GpuMethod::local) check_tokens(genuine, expected.nonce, grounds, verdict);
  return genuine.size() == devices.size();
}

}  // namespace aipg::attest
