// SPDX-License-Identifier: Apache-2.0
#include "client/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <set>

#include "client/api_key.h"
#include "client/core/failure_text.h"
#include "client/doctor_gateway.h"
#include "client/doctor_report.h"
#include "client/policy_source.h"
#include "client/reference_values.h"
#include "program/user_file.h"
#include "program/version.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::Environment;
using program::ExitCode;

constexpr std::size_t kShownRefusals = 5;

Check check_file(const std::optional<std::string>& path,
                 const std::function<std::vector<program::CommandDescription>()>& commands) {
  if (!path) return is_noted("settings", "no home folder, so no file of settings");
  std::error_code error;
  if (!std::filesystem::exists(*path, error)) {
    return is_ok("settings", "no " + *path + ": the defaults and the environment count");
  }
  if (const auto broken = program::check_user_file(*path, commands())) return is_wrong("settings", *broken);
  return is_ok("settings", *path);
}

// The key itself goes to `key`.
Check check_api_key(const ConnectionSettings& settings, std::string& key) {
  auto found = find_api_key(settings.api_key, settings.api_key_command);
  if (!found) return is_wrong("key", found.error());
  key = *std::move(found);
  if (!key.empty()) return is_ok("key", settings.api_key.empty() ? "printed by its command" : "there is one");
  return is_noted("key", "there is none", "`aipg login` stores one; AIPG_API_KEY holds one for a shell");
}

Check check_policy(const std::string& named, std::optional<attest::Policy>& policy) {
  auto loaded = load_policy(named);
  if (!loaded) return is_wrong("policy", loaded.error());
  policy = *std::move(loaded);
  const std::string what = named.empty() ? "the strict defaults" : named;
  if (!attest::is_simulated(policy->roots)) return is_ok("policy", what);
  return is_noted("policy", what + " trusts a SIMULATOR: fine for development, proves nothing");
}

Check check_reference(const attest::Policy& policy) {
  const auto reference = load_reference(policy, SystemClock().now(), reference_state_folder());
  if (!reference) return is_wrong("reference", reference.error());
  if (!*reference) return is_ok("reference", "the policy names no reference values");
  const attest::Reference& content = (*reference)->content();
  return is_ok("reference", fmt::format("version {}, good until {}", content.version, to_text(content.expires)));
}

Check check_directory(const std::vector<Candidate>& workers) {
  if (workers.empty()) {
    return is_wrong("directory", Complaint{"no_confidential_worker", "the gateway lists no worker",
                                           "ask its operator, or name another gateway"});
  }
  std::set<std::string> models;
  for (const Candidate& worker : workers) {
    for (const api::OfferedModel& model : worker.entry.models) models.insert(model.name);
  }
  std::string names;
  for (const std::string& model : models) names += (names.empty() ? ": " : ", ") + model;
  return is_ok("directory", fmt::format("{} worker{} listed{}", workers.size(), workers.size() == 1 ? "" : "s", names));
}

// Why the first of those are refused that are.
std::string why_not(const std::vector<Candidate>& refused) {
  std::string out;
  for (const Candidate& worker : refused | std::views::take(kShownRefusals)) {
    out += worker.entry.worker_id + "  " + why_refused(worker.appraisal.verdict) + "\n";
  }
  if (refused.size() > kShownRefusals) out += fmt::format("and {} more\n", refused.size() - kShownRefusals);
  return out + "`aipg workers --why` says everything that was found";
}

Check check_workers(std::vector<Candidate> workers, const std::string& policy) {
  const std::size_t all = workers.size();
  std::erase_if(workers, [](const Candidate& worker) { return worker.appraisal.verdict.accepted; });
  const std::string says = fmt::format("{} of {} verify under {}", all - workers.size(), all,
                                       policy.empty() ? "the strict defaults" : "the policy " + policy);
  if (workers.empty()) return is_ok("workers", says);
  if (workers.size() < all) return is_noted("workers", says, why_not(workers));
  return is_wrong("workers", Complaint{"no_confidential_worker", says, why_not(workers)});
}

// Nothing depends on it: what cannot be kept is asked for again.
Check check_cache() {
  const auto folder = EvidenceCache::default_folder();
  if (!folder) return is_noted("cache", "no home folder: evidence is fetched anew each time");
  std::error_code error;
  std::filesystem::create_directories(*folder, error);
  if (!error && ::access(folder->c_str(), W_OK | X_OK) == 0) return is_ok("cache", *folder);
  return is_noted("cache", *folder + " cannot be written: evidence is fetched anew each time",
                  "make it writable, or set XDG_CACHE_HOME");
}

net::Task<ExitCode> ask_workers(Connection& connection, std::vector<Check>& out) {
  const auto workers = co_await connection.session().candidates(connection.gateway(), {{}, {}, 0, false}, true);
  if (!workers) {
    const std::string text = explain(workers.error(), {connection.address(), {}, connection.policy()});
    out.push_back(is_wrong(
        "workers", Complaint{"gateway_status", text.substr(0, text.find('\n')), "`aipg workers` says more about it"}));
    co_return ExitCode::refused;
  }
  out.push_back(check_directory(*workers));
  if (!workers->empty()) out.push_back(check_workers(*workers, connection.policy()));
  co_return ExitCode::done;
}

// What needs both a gateway that answers and a policy to judge by.
void check_network(const ConnectionSettings& settings, const std::string& key, std::vector<Check>& out) {
  ConnectionSettings with_key = settings;
  with_key.api_key = key;
  with_key.api_key_command.clear();  // it ran already
  auto connection = Connection::open(with_key, {});
  if (!connection) return out.push_back(is_wrong("workers", connection.error()));
  (void)(*connection)->run(ask_workers(**connection, out));
}

std::vector<Check> examine(const ConnectionSettings& settings, Check file, const program::Paint& paint) {
  std::vector<Check> out{is_ok("version", fmt::format("{} (protocol 1)", program::kVersion)), std::move(file)};
  std::string key;
  out.push_back(check_api_key(settings, key));
  std::vector<Check> gateway = gateway_checks(settings, key);
  const bool reachable = gateway.size() > 1;
  std::ranges::move(gateway, std::back_inserter(out));
  std::optional<attest::Policy> policy;
  out.push_back(check_policy(settings.policy, policy));
  if (policy) out.push_back(check_reference(*policy));
  if (policy && reachable && out.back().state != Check::State::wrong) check_network(settings, key, out);
  out.push_back(check_cache());
  const std::string colours = paint.is_on() ? "on" : fmt::format("off: {}", paint.why_not());
  out.push_back(is_ok("colours", colours));
  return out;
}

}  // namespace

ExitCode doctor_command(const std::vector<std::string>& args,
                        const std::function<std::vector<program::CommandDescription>()>& commands) {
  ConnectionSettings settings;
  bool json = false;
  program::Options options("aipg doctor", "Says what works, what does not, and what to do; sends no prompt.");
  options.user_file("doctor");
  options.example("aipg doctor", "exit code 0 when a confidential request would work");
  options.example("aipg doctor --json", "the same for programs");
  options.group("Output");
  options.flag("json", &json, "as JSON").flag_only();
  declare_connection(options, settings);
  const Environment environment = program::process_environment();
  if (const auto end = options.parse(args, environment)) return *end;
  const program::Paint paint(STDOUT_FILENO, environment);
  const Check file = check_file(options.file(), commands);
  const std::vector<Check> checks = examine(settings, file, paint);
  const std::string text = json ? doctor_json(checks) + "\n" : doctor_text(checks, paint);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return would_work(checks) ? ExitCode::done : ExitCode::refused;
}

}  // namespace aipg::client
