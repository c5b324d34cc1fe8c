// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_file.h"

#include <span>

#include "base/hex.h"
#include "codec/base64.h"
#include "crypto/certificate.h"
#include "program/in_quotes.h"
#include "program/nearest.h"
#include "program/units.h"

// As a header and without exceptions, as in program/toml_file.cc. A policy has
// tables in an array, which the flat list made there cannot hold.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace aipg::client {
namespace {

using attest::Level;
using attest::Policy;
using program::in_quotes;

constexpr std::array kLevels{Level::l0, Level::l1, Level::l2, Level::l3};
constexpr std::size_t kMaxPolicyBytes = 1 << 20;
constexpr milliseconds kMaxClockSkew{10 * 60 * 1000};
constexpr std::string_view kRefuse = "refuse", kWarn = "warn";

// Of the rules: what differs from the base.
std::string rules_text(const Policy& policy) {
  const attest::RuleModes base = attest::ready_policy(policy.name)->rules;
  std::string out;
  for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
    const attest::RuleMode mode = policy.rules.of(rule.code);
    if (mode == base.of(rule.code)) continue;
    out += std::string(rule.code.view()) + " = " + in_quotes(mode == attest::RuleMode::warn ? kWarn : kRefuse) + "\n";
  }
  return out.empty() ? out : "\n[rules]\n" + out;
}

class PolicyReader {
 public:
  explicit PolicyReader(std::string* complaint) : complaint_(complaint) {}

