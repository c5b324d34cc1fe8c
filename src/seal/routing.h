// SPDX-License-Identifier: Apache-2.0
// The part of a sealed request that the gateway reads: canonical JSON with a
// closed list of members. max_price is an amount, so it travels as a decimal
// string; affinity as base64url. Errors: malformed_seal (where names the field).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "seal/padding.h"

namespace aipg::seal {

inline constexpr std::size_t kMaxRoutingBytes = 1024;

struct Routing {
  std::string method = "POST";
  std::string path;   // "/v1/chat/completions"
  std::string model;  // [!-~]{1,128}
  bool stream = false;
  std::uint32_t max_output_tokens = 256;   // a power of two ≥ 256
  Padding padding = Padding::p1;           // p2:1 only with a model of at most 64 bytes, '"' and '\' counting twice
  std::optional<std::uint64_t> max_price;  // micro-USD for the whole job, 2 significant digits
  std::optional<ByteArray<16>> affinity;   // rotated hourly, never from content

  friend bool operator==(const Routing&, const Routing&) = default;
};

// The API paths a sealed request may name (docs/protocol.md).
[[nodiscard]] std::span<const std::string_view> sealable_paths();
[[nodiscard]] bool is_sealable_path(std::string_view path);

// The rules for values, which reading and writing share.
[[nodiscard]] Result<void> check_routing(const Routing& routing);
[[nodiscard]] Result<Routing> parse_routing(ByteView bytes);
// What check_routing accepts; anything else stops the program.
[[nodiscard]] std::string write_routing(const Routing& routing);
// The smallest allowed max_output_tokens that is ≥ tokens.
[[nodiscard]] std::uint32_t round_output_tokens(std::uint32_t tokens);

}  // namespace aipg::seal
