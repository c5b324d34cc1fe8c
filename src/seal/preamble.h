// SPDX-License-Identifier: Apache-2.0
// The clear head of a sealed request and of a sealed response: formats only, no
// keys. This is all of the seal that a gateway links.
// Errors: malformed_seal, unsupported_version, unsupported_suite; need more
// bytes is not an error but an empty optional.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "seal/routing.h"

namespace aipg::seal {

inline constexpr std::string_view kRequestMagic = "AIPGSEAL";
inline constexpr std::string_view kResponseMagic = "AIPGOPEN";
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMaxPreambleBytes = 8U << 10;
inline constexpr std::size_t kMaxRecipients = 3;
inline constexpr std::size_t kWrappedBytes = 48;
inline constexpr std::size_t kResponsePreambleBytes = 8 + 1 + 32 + 32;
inline constexpr std::size_t kMaxRequestBytes = 32U << 20;  // inner message

inline constexpr std::string_view kRequestContentType = "application/vnd.aipg.sealed-request";
inline constexpr std::string_view kResponseContentType = "application/vnd.aipg.sealed-response";

struct RecipientBlock {
  Hash256 kid{};
  ByteView enc;  // 32 or 1120, by suite
  ByteArray<kWrappedBytes> wrapped{};
};

// Borrows what it was read of.
struct Preamble {
  std::uint16_t suite = 0;
  ByteArray<16> request_id{};
  std::uint64_t expires_ms = 0;
  Hash256 commitment{};
  Routing routing;
  std::vector<RecipientBlock> recipients;

  ByteView bytes;              // the exact preamble
  std::size_t aad_prefix = 0;  // bytes[0, aad_prefix) is "preamble through count"
};

// Reads a preamble from the start of `in`, which may hold more. Empty: `in` is
// a proper prefix of a preamble so far (at most 8 KiB are ever asked for).
// A kid listed twice is malformed. With an unknown suite everything before the
// recipients is still checked first, for their size depends on it; an unknown
// version ends at its byte.
[[nodiscard]] Result<std::optional<Preamble>> parse_preamble(ByteView in);

struct ResponsePreamble {
  Hash256 kid{};
  Hash256 nonce{};
  ByteArray<kResponsePreambleBytes> bytes{};
};
// Exactly kResponsePreambleBytes. Errors: malformed_seal, unsupported_version.
[[nodiscard]] Result<ResponsePreamble> parse_response_preamble(ByteView in);
[[nodiscard]] ResponsePreamble make_response_preamble(const Hash256& kid, const Hash256& nonce);

}  // namespace aipg::seal
