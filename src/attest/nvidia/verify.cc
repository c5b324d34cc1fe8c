// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/verify.h"

#include "attest/nvidia/opaque.h"
#include "base/hex.h"

namespace aipg::attest::nvidia {
namespace {

constexpr std::size_t kChainLength = 5;
constexpr codec::der::Oid kBasicConstraints = "2.5.29.19", kKeyUsage = "2.5.29.15";
constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;
constexpr std::uint8_t kGpuSerial = 0x41, kSwitchSerial = 0x50;
constexpr std::size_t kPdiBytes = 8;
// Drivers up to this branch made reports without a firmware id.
constexpr std::uint32_t kLastDriverWithoutFwid = 535;

bool has_critical(const crypto::Certificate& certificate, const codec::der::Oid& oid) {
  const crypto::Extension* found = certificate.find_extension(oid);
  return found != nullptr && found->critical;
}

// What every device chain has, beyond what any chain must.
Result<void> check_profile(const std::vector<crypto::Certificate>& chain) {
  if (chain[0].is_ca().has_value()) return fail("chain_ca", "attestation key");
  if (chain[0].key_usage() != kDigitalSignature) return fail("chain_key_usage", "attestation key");
  if (chain[1].key_usage() != kKeyCertSign) return fail("chain_key_usage", "device", 1);
  for (std::size_t i = 2; i < chain.size(); ++i) {
    if (chain[i].key_usage() != (kKeyCertSign | kCrlSign)) return fail("chain_key_usage", "issuer", i);
  }
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (!has_critical(chain[i], kKeyUsage)) return fail("chain_key_usage", "not critical", i);
    if (i > 0 && !has_critical(chain[i], kBasicConstraints)) return fail("chain_ca", "not critical", i);
  }
  if (chain[1].path_length()) return fail("chain_ca", "path_length", 1);
  const bool keyed = std::ranges::all_of(chain, [](const crypto::Certificate& each) {
    return each.ec_key() != nullptr && each.ec_key()->curve() == crypto::Curve::p384;
  });
  if (!keyed) return fail("chain_algorithm", "curve");
  return {};
}

}  // namespace

Result<std::vector<crypto::Certificate>> verify_device_chain(const std::vector<Bytes>& ders,
                                                             const std::vector<Bytes>& roots, Instant at,
                                                             VerifierCache* cache) {
  if (ders.size() != kChainLength) return fail("chain_length", {}, ders.size());
  AIPG_TRY(std::vector<crypto::Certificate> chain, read_certificates(ders, cache));
  const crypto::ChainProfile profile{.length = kChainLength, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha384};
  AIPG_CHECK(crypto::verify_chain(chain, roots, profile, at));
  AIPG_CHECK(check_profile(chain));
  return chain;
}

namespace {

// Device certificates are numbered by what they are for, and by the chip's id, which switches report as well.
bool is_own_certificate(const ReportView& report, const crypto::Certificate& device) {
  const bool gpu = report.kind == DeviceKind::gpu;
  const ByteView serial = device.serial();
  if (serial.size() != 1 + kPdiBytes || serial[0] != (gpu ? kGpuSerial : kSwitchSerial)) return false;
  return gpu || equal(*report.find(kSwitchPdi), serial.subspan(1));
}

DeviceArch arch_of(DeviceKind kind, FwidForm form) {
  if (kind == DeviceKind::nvswitch) return DeviceArch::ls10;
  return form == FwidForm::composite_device_id ? DeviceArch::hopper : DeviceArch::blackwell;
}

std::string_view name_of(DeviceArch arch) {
  switch (arch) {
    case DeviceArch::hopper:
      return "NVIDIA Hopper GPU";
    case DeviceArch::blackwell:
      return "NVIDIA Blackwell GPU";
    case DeviceArch::ls10:
      return "NVIDIA LS10 switch";
  }
  return {};
}

}  // namespace

