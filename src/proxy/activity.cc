// SPDX-License-Identifier: Apache-2.0
#include "proxy/activity.h"

#include "client/core/failure_text.h"

namespace aipg::proxy {
namespace {

constexpr std::size_t kMost = 20;

}  // namespace

void Activity::verdicts(const std::vector<client::Candidate>& tried) {
  for (const client::Candidate& candidate : tried) {
    const attest::Verdict& verdict = candidate.appraisal.verdict;
    const bool known = std::ranges::any_of(recent_, [&](const RecentVerdict& other) {
      return other.at == verdict.at && other.worker_id == candidate.entry.worker_id;
    });
    if (known) continue;  // it was not verified anew
    recent_.push_front({verdict.at, candidate.entry.worker_id, verdict.level,
                        verdict.accepted ? std::string() : client::why_refused(verdict)});
    if (recent_.size() > kMost) recent_.pop_back();
  }
}

}  // namespace aipg::proxy
