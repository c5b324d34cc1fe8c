// SPDX-License-Identifier: Apache-2.0
// Kinds of whole evidence: bundle (its structure), evidence (what a verifier
// concludes of one), exchange (an attestation, with question and answer).
#include "attest/attestation.h"
#include "attest/binding.h"
#include "base/hex.h"
#include "run.h"

namespace aipg::vectors {
namespace {

Instant instant_of(const Value& value) { return {static_cast<std::int64_t>(value.number())}; }
Value hash_value(ByteView bytes) { return Value::hex(crypto::sha256(bytes)); }

Value hash_list(const std::vector<Bytes>& list) {
  Value::Array out;
  for (const Bytes& each : list) out.push_back(hash_value(each));
  return out;
}

std::vector<Bytes> bytes_list(const Value& list) {
  std::vector<Bytes> out;
  for (const Value& each : list.elements()) out.push_back(each.bytes());
  return out;
}

Value device_value(const attest::DeviceEvidence& device) {
  return Value::Object{{"arch", static_cast<std::uint64_t>(device.arch)},
                       {"report", hash_value(device.report)},
                       {"chain", hash_list(device.chain)}};
}

// Vendors' collateral is the subject of other tests: a vector's bundle has none, and its policy says so.
attest::Policy policy_of(const Value& value) {
  attest::Policy out;
  attest::RootSet roots;
  roots.intel = bytes_list(value.at("intel_roots"));
  if (value.has("amd_roots")) roots.amd = bytes_list(value.at("amd_roots"));
  roots.nvidia_device = bytes_list(value.at("nvidia_device_roots"));
  out.roots = attest::SimulatedRoots(std::move(roots));
  out.minimum_level = attest::Level::l0;
  for (const char* code : {"collateral_missing", "rim_missing", "ocsp_missing"}) {
    if (!out.rules.set(code, attest::RuleMode::warn)) throw std::invalid_argument("vector: a rule is gone");
  }
  out.snp_guest.minimum_tcb[static_cast<std::size_t>(attest::snp::Family::genoa)] = attest::snp::MinimumTcb{};
  out.require_pq = value.at("require_pq").flag();
  if (value.has("expected_workload")) out.expected_workload = value.at("expected_workload").array<32>();
  for (const Value& release : value.at("releases").elements()) {
    out.releases.push_back({release.at("name").text(), boot_of(release), release.at("workload_hash").array<32>()});
  }
  return out;
}

std::optional<attest::Freshness> freshness_of(const Value& input) {
  if (!input.has("nonce")) return std::nullopt;
  attest::Freshness out;
  out.nonce = input.at("nonce").array<32>();
  const Value& path = input.at("path");
  out.path = {path.at("index").number(), path.at("size").number(), {}};
  for (const Value& sibling : path.at("siblings").elements()) out.path.siblings.push_back(sibling.array<32>());
  return out;
}

// What ties the parts of a bundle together, as the library computes it.
Value binding_value(const attest::Bundle& bundle, const attest::Verdict& verdict) {
  const auto keyset = attest::parse_keyset(bundle.keyset);
  const auto manifest = attest::parse_manifest(bundle.manifest);
  const Hash256 challenge = attest::challenge_hash(bundle.challenge_kind, bundle.challenge_value);
  std::vector<attest::DeviceDigestInput> devices;
  for (const auto& each : bundle.devices) devices.push_back({each.arch, each.report, each.chain.front()});
  const Hash256 committed = attest::device_hash(devices);
  return Value::Object{
      {"challenge", Value::hex(challenge)},
      {"keyset_id", Value::hex(keyset->id)},
      {"workload_hash", Value::hex(manifest->hash)},
      {"device_hash", Value::hex(committed)},
      {"gpu_nonce", Value::hex(attest::gpu_nonce(challenge, keyset->id))},
      {"report_data", Value::hex(attest::report_data(challenge, keyset->id, manifest->hash, committed))},
      {"rtmr3", Value::hex(attest::workload_rtmr3(manifest->hash))},
      {"platform_id", Value::hex(verdict.identity.platform_id)}};
}

}  // namespace

Value run_bundle(const Value& input, const Library&) {
  const auto bundle = attest::parse_bundle(as_bytes(input.at("document").text()));
  if (!bundle) return error_value(bundle.error());
  Value::Array devices;
  for (const attest::DeviceEvidence& each : bundle->devices) devices.push_back(device_value(each));
  return Value::Object{
      {"challenge_kind", static_cast<std::uint64_t>(bundle->challenge_kind)},
      {"challenge_value", Value::hex(bundle->challenge_value)},
      {"epoch", hash_value(bundle->epoch)},
      {"keyset", hash_value(bundle->keyset)},
      {"manifest", hash_value(bundle->manifest)},
      {"cpu", bundle->cpu_kind == attest::CpuKind::tdx ? "tdx" : "snp"},
      {"quote", hash_value(bundle->quote)},
      {"cpu_chain", hash_list(bundle->cpu_chain)},
      {"devices", std::move(devices)},
      {"collateral", hash_list(bundle->collateral)},
  };
}

Value run_evidence(const Value& input, const Library&) {
  const std::string& text = input.at("bundle").text();
  const Instant at = instant_of(input.at("at_ms"));
  attest::AppraisalInputs inputs{freshness_of(input), {}, nullptr};
  std::optional<attest::VerifiedReference> reference;
  if (input.has("reference")) {
    auto verified = reference_of(input.at("reference"), {}, at);
    if (!verified) return error_value(verified.error());
    inputs.reference = &reference.emplace(*std::move(verified));
  }
  const attest::Verdict verdict = attest::appraise(as_bytes(text), policy_of(input.at("policy")), inputs, at).verdict;
  if (!verdict.accepted) return broken_rules(verdict);
  return binding_value(*attest::parse_bundle(as_bytes(text)), verdict);
}

Value run_exchange(const Value& input, const Library&) {
  const attest::Policy policy = policy_of(input.at("policy"));
  const auto attestation = attest::parse_attestation(input.at("attestation").text());
  if (!attestation) return error_value(attestation.error());
  attest::BoundExchange exchange{std::nullopt, static_cast<unsigned>(input.at("status").number()), std::nullopt};
  if (input.has("question")) exchange.question = as_bytes(input.at("question").text());
  if (input.has("answer")) exchange.answer = as_bytes(input.at("answer").text());
  const attest::Verdict verdict = attest::verify_attestation(*attestation, policy, exchange);
  if (!verdict.accepted) return broken_rules(verdict);
  Value::Array not_bound;
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.code.view().ends_with("_not_bound")) not_bound.emplace_back(std::string(finding.code.view()));
  }
  return Value::Object{{"judged_ms", static_cast<std::uint64_t>(verdict.at.ms)}, {"not_bound", std::move(not_bound)}};
}

}  // namespace aipg::vectors
