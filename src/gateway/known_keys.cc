// SPDX-License-Identifier: Apache-2.0
#include "gateway/known_keys.h"

#include "crypto/digest.h"
#include "store/key_format.h"

namespace aipg::gateway {
Result<std::optional<std::string>> KnownKeys::check(std::string_view presented) {
  const milliseconds now = clock_.monotonic();
  const Hash256 digest = crypto::sha256(as_bytes(presented));
  const auto found = known_.find(digest);
  if (found != known_.end() && now - found->second.asked < kKeyKnown) return found->second.id;
  // Those of a second at most, then: no more than were asked for in it.
  std::erase_if(known_, [now](const auto& known) { return now - known.second.asked >= kKeyKnown; });
  auto checked = store_.check_key(presented);
  if (checked && *checked) known_.emplace(digest, Known{**checked, now});
  return checked;
}

bool KnownKeys::readable() {
  // Of the form of a key, or the store would not have to look.
  const std::string nobodys = store::write_key({std::string(store::kKeyIdChars, 'a'), Secret32()});
  return store_.check_key(nobodys).has_value();
}

}  // namespace aipg::gateway
