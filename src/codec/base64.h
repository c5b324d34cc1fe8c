// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 §4, padded) and base64url (§5, unpadded). Reading is
// canonical: no whitespace, no missing or superfluous padding, unused bits
// zero. Errors: invalid_base64.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::codec {

[[nodiscard]] std::string to_base64(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);
[[nodiscard]] std::string to_base64url(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

}  // namespace aipg::codec
