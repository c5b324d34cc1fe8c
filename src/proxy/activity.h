// SPDX-License-Identifier: Apache-2.0
// What the proxy did lately, for its status page: counts, and the last verdicts
// on candidates. No content. On the Runtime's thread.
#pragma once

#include <deque>

#include "client/core/session.h"

namespace aipg::proxy {

struct RecentVerdict {
  Instant at;
  std::string worker_id;
  std::optional<attest::Level> level;  // nullopt: rejected
  std::string why;                     // then, in a few words
};

class Activity {
 public:
  void verdicts(const std::vector<client::Candidate>& tried);
  // Newest first.
  [[nodiscard]] const std::deque<RecentVerdict>& recent() const { return recent_; }

  std::uint64_t answered = 0, refused = 0, cut = 0, left = 0;  // requests, by how they ended
  std::size_t running = 0;

 private:
  std::deque<RecentVerdict> recent_;
};

}  // namespace aipg::proxy
