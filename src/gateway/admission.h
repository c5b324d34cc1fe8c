// SPDX-License-Identifier: Apache-2.0
// Whether a request on an inference path may go on, judged by its head alone:
// nothing of its body has been read yet, and nothing reaches a worker unless
// this says so. Deny by default. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "api/error.h"
#include "net/http.h"

namespace aipg::gateway {

// Empty: a sealed request under the confidential header. Otherwise the error.
//   no header, ordinary body      standard_tier_not_offered
//   no header, sealed body        invalid_confidential_header
//   any value but "required"      invalid_confidential_header (so are two headers)
//   "required", not a sealed body sealing_required
[[nodiscard]] std::optional<api::ErrorCode> check_confidential_head(const net::RequestHead& head);

// The presented API key: `Authorization: Bearer …` or `apikey: …`; empty when
// there is none, or more than one.
[[nodiscard]] std::string_view presented_key(const net::Headers& headers);

}  // namespace aipg::gateway
