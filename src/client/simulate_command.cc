// SPDX-License-Identifier: Apache-2.0
#include "client/simulate_command.h"

#include <fmt/core.h>

#include <filesystem>
#include <set>

#include "base/hex.h"
#include "client/core/policy_file.h"
#include "client/simulate_bundle.h"
#include "client/simulate_files.h"
#include "client/whole_file.h"
#include "program/options.h"
#include "tee/machine_state.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::Severity;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Made = std::expected<T, Complaint>;

constexpr std::string_view kCommand = "aipg simulate";

struct SimulateSettings {
  std::string out, state, base;
  bool bundle = false;
  std::string cpu = "tdx", gpu = "hopper", tcb = "up-to-date";
  std::optional<std::string> driver;
  bool debug = false;
  std::vector<std::string> faults, revoked, expired;
  std::string nonce, report_data, at;
};

void declare_machine(program::Options& options, SimulateSettings& settings) {
  const tee::StateWords words = tee::state_words();
  options.group("The machine");
  options.text("cpu", &settings.cpu, words.cpus).placeholder("KIND").flag_only();
  options.text("gpu", &settings.gpu, words.layouts).placeholder("KIND").flag_only();
  options.group("What is wrong with it (nothing, when left out)");
  options.text("tcb", &settings.tcb, "its firmware: " + words.firmware).placeholder("STATE").flag_only();
  options.optional_text("driver", &settings.driver, "the GPUs' driver, like 565.57.01")
      .placeholder("VERSION")
      .flag_only();
  options.flag("debug", &settings.debug, "its host can read the guest").flag_only();
  options.text_list("fault", &settings.faults, words.faults).placeholder("FAULT").flag_only();
  options.text_list("revoked", &settings.revoked, "whose certificate: " + words.revoked)
      .placeholder("PART")
      .flag_only();
  options.text_list("expired", &settings.expired, "what has ended: " + words.expired).placeholder("PART").flag_only();
}

void declare(program::Options& options, SimulateSettings& settings) {
  options.example("aipg simulate --out demo", "a healthy machine: Intel TDX with one H100");
  options.example("aipg simulate --out demo --cpu snp-turin --gpu none --debug",
                  "AMD's, whose host can read the guest");
  options.example("aipg simulate --out demo --gpu blackwell-mpt-8 --revoked gpu", "eight GPUs that NVIDIA has revoked");
  options.example("aipg simulate --out demo --bundle --cpu snp-genoa", "a whole worker: one bundle, and its policy");
  options.group("What");
  options
      .flag("bundle", &settings.bundle,
            "a worker's evidence bundle, which binds all of it to keys and a workload, instead of single pieces")
      .flag_only();
  options.group("Where to");
  options.text("out", &settings.out, "a folder that is new or empty").placeholder("DIR").flag_only();
  options
      .text("state", &settings.state,
            "keeps the simulator's keys, so that its roots stay the same; made for once when left out")
      .placeholder("DIR")
      .flag_only();
  options
      .text("base", &settings.base,
            "what the policy file begins with: network, chain, azure-vtpm, or vendor when left out; a bundle's is "
            "network")
      .placeholder("POLICY")
      .flag_only();
  declare_machine(options, settings);
  options.group("What it is over");
  options.text("nonce", &settings.nonce, "32 bytes, of a bundle, or of device evidence and token; zeros when left out")
      .placeholder("HEX")
      .flag_only();
  options.text("report_data", &settings.report_data, "64 bytes, of the quote or report; zeros when left out")
      .placeholder("HEX")
      .flag_only();
  options.text("at", &settings.at, "when all of it is made, like 2026-11-22T12:00:00Z; now when left out")
      .placeholder("INSTANT")
      .flag_only();
}

Complaint usage(Literal code, std::string happened, std::string next) {
  return {code, std::move(happened), std::move(next), ExitCode::usage};
}

template <std::size_t N>
Made<ByteArray<N>> from_flag(const std::string& hex, const char* flag) {
  if (hex.empty()) return ByteArray<N>{};
  const auto bytes = from_hex(hex);
  if (bytes && bytes->size() == N) return to_array<N>(*bytes);
  return std::unexpected(usage("invalid_hex", fmt::format("{} is not {} bytes in hex", flag, N), {}));
}

Made<SimulateRequest> read_request(const SimulateSettings& settings) {
  SimulateRequest out;
  AIPG_TRY(out.nonce, from_flag<32>(settings.nonce, "--nonce"));
  AIPG_TRY(out.report_data, from_flag<64>(settings.report_data, "--report-data"));
  if (settings.at.empty()) {
    // Whole seconds: the instant is printed, and is what the evidence will be judged at.
    out.at = Instant{SystemClock().now().ms / 1000 * 1000};
    return out;
  }
  const auto at = parse_instant(settings.at);
  if (!at)
    return std::unexpected(usage(at.error().code, "--at is not an instant", "write it like 2026-11-22T12:00:00Z"));
  out.at = *at;
  return out;
}

