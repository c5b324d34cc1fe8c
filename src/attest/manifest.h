// SPDX-License-Identifier: Apache-2.0
// The workload manifest: everything a worker's guest executes or loads
// (docs/protocol.md, "What runs"). Canonical JSON; workload_hash = H(bytes).
// Errors: those of codec/json_fields.h, not_canonical, manifest_version,
// manifest_devices, manifest_driver, manifest_component, manifest_model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace aipg::attest {

struct Component {
  std::string name;  // "worker", "engine", "weights smollm2-135m"
  std::uint64_t size = 0;
  crypto::Hash384 sha384{};
  std::optional<Hash256> verity_root;  // where it is read through dm-verity
};

struct ManifestModel {
  std::string name;                // public name, what a request's `model` says
  crypto::Hash384 sha384{};        // of the weights
  std::vector<std::string> paths;  // API paths this engine answers for it
};

enum class DeviceMode : std::uint8_t { none, spt, ppcie, mpt };

struct Manifest {
  std::string name;  // "smollm2-135m on llama.cpp (simulated TEE)"
  std::vector<Component> components;
  std::vector<std::string> engine_argv;
  std::vector<std::string> engine_environment;  // NAME=value
  std::vector<ManifestModel> models;
  std::string device_arch;  // "hopper", "blackwell"; "none" with count 0
  std::uint32_t device_count = 0;
  DeviceMode device_mode = DeviceMode::none;
  std::uint32_t min_driver = 570;   // ≥ 570
  bool media_urls = false;          // must be false
  bool prefix_cache_salted = true;  // must be true
  std::string source_commit;

  Bytes bytes;     // the exact document
  Hash256 hash{};  // workload_hash
};

[[nodiscard]] Result<Manifest> parse_manifest(ByteView bytes);
// Fills bytes and hash. Texts must be printable ASCII (codec/canonical_json.h).
[[nodiscard]] Manifest make_manifest(Manifest content);

}  // namespace aipg::attest
