// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_file.h"

#include <set>

#include "client/core/policy_forms.h"
#include "client/core/policy_settings.h"
#include "program/in_quotes.h"
#include "program/nearest.h"

namespace aipg::client {
namespace {

using attest::Level;
using attest::Policy;
using program::in_quotes;
using Kind = PolicyNode::Kind;
using Certificates = forms::List<forms::Certificate>;
using Measured = forms::Digest<48>;

constexpr std::string_view kRefuse = "refuse", kWarn = "warn";

struct RootList {
  std::string_view name;
  std::vector<Bytes> attest::RootSet::* list;
};
constexpr std::array kRootLists{RootList{"intel_roots", &attest::RootSet::intel},
                                RootList{"amd_roots", &attest::RootSet::amd},
                                RootList{"nvidia_device_roots", &attest::RootSet::nvidia_device},
                                RootList{"nvidia_rim_roots", &attest::RootSet::nvidia_rim},
                                RootList{"nvidia_nras_intermediates", &attest::RootSet::nvidia_nras}};

std::string joined(std::string_view table, std::string_view name) {
  return table.empty() ? std::string(name) : std::string(table) + "." + std::string(name);
}

class PolicyReader {
 public:
  explicit PolicyReader(std::string* complaint) : complaint_(complaint) {}

  Result<Policy> read(const PolicyNode& root) {
    if (root.kind != Kind::table) return refuse("policy_syntax", "it is not a table");
    AIPG_CHECK(read_base(root));
    AIPG_CHECK(read_table(root, {}));
    AIPG_CHECK(read_rules(root.find("rules")));
    AIPG_CHECK(read_roots(root.find("simulated")));
    AIPG_CHECK(read_releases(root.find("release")));
    AIPG_CHECK(check_level(root.find("minimum_level")));
    AIPG_CHECK(check_reference(root.find("reference")));
    return std::move(out_);
  }

 private:
  std::unexpected<Error> refuse(Literal code, std::string text) {
    if (complaint_ != nullptr) *complaint_ = std::move(text);
    return fail(code);
  }
  std::unexpected<Error> refuse_at(Literal code, const PolicyNode& node, const std::string& text) {
    return refuse(code, "line " + std::to_string(node.line) + ": " + text);
  }
  std::unexpected<Error> refuse_form(const PolicyNode& node, const std::string& key, const std::string& form,
                                     Literal code = "policy_value") {
    return refuse_at(code, node, key + " must be " + form);
  }

  std::unexpected<Error> unknown(const PolicyNode& node, const std::vector<std::string>& known) {
    std::string text = "there is no key " + in_quotes(node.name);
    if (const auto meant = program::nearest(node.name, known)) {
      text += "; did you mean " + *meant + "?";
    } else if (const auto table = table_of(node.name)) {
      text += " here; it belongs into [" + *table + "]";
    }
    return refuse_at("policy_unknown_key", node, text);
  }

  static std::optional<std::string> table_of(std::string_view name) {
    for (const PolicySetting& setting : policy_settings()) {
      if (setting.name() == name && !setting.table().empty()) return std::string(setting.table());
    }
    return std::nullopt;
  }

  Result<void> check_keys(const PolicyNode& table, const std::vector<std::string>& known) {
    for (const PolicyNode& child : table.children) {
      if (std::ranges::find(known, child.name) == known.end()) return unknown(child, known);
    }
    return {};
  }

  Result<void> read_base(const PolicyNode& root) {
    const PolicyNode* node = root.find("base");
    if (node == nullptr) return {};
    const auto policy = attest::ready_policy(node->text);
    if (node->kind != Kind::text || !policy) {
      return refuse_form(*node, "base", "one of network, vendor, chain, azure-vtpm");
    }
    out_ = *policy;
    return {};
  }

  // What may stand in a table: names of settings, and of tables inside it.
  static std::vector<std::string> names_in(std::string_view table) {
    std::set<std::string> out;
    if (table.empty()) out = {"base", "rules", "simulated", "release"};
    const std::string prefix = table.empty() ? std::string() : std::string(table) + ".";
    for (const PolicySetting& setting : policy_settings()) {
      if (!setting.key.starts_with(prefix)) continue;
      const std::string_view rest = setting.key.substr(prefix.size());
      out.emplace(rest.substr(0, rest.find('.')));
    }
    return {out.begin(), out.end()};
  }

  // Recursion ends with the settings' names.
  Result<void> read_table(const PolicyNode& table, const std::string& name) {
    AIPG_CHECK(check_keys(table, names_in(name)));
    for (const PolicyNode& child : table.children) {
      const std::string key = joined(name, child.name);
      if (const PolicySetting* setting = find_policy_setting(key)) {
        if (!setting->read(child, out_)) return refuse_form(child, key, setting->form());
      } else if (!name.empty() || !is_apart(child.name)) {
        if (child.kind != Kind::table) return refuse_form(child, key, "a table");
        AIPG_CHECK(read_table(child, key));
      }
    }
    return {};
  }
  static bool is_apart(std::string_view name) {
    return name == "base" || name == "rules" || name == "simulated" || name == "release";
  }

