// SPDX-License-Identifier: Apache-2.0
#include "attest/appraise.h"

#include "attest/cpu_state.h"
#include "attest/devices.h"
#include "attest/epoch.h"
#include "attest/level.h"
#include "attest/verifier_cache.h"
#include "attest/workload.h"
#include "base/hex.h"

namespace aipg::attest {

struct AppraisalAccess {
  static VerifiedWorker worker(Keyset keyset, Manifest manifest, Level level, Instant at) {
    VerifiedWorker out;
    out.keyset_ = std::move(keyset);
    out.manifest_ = std::move(manifest);
    out.level_ = level;
    out.verified_at_ = at;
    return out;
  }
};

namespace {

constexpr milliseconds kVerdictLife{10 * 60 * 1000};
constexpr std::uint16_t kXWing = 0x0002;

// One appraisal under way: what it stands on, and the documents once they parsed.
struct Case : Grounds {
  const AppraisalInputs& inputs;
  std::shared_ptr<const Bundle> bundle = {};
  std::shared_ptr<const Keyset> keyset = {};
  std::shared_ptr<const Manifest> manifest = {};

  [[nodiscard]] Hash256 challenge() const { return challenge_hash(bundle->challenge_kind, bundle->challenge_value); }
};

template <typename T>
bool take(Result<T> parsed, T& out, Literal code, Rules rules) {
  if (!parsed) return rules.refuse(parsed.error()), false;
  rules.add(code, Severity::passed);
  out = *std::move(parsed);
  return true;
}

bool read_documents(Case& about, Verdict& verdict) {
  const bool keyset = take(read_keyset(about.bundle->keyset, about.cache), about.keyset, "keyset_structure",
                           about.rules(verdict, "keyset"));
  const bool manifest = take(read_manifest(about.bundle->manifest, about.cache), about.manifest, "manifest_structure",
                             about.rules(verdict, "manifest"));
  return keyset && manifest;
}

// The verifier's files, and of the bundle's those of other kinds. What nobody recognises is refused.
bool gather(const Case& about, Endorsements& out, Verdict& verdict) {
  Endorsements brought;
  const std::array sources{std::pair(&about.inputs.collateral, &out), std::pair(&about.bundle->collateral, &brought)};
  for (const auto& [files, into] : sources) {
    for (const Bytes& file : *files) {
      if (const auto added = into->add(file); !added) {
        return about.rules(verdict, "collateral").refuse(added.error()), false;
      }
    }
  }
  // Keys whose issuer nobody pinned are as good as where they came from, and a worker's are its own word.
  if (about.roots().nvidia_nras.empty()) brought.jwks.clear();
  out.complete_from(std::move(brought));
  return true;
}

void describe_documents(const Case& about, Verdict& verdict) {
  verdict.keyset_not_after = about.keyset->not_after;
  verdict.identity.worker_id = about.keyset->worker_id;
  verdict.identity.workload = to_hex(about.manifest->hash);
  for (const ManifestModel& model : about.manifest->models) verdict.identity.models.push_back(model.name);
}

void check_keyset(const Case& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "keyset");
  rules.require(about.keyset->not_before - about.policy.clock_skew <= about.at, "keyset_not_yet_valid",
                "valid from " + to_text(about.keyset->not_before),
                [&] { return compare_instants("not after", about.at, about.keyset->not_before); });
  rules.require(about.at <= about.keyset->not_after, "keyset_expired",
                "valid until " + to_text(about.keyset->not_after),
                [&] { return compare_instants("not before", about.at, about.keyset->not_after); });
  if (about.policy.require_pq) {
    rules.require(about.keyset->find_suite(kXWing) != nullptr, "keyset_post_quantum", "no X-Wing key (suite 2)");
  }
}

// Over a nonce of the verifier's.
bool check_nonce(const Case& about, Rules& rules) {
  if (!about.inputs.freshness) {
    rules.add("freshness_unproven", Severity::warning, "not over a nonce of yours");
    return false;
  }
  const Freshness& freshness = *about.inputs.freshness;
  return rules.require(verify_path(freshness.nonce, freshness.path, about.bundle->challenge_value), "freshness_path",
                       "the challenge does not contain your nonce");
}

// Over an epoch that validators signed; who they are, the reference values say.
bool check_epoch(const Case& about, Rules& rules) {
  if (about.inputs.reference == nullptr) {
    rules.add("freshness_unproven", Severity::warning, "over an epoch, whose signers only reference values name");
    return false;
  }
  const auto epoch = verify_epoch(about.bundle->epoch, about.inputs.reference->content().validators, about.at,
                                  about.policy.clock_skew);
  if (!epoch) return rules.refuse(epoch.error()), false;
  check_epoch_challenge(*epoch, about.bundle->challenge_kind, about.bundle->challenge_value, rules);
  return epoch->content().digest == about.bundle->challenge_value;
}

bool check_freshness(const Case& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "challenge");
  return about.bundle->challenge_kind == ChallengeKind::epoch ? check_epoch(about, rules) : check_nonce(about, rules);
}

