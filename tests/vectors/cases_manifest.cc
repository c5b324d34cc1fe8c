// SPDX-License-Identifier: Apache-2.0
// Kind manifest: what runs, and its hash.
#include "attest/manifest.h"
#include "cases.h"

namespace aipg::vectors {
namespace {

crypto::Hash384 measured(std::string_view name) { return crypto::sha384(as_bytes(name)); }

attest::Manifest content() {
  attest::Manifest out;
  out.name = "a model on an engine";
  out.components = {{"worker", 1'000, measured("worker"), std::nullopt},
                    {"weights", 2'000, measured("weights"), made_of("verity root")}};
  out.engine_argv = {"/opt/engine", "--offline"};
  out.engine_environment = {"HOME=/nonexistent"};
  out.models = {{"model-a", measured("weights"), {"/v1/chat/completions", "/v1/completions"}}};
  out.device_arch = "hopper";
  out.device_count = 1;
  out.device_mode = attest::DeviceMode::spt;
  out.source_commit = std::string(40, '0');
  return out;
}

std::string document() { return to_text(attest::make_manifest(content()).bytes); }

std::string with_devices(std::string_view devices) {
  return replaced(document(), R"({"arch":"hopper","count":1,"mode":"spt"})", devices);
}

void add_refused(Cases& cases) {
  const std::string good = document();
  const auto add = [&](const char* name, const char* edit, std::string changed, const char* code) {
    cases.negative(std::string("manifest/") + name + ".json", "manifest", "A manifest that is refused.", edit,
                   Value::Object{{"document", std::move(changed)}}, code);
  };
  const auto edit = [&](const char* name, const char* what, std::string_view from, std::string_view to,
                        const char* code) { add(name, what, replaced(good, from, to), code); };
  edit("format_2", "v is 2", R"("v":1)", R"("v":2)", "manifest_version");
  edit("driver_569", "min_driver 569", R"("min_driver":570)", R"("min_driver":569)", "manifest_driver");
  edit("media_urls", "media_urls true", R"("media_urls":false)", R"("media_urls":true)", "manifest_component");
  edit("unsalted_cache", "prefix_cache_salted false", R"("prefix_cache_salted":true)", R"("prefix_cache_salted":false)",
       "manifest_component");
  edit("component_twice", "both components are named worker", R"("name":"weights")", R"("name":"worker")",
       "manifest_component");
  edit("environment", "an environment entry without =", "HOME=/nonexistent", "HOME", "manifest_component");
  edit("path_twice", "one path twice", "/v1/completions", "/v1/chat/completions", "manifest_model");
  edit("path_relative", "a path without its slash", "\"/v1/completions", "\"v1/completions", "manifest_model");
  edit("model_unnamed", "an empty model name", R"("name":"model-a")", R"("name":"")", "manifest_model");
  edit("size_as_text", "a size as text", R"("size":1000)", R"("size":"1000")", "json_wrong_type");
  edit("unknown_member", "a member extra", R"("features":)", R"("extra":1,"features":)", "json_unknown_field");
  edit("no_commit", "no source_commit", R"("source_commit":)" + ("\"" + std::string(40, '0') + "\","), "",
       "json_missing_field");
  edit("space", "a space after the first colon", ":", ": ", "not_canonical");

  add("gpu_without_mode", "one GPU, mode none", with_devices(R"({"arch":"hopper","count":1,"mode":"none"})"),
      "manifest_devices");
  add("two_gpus_as_one", "two GPUs, mode spt", with_devices(R"({"arch":"hopper","count":2,"mode":"spt"})"),
      "manifest_devices");
  add("blackwell_ppcie", "mode ppcie on blackwell", with_devices(R"({"arch":"blackwell","count":8,"mode":"ppcie"})"),
      "manifest_devices");
  add("hopper_mpt", "mode mpt on hopper", with_devices(R"({"arch":"hopper","count":8,"mode":"mpt"})"),
      "manifest_devices");
  add("no_gpu_with_arch", "no GPU, arch hopper", with_devices(R"({"arch":"hopper","count":0,"mode":"none"})"),
      "manifest_devices");
}

}  // namespace

void add_manifest_cases(Cases& cases) {
  const auto good = [&](const char* name, const char* why, std::string text) {
    cases.positive(std::string("manifest/") + name + ".json", "manifest", why,
                   Value::Object{{"document", std::move(text)}});
  };
  good("one_hopper", "One GPU; the negatives edit it.", document());
  good("no_gpu", "No device at all.", with_devices(R"({"arch":"none","count":0,"mode":"none"})"));
  good("eight_hoppers", "Eight GPUs and their switches.",
       with_devices(R"({"arch":"hopper","count":8,"mode":"ppcie"})"));
  good("eight_blackwells", "Eight GPUs in multi-GPU passthrough.",
       with_devices(R"({"arch":"blackwell","count":8,"mode":"mpt"})"));
  good("ext", "What stands under ext is skipped, and hashed.",
       replaced(document(), R"("features":)", R"("ext":{"a":[1]},"features":)"));
  add_refused(cases);
}

}  // namespace aipg::vectors
