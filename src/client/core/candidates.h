// SPDX-License-Identifier: Apache-2.0
// Drawing workers from the directory: at random, by the client itself,
// cheaper ones more often, so that a gateway can refuse but not steer. Pure.
#pragma once

#include <vector>

#include "api/directory.h"
#include "crypto/random.h"

namespace aipg::client {

struct Wanted {
  std::string model, path;
  std::size_t count = 2;
  bool require_pq = false;
};

// Some of a directory's, which may have ten thousand: borrowed from it.
using Entries = std::vector<const api::DirectoryEntry*>;
[[nodiscard]] Entries entries_of(const api::Directory& directory);

// At most `count` of these that offer model and path, of different workers and,
// where they have stakes, different stakes. Fewer or none when there are no more.
[[nodiscard]] Entries draw_candidates(const Entries& entries, const Wanted& wanted, crypto::Rng& rng);

}  // namespace aipg::client