  Result<void> read_rules(const PolicyNode* rules) {
    if (rules == nullptr) return {};
    if (rules->kind != Kind::table) return refuse_form(*rules, "rules", "a table");
    std::vector<std::string> known;
    for (const attest::RelaxableRule& rule : attest::relaxable_rules()) known.emplace_back(rule.code.view());
    AIPG_CHECK(check_keys(*rules, known));
    for (const PolicyNode& rule : rules->children) {
      if (rule.kind != Kind::text || (rule.text != kRefuse && rule.text != kWarn)) {
        return refuse_form(rule, rule.name, R"("refuse" or "warn")");
      }
      (void)out_.rules.set(rule.name, rule.text == kWarn ? attest::RuleMode::warn : attest::RuleMode::refuse);
    }
    return {};
  }

  Result<void> read_roots(const PolicyNode* simulated) {
    if (simulated == nullptr) return {};
    if (simulated->kind != Kind::table) return refuse_form(*simulated, "simulated", "a table");
    std::vector<std::string> known;
    for (const RootList& each : kRootLists) known.emplace_back(each.name);
    AIPG_CHECK(check_keys(*simulated, known));
    attest::RootSet set;
    for (const RootList& each : kRootLists) {
      const PolicyNode* list = simulated->find(each.name);
      if (list == nullptr || Certificates::read(*list, set.*each.list)) continue;
      return refuse_form(*list, std::string(each.name), Certificates::form(), "policy_roots");
    }
    if (set.intel.empty() && set.amd.empty()) {
      return refuse("policy_roots", "[simulated] names no root of a CPU: intel_roots is missing");
    }
    out_.roots = attest::SimulatedRoots(std::move(set));
    return {};
  }

  Result<void> check_level(const PolicyNode* level) {
    const bool simulated = attest::is_simulated(out_.roots);
    if (simulated == (out_.minimum_level == Level::l0)) return {};
    const std::string line = level == nullptr ? "" : "line " + std::to_string(level->line) + ": ";
    return refuse("policy_value",
                  line + (simulated ? "with [simulated], everything is L0: write minimum_level = \"L0\""
                                    : "minimum_level = \"L0\" accepts a simulator: its roots go into [simulated]"));
  }

  Result<void> check_reference(const PolicyNode* reference) {
    if (!out_.reference) return {};
    const attest::ReleaseKeys& keys = out_.reference->release_keys;
    const std::set<attest::SigningKey> distinct(keys.keys.begin(), keys.keys.end());
    if (out_.reference->file.empty()) return refuse_at("policy_value", *reference, "reference.file is missing");
    if (distinct.size() == keys.keys.size() && keys.quorum <= distinct.size()) return {};
    return refuse_at("policy_value", *reference,
                     "reference.release_keys must be at least reference.quorum different keys");
  }

  Result<void> read_releases(const PolicyNode* list) {
    if (list == nullptr) return {};
    for (const PolicyNode& each : list->children) {
      if (each.kind != Kind::table) break;
      AIPG_CHECK(read_release(each));
    }
    if (list->kind == Kind::list && out_.releases.size() == list->children.size()) return {};
    return refuse_at("policy_value", *list, "write each release as [[release]]");
  }

  template <typename Form, typename T>
  Result<void> read_member(const PolicyNode& table, std::string_view name, T& out) {
    const PolicyNode* node = table.find(name);
    if (node == nullptr) return refuse_at("policy_value", table, std::string(name) + " is missing");
    if (Form::read(*node, out)) return {};
    return refuse_form(*node, std::string(name), Form::form());
  }

  Result<void> read_release(const PolicyNode& table) {
    const bool snp = table.find("measurement") != nullptr;
    AIPG_CHECK(snp ? check_keys(table, {"name", "workload_hash", "measurement"})
                   : check_keys(table, {"name", "workload_hash", "mrtd", "rtmr0", "rtmr1", "rtmr2"}));
    attest::PinnedRelease out;
    AIPG_CHECK(read_member<forms::Text>(table, "name", out.name));
    AIPG_CHECK(read_member<forms::Digest<32>>(table, "workload_hash", out.workload_hash));
    AIPG_TRY(out.boot, snp ? read_launch(table) : read_tuple(table));
    out_.releases.push_back(std::move(out));
    return {};
  }

  // AMD SEV-SNP.
  Result<attest::BootMeasurement> read_launch(const PolicyNode& table) {
    attest::SnpLaunch out;
    AIPG_CHECK(read_member<Measured>(table, "measurement", out.measurement));
    return out;
  }

