// SPDX-License-Identifier: Apache-2.0
#include "gateway/admission.h"

#include "api/names.h"
#include "seal/preamble.h"

namespace aipg::gateway {

std::optional<api::ErrorCode> check_confidential_head(const net::RequestHead& head) {
  const std::size_t content_types = head.headers.count("content-type");
  const bool sealed = content_types == 1 && head.headers.find("content-type") == seal::kRequestContentType;
  switch (head.headers.count(api::kConfidentialHeader)) {
    case 0:
      return sealed ? api::ErrorCode::invalid_confidential_header : api::ErrorCode::standard_tier_not_offered;
    case 1:
      if (head.headers.find(api::kConfidentialHeader) != api::kConfidentialRequired)
        return api::ErrorCode::invalid_confidential_header;
      break;
    default:
      return api::ErrorCode::invalid_confidential_header;
  }
  if (!sealed) return api::ErrorCode::sealing_required;
  return std::nullopt;
}

std::string_view presented_key(const net::Headers& headers) {
  constexpr std::string_view kBearer = "Bearer ";
  if (headers.count("authorization") + headers.count("apikey") != 1) return {};
  if (auto key = headers.find("apikey")) return *key;
  const std::string_view authorization = *headers.find("authorization");
  return authorization.starts_with(kBearer) ? authorization.substr(kBearer.size()) : std::string_view{};
}

}  // namespace aipg::gateway
