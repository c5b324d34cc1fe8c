// SPDX-License-Identifier: Apache-2.0
// Hexadecimal text. Writing is lower case; reading takes both cases, refuses
// everything else. Error: invalid_hex.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg {

[[nodiscard]] std::string to_hex(ByteView bytes);
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// The first bytes of a hash, as people read it: "3f9a 71c2 0d4e …".
[[nodiscard]] std::string short_hex(ByteView bytes);

}  // namespace aipg
