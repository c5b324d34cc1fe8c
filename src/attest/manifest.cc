// SPDX-License-Identifier: Apache-2.0
#include "attest/manifest.h"

#include <set>

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxManifestBytes = 512 << 10;
constexpr std::uint64_t kFormat = 1;
constexpr std::uint32_t kLowestDriver = 570;
constexpr std::uint64_t kMostGpus = 16;

struct ModeName {
  DeviceMode mode;
  Literal name;
};
constexpr std::array<ModeName, 4> kModes{
    {{DeviceMode::none, "none"}, {DeviceMode::spt, "spt"}, {DeviceMode::ppcie, "ppcie"}, {DeviceMode::mpt, "mpt"}}};

std::string_view to_text(DeviceMode mode) { return kModes.at(static_cast<std::size_t>(mode)).name; }

Result<std::vector<std::string>> read_texts(json::Value list) {
  std::vector<std::string> out;
  for (json::Value value : list) {
    auto text = value.string();
    if (!text) return fail("json_wrong_type", "manifest", value.offset());
    out.push_back(std::move(*text));
  }
  return out;
}

json::Tree texts(const std::vector<std::string>& list) {
  json::Tree::Array out;
  for (const std::string& text : list) out.emplace_back(text);
  return out;
}

Result<void> read_components(json::Value list, Manifest& out) {
  std::set<std::string, std::less<>> names;
  for (json::Value value : list) {
    json::Fields fields(value, "manifest components");
    Component component;
    component.name = fields.string("name", 256);
    component.size = fields.uint("size");
    component.sha384 = fields.array<48>("sha384");
    if (fields.has("verity_root")) component.verity_root = fields.array<32>("verity_root");
    fields.ignore("ext");
    AIPG_CHECK(fields.finish());
    if (component.name.empty() || !names.insert(component.name).second) {
      return fail("manifest_component", "name", value.offset());
    }
    out.components.push_back(std::move(component));
  }
  if (out.components.empty()) return fail("manifest_component", "none");
  return {};
}

bool are_paths(const std::vector<std::string>& paths) {
  const std::set<std::string_view> distinct(paths.begin(), paths.end());
  return !paths.empty() && distinct.size() == paths.size() &&
         std::ranges::all_of(paths, [](const std::string& path) { return path.starts_with('/'); });
}

Result<void> read_models(json::Value list, Manifest& out) {
  std::set<std::string, std::less<>> names;
  for (json::Value value : list) {
    json::Fields fields(value, "manifest models");
    ManifestModel model;
    model.name = fields.string("name", 256);
    model.sha384 = fields.array<48>("sha384");
    const auto paths = fields.value("paths", json::Kind::array);
    fields.ignore("ext");
    AIPG_CHECK(fields.finish());
    AIPG_TRY(model.paths, read_texts(*paths));
    if (model.name.empty() || !names.insert(model.name).second) return fail("manifest_model", "name", value.offset());
    if (!are_paths(model.paths)) return fail("manifest_model", "paths", value.offset());
    out.models.push_back(std::move(model));
  }
  if (out.models.empty()) return fail("manifest_model", "none");
  return {};
}

// No devices, one, or several as one of NVIDIA's two ways to protect several together.
bool is_device_set(const Manifest& manifest) {
  if (manifest.device_count == 0) return manifest.device_arch == "none" && manifest.device_mode == DeviceMode::none;
  const bool hopper = manifest.device_arch == "hopper", blackwell = manifest.device_arch == "blackwell";
  switch (manifest.device_mode) {
    case DeviceMode::none:
      return false;
    case DeviceMode::spt:
      return (hopper || blackwell) && manifest.device_count == 1;
    case DeviceMode::ppcie:
      return hopper;
    case DeviceMode::mpt:
      return blackwell;
  }
  return false;
}

Result<void> read_devices(json::Value value, Manifest& out) {
  json::Fields fields(value, "manifest devices");
  out.device_arch = fields.string("arch", 16);
  out.device_count = static_cast<std::uint32_t>(fields.uint("count", kMostGpus));
  const std::string mode = fields.string("mode", 16);
  AIPG_CHECK(fields.finish());
  const auto named = std::ranges::find_if(kModes, [&](const ModeName& each) { return each.name.view() == mode; });
  if (named == kModes.end()) return fail("manifest_devices", "mode");
  out.device_mode = named->mode;
  if (!is_device_set(out)) return fail("manifest_devices");
  return {};
}