Hash256 hash_of(const std::vector<DeviceEvidence>& devices) {
  std::vector<DeviceDigestInput> inputs;
  for (const DeviceEvidence& device : devices) inputs.push_back({device.arch, device.report, device.chain.front()});
  return device_hash(inputs);
}

crypto::Hash512 bound_data(const Case& about) {
  return report_data(about.challenge(), about.keyset->id, about.manifest->hash, hash_of(about.bundle->devices));
}

BootTuple boot_of(const tdx::TdReport& report) {
  return {.mrtd = to_array<48>(report.mrtd),
          .rtmr0 = to_array<48>(report.rtmr[0]),
          .rtmr1 = to_array<48>(report.rtmr[1]),
          .rtmr2 = to_array<48>(report.rtmr[2])};
}

void check_tdx(const Case& about, Verdict& verdict) {
  const auto quote = judge_tdx(about.bundle->quote, about, verdict);
  if (!quote) return;
  about.rules(verdict, "cpu")
      .require(equal(quote->report().report_data, bound_data(about)), "tdx_report_data",
               "the quote does not bind this challenge, keyset, workload and these devices",
               [&] { return compare_bytes(bound_data(about), quote->report().report_data); });
  about.rules(verdict, "workload")
      .require(equal(quote->report().rtmr[3], workload_rtmr3(about.manifest->hash)), "workload_rtmr3",
               "what the guest measured before it ran is not this manifest",
               [&] { return compare_bytes(workload_rtmr3(about.manifest->hash), quote->report().rtmr[3]); });
  check_workload({boot_of(quote->report()), about.manifest->hash}, about.inputs.reference, about, verdict);
}

void check_snp(const Case& about, Verdict& verdict) {
  const auto report = judge_snp(about.bundle->quote, about.bundle->cpu_chain, about, verdict);
  if (!report) return;
  about.rules(verdict, "cpu")
      .require(equal(report->report().report_data, bound_data(about)), "snp_report_data",
               "the report does not bind this challenge, keyset, workload and these devices",
               [&] { return compare_bytes(bound_data(about), report->report().report_data); });
  about.rules(verdict, "workload")
      .require(equal(report->report().host_data, about.manifest->hash), "workload_host_data",
               "the workload that the guest was started for is not this manifest",
               [&] { return compare_bytes(about.manifest->hash, report->report().host_data); });
  const SnpLaunch launch{to_array<48>(report->report().measurement)};
  check_workload({launch, about.manifest->hash}, about.inputs.reference, about, verdict);
}

void check_cpu(const Case& about, Verdict& verdict) {
  return about.bundle->cpu_kind == CpuKind::snp ? check_snp(about, verdict) : check_tdx(about, verdict);
}

bool is_known_machine(const Case& about, const Hash256& platform) {
  const auto& known = about.policy.known_machines;
  return platform != Hash256{} && std::ranges::find(known, platform) != known.end();
}

// Everything about a bundle whose documents parsed. Returns the level that it comes to.
std::optional<Level> appraise_case(const Case& about, Verdict& verdict) {
  describe_documents(about, verdict);
  check_keyset(about, verdict);
  Shown shown;
  shown.fresh = check_freshness(about, verdict);
  check_cpu(about, verdict);
  const DeviceExpectation expected{*about.manifest, gpu_nonce(about.challenge(), about.keyset->id)};
  shown.devices = check_devices(about.bundle->devices, expected, about, verdict) && !about.bundle->devices.empty();
  shown.known_machine = is_known_machine(about, verdict.identity.platform_id);
  const auto level = level_of(verdict, shown);
  check_level(level, about.policy, verdict);
  return level;
}

Verdict verdict_for(const Policy& policy, Instant at) {
  Verdict out;
  out.policy = policy.name;
  out.simulated = is_simulated(policy.roots);
  out.at = at;
  return out;
}

}  // namespace

Instant VerifiedWorker::usable_until() const { return std::min(keyset_.not_after, verified_at_ + kVerdictLife); }

Appraisal appraise(ByteView bytes, const Policy& policy, const AppraisalInputs& inputs, Instant now) {
  Appraisal out{verdict_for(policy, now), std::nullopt};
  const Policy effective =
      inputs.reference == nullptr ? policy : tightened(policy, inputs.reference->content().minimum);
  Endorsements endorsements;
  CacheInUse in_use(inputs.cache, root_set(effective.roots));
  Case about{{effective, endorsements, now, in_use.get(), inputs.service_at}, inputs};
  auto bundle = read_bundle(bytes, about.cache);
  if (!take(std::move(bundle), about.bundle, "bundle_structure", about.rules(out.verdict, "bundle"))) return out;
  if (!gather(about, endorsements, out.verdict) || !read_documents(about, out.verdict)) return out;
  const auto level = appraise_case(about, out.verdict);
  out.verdict.accepted = out.verdict.first_failed() == nullptr;
  if (!out.verdict.accepted) return out;
  out.verdict.level = level;
  out.worker = AppraisalAccess::worker(*about.keyset, *about.manifest, *level, now);
  return out;
}

}  // namespace aipg::attest