VerifiedReport::VerifiedReport(ReportView report, std::vector<crypto::Certificate> chain, const Fwid& fwid)
    : report_(std::move(report)),
      fwid_(fwid),
      arch_(arch_of(report_.kind, fwid.form)),
      device_serial_(chain[1].serial()),
      pdi_(to_array<kPdiBytes>(ByteView(device_serial_).subspan(1))),
      key_(chain[0].spki()),
      chain_(std::move(chain)) {}

std::optional<VerifiedReport> verify_report(ByteView report, const std::vector<Bytes>& chain,
                                            const std::vector<Bytes>& roots, Instant at, Rules& rules,
                                            VerifierCache* cache) {
  auto view = parse_report(report);
  if (!view) return rules.refuse(view.error()), std::nullopt;
  rules.add("nvidia_structure", Severity::passed);
  auto certificates = verify_device_chain(chain, roots, at, cache);
  if (!certificates) return rules.refuse(certificates.error()), std::nullopt;
  rules.add("nvidia_chain", Severity::passed);
  const bool signed_by_leaf =
      verify_signature(*certificates->front().ec_key(), view->signed_part, view->signature, cache);
  if (!rules.require(signed_by_leaf, "nvidia_signature", "the device's key did not sign this report")) {
    return std::nullopt;
  }
  if (!rules.require(is_own_certificate(*view, (*certificates)[1]), "nvidia_device_id",
                     "its certificate is numbered for another device")) {
    return std::nullopt;
  }
  const auto fwid = leaf_fwid(certificates->front());
  if (!fwid) return rules.refuse(fwid.error()), std::nullopt;
  return VerifiedReport(*std::move(view), *std::move(certificates), *fwid);
}

void check_nonce(const VerifiedReport& report, const Hash256& nonce, Rules& rules) {
  rules.require(equal(report.report().nonce, nonce), "nvidia_nonce", "made for another nonce",
                [&] { return compare_bytes(nonce, report.report().nonce); });
}

void check_fwid(const VerifiedReport& report, Rules& rules) {
  constexpr Literal kCode = "nvidia_fwid";
  if (const auto fwid = report.report().fwid) {
    rules.require(equal(*fwid, report.fwid().digest), kCode, "the running firmware is not the one its key is for",
                  [&] { return compare_bytes(report.fwid().digest, *fwid); });
    return;
  }
  // No LS10 seen so far reports one; a GPU's missing one is excused by age only, and never in the network.
  const auto branch = driver_branch(report.report().driver_version);
  if (report.arch() == DeviceArch::ls10) {
    rules.add(kCode, Severity::warning, "this switch reports no firmware id");
  } else if (branch && *branch <= kLastDriverWithoutFwid) {
    rules.expect(false, kCode, "this old firmware reports no firmware id");
  } else {
    rules.require(false, kCode, "the report has no firmware id");
  }
}

void check_driver(const VerifiedReport& report, std::uint32_t minimum, Rules& rules) {
  if (report.report().kind != DeviceKind::gpu) return;
  const auto branch = driver_branch(report.report().driver_version);
  rules.expect(branch && *branch >= minimum, "nvidia_driver",
               "driver " + report.report().driver_version + " is below " + std::to_string(minimum),
               [&] { return Compared{"at least " + std::to_string(minimum), report.report().driver_version}; });
}

void check_architecture(const VerifiedReport& report, const std::vector<DeviceArch>& allowed, Rules& rules) {
  if (allowed.empty()) return;
  const bool listed = std::ranges::find(allowed, report.arch()) != allowed.end();
  rules.require(listed, "nvidia_architecture", "your policy does not list this architecture", [&] {
    std::string list;
    for (const DeviceArch each : allowed) list += (list.empty() ? "one of " : ", ") + std::string(arch_name(each));
    return Compared{list, std::string(arch_name(report.arch()))};
  });
}

std::string describe(const VerifiedReport& report) {
  const ReportView& view = report.report();
  std::string out(name_of(report.arch()));
  if (!view.driver_version.empty()) out += ", driver " + view.driver_version;
  return out + (view.kind == DeviceKind::gpu ? ", VBIOS " : ", BIOS ") + view.vbios_version;
}

}  // namespace aipg::attest::nvidia
