// SPDX-License-Identifier: Apache-2.0
// What one piece of collateral is, in words, and when it was issued and until
// when it stands, as it says so itself: for tables and for deciding when to
// fetch again. Nothing here is verified. Pure.
// Errors: those of attest/endorsements.h and of the piece's own reader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::collateral {

struct Description {
  std::string what;   // "TCB info", "revocation list"
  std::string about;  // "TDX FMSPC 90C06F000000, evaluation 18"; printable ASCII
  std::optional<Instant> issued = {}, until = {};
  Hash256 digest{};  // SHA-256 of the piece
};

// Of everything in one file, in its order; a pack gives one for each piece. A chain of certificates is described by
// its first, whose window may not be longer than the others'.
[[nodiscard]] Result<std::vector<Description>> describe(ByteView file);

}  // namespace aipg::collateral
