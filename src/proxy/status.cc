// SPDX-License-Identifier: Apache-2.0
#include "proxy/status.h"

#include "codec/json.h"
#include "codec/utf8.h"
#include "program/version.h"
#include "proxy/inference.h"

namespace aipg::proxy {
namespace {

constexpr std::uint16_t kXWing = 0x0002;

// Evidence's texts are held to ASCII where they are read; what is not UTF-8 would break the document.
std::string quoted(std::string_view text) { return codec::json::quote(codec::is_utf8(text) ? text : "?"); }

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + quoted(text);
  return "[" + out + "]";
}

std::string short_name(const std::string& description) { return description.substr(0, description.find(',')); }

std::string gpus_of(const std::vector<std::string>& devices) {
  if (devices.empty()) return {};
  const std::string first = short_name(devices.front());
  return devices.size() == 1 ? first : std::to_string(devices.size()) + " × " + first;
}

WorkerStatus worker_status(const client::Candidate& candidate, Instant now) {
  const attest::VerifiedWorker& worker = *candidate.appraisal.worker;
  const attest::Identity& identity = candidate.appraisal.verdict.identity;
  WorkerStatus out;
  out.id = candidate.entry.worker_id;
  out.cpu = short_name(identity.cpu);
  out.gpus = gpus_of(identity.devices);
  out.workload = identity.workload;
  for (const attest::ManifestModel& model : worker.manifest().models) out.models.push_back(model.name);
  out.level = worker.level();
  out.post_quantum = worker.keyset().find_suite(kXWing) != nullptr;
  out.age = now - worker.verified_at();
  out.left = worker.usable_until() - now;
  return out;
}

std::string worker_json(const WorkerStatus& worker) {
  return R"({"id":)" + quoted(worker.id) + R"(,"level":)" + quoted(attest::to_text(worker.level)) + R"(,"models":)" +
         list_of(worker.models) + R"(,"cpu":)" + quoted(worker.cpu) + R"(,"gpus":)" + quoted(worker.gpus) +
         R"(,"workload":)" + quoted(worker.workload) + R"(,"post_quantum":)" +
         (worker.post_quantum ? "true" : "false") + R"(,"evidence_age_ms":)" + std::to_string(worker.age.count()) +
         R"(,"usable_for_ms":)" + std::to_string(worker.left.count()) + "}";
}

std::string verdict_json(const RecentVerdict& verdict) {
  return R"({"at":)" + quoted(to_text(verdict.at)) + R"(,"worker":)" + quoted(verdict.worker_id) + R"(,"accepted":)" +
         (verdict.level ? "true" : "false") + R"(,"level":)" +
         (verdict.level ? quoted(attest::to_text(*verdict.level)) : "null") + R"(,"why":)" + quoted(verdict.why) + "}";
}

template <typename T>
std::string array_of(const std::vector<T>& all, std::string (*write)(const T&)) {
  std::string out;
  for (const T& each : all) out += (out.empty() ? "" : ",") + write(each);
  return "[" + out + "]";
}

}  // namespace

Status status_of(const ProxyContext& context, const StatusSettings& settings) {
  Status out;
  out.settings = settings;
  out.version = program::kVersion;
  out.gateway = context.gateway;
  out.policy = context.policy;
  out.simulated = context.simulated;
  out.now = context.clock.now();
  for (const client::Candidate& candidate : context.session.known()) {
    out.workers.push_back(worker_status(candidate, out.now));
  }
  std::ranges::sort(out.workers, {}, &WorkerStatus::id);
  out.kept_ready = context.warm.models();
  const Activity& activity = context.activity;
  out.recent.assign(activity.recent().begin(), activity.recent().end());
  out.answered = activity.answered;
  out.refused = activity.refused;
  out.cut = activity.cut;
  out.left = activity.left;
  out.running = activity.running;
  return out;
}

std::string status_json(const Status& status) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  return R"({"version":)" + quoted(status.version) + R"(,"now":)" + quoted(to_text(status.now)) + R"(,"started":)" +
         quoted(to_text(status.settings.started)) + R"(,"gateway":)" + quoted(status.gateway) + R"(,"policy":)" +
         quoted(status.policy) + R"(,"simulated":)" + (status.simulated ? "true" : "false") + R"(,"listen":)" +
         list_of(status.settings.listen) + R"(,"keep_attestations":)" + quoted(status.settings.kept) +
         R"(,"requests":{"running":)" + number(status.running) + R"(,"answered":)" + number(status.answered) +
         R"(,"refused":)" + number(status.refused) + R"(,"cut":)" + number(status.cut) + R"(,"left":)" +
         number(status.left) + R"(},"models":)" + list_of(status.kept_ready) + R"(,"workers":)" +
         array_of(status.workers, worker_json) + R"(,"verdicts":)" + array_of(status.recent, verdict_json) + "}\n";
}

std::string age_text(milliseconds age) {
  const auto s = std::max<std::int64_t>(0, age.count()) / 1000;
  if (s < 120) return std::to_string(s) + " s";
  if (s < 2 * 60 * 60) return std::to_string(s / 60) + " min";
  return std::to_string(s / 3600) + " h";
}

}  // namespace aipg::proxy
