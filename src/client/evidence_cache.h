// SPDX-License-Identifier: Apache-2.0
// Evidence that a command-line tool verified a few minutes ago, kept on disk
// so that the next command need not ask again: one file for each gateway,
// readable by its owner. Nothing in it is believed: Session::remember()
// appraises it again. A file that cannot be read is as good as none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/core/session.h"

namespace aipg::client {

struct CachedEvidence {
  Bytes bundle;
  attest::Freshness freshness;
  api::DirectoryEntry entry;
  Instant verified_at;
};

// The file's content; pure.
[[nodiscard]] std::string write_cached(const std::vector<CachedEvidence>& all);
[[nodiscard]] Result<std::vector<CachedEvidence>> parse_cached(std::string_view text);

class EvidenceCache {
 public:
  // $XDG_CACHE_HOME/aipg/evidence, or below $HOME/.cache; nullopt when there is no home.
  [[nodiscard]] static std::optional<std::string> default_folder();

  EvidenceCache(const std::string& folder, std::string_view gateway);

  // What is not older than a verdict may be.
  [[nodiscard]] std::vector<CachedEvidence> read(Instant now);
  void keep(const Candidate& candidate);
  // Does nothing when nothing was kept. A cache that cannot be written is no failure of the command.
  void write(Instant now);

 private:
  void expire(Instant now);

  std::string path_;
  std::map<Hash256, CachedEvidence> all_;  // by keyset id
  bool changed_ = false;
};

}  // namespace aipg::client
