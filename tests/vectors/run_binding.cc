// SPDX-License-Identifier: Apache-2.0
// Kinds of what ties evidence together: challenge, merkle, merkle_path,
// device_hash, gpu_nonce, report_data, rtmr3, platform_id, kid, keyset.
#include "attest/binding.h"
#include "attest/challenge.h"
#include "attest/keyset.h"
#include "run.h"

namespace aipg::vectors {
namespace {

std::vector<Hash256> hashes(const Value& list) {
  std::vector<Hash256> out;
  for (const Value& each : list.elements()) out.push_back(each.array<32>());
  return out;
}

Value hash_values(const std::vector<Hash256>& list) {
  Value::Array out;
  for (const Hash256& each : list) out.push_back(Value::hex(each));
  return out;
}

Value one(std::string_view name, ByteView bytes) { return Value::Object{{std::string(name), Value::hex(bytes)}}; }

}  // namespace

Value run_challenge(const Value& input, const Library&) {
  const auto kind = static_cast<attest::ChallengeKind>(input.at("challenge_kind").number());
  return one("challenge", attest::challenge_hash(kind, input.at("value").array<32>()));
}

Value run_merkle(const Value& input, const Library&) {
  const std::vector<Hash256> nonces = hashes(input.at("nonces"));
  const attest::NonceTree tree(nonces);
  Value::Array paths;
  for (std::size_t i = 0; i < nonces.size(); ++i) paths.push_back(hash_values(tree.path(i).siblings));
  return Value::Object{{"root", Value::hex(tree.root())}, {"paths", std::move(paths)}};
}

Value run_merkle_path(const Value& input, const Library&) {
  const attest::MerklePath path{input.at("index").number(), input.at("size").number(), hashes(input.at("siblings"))};
  return Value::Object{
      {"valid", attest::verify_path(input.at("nonce").array<32>(), path, input.at("root").array<32>())}};
}

Value run_device_hash(const Value& input, const Library&) {
  std::vector<Bytes> keep;
  std::vector<attest::DeviceDigestInput> devices;
  const auto& list = input.at("devices").elements();
  keep.reserve(2 * list.size());
  for (const Value& of : list) {
    const Bytes& report = keep.emplace_back(of.at("report").bytes());
    const Bytes& leaf = keep.emplace_back(of.at("leaf_certificate").bytes());
    devices.push_back({static_cast<attest::DeviceArch>(of.at("arch").number()), report, leaf});
  }
  return one("device_hash", attest::device_hash(devices));
}

Value run_gpu_nonce(const Value& input, const Library&) {
  return one("gpu_nonce", attest::gpu_nonce(input.at("challenge").array<32>(), input.at("keyset_id").array<32>()));
}

Value run_report_data(const Value& input, const Library&) {
  return one("report_data",
             attest::report_data(input.at("challenge").array<32>(), input.at("keyset_id").array<32>(),
                                 input.at("workload_hash").array<32>(), input.at("device_hash").array<32>()));
}

Value run_rtmr3(const Value& input, const Library&) {
  return one("rtmr3", attest::workload_rtmr3(input.at("workload_hash").array<32>()));
}

Value run_platform_id(const Value& input, const Library&) {
  return one("platform_id", attest::tdx_platform_id(input.at("ppid").bytes()));
}

Value run_kid(const Value& input, const Library&) {
  const auto suite = static_cast<std::uint16_t>(input.at("suite").number());
  return one("kid", attest::key_id(suite, input.at("public_key").bytes()));
}

Value run_keyset(const Value& input, const Library&) {
  const std::string& document = input.at("document").text();
  const auto keyset = attest::parse_keyset(as_bytes(document));
  if (!keyset) return error_value(keyset.error());
  Value::Array versions, keys;
  for (std::uint8_t version : keyset->versions) versions.emplace_back(std::uint64_t{version});
  for (const attest::SuiteKey& key : keyset->keys) {
    keys.push_back(Value::Object{
        {"suite", std::uint64_t{key.suite}}, {"public_key", Value::hex(key.public_key)}, {"kid", Value::hex(key.kid)}});
  }
  return Value::Object{{"keyset_id", Value::hex(keyset->id)},
                       {"worker_id", keyset->worker_id},
                       {"not_before_ms", static_cast<std::uint64_t>(keyset->not_before.ms)},
                       {"not_after_ms", static_cast<std::uint64_t>(keyset->not_after.ms)},
                       {"versions", std::move(versions)},
                       {"keys", std::move(keys)},
                       {"receipt_key", Value::hex(keyset->receipt_key)}};
}

}  // namespace aipg::vectors