  Result<Policy> read(std::string_view text) {
    if (text.size() > kMaxPolicyBytes) return refuse("policy_syntax", "it is larger than 1 MiB");
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
      return refuse("policy_syntax", "line " + std::to_string(parsed.error().source().begin.line) + " is not TOML");
    }
    return read_policy(parsed.table());
  }

 private:
  using Keys = std::span<const std::string_view>;

  std::unexpected<Error> refuse(Literal code, std::string text) {
    if (complaint_ != nullptr) *complaint_ = std::move(text);
    return fail(code);
  }
  static std::string line_of(const toml::node& node) {
    return "line " + std::to_string(node.source().begin.line) + ": ";
  }

  Result<void> check_keys(const toml::table& table, Keys known) {
    for (const auto& [name, node] : table) {
      const std::string_view key = name.str();
      if (std::ranges::find(known, key) != known.end()) continue;
      const auto meant = program::nearest(key, std::vector<std::string>(known.begin(), known.end()));
      return refuse("policy_unknown_key", line_of(node) + "there is no key " + in_quotes(key) +
                                              (meant ? "; did you mean " + *meant + "?" : std::string()));
    }
    return {};
  }

  // nullptr when absent.
  Result<const std::string*> text(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return nullptr;
    if (const auto* value = node->as_string()) return &value->get();
    return refuse("policy_value", line_of(*node) + std::string(key) + " must be a text in quotes");
  }
  Result<const std::string*> required_text(const toml::table& table, std::string_view key) {
    AIPG_TRY(const std::string* value, text(table, key));
    if (value != nullptr) return value;
    return refuse("policy_value", line_of(table) + std::string(key) + " is missing");
  }

  template <std::size_t N>
  Result<ByteArray<N>> digest(const toml::table& table, std::string_view key) {
    AIPG_TRY(const std::string* value, required_text(table, key));
    const auto bytes = from_hex(*value);
    if (bytes && bytes->size() == N) return to_array<N>(*bytes);
    return refuse("policy_value",
                  line_of(*table.get(key)) + std::string(key) + " must be " + std::to_string(N) + " bytes in hex");
  }

  Result<Policy> read_policy(const toml::table& table) {
    static constexpr std::string_view kKeys[] = {
        "base", "minimum_level", "require_pq", "clock_skew", "expected_workload", "rules", "simulated", "release"};
    AIPG_CHECK(check_keys(table, kKeys));
    AIPG_TRY(Policy out, read_base(table));
    AIPG_CHECK(read_rules(table, out));
    AIPG_CHECK(read_roots(table, out));
    AIPG_CHECK(read_level(table, out));
    AIPG_CHECK(read_require_pq(table, out));
    AIPG_CHECK(read_clock_skew(table, out));
    if (table.contains("expected_workload")) {
      AIPG_TRY(out.expected_workload, digest<32>(table, "expected_workload"));
    }
    AIPG_CHECK(read_releases(table, out));
    return out;
  }

  Result<Policy> read_base(const toml::table& table) {
    AIPG_TRY(const std::string* name, text(table, "base"));
    if (name == nullptr) return Policy{};
    if (auto policy = attest::ready_policy(*name)) return *std::move(policy);
    return refuse("policy_value", "base must be one of network, vendor, chain, azure-vtpm");
  }

  Result<void> read_rules(const toml::table& table, Policy& out) {
    const toml::node* node = table.get("rules");
    if (node == nullptr) return {};
    const toml::table* rules = node->as_table();
    if (rules == nullptr) return refuse("policy_value", line_of(*node) + "rules must be a table");
    std::vector<std::string_view> known;
    for (const attest::RelaxableRule& rule : attest::relaxable_rules()) known.push_back(rule.code);
    AIPG_CHECK(check_keys(*rules, known));
    for (const std::string_view code : known) {
      AIPG_TRY(const std::string* mode, text(*rules, code));
      if (mode == nullptr) continue;
      if (*mode != kRefuse && *mode != kWarn) {
        return refuse("policy_value",
                      line_of(*rules->get(code)) + std::string(code) + R"( must be "refuse" or "warn")");
      }
      (void)out.rules.set(code, *mode == kWarn ? attest::RuleMode::warn : attest::RuleMode::refuse);
    }
    return {};
  }

  Result<void> read_level(const toml::table& table, Policy& out) {
    const bool simulated = attest::is_simulated(out.roots);
    AIPG_TRY(const std::string* value, text(table, "minimum_level"));
    if (value != nullptr) {
      const auto* const found =
          std::ranges::find_if(kLevels, [&](Level level) { return attest::to_text(level) == *value; });
      if (found == kLevels.end()) return refuse("policy_value", "minimum_level must be one of L0, L1, L2, L3");
      out.minimum_level = *found;
    }
    if (simulated == (out.minimum_level == Level::l0)) return {};
    return refuse("policy_value", simulated
                                      ? "with [simulated], everything is L0: write minimum_level = \"L0\""
                                      : "minimum_level = \"L0\" accepts a simulator: its roots go into [simulated]");
  }

  Result<void> read_require_pq(const toml::table& table, Policy& out) {
    const toml::node* node = table.get("require_pq");
    if (node == nullptr) return {};
    const auto* value = node->as_boolean();
    if (value == nullptr) return refuse("policy_value", line_of(*node) + "require_pq must be true or false");
    out.require_pq = value->get();
    return {};
  }

  Result<void> read_clock_skew(const toml::table& table, Policy& out) {
    AIPG_TRY(const std::string* value, text(table, "clock_skew"));
    if (value == nullptr) return {};
    const auto duration = program::parse_duration(*value);
    if (!duration || *duration > kMaxClockSkew) {
      return refuse("policy_value", "clock_skew must be a duration of at most 10m, like 30s");
    }
    out.clock_skew = *duration;
    return {};
  }

  Result<void> read_roots(const toml::table& table, Policy& out) {
    const toml::node* node = table.get("simulated");
    if (node == nullptr) return {};
    const toml::table* simulated = node->as_table();
    if (simulated == nullptr) return refuse("policy_value", line_of(*node) + "simulated must be a table");
    static constexpr std::string_view kKeys[] = {"intel_roots", "amd_roots", "nvidia_device_roots", "nvidia_rim_roots"};
    AIPG_CHECK(check_keys(*simulated, kKeys));
    attest::RootSet set;
    AIPG_TRY(set.intel, certificates(*simulated, "intel_roots"));
    AIPG_TRY(set.amd, certificates(*simulated, "amd_roots"));
    AIPG_TRY(set.nvidia_device, certificates(*simulated, "nvidia_device_roots"));
    AIPG_TRY(set.nvidia_rim, certificates(*simulated, "nvidia_rim_roots"));
    if (set.intel.empty() && set.amd.empty()) {
      return refuse("policy_roots", "[simulated] names no root of a CPU: intel_roots is missing");
    }
    out.roots = attest::SimulatedRoots(std::move(set));
    return {};
  }

  Result<std::vector<Bytes>> certificates(const toml::table& table, std::string_view key) {
    std::vector<Bytes> out;
    const toml::node* node = table.get(key);
    if (node == nullptr) return out;
    const std::string what = line_of(*node) + std::string(key) + " must be a list of certificates: base64 of DER";
    const toml::array* list = node->as_array();
    if (list == nullptr) return refuse("policy_roots", what);
    for (const toml::node& each : *list) {
      const auto* encoded = each.as_string();
      const auto der = codec::from_base64(encoded != nullptr ? encoded->get() : std::string("-"));
      if (!der || !crypto::Certificate::parse(*der)) return refuse("policy_roots", what);
      out.push_back(*der);
    }
    return out;
  }

  Result<void> read_releases(const toml::table& table, Policy& out) {
    const toml::node* node = table.get("release");
    if (node == nullptr) return {};
    const toml::array* list = node->as_array();
    if (list == nullptr) return refuse("policy_value", line_of(*node) + "write each release as [[release]]");
    for (const toml::node& each : *list) {
      const toml::table* release = each.as_table();
      if (release == nullptr) return refuse("policy_value", line_of(each) + "write each release as [[release]]");
      AIPG_TRY(auto pinned, read_release(*release));
      out.releases.push_back(std::move(pinned));
    }
    return {};
  }

  Result<attest::PinnedRelease> read_release(const toml::table& table) {
    static constexpr std::string_view kTdx[] = {"name", "workload_hash", "mrtd", "rtmr0", "rtmr1", "rtmr2"};
    static constexpr std::string_view kSnp[] = {"name", "workload_hash", "measurement"};
    const bool snp = table.contains("measurement");
    AIPG_CHECK(snp ? check_keys(table, kSnp) : check_keys(table, kTdx));
    attest::PinnedRelease out;
    AIPG_TRY(const std::string* name, required_text(table, "name"));
    out.name = *name;
    AIPG_TRY(out.workload_hash, digest<32>(table, "workload_hash"));
    AIPG_TRY(out.boot, snp ? read_launch(table) : read_tuple(table));
    return out;
  }

  // AMD SEV-SNP.
  Result<attest::BootMeasurement> read_launch(const toml::table& table) {
    AIPG_TRY(const crypto::Hash384 measurement, digest<48>(table, "measurement"));
    return attest::SnpLaunch{measurement};
  }

  // Intel TDX.
  Result<attest::BootMeasurement> read_tuple(const toml::table& table) {
    attest::BootTuple out;
    AIPG_TRY(out.mrtd, digest<48>(table, "mrtd"));
    AIPG_TRY(out.rtmr0, digest<48>(table, "rtmr0"));
    AIPG_TRY(out.rtmr1, digest<48>(table, "rtmr1"));
    AIPG_TRY(out.rtmr2, digest<48>(table, "rtmr2"));
    return out;
  }

  std::string* complaint_;
};

