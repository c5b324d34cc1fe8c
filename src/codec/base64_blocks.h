// SPDX-License-Identifier: Apache-2.0
// Base64 of many bytes at once, where the processor can: attestations are long,
// and each answer has one. Not constant-time: for what is not secret.
#pragma once

#include "base/bytes.h"

namespace aipg::codec {

// Writes the digits of bytes from the front, in whole groups of 12 bytes, and returns how many bytes it took: all but
// 15 at most, or none where the processor has no SSSE3. `out` has room for the digits of all of them. The
// alphabet is RFC 4648's but for its last two digits.
std::size_t encode_base64_blocks(ByteView bytes, char* out, char digit62, char digit63);

}  // namespace aipg::codec
