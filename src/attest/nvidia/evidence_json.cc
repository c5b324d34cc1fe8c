// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/evidence_json.h"

#include "attest/nvidia/fabric.h"
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/json_fields.h"
#include "codec/pem.h"

namespace aipg::attest::nvidia {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxCertificates = 8, kMaxPemBytes = 64 << 10, kMaxNodes = 4096;
constexpr unsigned kMaxDepth = 8;

Result<Bytes> decode(const std::string& text) {
  auto bytes = codec::from_base64(text);
  if (!bytes) return fail("evidence_base64");
  return *std::move(bytes);
}

// --- the attestation SDK's array ------------------------------------------------------

Result<DeviceArch> read_arch(std::string_view text) {
  if (text == "HOPPER") return DeviceArch::hopper;
  if (text == "BLACKWELL") return DeviceArch::blackwell;
  if (text == "LS10") return DeviceArch::ls10;
  return fail("evidence_arch");
}

Result<Hash256> read_nonce(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != Hash256{}.size()) return fail("evidence_nonce");
  return to_array<32>(*bytes);
}

Result<StatedDevice> read_sdk_device(json::Value value) {
  json::Fields fields(value, "device");
  const std::string arch = fields.string("arch");
  const std::string certificate = fields.string("certificate", kMaxPemBytes);
  const std::string evidence = fields.string("evidence", 2 * kMaxReportBytes);
  const std::string nonce = fields.string("nonce");
  AIPG_CHECK(fields.finish());
  StatedDevice out;
  AIPG_TRY(out.arch, read_arch(arch));
  AIPG_TRY(out.report, decode(evidence));
  AIPG_TRY(const Bytes pem, decode(certificate));
  AIPG_TRY(out.chain, codec::parse_pem_certificates(as_text(pem), kMaxCertificates));
  AIPG_TRY(out.nonce, read_nonce(nonce));
  return out;
}

// --- the protected-PCIe verifier's object -----------------------------------------------

// It is a dump of Python objects, each of which names its class.
constexpr std::string_view kClass = "py/object";

Result<Bytes> read_dumped_report(json::Value value) {
  json::Fields fields(value, "report");
  const std::string encoded = fields.string("py/b64", 2 * kMaxReportBytes);
  AIPG_CHECK(fields.finish());
  return decode(encoded);
}

Result<std::vector<Bytes>> read_dumped_chain(json::Value value) {
  std::vector<Bytes> out;
  for (const json::Value each : value) {
    json::Fields fields(each, "certificate");
    fields.ignore(kClass);
    const std::string encoded = fields.string("pem", kMaxPemBytes);
    AIPG_CHECK(fields.finish());
    if (out.size() == kMaxCertificates) return fail("pem_too_many", "certificates");
    AIPG_TRY(const Bytes pem, decode(encoded));
    AIPG_TRY(auto one, codec::parse_pem_certificates(as_text(pem), 1));
    out.push_back(std::move(one.front()));
  }
  return out;
}

Result<DeviceArch> read_gpu_architecture(std::uint64_t number) {
  constexpr std::uint64_t kHopper = 9, kBlackwell = 10;  // NVML's numbers
  if (number == kHopper) return DeviceArch::hopper;
  if (number == kBlackwell) return DeviceArch::blackwell;
  return fail("evidence_arch");
}

Result<StatedDevice> read_dumped_gpu(json::Value value) {
  json::Fields fields(value, "gpu");
  for (std::string_view unsigned_claim : {"Index", "DriverVersion", "BoardId", "UUID", "VbiosVersion"}) {
    fields.ignore(unsigned_claim);
  }
  fields.ignore(kClass);
  const std::uint64_t architecture = fields.uint("GPUArchitecture");
  const auto report = fields.value("AttestationReport", json::Kind::object);
  const auto chains = fields.value("CertificateChains", json::Kind::object);
  AIPG_CHECK(fields.finish());
  json::Fields inner(*chains, "chains");
  inner.ignore(kClass);
  const auto chain = inner.value("GpuAttestationCertificateChain", json::Kind::array);
  AIPG_CHECK(inner.finish());
  StatedDevice out;
  AIPG_TRY(out.arch, read_gpu_architecture(architecture));
  AIPG_TRY(out.report, read_dumped_report(*report));
  AIPG_TRY(out.chain, read_dumped_chain(*chain));
  return out;
}

