// SPDX-License-Identifier: Apache-2.0
// --print-sandbox: what would be applied, in words.
#include <fmt/format.h>

#include <filesystem>

#include "program/sandbox.h"
#include "program/sanitizer_needs.h"

namespace aipg::program {
namespace {

constexpr std::size_t kIndent = 20, kWidth = 110;

// "  name              word, word, …", in lines.
void append_list(std::string& out, std::string_view name, const std::vector<std::string>& words) {
  std::string line = fmt::format("  {:<{}}", name, kIndent - 2);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? ", " : "");
    if (line.size() + word.size() > kWidth && line.size() > kIndent) {
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      line.assign(kIndent, ' ');
    }
    line += word;
  }
  out += line + "\n";
}

std::vector<std::string> calls_of(const GroupOfCalls& group) {
  std::vector<std::string> out;
  for (const Call& call : group.calls) {
    const std::string_view limit = limit_text(call.limit);
    out.push_back(std::string(call.name) + (limit.empty() ? "" : fmt::format(" ({})", limit)));
  }
  return out;
}

void append_calls(std::string& out, const SandboxProfile& profile) {
  out += "system calls, by seccomp; any other fails as if this kernel did not have it\n";
  for (const SyscallGroup group : profile.calls) {
    append_list(out, syscall_group(group).name, calls_of(syscall_group(group)));
  }
  if (profile.intruder == Intruder::is_refused) return;
  out += "never: one of these ends the program\n";
  for (const ForbiddenFamily& family : forbidden_families()) {
    std::vector<std::string> names(family.calls.begin(), family.calls.end());
    if (family.name == "namespaces") names.emplace_back("clone with a flag of a namespace");
    append_list(out, family.name, names);
  }
}

void append_files(std::string& out, const std::vector<PathRule>& paths, int landlock) {
  if (landlock == 0) {
    out += "files: NOT CONFINED, as this kernel has no Landlock\n";
    return;
  }
  out += fmt::format("files, by Landlock (version {}); no other can be opened, made or removed\n", landlock);
  for (const PathRule& rule : paths) {
    std::error_code failed;
    const std::filesystem::path whole = std::filesystem::absolute(rule.path, failed);
    const bool there = std::filesystem::exists(whole, failed);
    out += fmt::format("  {:<{}}{}{}   {}\n", to_text(rule.use), kIndent - 2, whole.string(),
                       there ? "" : " (not there)", rule.why);
  }
  if (paths.empty()) out += "  none\n";
}

void append_ports(std::string& out, std::string_view what, const std::vector<std::uint16_t>& ports) {
  std::vector<std::string> words;
  for (const std::uint16_t port : ports) words.push_back(std::to_string(port));
  if (words.empty()) words.emplace_back("none");
  append_list(out, what, words);
}

void append_network(std::string& out, const LandlockRules& rules, int landlock) {
  if (landlock < kLandlockPorts) {
    out += "TCP ports: NOT CONFINED, as this kernel's Landlock does not know them\n";
  } else {
    out +=
        fmt::format("TCP ports, by Landlock (version {}); what is open when this begins to hold stays so\n", landlock);
    append_ports(out, "connects to", rules.connects);
    append_ports(out, "opens", rules.listens);
  }
  out += landlock < kLandlockSignals
             ? "signals and abstract sockets of others: NOT CONFINED, as this kernel's Landlock does not know them\n"
             : "signals and abstract sockets of others: out of reach\n";
}

}  // namespace

std::string sandbox_text(SandboxProfile profile, int landlock) {
  const bool sanitized = add_sanitizer_needs(profile);
  std::string out = profile.program + " confines itself as follows, on this machine. No setting changes it.\n";
  if (sanitized) out += "THIS BUILD HAS A SANITIZER, which needs more than the program does.\n";
  append_calls(out, profile);
  append_files(out, profile.rules.paths, landlock);
  append_network(out, profile.rules, landlock);
  out += "besides: no capabilities, no new privileges, no core dumps, no tracing by other programs of the same user\n";
  return out;
}

}  // namespace aipg::program