std::string line(std::string_view key, ByteView digest) { return std::string(key) + " = \"" + to_hex(digest) + "\"\n"; }

std::string boot_lines(const attest::BootMeasurement& boot) {
  if (const auto* snp = std::get_if<attest::SnpLaunch>(&boot)) return line("measurement", snp->measurement);
  const auto& tuple = std::get<attest::BootTuple>(boot);
  return line("mrtd", tuple.mrtd) + line("rtmr0", tuple.rtmr0) + line("rtmr1", tuple.rtmr1) +
         line("rtmr2", tuple.rtmr2);
}

std::string list(std::string_view key, const std::vector<Bytes>& certificates) {
  if (certificates.empty()) return {};
  std::string out = std::string(key) + " = [\n";
  for (const Bytes& der : certificates) out += "  \"" + codec::to_base64(der) + "\",\n";
  return out + "]\n";
}

}  // namespace

Result<Policy> parse_policy(std::string_view toml, std::string* complaint) {
  return PolicyReader(complaint).read(toml);
}

std::string write_policy(const Policy& policy) {
  std::string out = "base = " + in_quotes(policy.name) + "\n";
  out += "minimum_level = \"" + std::string(attest::to_text(policy.minimum_level)) + "\"\n";
  out += std::string("require_pq = ") + (policy.require_pq ? "true" : "false") + "\n";
  out += "clock_skew = \"" + program::duration_text(policy.clock_skew) + "\"\n";
  if (policy.expected_workload) out += line("expected_workload", *policy.expected_workload);
  out += rules_text(policy);
  if (attest::is_simulated(policy.roots)) {
    const attest::RootSet& set = attest::root_set(policy.roots);
    out +=
        "\n# The roots of a simulator: what is accepted under them proves nothing about real hardware.\n[simulated]\n";
    out += list("intel_roots", set.intel) + list("amd_roots", set.amd);
    out += list("nvidia_device_roots", set.nvidia_device) + list("nvidia_rim_roots", set.nvidia_rim);
  }
  for (const attest::PinnedRelease& release : policy.releases) {
    out += "\n[[release]]\nname = " + in_quotes(release.name) + "\n";
    out += line("workload_hash", release.workload_hash) + boot_lines(release.boot);
  }
  return out;
}

}  // namespace aipg::client
