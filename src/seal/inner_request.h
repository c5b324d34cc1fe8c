// SPDX-License-Identifier: Apache-2.0
// What may be inside a sealed request: the BHTTP profile and the rules for
// bodies (docs/protocol.md, "Inside" and "Body"). Everything is by allow-list:
// what is not known is refused by name, because an engine parameter nobody
// reviewed may make it fetch, store or share. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "base/secret.h"
#include "seal/routing.h"

namespace aipg::seal {

struct InnerRequest {
  std::string path, model;
  bool stream = false;
  std::optional<Hash256> cache_salt;
  SecretBytes body;              // the validated bytes, unchanged
  std::uint64_t max_tokens = 0;  // n × max tokens, 0 when the body names none
  // How many answers the body asks for (prompts × n). Where it names no max, the
  // worker allows each routing.max_output_tokens / choices.
  std::uint64_t choices = 1;
};

// Goes back sealed, to the one who wrote the body: it may name the member.
struct InnerError {
  unsigned status = 400;
  Literal code;           // "unknown_parameter"
  std::string parameter;  // top-level member name, at most 64 bytes; empty if none
  Literal message;        // what to do
};

// `message` is the whole inner BHTTP request. Codes: malformed_seal (not our
// profile), invalid_request (not JSON, bad value), unknown_parameter,
// unsupported_parameter (known and refused), routing_mismatch.
[[nodiscard]] std::expected<InnerRequest, InnerError> validate_inner(SecretBytes message, const Routing& routing);
// The body rules alone, so that a client can refuse before it seals.
[[nodiscard]] std::expected<void, InnerError> validate_body(std::string_view path, std::string_view body,
                                                            const Routing& routing);

// {"error":{…}} as the sealed answer's body.
[[nodiscard]] std::string error_body(const InnerError& error);

}  // namespace aipg::seal
