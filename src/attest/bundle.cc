// SPDX-License-Identifier: Apache-2.0
#include "attest/bundle.h"

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr Literal kVersion = "aipg.evidence.v1";
constexpr std::size_t kMaxQuoteBytes = 64 << 10, kMaxReportBytes = 64 << 10;
constexpr std::size_t kMaxCertificateBytes = 16 << 10, kMaxChain = 8;
constexpr std::size_t kMaxDocumentBytes = 512 << 10, kMaxEpochBytes = 64 << 10;

Result<void> read_challenge(json::Value value, Bundle& out) {
  json::Fields fields(value, "bundle challenge");
  const std::uint64_t kind = fields.uint("kind");
  out.challenge_value = fields.array<32>("value");
  if (kind == static_cast<std::uint64_t>(ChallengeKind::epoch)) {
    out.challenge_kind = ChallengeKind::epoch;
    out.epoch = fields.bytes("document", kMaxEpochBytes);
  } else if (kind == static_cast<std::uint64_t>(ChallengeKind::nonces)) {
    out.challenge_kind = ChallengeKind::nonces;
  } else if (fields.has("kind")) {
    return fail("bundle_challenge", "kind");
  }
  return fields.finish();
}

// A list of base64url strings, none of them empty.
Result<std::vector<Bytes>> read_list(json::Value list, std::size_t most, std::size_t most_bytes, Literal code) {
  if (list.size() == 0 || list.size() > most) return fail(code, "length of the list", list.offset());
  std::vector<Bytes> out;
  for (json::Value value : list) {
    const auto text = value.plain_string();
    if (!text) return fail("json_wrong_type", "bundle", value.offset());
    AIPG_TRY(Bytes bytes, codec::from_base64url(*text));
    if (bytes.empty() || bytes.size() > most_bytes) return fail(code, "size of an entry", value.offset());
    out.push_back(std::move(bytes));
  }
  return out;
}

Result<std::vector<Bytes>> read_chain(json::Value list, Literal code) {
  return read_list(list, kMaxChain, kMaxCertificateBytes, code);
}

Result<void> read_cpu(json::Value value, Bundle& out) {
  json::Fields fields(value, "bundle cpu");
  const std::string kind = fields.string("kind", 16);
  if (kind == "tdx") {
    out.cpu_kind = CpuKind::tdx;
    out.quote = fields.bytes("quote", kMaxQuoteBytes);
    return fields.finish();
  }
  if (kind != "snp") return fields.has("kind") ? fail("bundle_cpu", "kind") : fields.finish();
  out.cpu_kind = CpuKind::snp;
  out.quote = fields.bytes("report", kMaxReportBytes);
  const auto chain = fields.value("chain", json::Kind::array);
  AIPG_CHECK(fields.finish());
  AIPG_TRY(out.cpu_chain, read_chain(*chain, "bundle_cpu"));
  return {};
}

Result<DeviceEvidence> read_device(json::Value value) {
  json::Fields fields(value, "bundle devices");
  const std::string arch = fields.string("arch", 16);
  DeviceEvidence out;
  out.report = fields.bytes("report", kMaxReportBytes);
  const auto chain = fields.value("chain", json::Kind::array);
  AIPG_CHECK(fields.finish());
  const auto named = std::ranges::find(kArchNames, arch, &ArchName::name);
  if (named == kArchNames.end()) return fail("bundle_device", "arch", value.offset());
  out.arch = named->arch;
  AIPG_TRY(out.chain, read_chain(*chain, "bundle_device"));
  return out;
}

Result<void> read_devices(json::Value list, Bundle& out) {
  if (list.size() > kMaxDevices) return fail("bundle_device", "too many");
  for (json::Value value : list) {
    AIPG_TRY(DeviceEvidence device, read_device(value));
    out.devices.push_back(std::move(device));
  }
  return {};
}

json::Tree list_tree(const std::vector<Bytes>& list) {
  json::Tree::Array out;
  for (const Bytes& each : list) out.emplace_back(codec::to_base64url(each));
  return out;
}

json::Tree challenge_tree(const Bundle& bundle) {
  json::Tree::Object out{{"kind", static_cast<std::uint64_t>(bundle.challenge_kind)},
                         {"value", codec::to_base64url(bundle.challenge_value)}};
  if (bundle.challenge_kind == ChallengeKind::epoch) out.emplace("document", codec::to_base64url(bundle.epoch));
  return out;
}

json::Tree cpu_tree(const Bundle& bundle) {
  if (bundle.cpu_kind == CpuKind::tdx) {
    return json::Tree::Object{{"kind", "tdx"}, {"quote", codec::to_base64url(bundle.quote)}};
  }
  return json::Tree::Object{
      {"kind", "snp"}, {"report", codec::to_base64url(bundle.quote)}, {"chain", list_tree(bundle.cpu_chain)}};
}

json::Tree devices_tree(const Bundle& bundle) {
  json::Tree::Array out;
  for (const DeviceEvidence& device : bundle.devices) {
    out.emplace_back(json::Tree::Object{{"arch", arch_name(device.arch)},
                                        {"report", codec::to_base64url(device.report)},
                                        {"chain", list_tree(device.chain)}});
  }
  return out;
}

}  // namespace

Result<Bundle> parse_bundle(ByteView bytes) {
  AIPG_TRY(const json::Document document, json::parse(as_text(bytes), {.max_bytes = kMaxBundleBytes, .max_depth = 8}));
  json::Fields fields(document.root(), "bundle");
  const std::string version = fields.string("v", 64);
  const auto challenge = fields.value("challenge", json::Kind::object);
  const auto cpu = fields.value("cpu", json::Kind::object);
  const auto devices = fields.value("devices", json::Kind::array);
  Bundle out;
  out.keyset = fields.bytes("keyset", kMaxDocumentBytes);
  out.manifest = fields.bytes("manifest", kMaxDocumentBytes);
  const auto collateral = fields.optional_value("collateral", json::Kind::array);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (version != kVersion.view()) return fail("bundle_version");
  AIPG_CHECK(read_challenge(*challenge, out));
  AIPG_CHECK(read_cpu(*cpu, out));
  AIPG_CHECK(read_devices(*devices, out));
  if (collateral) {
    if (collateral->size() == 0) return fail("bundle_collateral", "empty list", collateral->offset());
    AIPG_TRY(out.collateral, read_list(*collateral, kMaxCollateralFiles, kMaxBundleBytes, "bundle_collateral"));
  }
  out.bytes = to_bytes(bytes);
  return out;
}

Bundle make_bundle(Bundle content) {
  json::Tree::Object document{
      {"v", kVersion.view()},
      {"challenge", challenge_tree(content)},
      {"keyset", codec::to_base64url(content.keyset)},
      {"manifest", codec::to_base64url(content.manifest)},
      {"cpu", cpu_tree(content)},
      {"devices", devices_tree(content)},
  };
  if (!content.collateral.empty()) document.emplace("collateral", list_tree(content.collateral));
  content.bytes = to_bytes(json::Tree(std::move(document)).write());
  return content;
}

}  // namespace aipg::attest