template <typename T>
Made<T> word(Result<T> read, const char* flag, const std::string& said, const std::string& known) {
  if (read) return *read;
  return std::unexpected(
      usage(read.error().code, fmt::format("{} \"{}\" is not known", flag, said), "one of " + known));
}

template <typename T>
Made<std::vector<T>> words(Result<T> (*read)(std::string_view), const char* flag, const std::vector<std::string>& said,
                           const std::string& known) {
  std::vector<T> out;
  for (const std::string& each : said) {
    AIPG_TRY(const T meaning, word(read(each), flag, each, known));
    out.push_back(meaning);
  }
  return out;
}

Made<tee::MachineState> read_state(const SimulateSettings& settings) {
  const tee::StateWords known = tee::state_words();
  tee::MachineState out;
  AIPG_TRY(out.firmware, word(tee::read_firmware(settings.tcb), "--tcb", settings.tcb, known.firmware));
  AIPG_TRY(out.faults, words(tee::read_fault, "--fault", settings.faults, known.faults));
  AIPG_TRY(out.revoked, words(tee::read_revoked, "--revoked", settings.revoked, known.revoked));
  AIPG_TRY(out.expired, words(tee::read_expired, "--expired", settings.expired, known.expired));
  if (settings.debug) out.faults.push_back(tee::Fault::debug);
  out.driver = settings.driver;
  return out;
}

Made<std::shared_ptr<const tee::SimulatedAuthorities>> open_authorities(const SimulateSettings& settings,
                                                                        tee::SimulatedCpu cpu, Instant at) {
  const tee::Amd amd = tee::is_snp(cpu) ? tee::Amd::with : tee::Amd::without;
  if (settings.state.empty()) {
    return std::make_shared<const tee::SimulatedAuthorities>(tee::make_authorities(at, amd));
  }
  auto opened = tee::open_authorities(settings.state, at, amd);
  if (opened) return std::make_shared<const tee::SimulatedAuthorities>(*std::move(opened));
  return std::unexpected(Complaint{opened.error().code, "the simulator's folder " + settings.state + " cannot be used",
                                   "choose another with --state DIR; its roots will be new", ExitCode::cannot_read});
}

struct Machine {
  tee::DeviceLayout layout;
  tee::SimulatedPlatform platform;
};

Made<Machine> make_machine(const SimulateSettings& settings, const SimulateRequest& request) {
  const tee::StateWords known = tee::state_words();
  AIPG_TRY(const auto cpu, word(tee::read_cpu(settings.cpu), "--cpu", settings.cpu, known.cpus));
  AIPG_TRY(const auto layout, word(tee::read_layout(settings.gpu), "--gpu", settings.gpu, known.layouts));
  if (settings.bundle && cpu == tee::SimulatedCpu::sgx) {
    return std::unexpected(usage("machine_state_other", "SGX holds no guest that could be a worker",
                                 "choose another --cpu, or leave --bundle out"));
  }
  AIPG_TRY(const tee::MachineState state, read_state(settings));
  AIPG_TRY(auto authorities, open_authorities(settings, cpu, request.at));
  Machine out{layout, tee::make_platform(std::move(authorities), cpu, layout, request.at)};
  const auto applied = tee::apply(state, out.platform, request.at);
  if (applied) return out;
  return std::unexpected(usage(applied.error().code,
                               "this machine cannot be in that state: " + std::string(applied.error().where.view()),
                               "choose --cpu and --gpu to have the part that it is about"));
}

Made<attest::Policy> make_policy(const SimulateSettings& settings, const tee::SimulatedPlatform& platform) {
  const std::string& base = settings.base;
  auto policy = attest::ready_policy(!base.empty() ? base : settings.bundle ? "network" : "vendor");
  if (!policy) {
    return std::unexpected(
        usage("policy_value", "--base is not a ready policy", "choose network, vendor, chain or azure-vtpm"));
  }
  policy->roots = attest::SimulatedRoots(platform.authorities->roots());
  policy->minimum_level = attest::Level::l0;
  tee::ask_for_healthy_firmware(platform.content.cpu, *policy);
  return *std::move(policy);
}

// A flag that would be ignored would look like a rule that holds.
Made<void> check_bundle(const SimulateSettings& settings) {
  if (!settings.bundle) return {};
  if (!settings.report_data.empty()) {
    return std::unexpected(usage("invalid_option", "--report-data does not go with --bundle",
                                 "a bundle's is made of its keys, its workload, its devices and --nonce"));
  }
  if (settings.base.empty() || settings.base == attest::kReadyPolicies.front()) return {};
  return std::unexpected(
      usage("invalid_option", "whole workers are judged by the policy network only", "leave --base out"));
}

