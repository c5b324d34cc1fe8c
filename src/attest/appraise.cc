// SPDX-License-Identifier: Apache-2.0
#include "attest/appraise.h"

#include "attest/devices.h"
#include "attest/nvidia/verify.h"
#include "attest/rules.h"
#include "attest/tdx/guest.h"
#include "attest/tdx/verify.h"
#include "base/hex.h"
#include "codec/pem.h"

namespace aipg::attest {

struct AppraisalAccess {
  static VerifiedWorker worker(Keyset keyset, Manifest manifest, ByteView bundle, Level level, Instant at) {
    VerifiedWorker out;
    out.keyset_ = std::move(keyset);
    out.manifest_ = std::move(manifest);
    out.bundle_digest_ = crypto::sha256(bundle);
    out.level_ = level;
    out.verified_at_ = at;
    return out;
  }
};

namespace {

constexpr milliseconds kVerdictLife{10 * 60 * 1000};
constexpr std::uint16_t kXWing = 0x0002;

// One appraisal under way: what it was asked, and the documents once they parsed.
struct Case {
  const Policy& policy;
  const std::optional<Freshness>& freshness;
  Instant now;
  Bundle bundle;
  Keyset keyset;
  Manifest manifest;

  [[nodiscard]] const RootSet& roots() const { return root_set(policy.roots); }
  [[nodiscard]] Hash256 challenge() const { return challenge_hash(bundle.challenge_kind, bundle.challenge_value); }
};

Rules rules_about(const Case& about, Verdict& verdict, std::string subject) {
  return {verdict, std::move(subject), about.policy.rules};
}

template <typename T>
bool take(Result<T> parsed, T& out, Literal code, Rules rules) {
  if (!parsed) return rules.refuse(parsed.error()), false;
  rules.add(code, Severity::passed);
  out = *std::move(parsed);
  return true;
}

bool read_documents(ByteView bytes, Case& about, Verdict& verdict) {
  if (!take(parse_bundle(bytes), about.bundle, "bundle_structure", rules_about(about, verdict, "bundle"))) return false;
  const bool keyset =
      take(parse_keyset(about.bundle.keyset), about.keyset, "keyset_structure", rules_about(about, verdict, "keyset"));
  const bool manifest = take(parse_manifest(about.bundle.manifest), about.manifest, "manifest_structure",
                             rules_about(about, verdict, "manifest"));
  return keyset && manifest;
}

void describe_documents(const Case& about, Verdict& verdict) {
  verdict.keyset_not_after = about.keyset.not_after;
  verdict.identity.worker_id = about.keyset.worker_id;
  verdict.identity.workload = to_hex(about.manifest.hash);
  for (const ManifestModel& model : about.manifest.models) verdict.identity.models.push_back(model.name);
}

void check_keyset(const Case& about, Verdict& verdict) {
  Rules rules = rules_about(about, verdict, "keyset");
  rules.require(about.keyset.not_before - about.policy.clock_skew <= about.now, "keyset_not_yet_valid",
                "valid from " + to_text(about.keyset.not_before));
  rules.require(about.now <= about.keyset.not_after, "keyset_expired",
                "valid until " + to_text(about.keyset.not_after));
  if (about.policy.require_pq) {
    rules.require(about.keyset.find_suite(kXWing) != nullptr, "keyset_post_quantum", "no X-Wing key (suite 2)");
  }
}

void check_freshness(const Case& about, Verdict& verdict) {
  Rules rules = rules_about(about, verdict, "challenge");
  if (!about.freshness) {
    rules.add("freshness_unproven", Severity::warning, "not over a nonce of yours");
    return;
  }
  rules.require(verify_path(about.freshness->nonce, about.freshness->path, about.bundle.challenge_value),
                "freshness_path", "the challenge does not contain your nonce");
}

BootTuple boot_of(const tdx::TdReport& report) {
  return {.mrtd = to_array<48>(report.mrtd),
          .rtmr0 = to_array<48>(report.rtmr[0]),
          .rtmr1 = to_array<48>(report.rtmr[1]),
          .rtmr2 = to_array<48>(report.rtmr[2])};
}

// Why no release matches, for people: the halves are named, their pairing decides.
std::string unbound(const std::vector<PinnedRelease>& releases, const BootTuple& boot, const Hash256& workload) {
  const bool image = std::ranges::find(releases, boot, &PinnedRelease::boot) != releases.end();
  const bool known = std::ranges::find(releases, workload, &PinnedRelease::workload_hash) != releases.end();
  if (image && known) return "image and workload are known, but not together";
  if (image) return "the image is known, the workload " + to_hex(workload) + " is not";
  return known ? "the workload is known, the image is not" : "neither image nor workload is known";
}

void check_workload(const Case& about, const tdx::TdReport& report, Verdict& verdict) {
  Rules rules = rules_about(about, verdict, "workload");
  const Hash256& workload = about.manifest.hash;
  rules.require(equal(report.rtmr[3], workload_rtmr3(workload)), "workload_rtmr3",
                "what the guest measured before it ran is not this manifest");
  const BootTuple boot = boot_of(report);
  const std::vector<PinnedRelease>& releases = about.policy.releases;
  const auto release = std::ranges::find_if(
      releases, [&](const PinnedRelease& each) { return each.boot == boot && each.workload_hash == workload; });
  if (rules.require(release != releases.end(), "workload_unbound", unbound(releases, boot, workload))) {
    verdict.identity.boot_name = release->name;
  }
  if (about.policy.expected_workload) {
    rules.require(*about.policy.expected_workload == workload, "workload_not_expected",
                  "your policy asks for " + to_hex(*about.policy.expected_workload));
  }
}

Hash256 hash_of(const std::vector<DeviceEvidence>& devices) {
  std::vector<DeviceDigestInput> inputs;
  for (const DeviceEvidence& device : devices) inputs.push_back({device.arch, device.report, device.chain.front()});
  return device_hash(inputs);
}

void check_cpu(const Case& about, Verdict& verdict) {
  Rules rules = rules_about(about, verdict, "cpu");
  const auto quote = tdx::verify_quote(about.bundle.quote, about.roots().intel, about.now, rules);
  if (!quote) return;
  verdict.identity.cpu = tdx::describe(*quote);
  verdict.identity.platform_id = tdx_platform_id(quote->platform().ppid);
  tdx::check_guest(*quote, rules);
  const crypto::Hash512 bound =
      report_data(about.challenge(), about.keyset.id, about.manifest.hash, hash_of(about.bundle.devices));
  rules.require(equal(quote->report().report_data, bound), "tdx_report_data",
                "the quote does not bind this challenge, keyset, workload and these devices");
  check_workload(about, quote->report(), verdict);
}

// What this version does not look at yet. Where nothing else would vouch for
// real hardware's state, not looking is not acceptable.
enum class Unchecked : std::uint8_t { cpu, devices };
void add_unchecked(Unchecked what, const Policy& policy, Verdict& verdict) {
  RuleModes modes = policy.rules;
  if (is_simulated(policy.roots)) {
    for (const std::string_view code : {"collateral_missing", "rim_missing", "ocsp_missing"}) {
      (void)modes.set(code, RuleMode::warn);
    }
  }
  const std::string why = "not checked by this version";
  Rules rules(verdict, what == Unchecked::cpu ? "cpu" : "devices", modes);
  if (what == Unchecked::cpu) {
    rules.expect(false, "collateral_missing", "TCB info, QE identity and revocation lists: " + why);
    return;
  }
  rules.expect(false, "rim_missing", "comparison with NVIDIA's reference values: " + why);
  rules.expect(false, "ocsp_missing", "revocation status of certificates: " + why);
}

Level level_of(const Case& about) {
  if (is_simulated(about.policy.roots)) return Level::l0;
  return about.bundle.devices.empty() || !about.freshness ? Level::l1 : Level::l2;
}

void check_level(const Case& about, Verdict& verdict) {
  const Level level = level_of(about);
  // A level means the same to everybody: single rules may be relaxed by name, but not all that a level rests on at
  // once.
  rules_about(about, verdict, "policy")
      .require(about.policy.name == kReadyPolicies.front(), "policy_not_for_workers",
               "the policy " + about.policy.name + " judges single evidence; a worker is judged by network");
  rules_about(about, verdict, "policy")
      .require(level >= about.policy.minimum_level, "level_below_minimum",
               "would be " + std::string(to_text(level)) + ", your policy asks for " +
                   std::string(to_text(about.policy.minimum_level)));
  if (level == Level::l0) {
    verdict.add("simulated_hardware", Severity::note, "policy", "simulated hardware proves nothing about a machine");
  } else {
    verdict.add("physical_attacks_not_covered", Severity::note, "policy",
                "physical attacks on the machine by its owner are not covered at this level");
  }
}

void appraise_case(const Case& about, Verdict& verdict) {
  describe_documents(about, verdict);
  check_keyset(about, verdict);
  check_freshness(about, verdict);
  check_cpu(about, verdict);
  const DeviceExpectation expected{.manifest = about.manifest,
                                   .modes = about.policy.rules,
                                   .roots = about.roots(),
                                   .nonce = gpu_nonce(about.challenge(), about.keyset.id),
                                   .now = about.now};
  check_devices(about.bundle.devices, expected, verdict);
  add_unchecked(Unchecked::cpu, about.policy, verdict);
  if (!about.bundle.devices.empty()) add_unchecked(Unchecked::devices, about.policy, verdict);
  check_level(about, verdict);
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

Appraisal appraise(ByteView bundle, const Policy& policy, const std::optional<Freshness>& freshness, Instant now) {
  Appraisal out{verdict_for(policy, now), std::nullopt};
  Case about{policy, freshness, now, {}, {}, {}};
  if (!read_documents(bundle, about, out.verdict)) return out;
  appraise_case(about, out.verdict);
  out.verdict.accepted = out.verdict.first_failed() == nullptr;
  if (!out.verdict.accepted) return out;
  const Level level = level_of(about);
  out.verdict.level = level;
  out.worker = AppraisalAccess::worker(std::move(about.keyset), std::move(about.manifest), bundle, level, now);
  return out;
}

}  // namespace aipg::attest