  // Intel TDX.
  Result<attest::BootMeasurement> read_tuple(const PolicyNode& table) {
    attest::BootTuple out;
    AIPG_CHECK(read_member<Measured>(table, "mrtd", out.mrtd));
    AIPG_CHECK(read_member<Measured>(table, "rtmr0", out.rtmr0));
    AIPG_CHECK(read_member<Measured>(table, "rtmr1", out.rtmr1));
    AIPG_CHECK(read_member<Measured>(table, "rtmr2", out.rtmr2));
    return out;
  }

  std::string* complaint_;
  Policy out_;
};

// --- writing ---------------------------------------------------------------------------------

std::string line(std::string_view key, const std::string& value) { return std::string(key) + " = " + value + "\n"; }
std::string line(std::string_view key, ByteView digest) { return line(key, forms::write_hex(digest)); }

// Of the settings: what differs from the base, each table under its name.
std::string settings_text(const Policy& policy, const Policy& base) {
  std::string out, table;
  for (const PolicySetting& setting : policy_settings()) {
    const auto value = setting.write(policy);
    if (!value || value == setting.write(base)) continue;
    if (setting.table() != table) out += "\n[" + (table = setting.table()) + "]\n";
    out += line(setting.name(), *value);
  }
  return out;
}

std::string mode_text(attest::RuleMode mode) { return in_quotes(mode == attest::RuleMode::warn ? kWarn : kRefuse); }

std::string rules_text(const Policy& policy, const Policy& base) {
  std::string out;
  for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
    const attest::RuleMode mode = policy.rules.of(rule.code);
    if (mode != base.rules.of(rule.code)) out += line(rule.code.view(), mode_text(mode));
  }
  return out.empty() ? out : "\n[rules]\n" + out;
}

std::string roots_text(const attest::RootSet& set) {
  std::string out =
      "\n# The roots of a simulator: what is accepted under them proves nothing about real hardware.\n[simulated]\n";
  for (const RootList& each : kRootLists) {
    if ((set.*each.list).empty()) continue;
    out += std::string(each.name) + " = [\n";
    for (const Bytes& der : set.*each.list) out += "  " + *forms::Certificate::write(der) + ",\n";
    out += "]\n";
  }
  return out;
}

std::string boot_lines(const attest::BootMeasurement& boot) {
  if (const auto* snp = std::get_if<attest::SnpLaunch>(&boot)) return line("measurement", snp->measurement);
  const auto& tuple = std::get<attest::BootTuple>(boot);
  return line("mrtd", tuple.mrtd) + line("rtmr0", tuple.rtmr0) + line("rtmr1", tuple.rtmr1) +
         line("rtmr2", tuple.rtmr2);
}

std::string release_text(const attest::PinnedRelease& release) {
  return "\n[[release]]\n" + line("name", in_quotes(release.name)) + line("workload_hash", release.workload_hash) +
         boot_lines(release.boot);
}

}  // namespace

Result<Policy> parse_policy(std::string_view text, std::string* complaint) {
  AIPG_TRY(const PolicyNode root, read_policy_tree(text, complaint));
  return PolicyReader(complaint).read(root);
}

std::string write_policy(const Policy& policy) {
  const Policy base = *attest::ready_policy(policy.name);
  std::string out = line("base", in_quotes(policy.name)) + settings_text(policy, base) + rules_text(policy, base);
  if (attest::is_simulated(policy.roots)) out += roots_text(attest::root_set(policy.roots));
  for (const attest::PinnedRelease& release : policy.releases) out += release_text(release);
  return out;
}

std::string policy_template(const Policy& base) {
  std::string out = line("base", in_quotes(base.name)), table;
  out +=
      "# Every setting, as this base has it. Remove the # to set one; `aipg policy check FILE` says whether it is "
      "good.\n";
  for (const PolicySetting& setting : policy_settings()) {
    if (setting.table() != table) out += "\n[" + (table = setting.table()) + "]\n";
    out += "# " + std::string(setting.meaning) + ": " + setting.form() + "\n";
    const auto value = setting.write(base);
    out += "# " + std::string(setting.name()) + " = " + value.value_or("…") + "\n";
  }
  out +=
      "\n[rules]\n# Broken, each makes evidence be refused, or is a warning that names it: \"refuse\" or \"warn\".\n";
  for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
    out += "# " + line(rule.code.view(), mode_text(base.rules.of(rule.code)));
  }
  return out +
         "\n# Workers are accepted with an image and a workload that somebody vouches for: pairs that you pin,\n"
         "# or reference values.\n"
         "# [[release]]\n# name = …\n# workload_hash = …\n# mrtd = …\n# rtmr0 = …\n# rtmr1 = …\n# rtmr2 = …\n"
         "# or, instead of these four, of AMD SEV-SNP:\n# measurement = …\n";
}

}  // namespace aipg::client
