// SPDX-License-Identifier: Apache-2.0
// Checks one request body against seal/body_tables.h and the routing that
// travelled beside it. Pure. Private to aipg_seal_inner.
#pragma once

#include "seal/inner_request.h"

namespace aipg::seal {

struct BodyFacts {
  std::uint64_t choices = 1;     // prompts × n
  std::uint64_t max_tokens = 0;  // choices × max tokens, 0 when no max is named
};

[[nodiscard]] std::expected<BodyFacts, InnerError> check_body(std::string_view path, std::string_view body,
                                                              const Routing& routing);

}  // namespace aipg::seal
