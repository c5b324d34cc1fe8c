// SPDX-License-Identifier: Apache-2.0
// Kinds of documents that say what is trusted: manifest, reference, epoch.
#include <set>

#include "attest/binding.h"
#include "attest/epoch.h"
#include "attest/manifest.h"
#include "attest/reference.h"
#include "run.h"

namespace aipg::vectors {
namespace {

Value milliseconds_of(Instant at) { return static_cast<std::uint64_t>(at.ms); }
Instant instant_of(const Value& value) { return {static_cast<std::int64_t>(value.number())}; }

Value text_list(const std::vector<std::string>& list) { return Value::Array(list.begin(), list.end()); }

std::vector<attest::SigningKey> keys_of(const Value& list) {
  std::vector<attest::SigningKey> out;
  for (const Value& each : list.elements()) out.push_back(each.array<32>());
  return out;
}

Value key_list(const std::vector<attest::SigningKey>& keys) {
  Value::Array out;
  for (const attest::SigningKey& key : keys) out.push_back(Value::hex(key));
  return out;
}

// What a verifier asks of reference values: a pair, pinned or not, and a machine.
void ask(const attest::VerifiedReference& reference, const Value& question, Instant at, attest::Verdict& verdict) {
  attest::Rules rules(verdict, "workload", attest::RuleModes::strict());
  const Hash256 workload = question.at("workload_hash").array<32>();
  const attest::BootMeasurement boot = boot_of(question.at("boot"));
  if (question.at("pinned").flag()) {
    attest::check_pinned(reference, boot, workload, at, rules);
  } else {
    attest::check_release(reference, boot, workload, at, rules);
  }
  attest::check_platform(reference, question.at("platform_id").array<32>(), rules);
}

Value reference_value(const attest::Reference& content) {
  Value::Array releases;
  for (const attest::ReferenceRelease& release : content.releases) releases.emplace_back(release.name);
  return Value::Object{{"version", content.version},
                       {"digest", Value::hex(content.digest)},
                       {"issued_ms", milliseconds_of(content.issued)},
                       {"expires_ms", milliseconds_of(content.expires)},
                       {"releases", std::move(releases)},
                       {"validators", key_list(content.validators.keys)}};
}

}  // namespace

attest::BootMeasurement boot_of(const Value& value) {
  if (value.has("measurement")) return attest::SnpLaunch{value.at("measurement").array<48>()};
  return attest::BootTuple{value.at("mrtd").array<48>(), value.at("rtmr0").array<48>(), value.at("rtmr1").array<48>(),
                           value.at("rtmr2").array<48>()};
}

Result<attest::VerifiedReference> reference_of(const Value& value, const attest::SeenReference& seen, Instant at) {
  const attest::ReleaseKeys trusted{keys_of(value.at("release_keys")), value.at("quorum").number()};
  return attest::verify_reference(as_bytes(value.at("envelope").text()), trusted, seen, at);
}

Value broken_rules(const attest::Verdict& verdict) {
  std::set<std::string> codes;
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.severity == attest::Severity::failed) codes.insert(std::string(finding.code.view()));
  }
  std::string out;
  for (const std::string& code : codes) out += (out.empty() ? "" : ", ") + code;
  return Value::Object{{"error", out}};
}

Value run_manifest(const Value& input, const Library&) {
  const auto manifest = attest::parse_manifest(as_bytes(input.at("document").text()));
  if (!manifest) return error_value(manifest.error());
  Value::Array components, models;
  for (const attest::Component& each : manifest->components) components.emplace_back(each.name);
  for (const attest::ManifestModel& each : manifest->models) {
    models.push_back(Value::Object{{"name", each.name}, {"paths", text_list(each.paths)}});
  }
  return Value::Object{{"workload_hash", Value::hex(manifest->hash)},
                       {"rtmr3", Value::hex(attest::workload_rtmr3(manifest->hash))},
                       {"components", std::move(components)},
                       {"models", std::move(models)},
                       {"devices", std::uint64_t{manifest->device_count}},
                       {"min_driver", std::uint64_t{manifest->min_driver}}};
}

Value run_reference(const Value& input, const Library&) {
  attest::SeenReference seen;
  if (input.has("seen")) {
    seen = {input.at("seen").at("version").number(), input.at("seen").at("digest").array<32>()};
  }
  const Instant at = instant_of(input.at("at_ms"));
  const auto verified = reference_of(input, seen, at);
  if (!verified) return error_value(verified.error());
  if (input.has("ask")) {
    attest::Verdict verdict;
    ask(*verified, input.at("ask"), at, verdict);
    if (verdict.first_failed() != nullptr) return broken_rules(verdict);
  }
  return reference_value(verified->content());
}

Value run_epoch(const Value& input, const Library&) {
  const attest::ValidatorSet validators{keys_of(input.at("validators")), input.at("quorum").number()};
  const auto verified =
      attest::verify_epoch(as_bytes(input.at("envelope").text()), validators, instant_of(input.at("at_ms")));
  if (!verified) return error_value(verified.error());
  const attest::Epoch& epoch = verified->content();
  return Value::Object{{"epoch", epoch.epoch},
                       {"start_ms", milliseconds_of(epoch.start)},
                       {"chain", epoch.chain},
                       {"block", epoch.block},
                       {"block_hash", Value::hex(epoch.block_hash)},
                       {"value", Value::hex(epoch.digest)},
                       {"challenge", Value::hex(attest::challenge_hash(attest::ChallengeKind::epoch, epoch.digest))}};
}

}  // namespace aipg::vectors
