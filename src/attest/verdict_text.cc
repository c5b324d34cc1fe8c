// SPDX-License-Identifier: Apache-2.0
// A verdict as people read it: what it comes to, what is wrong and who can
// fix it, what was seen, and what the level does not cover.
#include "attest/verdict.h"
#include "attest/verdict_meanings.h"
#include "base/hex.h"

namespace aipg::attest {
namespace {

constexpr std::size_t kCodeColumn = 25, kNameColumn = 11;
constexpr std::size_t kLongHex = 32;  // digits from which on only the first are shown
constexpr std::size_t kLineWidth = 92;

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

// The first bytes of a hash in hex, spaced for eyes.
std::string cut(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes ? short_hex(*bytes) : hex;
}

bool is_hex(char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); }

// With every hash in it cut.
std::string shortened(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t digits =
        std::min(text.size(), static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex) - text.begin()));
    const std::size_t n = std::max<std::size_t>(digits, 1);
    out += digits >= kLongHex ? cut(std::string(text.substr(0, digits))) : std::string(text.substr(0, n));
    text.remove_prefix(n);
  }
  return out;
}

// What a broken rule compared: whole where the beginnings do not differ.
void add_compared(std::string& out, const Compared& compared) {
  if (compared.expected.empty()) return;
  std::string expected = shortened(shown(compared.expected)), actual = shortened(shown(compared.actual));
  if (expected == actual) {
    expected = shown(compared.expected);
    actual = shown(compared.actual);
  }
  const std::string indent(kCodeColumn + 2, ' ');
  const bool one_line = indent.size() + expected.size() + actual.size() < kLineWidth;
  out += indent + "expected " + expected + (one_line ? ", " : "\n" + indent) + "found " + actual + "\n";
}

// Rules that nothing was given for.
bool is_unchecked(const Finding& finding) {
  const std::string_view code = finding.code.view();
  return finding.severity == Severity::warning && (code.ends_with("_missing") || code.ends_with("_unproven"));
}

std::string_view mark_of(const Finding& finding) {
  if (is_unchecked(finding)) return "–";
  switch (finding.severity) {
    case Severity::passed:
    case Severity::note:
      return "✓";
    case Severity::warning:
      return "!";
    case Severity::failed:
      return "✗";
  }
  return {};
}

void add_finding(std::string& out, const Finding& finding) {
  const std::string_view passed = finding.severity == Severity::passed ? meaning_of(finding.code) : "";
  const std::string detail = shown(finding.detail.empty() ? passed : finding.detail);
  out += std::string(mark_of(finding)) + " " + column(finding.code, kCodeColumn) + shown(finding.subject);
  out += detail.empty() ? "\n" : ": " + detail + "\n";
  add_compared(out, finding.compared);
  if (finding.severity != Severity::failed) return;
  const std::string_view fix = fix_for(finding.code);
  if (!fix.empty()) out += std::string(kCodeColumn + 2, ' ') + "fix: " + std::string(fix) + "\n";
}

void add_findings(std::string& out, const Verdict& verdict, Severity severity) {
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) add_finding(out, finding);
  }
}

// What was looked at: the worst mark of each subject, and how many of its rules hold.
struct Row {
  std::string subject;
  std::string_view mark = "✓";
  std::size_t held = 0, failed = 0, warned = 0, unchecked = 0;
};

void count(const Finding& finding, Row& row) {
  if (finding.severity == Severity::passed) ++row.held;
  if (finding.severity == Severity::failed) ++row.failed;
  if (finding.severity == Severity::warning) ++(is_unchecked(finding) ? row.unchecked : row.warned);
  row.mark = row.failed != 0 ? "✗" : row.warned != 0 ? "!" : row.unchecked != 0 ? "–" : "✓";
}

std::vector<Row> rows_of(const Verdict& verdict) {
  std::vector<Row> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::note) continue;
    auto row = std::ranges::find(out, finding.subject, &Row::subject);
    if (row == out.end()) row = out.insert(out.end(), {.subject = finding.subject});
    count(finding, *row);
  }
  return out;
}

void add_table(std::string& out, const Verdict& verdict) {
  for (const Row& row : rows_of(verdict)) {
    out += std::string(row.mark) + " " + column(shown(row.subject), kNameColumn) + std::to_string(row.held) +
           (row.held == 1 ? " rule holds" : " rules hold");
    if (row.failed != 0) out += ", " + std::to_string(row.failed) + " broken";
    if (row.warned != 0) out += ", " + plural(row.warned, "warning", "warnings");
    if (row.unchecked != 0) out += ", " + std::to_string(row.unchecked) + " not checked";
    out += "\n";
  }
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += column(name, kNameColumn) + shown(value) + "\n";
}

std::string in_brackets(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "(" : ", ") + each;
  return out.empty() ? out : out + ")";
}

// "UpToDate, patches up to 2025-03-12, advisories INTEL-SA-00615"
std::string tcb_of(const Identity& identity) {
  std::string out = identity.tcb_status;
  if (identity.tcb_date) out += ", patches up to " + to_text(*identity.tcb_date).substr(0, 10);
  std::string_view separator = ", advisories ";
  for (const std::string& advisory : identity.advisories) {
    out += std::string(separator) + advisory;
    separator = ", ";
  }
  return out;
}

// A second line beside the verdict, which it never changes.
std::string since_of(const Since& since) {
  std::string out = "as of " + to_text(since.at) + ": ";
  if (since.state == Since::State::good) return out + "nothing that it rests on is revoked or out of date";
  out += since.state == Since::State::changed ? "no longer, for" : "not known, for";
  std::string_view separator = " ";
  for (const Finding& finding : since.findings) {
    out += std::string(separator) + std::string(finding.code.view()) + " (" + finding.subject + ")";
    separator = ", ";
  }
  return out;
}

void add_identity(std::string& out, const Verdict& verdict) {
  const Identity& identity = verdict.identity;
  add_line(out, "cpu", identity.cpu);
  add_line(out, "tcb", tcb_of(identity));
  if (!identity.boot_name.empty()) add_line(out, "boot", identity.boot_name + "  (known)");
  if (!identity.workload.empty()) {
    out += column("workload", kNameColumn) + cut(identity.workload) + " " + shown(in_brackets(identity.models)) + "\n";
  }
  for (const std::string& device : identity.devices) add_line(out, "gpu", device);
  add_line(out, "worker", identity.worker_id);
  if (verdict.keyset_not_after) add_line(out, "keys", "until " + to_text(*verdict.keyset_not_after));
  add_line(out, "judged", "as of " + to_text(verdict.at) + ", by the policy " + verdict.policy);
  if (verdict.since) add_line(out, "today", since_of(*verdict.since));
  if (!verdict.roots.empty()) add_line(out, "roots", verdict.roots);
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
  add_findings(out, verdict, Severity::failed);
  add_findings(out, verdict, Severity::warning);
  if (verbose) add_findings(out, verdict, Severity::passed);
  out += "\n";
  add_table(out, verdict);
  out += "\n";
  add_identity(out, verdict);
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::note) add_line(out, "note", finding.detail);
  }
  return out;
}

}  // namespace aipg::attest
