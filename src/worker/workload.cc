// SPDX-License-Identifier: Apache-2.0
#include "worker/workload.h"

#include <fstream>
#include <iterator>

#include "link/control.h"
#include "program/toml_reader.h"
#include "seal/routing.h"
#include "tee/machine_state.h"

namespace aipg::worker {
namespace {

using program::Complaint;
using program::TomlProblem;
using program::TomlReader;
using Problem = std::optional<TomlProblem>;

constexpr std::size_t kMaxFileBytes = 1U << 20;

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

void read_engine(TomlReader reader, EngineSettings& out) {
  std::string address, cache;
  reader.texts("argv", out.argv);
  reader.texts("environment", out.environment);
  reader.required_text("address", address);
  reader.duration("start_within", out.start_within);
  reader.required_text("prefix_cache", cache);
  reader.texts("reads", out.reads);
  reader.texts("writes", out.writes);
  for (const auto& [key, paths] : {std::pair("reads", &out.reads), std::pair("writes", &out.writes)}) {
    if (!std::ranges::all_of(*paths, is_absolute)) reader.complain(key, "has an entry that is no absolute path");
    if (!paths->empty() && out.argv.empty()) reader.complain(key, "is for an engine that the worker starts");
  }
  if (!out.argv.empty() && !is_absolute(out.argv[0])) reader.complain("argv", "does not start with an absolute path");
  for (const std::string& variable : out.environment) {
    if (variable.find('=') == std::string::npos) reader.complain("environment", "has an entry that is not NAME=value");
  }
  if (cache == "salted") {
    out.prefix_cache = PrefixCache::salted;
  } else if (cache == "off_per_request") {
    out.prefix_cache = PrefixCache::off_per_request;
  } else if (cache != "disabled") {
    reader.complain("prefix_cache", "is not salted, off_per_request or disabled");
  }
  if (const auto parsed = net::parse_url(address); !parsed) {
    reader.complain("address", "is not an address like http://127.0.0.1:8000 or unix:/run/aipg/engine.sock");
  } else if (parsed->kind == net::Address::Kind::tcp && !parsed->is_loopback()) {
    // Beyond loopback, prompts would leave the guest.
    reader.complain("address", "is not on this machine");
  } else {
    out.address = *parsed;
  }
  reader.finish();
}

void read_tee(TomlReader reader, TeeSettings& out) {
  std::uint64_t gpus = out.gpus;
  std::string cpu(tee::to_text(out.cpu));
  reader.required_text("kind", out.kind);
  reader.text("state", out.state);
  reader.text("cpu", cpu);
  reader.number("gpus", gpus, 0, 8);
  reader.text("driver", out.driver);
  out.gpus = static_cast<std::uint32_t>(gpus);
  if (const auto read = tee::read_cpu(cpu); read && *read != tee::SimulatedCpu::sgx) {
    out.cpu = *read;
  } else {
    reader.complain("cpu", "is not tdx, tdx-v5, snp-milan, snp-genoa or snp-turin");
  }
  if (out.kind == "simulated" && out.state.empty()) reader.complain("state", "is missing");
  reader.finish();
}

WorkloadModel read_model(TomlReader reader, const EngineSettings& engine) {
  WorkloadModel out;
  std::string file;
  reader.required_text("name", out.name);
  reader.text("file", file);
  reader.texts("paths", out.paths);
  if (!file.empty()) out.file = file;
  if (!engine.argv.empty() && !out.file) reader.complain("file", "is missing");
  if (out.name.size() > 128 || out.name.find(' ') != std::string::npos) {
    reader.complain("name", "is longer than 128 characters or has a space");
  }
  if (out.paths.empty()) reader.complain("paths", "is missing or empty");
  for (const std::string& path : out.paths) {
    if (!seal::is_sealable_path(path)) reader.complain("paths", "has an entry that no sealed request may name");
    // There engines drop the members that they do not know, and cache_salt and cache_prompt are such.
    if (path == "/v1/messages" && engine.prefix_cache != PrefixCache::disabled) {
      reader.complain("paths",
                      "has /v1/messages: turn the engine's prefix cache off, and set prefix_cache to disabled");
    }
  }
  reader.finish();
  return out;
}

NamedFile read_component(TomlReader reader) {
  NamedFile out;
  reader.required_text("name", out.name);
  reader.required_text("file", out.file);
  reader.finish();
  return out;
}

void read_all(const toml::table& document, Workload& out, Problem& problem) {
  TomlReader reader(document, "", problem);
  reader.required_text("name", out.name);
  reader.text("source_commit", out.source_commit);
  reader.number("max_jobs", out.max_jobs, 1, 1024);
  reader.duration("drain_within", out.drain_within);
  reader.duration("rotate_every", out.keysets.rotate_every);
  reader.duration("retire_after", out.keysets.retire_after);
  if (out.keysets.life() > attest::kMaxKeysetLife) reader.complain("rotate_every", "gives keysets over 65 minutes");
  if (out.keysets.most_at_once() > link::kMaxKeysetsPerLink) {
    reader.complain("retire_after", "keeps too many keysets: it is at most six times rotate_every");
  }
  const toml::table* engine = reader.table("engine");
  const toml::table* tee = reader.table("tee");
  if (engine == nullptr) reader.complain("engine", "is missing");
  if (tee == nullptr) reader.complain("tee", "is missing");
  if (engine != nullptr) read_engine({*engine, "engine.", problem}, out.engine);
  if (tee != nullptr) read_tee({*tee, "tee.", problem}, out.tee);
  for (const toml::table* model : reader.tables("models")) {
    out.models.push_back(read_model({*model, "models.", problem}, out.engine));
  }
  for (const toml::table* component : reader.tables("components")) {
    out.components.push_back(read_component({*component, "components.", problem}));
  }
  if (out.models.empty()) reader.complain("models", "is missing");
  reader.finish();
}

Complaint invalid(const std::string& file, std::size_t line, const std::string& what) {
  return {.code = "workload_invalid",
          .happened = file + " line " + std::to_string(line) + ": " + what,
          .next = "the workload file is measured: correct it, and publish the new workload hash"};
}

}  // namespace

bool Workload::offers(std::string_view model, std::string_view path) const {
  return std::ranges::any_of(models, [&](const WorkloadModel& m) {
    return m.name == model && std::ranges::find(m.paths, path) != m.paths.end();
  });
}

std::expected<Workload, Complaint> parse_workload(Bytes bytes, const std::string& file) {
  const auto document = program::parse_toml(as_text(bytes));
  if (!document) return std::unexpected(invalid(file, document.error().line, "is not TOML"));
  Workload out;
  Problem problem;
  read_all(*document, out, problem);
  if (problem) return std::unexpected(invalid(file, problem->line, problem->key + " " + problem->what));
  if (out.tee.kind != "simulated") {
    return std::unexpected(
        Complaint{.code = "tee_unknown",
                  .happened = file + ": this worker was built without a TEE of kind \"" + out.tee.kind + "\"",
                  .next = "the kind that it has is simulated; it proves nothing about real hardware"});
  }
  out.bytes = std::move(bytes);
  return out;
}

std::expected<Workload, Complaint> read_workload(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  Bytes bytes;
  if (in) bytes.assign(std::istreambuf_iterator<char>(in), {});
  if (!in || bytes.size() > kMaxFileBytes) {
    return std::unexpected(Complaint{.code = "workload_unreadable",
                                     .happened = "cannot read the workload file " + file,
                                     .next = "name it with --workload FILE; it is at most 1 MiB",
                                     .exit = program::ExitCode::cannot_read});
  }
  return parse_workload(std::move(bytes), file);
}

}  // namespace aipg::worker
