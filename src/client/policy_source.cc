// SPDX-License-Identifier: Apache-2.0
#include "client/policy_source.h"

#include <filesystem>

#include "client/core/policy_file.h"
#include "client/whole_file.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::size_t kMaxPolicyBytes = 1 << 20;

// A file that a policy names lies where the policy says, seen from the policy.
attest::Policy beside(attest::Policy policy, const std::string& path) {
  if (policy.reference) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    policy.reference->file = (folder / policy.reference->file).string();
  }
  return policy;
}

}  // namespace

std::expected<attest::Policy, Complaint> load_policy(const std::string& path) {
  if (path.empty()) return attest::Policy{};
  if (auto ready = attest::ready_policy(path)) return *std::move(ready);
  const auto file = read_whole(path, kMaxPolicyBytes);
  if (!file) {
    return std::unexpected(Complaint{"policy_unreadable", "cannot read the policy " + path,
                                     "AIPG_POLICY, --policy or policy= names it; `aipg up` prints where its own is",
                                     ExitCode::cannot_read});
  }
  std::string what;
  auto policy = parse_policy(file->reveal_text(), &what);
  if (policy) return beside(*std::move(policy), path);
  return std::unexpected(
      Complaint{policy.error().code, "the policy " + path + " is not usable: " + what, {}, ExitCode::usage});
}

}  // namespace aipg::client
