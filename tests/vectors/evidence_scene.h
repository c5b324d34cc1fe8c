// SPDX-License-Identifier: Apache-2.0
// A simulated machine and the verifier that trusts it, as the input of a vector
// of the kind evidence. Every part can be changed before it is signed.
#pragma once

#include "cases.h"
#include "tee/test_machine.h"

namespace aipg::vectors {

inline Value instant_value(Instant at) { return static_cast<std::uint64_t>(at.ms); }

inline Value hex_list(const std::vector<Bytes>& list) {
  Value::Array out;
  for (const Bytes& each : list) out.push_back(Value::hex(each));
  return out;
}

inline Value release_value(std::string_view name, const attest::BootTuple& boot, const Hash256& workload) {
  return Value::Object{{"name", name},
                       {"workload_hash", Value::hex(workload)},
                       {"mrtd", Value::hex(boot.mrtd)},
                       {"rtmr0", Value::hex(boot.rtmr0)},
                       {"rtmr1", Value::hex(boot.rtmr1)},
                       {"rtmr2", Value::hex(boot.rtmr2)}};
}

inline Value path_value(const attest::MerklePath& path) {
  Value::Array siblings;
  for (const Hash256& each : path.siblings) siblings.push_back(Value::hex(each));
  return Value::Object{{"index", path.index}, {"size", path.size}, {"siblings", std::move(siblings)}};
}

// One machine for all cases, and the verifier that trusts it. `Machine` is a TestMachine.
template <typename Machine>
struct SceneOf {
  Machine machine;
  std::vector<Value> releases;
  std::optional<Hash256> expected_workload;
  std::optional<Value> reference;  // {envelope, release_keys, quorum}
  bool require_pq = false;

  SceneOf() {
    machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                         {{1, to_bytes(made_of("public key"))}}, made_of("receipt key"));
    machine.edit_collateral = [](std::vector<Bytes>& files) { files.clear(); };
  }
  // The machine as most cases need it: what is smaller is read sooner.
  void without_gpu() {
    attest::Manifest content = tee::TestMachine::good_manifest();
    content.device_arch = "none";
    content.device_count = 0;
    content.device_mode = attest::DeviceMode::none;
    machine.use(content);
    machine.gpus.clear();
  }
  [[nodiscard]] Value policy() const {
    const attest::RootSet& roots = attest::root_set(machine.policy.roots);
    Value out = Value::Object{{"intel_roots", hex_list(roots.intel)},
                              {"amd_roots", hex_list(roots.amd)},
                              {"nvidia_device_roots", hex_list(roots.nvidia_device)},
                              {"require_pq", require_pq}};
    if (expected_workload) out.set("expected_workload", Value::hex(*expected_workload));
    out.set("releases", releases.empty() ? Value::Array{release_value("an image", machine.boot, machine.manifest.hash)}
                                         : Value::Array(releases));
    return out;
  }
  [[nodiscard]] Value input() {
    Value out = Value::Object{
        {"bundle", to_text(machine.bundle().bytes)}, {"at_ms", instant_value(machine.now)}, {"policy", policy()}};
    if (machine.freshness) {
      out.set("nonce", Value::hex(machine.freshness->nonce));
      out.set("path", path_value(machine.freshness->path));
    }
    if (reference) out.set("reference", *reference);
    return out;
  }
};
using Scene = SceneOf<tee::TestMachine>;

}  // namespace aipg::vectors