// What was there before would be taken for this machine's.
Made<void> take_folder(const fs::path& out) {
  std::error_code error;
  fs::create_directories(out, error);
  const bool empty = !error && fs::is_empty(out, error) && !error;
  if (empty && fs::create_directory(out / "collateral", error) && fs::create_directory(out / "roots", error)) return {};
  return std::unexpected(Complaint{"simulate_out", out.string() + " is not an empty folder that can be written to",
                                   "choose a new one with --out DIR", ExitCode::cannot_read});
}

Made<void> write_files(const fs::path& folder, const std::vector<tee::NamedFile>& files) {
  for (const tee::NamedFile& file : files) {
    const std::string path = (folder / file.name).string();
    if (const auto written = write_whole(path, file.bytes, Readable::by_all); !written) {
      return std::unexpected(Complaint{written.error().code, "cannot write " + path, {}, ExitCode::cannot_read});
    }
  }
  return {};
}

Made<void> write_folder(const fs::path& folder, const SimulatedFiles& files, const std::string& policy,
                        const std::vector<tee::NamedFile>& roots) {
  AIPG_CHECK(take_folder(folder));
  AIPG_CHECK(write_files(folder, files.evidence));
  AIPG_CHECK(write_files(folder, {{"policy.toml", to_bytes(policy)}}));
  AIPG_CHECK(write_files(folder / "collateral", files.collateral));
  return write_files(folder / "roots", roots);
}

// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_line(const SimulatedPiece& piece, const std::string& out, const SimulateRequest& request) {
  const auto path = [&out](const std::string& name) { return shell_word((fs::path(out) / name).string()); };
  const std::string judged = fmt::format("--policy {} --at {}", path("policy.toml"), to_text(request.at));
  if (!piece.kind) return fmt::format("aipg verify {} {}", path(piece.file), judged);
  std::string line = fmt::format("aipg verify {} {}", piece.flag, path(piece.file));
  if (!piece.chain.empty()) line += " --gpu-chain " + path(piece.chain);
  const bool cpu = piece.kind == attest::EvidenceKind::tdx_quote || piece.kind == attest::EvidenceKind::sgx_quote ||
                   piece.kind == attest::EvidenceKind::snp_report;
  line += cpu ? " --report-data " + to_hex(request.report_data) : " --nonce " + to_hex(request.nonce);
  return line + fmt::format(" --collateral {} {}", path("collateral"), judged);
}

std::string codes_of(const attest::Verdict& verdict, Severity severity) {
  std::set<std::string_view> codes;
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.severity == severity) codes.insert(finding.code.view());
  }
  std::string out;
  for (const std::string_view code : codes) out += " " + std::string(code);
  return out;
}

// "rejected (exit 1): tdx_debug" or "accepted (exit 0); warns: snp_vmpl"
std::string outcome(const attest::Verdict& verdict) {
  if (!verdict.accepted) return "rejected (exit 1):" + codes_of(verdict, Severity::failed);
  const std::string warned = codes_of(verdict, Severity::warning);
  return "accepted (exit 0)" + (warned.empty() ? "" : "; warns:" + warned);
}

Made<std::string> simulate(const SimulateSettings& settings) {
  if (settings.out.empty()) {
    return std::unexpected(usage("missing_setting", "where to?", "aipg simulate --out DIR"));
  }
  AIPG_CHECK(check_bundle(settings));
  AIPG_TRY(const SimulateRequest request, read_request(settings));
  AIPG_TRY(Machine machine, make_machine(settings, request));
  AIPG_TRY(attest::Policy policy, make_policy(settings, machine.platform));
  const SimulatedFiles files = settings.bundle ? make_simulated_bundle(machine.platform, machine.layout, request)
                                               : make_simulated_files(machine.platform, request);
  if (files.release) policy.releases = {*files.release};
  const std::string policy_text = write_policy(policy);
  AIPG_CHECK(write_folder(settings.out, files, policy_text, root_files(machine.platform.authorities->roots())));
  std::string out =
      fmt::format("SIMULATED evidence in {}: under roots of its own, which policy.toml names\n", settings.out);
  const auto as_written = parse_policy(policy_text);
  if (!as_written) __builtin_trap();  // what write_policy() writes reads back
  for (const SimulatedPiece& piece : files.pieces) {
    out += "\n" + outcome(judge_piece(piece, files, request, *as_written)) + "\n  " +
           command_line(piece, settings.out, request) + "\n";
  }
  return out;
}

}  // namespace

ExitCode simulate_command(const std::vector<std::string>& args) {
  SimulateSettings settings;
  program::Options options("aipg simulate",
                           "Writes evidence of a simulated machine, in any state, and how to judge it.");
  declare(options, settings);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto text = simulate(settings);
  if (!text) return program::say(kCommand, text.error());
  fmt::print("{}", *text);
  return ExitCode::done;
}

}  // namespace aipg::client
