// SPDX-License-Identifier: Apache-2.0
#include "client/policy_command.h"

#include <fmt/core.h>

#include "attest/verdict_meanings.h"
#include "client/core/policy_file.h"
#include "client/core/policy_settings.h"
#include "client/policy_source.h"
#include "program/command.h"
#include "program/options.h"

namespace aipg::client {
namespace {

using attest::Policy;
using attest::RuleMode;
using program::Complaint;
using program::ExitCode;

std::size_t count_relaxed(const Policy& policy) {
  return static_cast<std::size_t>(std::ranges::count_if(
      attest::relaxable_rules(), [&](const auto& rule) { return policy.rules.of(rule.code) == RuleMode::warn; }));
}

std::string summary(const Policy& policy) {
  const std::size_t all = attest::relaxable_rules().size(), relaxed = count_relaxed(policy);
  std::string out = fmt::format("policy {}{}: {} of {} rules relaxed, least level {}", policy.name,
                                attest::is_simulated(policy.roots) ? ", under a SIMULATOR's roots" : "", relaxed, all,
                                attest::to_text(policy.minimum_level));
  if (!policy.releases.empty()) out += fmt::format(", {} release(s) pinned", policy.releases.size());
  return out;
}

std::string_view origin(bool changed, const Policy& policy) {
  return changed ? std::string_view("your file") : std::string_view(policy.name);
}

// A policy by name or file, given as the one argument.
std::expected<Policy, Complaint> load(const std::optional<std::string>& named) {
  return load_policy(named.value_or("network"));
}

std::vector<std::string> ready() { return {attest::kReadyPolicies.begin(), attest::kReadyPolicies.end()}; }

ExitCode check(const std::vector<std::string>& args) {
  std::optional<std::string> file;
  program::Options options("aipg policy check", "Says whether a file is a policy, and what it comes to.");
  options.example("aipg policy check policy.toml", "exit code 2 and the reason when it is none");
  options.positional("FILE", &file, "a policy file, or the name of a ready policy", ready());
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  if (!file) {
    return program::say("aipg policy check", {.code = "missing_setting",
                                              .happened = "which policy?",
                                              .next = "aipg policy check FILE",
                                              .exit = ExitCode::usage});
  }
  const auto policy = load(file);
  if (!policy) return program::say("aipg policy check", policy.error());
  fmt::print("{}\n", summary(*policy));
  return ExitCode::done;
}

ExitCode explain(const std::vector<std::string>& args) {
  std::optional<std::string> named;
  program::Options options("aipg policy explain",
                           "Says every value of a policy, what it makes of each rule, and where that is from.");
  options.example("aipg policy explain vendor", "a ready policy: network, vendor, chain, azure-vtpm");
  options.example("aipg policy explain policy.toml", "one of your own");
  options.positional("POLICY", &named, "a file or a name; network when left out", ready());
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto policy = load(named);
  if (!policy) return program::say("aipg policy explain", policy.error());
  fmt::print("{}", explain_policy(*policy));
  return ExitCode::done;
}

ExitCode make(const std::vector<std::string>& args) {
  std::optional<std::string> base;
  program::Options options("aipg policy new", "Prints a policy file to begin with.");
  options.example("aipg policy new vendor > policy.toml", "then remove the # before what you want to set");
  options.positional("BASE", &base, "network, vendor, chain or azure-vtpm; network when left out", ready());
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto policy = attest::ready_policy(base.value_or("network"));
  if (!policy) {
    return program::say("aipg policy new", {.code = "policy_value",
                                            .happened = "there is no ready policy of this name",
                                            .next = "choose network, vendor, chain or azure-vtpm",
                                            .exit = ExitCode::usage});
  }
  fmt::print("{}", policy_template(*policy));
  return ExitCode::done;
}

}  // namespace

std::string explain_policy(const Policy& policy) {
  const Policy base = *attest::ready_policy(policy.name);
  std::string out = summary(policy) + "\n\n";
  for (const PolicySetting& setting : policy_settings()) {
    const auto value = setting.write(policy);
    out += fmt::format("{:<37} {}  ({}; {})\n", setting.key, value.value_or("not set"), setting.meaning,
                       origin(value != setting.write(base), policy));
  }
  out += "\n";
  for (const attest::RelaxableRule& rule : attest::relaxable_rules()) {
    const RuleMode mode = policy.rules.of(rule.code);
    out += fmt::format("{:<7} {:<32} {}  ({})\n", mode == RuleMode::warn ? "warn" : "refuse", rule.code.view(),
                       attest::meaning_of(rule.code), origin(mode != base.rules.of(rule.code), policy));
  }
  out +=
      "\nEvery other rule always decides: structure, chains, signatures, bindings, revocation, and collateral that is\n"
      "given and bad.\n";
  return out;
}

ExitCode policy_command(const std::vector<std::string>& args) {
  return program::run_command("aipg policy", "Policies: what evidence must show.",
                              {{"aipg policy explain vendor", "what a ready policy asks for"},
                               {"aipg policy new > policy.toml", "a file to begin with"}},
                              {{"check", "say whether a file is a policy", check},
                               {"explain", "say every value and rule of a policy, and where it is from", explain},
                               {"new", "print a policy file to begin with", make}},
                              args);
}

}  // namespace aipg::client
