// SPDX-License-Identifier: Apache-2.0
#include "collateral/evidence.h"

#include "attest/bundle.h"
#include "attest/tdx/quote_parts.h"
#include "base/hex.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/pem.h"

namespace aipg::collateral {
namespace {

using attest::nvidia::StatedDevice;
using attest::tdx::Tee;

constexpr std::size_t kMaxChain = 8;

// The bytes that were signed, where a file holds them as text.
Bytes decoded(ByteView file) {
  const std::string_view text = trimmed(as_text(file));
  if (auto bytes = from_hex(text); bytes && !bytes->empty()) return *std::move(bytes);
  if (auto bytes = codec::from_base64(text); bytes && !bytes->empty()) return *std::move(bytes);
  return to_bytes(file);
}

Result<void> add_bundle(Evidence& out, std::string_view json) {
  AIPG_TRY(attest::Bundle bundle, attest::parse_bundle(as_bytes(json)));
  if (bundle.cpu_kind == attest::CpuKind::snp) {
    out.snp_reports.push_back(std::move(bundle.quote));
  } else {
    out.quotes.push_back({.tee = Tee::tdx, .bytes = std::move(bundle.quote)});
  }
  for (attest::DeviceEvidence& device : bundle.devices) {
    out.devices.push_back({.arch = device.arch,
                           .report = std::move(device.report),
                           .chain = std::move(device.chain),
                           .nonce = std::nullopt});
  }
  return {};
}

Result<void> add_nvidia_json(Evidence& out, std::string_view json) {
  AIPG_TRY(std::vector<StatedDevice> devices, attest::nvidia::parse_evidence_json(json));
  std::ranges::move(devices, std::back_inserter(out.devices));
  return {};
}

Result<void> add_json(Evidence& out, std::string_view text) {
  if (text.starts_with('[')) return add_nvidia_json(out, text);
  AIPG_TRY(const auto document, codec::json::parse(text, {.max_bytes = attest::kMaxBundleBytes}));
  return document.root().find("v") ? add_bundle(out, text) : add_nvidia_json(out, text);
}

Result<void> add_chain(Evidence& out, std::string_view pem) {
  if (out.devices.empty() || !out.devices.back().chain.empty()) return fail("evidence_chain", "report");
  AIPG_TRY(out.devices.back().chain, codec::parse_pem_certificates(pem, kMaxChain));
  return {};
}

// Which kind a quote is follows from its header: version, then at 4 the TEE.
std::optional<Tee> quote_tee(ByteView bytes) {
  if (bytes.size() < attest::tdx::kHeaderBytes || bytes[1] != 0) return std::nullopt;
  if (bytes[0] == 3) return Tee::sgx;
  if (bytes[0] != 4 && bytes[0] != 5) return std::nullopt;
  constexpr std::uint8_t kTdx = 0x81;
  return bytes[4] == kTdx ? std::optional(Tee::tdx) : std::nullopt;
}

Result<void> add_binary(Evidence& out, Bytes bytes) {
  constexpr std::uint8_t kSpdm11 = 0x11, kGetMeasurements = 0xE0;
  if (bytes.size() == attest::snp::kReportBytes) {
    out.snp_reports.push_back(std::move(bytes));
  } else if (bytes.size() > 2 && bytes[0] == kSpdm11 && bytes[1] == kGetMeasurements) {
    out.devices.push_back({.arch = attest::DeviceArch::hopper, .report = std::move(bytes), .chain = {}, .nonce = {}});
  } else if (const auto tee = quote_tee(bytes)) {
    out.quotes.push_back({.tee = *tee, .bytes = std::move(bytes)});
  } else {
    return fail("evidence_unknown");
  }
  return {};
}

}  // namespace

Result<void> Evidence::add(ByteView file) {
  const Bytes bytes = decoded(file);
  const std::string_view text = trimmed(as_text(bytes));
  if (text.starts_with("-----BEGIN ")) return add_chain(*this, text);
  if (!devices.empty() && devices.back().chain.empty()) return fail("evidence_chain", "chain");
  if (text.starts_with('{') || text.starts_with('[')) return add_json(*this, text);
  return add_binary(*this, bytes);
}

Result<Plan> plan(const Evidence& evidence, std::optional<attest::snp::Family> family, const PlanContext& context) {
  Plan out;
  for (const ShownQuote& quote : evidence.quotes) {
    AIPG_TRY(const Plan more, plan_quote(quote.bytes, quote.tee, context));
    out.add(more);
  }
  for (const Bytes& report : evidence.snp_reports) {
    AIPG_TRY(const Plan more, plan_snp_report(report, family));
    out.add(more);
  }
  for (const StatedDevice& device : evidence.devices) {
    if (device.chain.empty()) return fail("evidence_chain", "chain");
    AIPG_TRY(const Plan more, plan_device(device.report, device.chain, context));
    out.add(more);
  }
  return out;
}

}  // namespace aipg::collateral
