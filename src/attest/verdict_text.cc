// SPDX-License-Identifier: Apache-2.0
// A verdict as people read it: what it comes to, what is wrong and who can
// fix it, what was seen, and what the level does not cover.
#include "attest/verdict.h"
#include "attest/verdict_meanings.h"
#include "base/hex.h"

namespace aipg::attest {
namespace {

constexpr std::size_t kCodeColumn = 25, kNameColumn = 10;

// Only printable ASCII reaches a terminal.
std::string shown(std::string_view in) {
  std::string out(in);
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string column(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size() + 1), ' ');
  return out;
}

std::string plural(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

void add_finding(std::string& out, std::string_view mark, const Finding& finding) {
  const std::string_view passed = finding.severity == Severity::passed ? meaning_of(finding.code) : "";
  const std::string detail = shown(finding.detail.empty() ? passed : finding.detail);
  out += std::string(mark) + " " + column(finding.code, kCodeColumn) + shown(finding.subject);
  out += detail.empty() ? "\n" : ": " + detail + "\n";
  if (finding.severity != Severity::failed) return;
  const std::string_view fix = fix_for(finding.code);
  if (!fix.empty()) out += std::string(kCodeColumn + 2, ' ') + "fix: " + std::string(fix) + "\n";
}

void add_findings(std::string& out, const Verdict& verdict, Severity severity, std::string_view mark) {
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) add_finding(out, mark, finding);
  }
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += column(name, kNameColumn) + shown(value) + "\n";
}

// The first bytes of a hash in hex, spaced for eyes.
std::string cut(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes ? short_hex(*bytes) : hex;
}

std::string in_brackets(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "(" : ", ") + each;
  return out.empty() ? out : out + ")";
}

void add_identity(std::string& out, const Verdict& verdict) {
  const Identity& identity = verdict.identity;
  add_line(out, "cpu", identity.cpu);
  if (!identity.boot_name.empty()) add_line(out, "boot", identity.boot_name + "  (known)");
  if (!identity.workload.empty()) {
    out += column("workload", kNameColumn) + cut(identity.workload) + " " + shown(in_brackets(identity.models)) + "\n";
  }
  for (const std::string& device : identity.devices) add_line(out, "gpu", device);
  add_line(out, "worker", identity.worker_id);
  if (verdict.keyset_not_after) add_line(out, "keys", "until " + to_text(*verdict.keyset_not_after));
  add_line(out, "judged", "as of " + to_text(verdict.at));
}

std::string counts(const Verdict& verdict) {
  std::string out = plural(verdict.count(Severity::failed), "rule failed", "rules failed") + ", " +
                    std::to_string(verdict.count(Severity::passed)) + " passed";
  if (const std::size_t n = verdict.count(Severity::warning)) out += ", " + plural(n, "warning", "warnings");
  return out;
}

std::string rejected(const Verdict& verdict) {
  std::string out = verdict.simulated ? "REJECTED (SIMULATED hardware)" : "REJECTED";
  if (const Finding* first = verdict.first_failed()) {
    out += ": " + std::string(first->code.view()) + ", " + shown(first->subject);
    if (!first->detail.empty()) out += ": " + shown(first->detail);
  }
  return out;
}

// Of evidence without a level.
std::string judged_singly(std::string_view policy) {
  if (policy == "chain") return "Genuine chain and signatures; what this evidence says was not held against any policy";
  return "ACCEPTED: what the policy " + shown(policy) + " asks of it holds; nothing is said about a whole machine";
}

}  // namespace

std::string headline(const Verdict& verdict) {
  if (!verdict.accepted) return rejected(verdict);
  if (verdict.simulated) return "SIMULATED hardware (L0): fine for development, proves nothing about a real machine";
  if (!verdict.level) return judged_singly(verdict.policy);
  switch (*verdict.level) {
    case Level::l1:
      return "L1: a genuine CPU TEE running a known workload; physical attacks by its owner are not covered";
    case Level::l2:
      return "L2: a genuine CPU TEE and genuine GPUs running a known workload; physical attacks by its owner are not "
             "covered";
    case Level::l3:
      return "L3: a genuine CPU TEE and genuine GPUs running a known workload, on a machine that somebody vouches for";
    case Level::l0:
      break;
  }
  return {};
}

std::string to_text(const Verdict& verdict, bool verbose) {
  std::string out = headline(verdict) + "\n" + counts(verdict) + "\n\n";
  add_findings(out, verdict, Severity::failed, "✗");
  add_findings(out, verdict, Severity::warning, "!");
  if (verbose) add_findings(out, verdict, Severity::passed, "✓");
  out += "\n";
  add_identity(out, verdict);
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::note) add_line(out, "note", finding.detail);
  }
  return out;
}

}  // namespace aipg::attest
