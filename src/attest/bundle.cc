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
constexpr std::size_t kMaxDocumentBytes = 512 << 10;

struct ArchName {
  DeviceArch arch;
  Literal name;
};
constexpr std::array<ArchName, 3> kArchs{
    {{DeviceArch::hopper, "hopper"}, {DeviceArch::blackwell, "blackwell"}, {DeviceArch::ls10, "ls10"}}};

std::string_view to_text(DeviceArch arch) { return std::ranges::find(kArchs, arch, &ArchName::arch)->name; }

Result<void> read_challenge(json::Value value, Bundle& out) {
  json::Fields fields(value, "bundle challenge");
  const std::uint64_t kind = fields.uint("kind");
  out.challenge_value = fields.array<32>("value");
  AIPG_CHECK(fields.finish());
  if (kind != static_cast<std::uint64_t>(ChallengeKind::nonces)) return fail("bundle_challenge", "kind");
  out.challenge_kind = ChallengeKind::nonces;
  return {};
}

Result<void> read_cpu(json::Value value, Bundle& out) {
  json::Fields fields(value, "bundle cpu");
  const std::string kind = fields.string("kind", 16);
  out.quote = fields.bytes("quote", kMaxQuoteBytes);
  AIPG_CHECK(fields.finish());
  if (kind != "tdx") return fail("bundle_cpu", "kind");
  out.cpu_kind = CpuKind::tdx;
  return {};
}

Result<std::vector<Bytes>> read_chain(json::Value list) {
  if (list.size() == 0 || list.size() > kMaxChain) return fail("bundle_device", "chain", list.offset());
  std::vector<Bytes> out;
  for (json::Value value : list) {
    const auto text = value.plain_string();
    if (!text) return fail("json_wrong_type", "bundle chain", value.offset());
    AIPG_TRY(Bytes der, codec::from_base64url(*text));
    if (der.empty() || der.size() > kMaxCertificateBytes) return fail("bundle_device", "chain", value.offset());
    out.push_back(std::move(der));
  }
  return out;
}

Result<DeviceEvidence> read_device(json::Value value) {
  json::Fields fields(value, "bundle devices");
  const std::string arch = fields.string("arch", 16);
  DeviceEvidence out;
  out.report = fields.bytes("report", kMaxReportBytes);
  const auto chain = fields.value("chain", json::Kind::array);
  AIPG_CHECK(fields.finish());
  const auto named = std::ranges::find_if(kArchs, [&](const ArchName& each) { return each.name.view() == arch; });
  if (named == kArchs.end()) return fail("bundle_device", "arch", value.offset());
  out.arch = named->arch;
  AIPG_TRY(out.chain, read_chain(*chain));
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

json::Tree device_tree(const DeviceEvidence& device) {
  json::Tree::Array chain;
  for (const Bytes& certificate : device.chain) chain.emplace_back(codec::to_base64url(certificate));
  return json::Tree::Object{
      {"arch", to_text(device.arch)}, {"report", codec::to_base64url(device.report)}, {"chain", std::move(chain)}};
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
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (version != kVersion.view()) return fail("bundle_version");
  AIPG_CHECK(read_challenge(*challenge, out));
  AIPG_CHECK(read_cpu(*cpu, out));
  AIPG_CHECK(read_devices(*devices, out));
  out.bytes = to_bytes(bytes);
  return out;
}

Bundle make_bundle(Bundle content) {
  json::Tree::Array devices;
  for (const DeviceEvidence& device : content.devices) devices.push_back(device_tree(device));
  const json::Tree document = json::Tree::Object{
      {"v", kVersion.view()},
      {"challenge", json::Tree::Object{{"kind", static_cast<std::uint64_t>(content.challenge_kind)},
                                       {"value", codec::to_base64url(content.challenge_value)}}},
      {"keyset", codec::to_base64url(content.keyset)},
      {"manifest", codec::to_base64url(content.manifest)},
      {"cpu", json::Tree::Object{{"kind", "tdx"}, {"quote", codec::to_base64url(content.quote)}}},
      {"devices", std::move(devices)},
  };
  content.bytes = to_bytes(document.write());
  return content;
}

}  // namespace aipg::attest
