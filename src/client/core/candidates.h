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

// At most `count` entries that offer model and path, of different workers and,
// where they have stakes, different stakes. Fewer or none when there are no more.
[[nodiscard]] std::vector<api::DirectoryEntry> draw_candidates(const api::Directory& directory, const Wanted& wanted,
                                                               crypto::Rng& rng);

}  // namespace aipg::client
