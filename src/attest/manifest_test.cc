// SPDX-License-Identifier: Apache-2.0
#include "attest/manifest.h"

#include <gtest/gtest.h>

namespace aipg::attest {
namespace {

Manifest content() {
  Manifest out;
  out.name = "a model on an engine";
  out.components = {{"worker", 10, crypto::Hash384{1}, std::nullopt}, {"weights", 20, crypto::Hash384{2}, Hash256{3}}};
  out.engine_argv = {"engine", "--offline"};
  out.engine_environment = {"LANG=C"};
  out.models = {{"model", crypto::Hash384{2}, {"/v1/chat/completions", "/v1/completions"}}};
  out.device_arch = "hopper";
  out.device_count = 1;
  out.device_mode = DeviceMode::spt;
  out.source_commit = "abc";
  return out;
}

std::string_view refusal(const Manifest& manifest) {
  const auto result = parse_manifest(make_manifest(manifest).bytes);
  return result ? "accepted" : result.error().code.view();
}

TEST(Manifest, ReadsBackWhatItWrote) {
  const Manifest made = make_manifest(content());
  const auto read = parse_manifest(made.bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hash, made.hash);
  EXPECT_EQ(make_manifest(*read).bytes, made.bytes);
  EXPECT_EQ(read->components[1].verity_root, Hash256{3});
  EXPECT_EQ(read->models[0].paths.size(), 2U);
  EXPECT_EQ(read->device_mode, DeviceMode::spt);
}

TEST(Manifest, AnyChangeGivesAnotherHash) {
  Manifest other = content();
  other.engine_argv.emplace_back("--verbose");
  EXPECT_NE(make_manifest(other).hash, make_manifest(content()).hash);
}

TEST(Manifest, RefusesDriversBelow570) {
  Manifest manifest = content();
  manifest.min_driver = 569;
  EXPECT_EQ(refusal(manifest), "manifest_driver");
}

struct DeviceCase {
  const char* arch;
  std::uint32_t count;
  DeviceMode mode;
  const char* expected;
};

TEST(Manifest, RefusesDevicesThatCannotBeProtectedTogether) {
  for (const DeviceCase& each : {
           DeviceCase{"hopper", 1, DeviceMode::spt, "accepted"},
           DeviceCase{"hopper", 8, DeviceMode::ppcie, "accepted"},
           DeviceCase{"blackwell", 8, DeviceMode::mpt, "accepted"},
           DeviceCase{"none", 0, DeviceMode::none, "accepted"},
           DeviceCase{"hopper", 0, DeviceMode::none, "manifest_devices"},
           DeviceCase{"none", 0, DeviceMode::spt, "manifest_devices"},
           DeviceCase{"none", 1, DeviceMode::spt, "manifest_devices"},
           DeviceCase{"hopper", 1, DeviceMode::none, "manifest_devices"},
           DeviceCase{"hopper", 2, DeviceMode::spt, "manifest_devices"},
           DeviceCase{"hopper", 8, DeviceMode::mpt, "manifest_devices"},
           DeviceCase{"blackwell", 8, DeviceMode::ppcie, "manifest_devices"},
           DeviceCase{"hopper", 17, DeviceMode::ppcie, "json_wrong_type"},
       }) {
    Manifest manifest = content();
    manifest.device_arch = each.arch;
    manifest.device_count = each.count;
    manifest.device_mode = each.mode;
    EXPECT_EQ(refusal(manifest), each.expected) << each.arch << " " << each.count;
  }
}

TEST(Manifest, RefusesComponentsWithoutOrWithRepeatedNames) {
  Manifest manifest = content();
  manifest.components[1].name = "worker";
  EXPECT_EQ(refusal(manifest), "manifest_component");
  manifest.components.clear();
  EXPECT_EQ(refusal(manifest), "manifest_component");
}

TEST(Manifest, RefusesFeaturesThatLeak) {
  Manifest manifest = content();
  manifest.media_urls = true;
  EXPECT_EQ(refusal(manifest), "manifest_component");
  manifest = content();
  manifest.prefix_cache_salted = false;
  EXPECT_EQ(refusal(manifest), "manifest_component");
}

TEST(Manifest, RefusesAnEnvironmentWithoutNames) {
  Manifest manifest = content();
  manifest.engine_environment = {"=x"};
  EXPECT_EQ(refusal(manifest), "manifest_component");
}

TEST(Manifest, RefusesModelsWithoutNamesOrPaths) {
  Manifest manifest = content();
  manifest.models[0].paths = {};
  EXPECT_EQ(refusal(manifest), "manifest_model");
  manifest.models[0].paths = {"v1"};
  EXPECT_EQ(refusal(manifest), "manifest_model");
  manifest.models[0].paths = {"/v1", "/v1"};
  EXPECT_EQ(refusal(manifest), "manifest_model");
  manifest = content();
  manifest.models.push_back(manifest.models[0]);
  EXPECT_EQ(refusal(manifest), "manifest_model");
  manifest.models.clear();
  EXPECT_EQ(refusal(manifest), "manifest_model");
}

TEST(Manifest, RefusesAnotherVersionAndTextThatIsNotCanonical) {
  std::string text = to_text(make_manifest(content()).bytes);
  EXPECT_EQ(parse_manifest(as_bytes(text + " ")).error().code, Literal("not_canonical"));
  text.replace(text.find(R"("v":1)"), 5, R"("v":2)");
  EXPECT_EQ(parse_manifest(as_bytes(text)).error().code, Literal("manifest_version"));
}

TEST(Manifest, RefusesEveryTruncation) {
  const Bytes bytes = make_manifest(content()).bytes;
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_manifest(ByteView(bytes).first(n))) << n;
}

}  // namespace
}  // namespace aipg::attest
