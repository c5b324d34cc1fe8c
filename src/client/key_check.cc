// SPDX-License-Identifier: Apache-2.0
#include "client/key_check.h"

#include "api/error.h"
#include "api/names.h"
#include "seal/preamble.h"

namespace aipg::client {
namespace {

constexpr milliseconds kLimit{15'000};
constexpr std::size_t kMaxAnswerBytes = 64 << 10;

KeyCheck judge(const Gateway::Whole& whole) {
  const auto code = api::parse_error_body(as_text(whole.body));
  if (code == api::ErrorCode::invalid_api_key) return {KeyCheck::Outcome::refused, {}};
  if (code == api::ErrorCode::malformed_seal) return {KeyCheck::Outcome::accepted, {}};
  std::string reason = "it answered with status " + std::to_string(whole.status);
  if (code) reason += " (" + std::string(api::info(*code).name.view()) + ")";
  return {KeyCheck::Outcome::unclear, std::move(reason)};
}

}  // namespace

net::Task<KeyCheck> check_key(Gateway& gateway, std::string api_key) {
  // It begins as a sealed request does and then ends: no worker's key is named, so there is nobody to hand it to.
  Gateway::Request request{.method = "POST",
                           .target = "/v1/chat/completions",
                           .fields = {{"Content-Type", std::string(seal::kRequestContentType)},
                                      {std::string(api::kConfidentialHeader), std::string(api::kConfidentialRequired)}},
                           .body = as_bytes(seal::kRequestMagic),
                           .repeatable = true};
  if (!api_key.empty()) request.fields.push_back({"Authorization", "Bearer " + api_key});
  const auto whole = co_await gateway.fetch(std::move(request), kMaxAnswerBytes, kLimit);
  if (whole) co_return judge(*whole);
  std::string reason = whole.error().code == Literal("http_timeout") ? "no answer within 15 s" : gateway.last_failure();
  co_return KeyCheck{KeyCheck::Outcome::unreachable, std::move(reason)};
}

}  // namespace aipg::client