Result<void> read_engine(json::Value value, Manifest& out) {
  json::Fields fields(value, "manifest engine");
  const auto argv = fields.value("argv", json::Kind::array);
  const auto environment = fields.value("environment", json::Kind::array);
  AIPG_CHECK(fields.finish());
  AIPG_TRY(out.engine_argv, read_texts(*argv));
  AIPG_TRY(out.engine_environment, read_texts(*environment));
  const bool named = std::ranges::all_of(out.engine_environment, [](const std::string& entry) {
    return entry.find('=') != std::string::npos && !entry.starts_with('=');
  });
  if (!named) return fail("manifest_component", "environment");
  return {};
}

Result<void> read_features(json::Value value, Manifest& out) {
  json::Fields fields(value, "manifest features");
  out.media_urls = fields.boolean("media_urls");
  out.prefix_cache_salted = fields.boolean("prefix_cache_salted");
  AIPG_CHECK(fields.finish());
  if (out.media_urls || !out.prefix_cache_salted) return fail("manifest_component", "features");
  return {};
}

json::Tree component_tree(const Component& component) {
  json::Tree::Object out{
      {"name", component.name}, {"size", component.size}, {"sha384", codec::to_base64url(component.sha384)}};
  if (component.verity_root) out.emplace("verity_root", codec::to_base64url(*component.verity_root));
  return out;
}

json::Tree model_tree(const ManifestModel& model) {
  return json::Tree::Object{
      {"name", model.name}, {"sha384", codec::to_base64url(model.sha384)}, {"paths", texts(model.paths)}};
}

json::Tree to_tree(const Manifest& manifest) {
  json::Tree::Array components, models;
  for (const Component& component : manifest.components) components.push_back(component_tree(component));
  for (const ManifestModel& model : manifest.models) models.push_back(model_tree(model));
  return json::Tree::Object{
      {"v", kFormat},
      {"name", manifest.name},
      {"components", std::move(components)},
      {"models", std::move(models)},
      {"engine",
       json::Tree::Object{{"argv", texts(manifest.engine_argv)}, {"environment", texts(manifest.engine_environment)}}},
      {"devices",
       json::Tree::Object{
           {"arch", manifest.device_arch}, {"count", manifest.device_count}, {"mode", to_text(manifest.device_mode)}}},
      {"features",
       json::Tree::Object{{"media_urls", manifest.media_urls}, {"prefix_cache_salted", manifest.prefix_cache_salted}}},
      {"min_driver", manifest.min_driver},
      {"source_commit", manifest.source_commit},
  };
}

}  // namespace

Result<Manifest> parse_manifest(ByteView bytes) {
  AIPG_TRY(const json::Document document, json::parse_canonical(as_text(bytes), kMaxManifestBytes));
  json::Fields fields(document.root(), "manifest");
  const std::uint64_t format = fields.uint("v");
  Manifest out;
  out.name = fields.string("name", 256);
  out.min_driver = static_cast<std::uint32_t>(fields.uint("min_driver", 1'000'000));
  out.source_commit = fields.string("source_commit", 128);
  const auto components = fields.value("components", json::Kind::array);
  const auto models = fields.value("models", json::Kind::array);
  const auto engine = fields.value("engine", json::Kind::object);
  const auto devices = fields.value("devices", json::Kind::object);
  const auto features = fields.value("features", json::Kind::object);
  fields.ignore("ext");
  AIPG_CHECK(fields.finish());
  if (format != kFormat) return fail("manifest_version");
  if (out.min_driver < kLowestDriver) return fail("manifest_driver");
  AIPG_CHECK(read_components(*components, out));
  AIPG_CHECK(read_models(*models, out));
  AIPG_CHECK(read_engine(*engine, out));
  AIPG_CHECK(read_devices(*devices, out));
  AIPG_CHECK(read_features(*features, out));
  out.bytes = to_bytes(bytes);
  out.hash = crypto::sha256(bytes);
  return out;
}

Manifest make_manifest(Manifest content) {
  content.bytes = to_bytes(to_tree(content).write());
  content.hash = crypto::sha256(content.bytes);
  return content;
}

}  // namespace aipg::attest