Result<StatedDevice> read_dumped_switch(json::Value value) {
  json::Fields fields(value, "switch");
  fields.ignore(kClass);
  fields.ignore("uuid");
  const auto report = fields.value("attestation_report", json::Kind::object);
  const auto chain = fields.value("attestation_cert_chain", json::Kind::array);
  AIPG_CHECK(fields.finish());
  StatedDevice out;
  out.arch = DeviceArch::ls10;
  AIPG_TRY(out.report, read_dumped_report(*report));
  AIPG_TRY(out.chain, read_dumped_chain(*chain));
  return out;
}

using ReadDevice = Result<StatedDevice> (*)(json::Value);

Result<void> read_devices(json::Value array, ReadDevice read, std::vector<StatedDevice>& out) {
  for (const json::Value each : array) {
    if (out.size() == kMaxEvidenceDevices) return fail("evidence_too_many");
    AIPG_TRY(StatedDevice device, read(each));
    out.push_back(std::move(device));
  }
  return {};
}

Result<void> read_dump(json::Value root, std::vector<StatedDevice>& out) {
  json::Fields fields(root, "evidence");
  const auto gpus = fields.value("gpus", json::Kind::array);
  const auto switches = fields.value("nvswitches", json::Kind::array);
  AIPG_CHECK(fields.finish());
  AIPG_CHECK(read_devices(*gpus, read_dumped_gpu, out));
  return read_devices(*switches, read_dumped_switch, out);
}

// --- verification --------------------------------------------------------------------------

std::optional<VerifiedReport> verify_one(const StatedDevice& device, const std::vector<Bytes>& roots, Instant at,
                                         const EvidenceExpectation& expected, Rules& rules, VerifierCache* cache) {
  auto report = verify_report(device.report, device.chain, roots, at, rules, cache);
  if (!report) return std::nullopt;
  if (device.nonce) check_nonce(*report, *device.nonce, rules);
  if (expected.nonce) {
    check_nonce(*report, *expected.nonce, rules);
  } else {
    rules.add("freshness_unproven", Severity::warning, "no nonce was given");
  }
  check_fwid(*report, rules);
  check_driver(*report, expected.min_driver, rules);
  rules.require(report->arch() == device.arch, "nvidia_arch", "not the kind of device that the file says",
                [&] { return Compared{std::string(arch_name(device.arch)), std::string(arch_name(report->arch()))}; });
  return report;
}

void check_together(const std::vector<VerifiedReport>& devices, Rules& rules) {
  if (devices.empty()) return;
  check_distinct(devices, rules);
  check_one_nonce(devices, rules);
  check_one_mode(devices, rules);
  const auto is_switch = [](const VerifiedReport& each) { return each.report().kind == DeviceKind::nvswitch; };
  const auto is_behind_switches = [](const VerifiedReport& each) { return each.report().mode == GpuMode::ppcie; };
  const auto switches = static_cast<std::size_t>(std::ranges::count_if(devices, is_switch));
  if (switches > 0 && switches < devices.size()) return check_fabric(devices, rules);
  if (switches > 0 || std::ranges::any_of(devices, is_behind_switches)) {
    rules.expect(false, "nvidia_fabric", "this is a part of a fabric; what it is wired to is not shown");
  }
}

}  // namespace

Result<std::vector<StatedDevice>> parse_evidence_json(std::string_view text) {
  AIPG_TRY(const json::Document document,
           json::parse(text, {.max_bytes = kMaxEvidenceBytes, .max_depth = kMaxDepth, .max_nodes = kMaxNodes}));
  std::vector<StatedDevice> out;
  if (document.root().is(json::Kind::array)) {
    AIPG_CHECK(read_devices(document.root(), read_sdk_device, out));
  } else {
    AIPG_CHECK(read_dump(document.root(), out));
  }
  if (out.empty()) return fail("evidence_empty");
  return out;
}

std::vector<VerifiedReport> verify_evidence(const std::vector<StatedDevice>& devices, const std::vector<Bytes>& roots,
                                            Instant at, const EvidenceExpectation& expected, const RulesFor& rules_for,
                                            VerifierCache* cache) {
  std::vector<VerifiedReport> out;
  std::size_t gpus = 0, switches = 0;
  for (const StatedDevice& device : devices) {
    const bool is_switch = device.arch == DeviceArch::ls10;
    Rules rules = rules_for(is_switch ? "switch " + std::to_string(switches++) : "gpu " + std::to_string(gpus++));
    if (auto report = verify_one(device, roots, at, expected, rules, cache)) out.push_back(*std::move(report));
  }
  Rules together = rules_for("devices");
  check_together(out, together);
  return out;
}

}  // namespace aipg::attest::nvidia
