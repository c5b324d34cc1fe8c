// SPDX-License-Identifier: Apache-2.0
// The inside of KeyRing. Private to the recipient's half.
#pragma once

#include <map>
#include <set>

#include "seal/recipient.h"

namespace aipg::seal {

struct KeyRing::State {
  using ReplayKey = ByteArray<16>;

  // The requests opened while exactly these keysets were held. `held` shrinks as
  // they are wiped; when it is empty, none of these requests can be opened again.
  struct Epoch {
    std::set<Hash256> held;
    std::set<ReplayKey> opened;
  };
  struct Found {
    std::shared_ptr<KeysetSecrets> keyset;
    const crypto::hpke::KeyPair* key = nullptr;
  };

  [[nodiscard]] std::optional<Found> find(const Hash256& kid, crypto::hpke::Suite suite) const;
  [[nodiscard]] bool seen(const ReplayKey& key) const;
  // False when full.
  [[nodiscard]] bool remember(const ReplayKey& key);
  [[nodiscard]] std::size_t used() const;

  std::size_t capacity = 0;
  std::map<Hash256, std::shared_ptr<KeysetSecrets>> keysets;
  std::vector<Epoch> epochs;  // the last one has every keyset in `keysets`
};

}  // namespace aipg::seal
