// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/rim_service.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/json_fields.h"
#include "crypto/digest.h"

namespace aipg::attest::nvidia {

Result<Bytes> parse_rim_answer(std::string_view json, std::string_view id) {
  AIPG_TRY(const codec::json::Document document,
           codec::json::parse(json, {.max_bytes = kMaxRimAnswerBytes, .max_depth = 2, .max_nodes = 16}));
  codec::json::Fields fields(document.root(), "rim answer");
  const std::string named = fields.string("id");
  const std::string encoded = fields.string("rim", kMaxRimAnswerBytes);
  const std::string sha256 = fields.string("sha256");
  const auto format = fields.optional_string("rim_format");
  fields.ignore("last_updated");
  fields.ignore("request_id");
  AIPG_CHECK(fields.finish());
  if (named != id) return fail("rim_service_id");
  // The service has manifests in other formats, for devices that are not verified here.
  if (format.value_or("TEXT") != "TEXT") return fail("rim_service_format");
  auto rim = codec::from_base64(encoded);
  if (!rim) return fail("rim_service_rim");
  const auto digest = from_hex(sha256);
  if (!digest || !equal(*digest, crypto::sha256(*rim))) return fail("rim_service_sha256");
  return *std::move(rim);
}

}  // namespace aipg::attest::nvidia
