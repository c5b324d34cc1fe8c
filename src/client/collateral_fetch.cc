// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <filesystem>

#include "client/collateral_command.h"
#include "client/collateral_source.h"
#include "client/core/verify_input.h"
#include "client/whole_file.h"
#include "collateral/description.h"
#include "collateral/evidence.h"

namespace aipg::client {
namespace {

using attest::nvidia::StatedDevice;
using collateral::Evidence;
using collateral::Gathered;
using collateral::Outcome;
using collateral::ResourceKind;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Got = std::expected<T, Complaint>;

constexpr std::string_view kCommand = "aipg collateral fetch";
constexpr std::size_t kMaxEvidenceFile = 256 << 20;

struct FetchSettings {
  std::vector<std::string> evidence;
  std::string to, at;
  std::optional<std::string> product;
  bool nras = false;
  CollateralSettings source;
};

void declare(program::Options& options, FetchSettings& settings) {
  options.user_file("collateral");
  options.example("aipg collateral fetch quote.bin", "into the cache, where later commands find it");
  options.example("aipg collateral fetch proof.json --to collateral", "what an attestation needs, as files");
  options.example("aipg collateral fetch report.bin chain.pem --pccs https://pccs.example:8081",
                  "a device report with its certificates; Intel's part from a service of your own");
  options.example("aipg collateral fetch gpus.json --nras --to collateral", "and NVIDIA's own word about the devices");
  options.positionals(
      "EVIDENCE", &settings.evidence,
      "quotes, reports (a device's followed by its chain), NVIDIA's evidence JSON, bundles, attestations");
  options.group("What");
  options.text("to", &settings.to, "write each piece into this folder too").placeholder("DIR").flag_only();
  options.text("at", &settings.at, "evidence is of then, like 2026-11-22T12:00:00Z; now when left out")
      .placeholder("INSTANT")
      .flag_only();
  options.optional_text("product", &settings.product, "the AMD product, where an old report does not say it")
      .choices({"milan", "genoa", "turin"})
      .flag_only();
  options.flag("nras", &settings.nras, "show the devices' reports to NVIDIA's service, and keep its token").flag_only();
  options.flag("again", &settings.source.again, "ask even for what is fresh").flag_only();
  declare_collateral_source(options, settings.source);
}

Complaint usage(Literal code, std::string happened, std::string next) {
  return {code, std::move(happened), std::move(next), ExitCode::usage};
}

// What aipg's own documents carry is their bundle.
Result<void> add(Evidence& out, ByteView file) {
  const auto own = recognise(file);
  if (!own) return out.add(file);
  if (const auto* bundle = std::get_if<EvidenceBundle>(&*own)) return out.add(bundle->bytes);
  if (const auto* answer = std::get_if<AttestedAnswer>(&*own)) return out.add(answer->attestation.evidence);
  return out.add(std::get<attest::Attestation>(*own).evidence);
}

Got<Evidence> read_evidence(const std::vector<std::string>& paths) {
  Evidence out;
  for (const std::string& path : paths) {
    const auto file = read_whole(path, kMaxEvidenceFile);
    if (!file) {
      return std::unexpected(Complaint{file.error().code, "cannot read " + path, {}, ExitCode::cannot_read});
    }
    if (const auto added = add(out, file->reveal()); !added) {
      return std::unexpected(
          Complaint{added.error().code, path + " is no evidence that collateral could be fetched for",
                    "it takes quotes, SEV-SNP reports, device reports each followed by its chain in PEM, NVIDIA's\n"
                    "evidence JSON, bundles and attestations",
                    ExitCode::cannot_read});
    }
  }
  return out;
}

Complaint no_plan(const Error& error, const attest::Verdict& why) {
  if (error.code == Literal("plan_product")) {
    return usage(error.code, "an SEV-SNP report of this version does not say which product it is of",
                 "say it with --product milan or genoa");
  }
  if (error.code == Literal("evidence_chain")) {
    return usage(error.code, "a device report came without its certificates", "name the chain, PEM, after the report");
  }
  const attest::Finding* broken = why.first_failed();
  const std::string reason = broken == nullptr ? std::string() : fmt::format(": {}", broken->code.view());
  return {error.code, fmt::format("no vendor stands behind this {}{}", error.where.view(), reason),
          "`aipg verify` says more; for evidence of another time, say when with --at", ExitCode::refused};
}

std::optional<attest::snp::Family> family(const std::optional<std::string>& product) {
  if (!product) return std::nullopt;
  if (*product == "milan") return attest::snp::Family::milan;
  return *product == "genoa" ? attest::snp::Family::genoa : attest::snp::Family::turin;
}

// --- what comes of it ------------------------------------------------------------------

std::string_view ending(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::tcb_info:
    case ResourceKind::qe_identity:
    case ResourceKind::jwks:
      return ".json";
    case ResourceKind::amd_authorities:
      return ".pem";
    case ResourceKind::rim:
      return ".xml";
    default:
      return ".der";
  }
}

Got<void> write_file(const std::string& folder, const std::string& name, ByteView bytes) {
  const std::string path = folder + "/" + name;
  if (replace_whole(path, bytes)) return {};
  return std::unexpected(Complaint{"file_unwritable", "cannot write " + path, {}, ExitCode::cannot_read});
}

Got<void> write_pieces(const std::string& folder, const std::vector<Gathered>& gathered) {
  for (const Gathered& each : gathered) {
    for (std::size_t i = 0; i < each.entry.items.size(); ++i) {
      const std::string_view end = i == 0 ? ending(each.resource.kind) : "_issuer_chain.pem";
      AIPG_CHECK(write_file(folder, each.resource.file + std::string(end), each.entry.items[i]));
    }
  }
  return {};
}

std::string until(const Gathered& each) {
  if (each.entry.items.empty()) return {};
  const auto described = collateral::describe(each.entry.items.front());
  if (!described || described->empty() || !described->front().until) return {};
  return "until " + to_text(*described->front().until);
}

void print(const Gathered& each) {
  static constexpr std::array<std::string_view, 4> kOutcomes{"fetched", "cached", "old", "missing"};
  fmt::print("{:<8} {:<22} {:<44} {}\n", kOutcomes.at(static_cast<std::size_t>(each.outcome)),
             to_text(each.resource.kind), each.resource.subject, until(each));
  if (each.outcome == Outcome::old || each.outcome == Outcome::missing) {
    fmt::print("         {}\n         {}\n", each.failure ? why_not(*each.failure) : "nobody was asked: offline",
               each.url);
  }
  std::fflush(stdout);
}

void print_unavailable(const collateral::Plan& plan) {
  for (const Literal code : plan.unavailable) {
    if (code == Literal("plan_vlek")) {
      fmt::print(
          "missing  VLEK certificate       nobody publishes it: the cloud provider hands it to the guest\n"
          "         ask the guest for its certificate table, and give it with --collateral  ({})\n",
          code.view());
    } else {
      fmt::print(
          "missing  VCEK certificate       the report hides its chip, so its certificate has no address\n"
          "         ask the machine's operator for it, and give it with --collateral  ({})\n",
          code.view());
    }
  }
}

ExitCode exit_code(const std::vector<Gathered>& gathered, const collateral::Plan& plan) {
  ExitCode out = plan.unavailable.empty() ? ExitCode::done : ExitCode::refused;
  for (const Gathered& each : gathered) {
    if (each.outcome != Outcome::missing) continue;
    if (!each.failure || is_unreachable(*each.failure)) return ExitCode::cannot_read;
    out = ExitCode::refused;
  }
  return out;
}

// --- NVIDIA's attestation service --------------------------------------------------------

Got<void> attest_kind(CollateralSource& source, const FetchSettings& settings, std::span<const StatedDevice> devices,
                      const std::string& name) {
  if (devices.empty()) return {};
  const auto token = source.attest_remotely(devices);
  if (!token) {
    return std::unexpected(Complaint{token.error().error.code,
                                     "NVIDIA's service gave no token: " + why_not(token.error()),
                                     "the devices can be verified without it",
                                     is_unreachable(token.error()) ? ExitCode::cannot_read : ExitCode::refused});
  }
  AIPG_CHECK(write_file(settings.to, name, *token));
  fmt::print("fetched  NRAS token             {} device(s), not judged yet: aipg verify --nras-token {}/{}\n",
             devices.size(), settings.to, name);
  return {};
}

// GPUs and switches are asked about apart. What kind each is, its certificates say.
Got<void> attest_remotely(CollateralSource& source, const FetchSettings& settings, const Evidence& evidence,
                          const collateral::PlanContext& context) {
  std::vector<StatedDevice> gpus, switches;
  for (StatedDevice each : evidence.devices) {
    const auto arch = collateral::device_arch(each.report, each.chain, context);
    if (!arch) return std::unexpected(no_plan(arch.error(), context.why));
    each.arch = *arch;
    (each.arch == attest::DeviceArch::ls10 ? switches : gpus).push_back(std::move(each));
  }
  AIPG_CHECK(attest_kind(source, settings, gpus, "nras_gpu_token.json"));
  return attest_kind(source, settings, switches, "nras_switch_token.json");
}

// --- the command -------------------------------------------------------------------------

std::optional<Complaint> missing_settings(const FetchSettings& settings) {
  if (settings.evidence.empty()) {
    return usage("missing_setting", "there is no evidence to fetch for", "aipg collateral fetch EVIDENCE…");
  }
  if (settings.nras && (settings.to.empty() || settings.source.offline)) {
    return usage("invalid_option", "--nras needs --to, and a network", "say where the token goes: --to DIR");
  }
  return std::nullopt;
}

Got<ExitCode> fetch(const FetchSettings& settings) {
  if (auto missing = missing_settings(settings)) return std::unexpected(*std::move(missing));
  const auto at = settings.at.empty() ? Result<Instant>(SystemClock().now()) : parse_instant(settings.at);
  if (!at) return std::unexpected(usage(at.error().code, "--at is not an instant", "like 2026-11-22T12:00:00Z"));
  AIPG_TRY(const Evidence evidence, read_evidence(settings.evidence));
  attest::Verdict why;
  const collateral::PlanContext context{.roots = attest::VendorRoots::builtin().set(), .at = *at, .why = why};
  auto plan = collateral::plan(evidence, family(settings.product), context);
  if (!plan) return std::unexpected(no_plan(plan.error(), why));
  if (settings.nras) plan->add(collateral::jwks());
  CollateralSource source(settings.source);
  source.on_done = print;
  const std::vector<Gathered> gathered = source.gather(*plan, context);
  print_unavailable(*plan);
  if (!settings.to.empty()) AIPG_CHECK(write_pieces(settings.to, gathered));
  if (settings.nras) AIPG_CHECK(attest_remotely(source, settings, evidence, context));
  const auto folder = settings.to.empty() ? cache_folder(settings.source) : std::optional(settings.to);
  if (folder) fmt::print("in       {}\n", *folder);
  return exit_code(gathered, *plan);
}

}  // namespace

ExitCode collateral_fetch(const std::vector<std::string>& args) {
  FetchSettings settings;
  program::Options options(std::string(kCommand), "Gets what vendors publish about a piece of evidence.");
  declare(options, settings);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto done = fetch(settings);
  return done ? *done : program::say(kCommand, done.error());
}

}  // namespace aipg::client
