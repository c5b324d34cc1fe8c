// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's RIM service answers: {"id", "rim" (base64), "sha256", …}. The
// hash finds transfer errors; trust comes from the manifest's own signature.
// Pure. Errors: those of codec/json.h and json_fields.h, rim_service_id,
// rim_service_format, rim_service_rim, rim_service_sha256.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::nvidia {

inline constexpr std::size_t kMaxRimAnswerBytes = 2 << 20;

// The manifest's bytes, if the answer is about `id`.
[[nodiscard]] Result<Bytes> parse_rim_answer(std::string_view json, std::string_view id);

}  // namespace aipg::attest::nvidia
