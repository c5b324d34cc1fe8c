// SPDX-License-Identifier: Apache-2.0
#include "client/workers_command.h"

#include <fmt/format.h>

#include "base/hex.h"
#include "client/connection.h"
#include "client/core/failure_text.h"
#include "codec/canonical_json.h"

namespace aipg::client {
namespace {

using codec::json::Tree;
using program::ExitCode;

constexpr std::string_view kCommand = "aipg workers";

struct WorkersSettings {
  ConnectionSettings connection;
  std::string model;
  bool why = false, json = false;
};

std::string level_text(const attest::Verdict& verdict) {
  if (!verdict.accepted || !verdict.level) return "-";
  return std::string(attest::to_text(*verdict.level)) + (verdict.simulated ? " SIMULATED" : "");
}

std::string suites_text(const api::DirectoryEntry& entry) {
  std::string out;
  for (const std::uint16_t suite : entry.suites) {
    out += out.empty() ? "" : ", ";
    out += suite == 2 ? "X-Wing" : suite == 1 ? "X25519" : fmt::format("{}", suite);
  }
  return out;
}

// Micro-USD per million tokens, as people compare them: dollars, in and out.
std::string price_text(const api::Price& price) {
  const auto dollars = [](std::uint64_t micro) { return fmt::format("${:.2f}", static_cast<double>(micro) / 1e6); };
  return dollars(price.input) + " / " + dollars(price.output);
}

std::string age_text(const Candidate& candidate, Instant now) {
  if (candidate.bundle.empty()) return "none";
  return fmt::format("{} s", std::max<std::int64_t>(0, (now - candidate.appraisal.verdict.at).count() / 1000));
}

using Row = std::vector<std::string>;

Row row_of(const Candidate& candidate, const api::OfferedModel& model, Instant now) {
  const attest::Verdict& verdict = candidate.appraisal.verdict;
  return {candidate.entry.worker_id,
          model.name,
          verdict.accepted ? "accepted" : "refused",
          level_text(verdict),
          suites_text(candidate.entry),
          price_text(model.price),
          age_text(candidate, now)};
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], widths[i] + 2);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string failures(const Candidate& candidate) {
  std::string out;
  for (const attest::Finding& finding : candidate.appraisal.verdict.findings) {
    if (finding.severity != attest::Severity::failed) continue;
    attest::Verdict one;
    one.findings = {finding};
    out += "  " + candidate.entry.worker_id + "  " + finding.subject + "  " + why_refused(one) + "\n";
  }
  return out;
}

Tree models_tree(const std::vector<api::OfferedModel>& models) {
  Tree::Array out;
  for (const api::OfferedModel& model : models) {
    Tree::Array paths(model.paths.begin(), model.paths.end());
    out.push_back(Tree::Object{{"name", model.name},
                               {"paths", std::move(paths)},
                               {"price", Tree::Object{{"input", std::to_string(model.price.input)},
                                                      {"output", std::to_string(model.price.output)}}}});
  }
  return out;
}

net::Task<ExitCode> list_workers(const WorkersSettings& settings, Connection& connection) {
  const auto workers =
      co_await connection.session().candidates(connection.gateway(), {settings.model, {}, 0, false}, true);
  if (!workers) {
    const std::string text = explain(workers.error(), {connection.address(), settings.model, connection.policy()});
    std::fwrite(text.data(), 1, text.size(), stderr);
    co_return exit_code(workers.error());
  }
  if (workers->empty() && !settings.json) {
    co_return program::say(
        kCommand, {"no_confidential_worker",
                   settings.model.empty() ? "the gateway lists no worker" : "nobody offers " + settings.model,
                   settings.model.empty() ? "" : "leave --model out to see what is offered", ExitCode::refused});
  }
  const std::string text =
      settings.json ? workers_json(*workers) + "\n" : workers_text(*workers, settings.why, connection.clock().now());
  std::fwrite(text.data(), 1, text.size(), stdout);
  co_return ExitCode::done;
}

}  // namespace

std::string workers_text(const std::vector<Candidate>& workers, bool why, Instant now) {
  std::vector<Row> rows{{"WORKER", "MODEL", "VERDICT", "LEVEL", "SUITES", "$/M IN / OUT", "EVIDENCE"}};
  std::string reasons;
  for (const Candidate& candidate : workers) {
    for (const api::OfferedModel& model : candidate.entry.models) rows.push_back(row_of(candidate, model, now));
    reasons += failures(candidate);
  }
  std::string out = table(rows);
  if (reasons.empty()) return out;
  return out + "\n" + (why ? "why some were refused\n" + reasons : "--why says what was wrong with those refused\n");
}

std::string workers_json(const std::vector<Candidate>& workers) {
  std::string out = "[";
  for (const Candidate& candidate : workers) {
    if (out.size() > 1) out += ",";
    const std::string entry = Tree(Tree::Object{{"worker_id", candidate.entry.worker_id},
                                                {"keyset_id", to_hex(candidate.entry.keyset_id)},
                                                {"stake_id", candidate.entry.stake_id},
                                                {"models", models_tree(candidate.entry.models)}})
                                  .write();
    out += entry.substr(0, entry.size() - 1) + ",\"verdict\":" + attest::to_json(candidate.appraisal.verdict) + "}";
  }
  return out + "]";
}

ExitCode workers_command(const std::vector<std::string>& args) {
  WorkersSettings settings;
  program::Options options("aipg workers", "Asks every worker on offer for fresh evidence and says what it is worth.");
  options.user_file("workers");
  options.example("aipg workers", "all of them");
  options.example("aipg workers --model smollm2-135m --why", "those that offer a model, and why some are refused");
  options.example("aipg workers --json", "with every finding, for programs");
  options.group("Which");
  options.text("model", &settings.model, "only those that offer this model");
  options.flag("why", &settings.why, "say what was wrong with those refused").flag_only();
  options.flag("json", &settings.json, "every verdict as JSON").flag_only();
  declare_connection(options, settings.connection);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  auto connection = Connection::open(settings.connection, {});
  if (!connection) return program::say(kCommand, connection.error());
  return (*connection)->run(list_workers(settings, **connection));
}

}  // namespace aipg::client
