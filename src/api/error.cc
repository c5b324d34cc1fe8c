// SPDX-License-Identifier: Apache-2.0
#include "api/error.h"

#include <algorithm>
#include <array>

#include "codec/json.h"

namespace aipg::api {
namespace {

constexpr std::size_t kMaxErrorBytes = 64 << 10;

constexpr Literal kInvalid = "invalid_request_error";
constexpr Literal kAuthentication = "authentication_error";
constexpr Literal kServer = "server_error";
constexpr Literal kRateLimit = "rate_limit_error";

// In the order of the enumeration. Each message: what happened, what did not, what to do.
constexpr std::array kErrors = {
    ErrorInfo{ErrorCode::no_confidential_worker, "no_confidential_worker", 503, false, kServer,
              "No confidential worker can take this request now. It was not run. Fetch the directory again and choose "
              "among the workers it lists."},
    ErrorInfo{ErrorCode::sealing_required, "sealing_required", 400, false, kInvalid,
              "The body is not sealed. No worker saw it and it was not run, but it did reach this gateway unsealed. "
              "Use a client that seals; X-AIPG-Confidential alone encrypts nothing."},
    ErrorInfo{ErrorCode::invalid_confidential_header, "invalid_confidential_header", 400, false, kInvalid,
              "The X-AIPG-Confidential header and the body do not fit together. The request was not run. Send the "
              "header once, with the value required, and a sealed body."},
    ErrorInfo{ErrorCode::model_not_found, "model_not_found", 404, false, kInvalid,
              "No worker here offers this model. The request was not run. GET /v1/models lists those that are "
              "offered."},
    ErrorInfo{ErrorCode::worker_key_expired, "worker_key_expired", 409, false, kInvalid,
              "The worker keys that this request was sealed to are no longer in use. It was not run. Fetch the "
              "worker's evidence again, verify it and seal again."},
    ErrorInfo{ErrorCode::request_replayed, "request_replayed", 409, false, kInvalid,
              "This sealed request was received before, and a worker runs one at most once. It was not run again. "
              "Seal a new request."},
    ErrorInfo{ErrorCode::request_expired, "request_expired", 400, false, kInvalid,
              "The time for which this request was sealed is over, or too far ahead. It was not run. Check this "
              "machine's clock, then seal again."},
    ErrorInfo{ErrorCode::malformed_seal, "malformed_seal", 400, false, kInvalid,
              "The sealed request cannot be read. It was not run. Update the client that sealed it; if that does not "
              "help, something on the way changes the bytes."},
    ErrorInfo{ErrorCode::unsupported_version, "unsupported_version", 400, false, kInvalid,
              "The request is sealed in a protocol version that is not spoken here. It was not run. Update the client "
              "or choose another worker."},
    ErrorInfo{ErrorCode::unsupported_suite, "unsupported_suite", 400, false, kInvalid,
              "The request is sealed with a cipher suite that the worker has no key for. It was not run. Seal with a "
              "suite that the worker's keyset lists, as far as your policy allows it."},
    ErrorInfo{ErrorCode::attestation_stale, "attestation_stale", 503, false, kServer,
              "The worker's evidence is too old. The request was not run. Ask for fresh evidence, verify it and seal "
              "again."},
    ErrorInfo{ErrorCode::attestation_invalid, "attestation_invalid", 503, false, kServer,
              "The worker's evidence was rejected. The request was not run. Choose another worker; the operator of "
              "this one has to repair it."},
    ErrorInfo{ErrorCode::worker_busy, "worker_busy", 503, true, kServer,
              "The workers that could take this request are full. It was not run. Try again in a few seconds."},
    ErrorInfo{ErrorCode::insufficient_stake, "insufficient_stake", 403, false, kInvalid,
              "The worker's stake is below what this network asks for. The worker was not registered. Its operator "
              "adds stake and connects again."},
    ErrorInfo{ErrorCode::invalid_api_key, "invalid_api_key", 401, false, kAuthentication,
              "The API key is missing, unknown or revoked. The request was not run. Send a valid key as Authorization: "
              "Bearer KEY."},
    ErrorInfo{ErrorCode::standard_tier_not_offered, "standard_tier_not_offered", 400, false, kInvalid,
              "This gateway takes confidential requests only. The request was not run, but it did reach this gateway "
              "unsealed. Use a client that seals."},
    ErrorInfo{ErrorCode::price_above_max, "price_above_max", 402, false, kInvalid,
              "Every worker in this request asks for more than its max_price. It was not run. Raise max_price or "
              "choose a cheaper worker."},
    ErrorInfo{ErrorCode::quota_exceeded, "quota_exceeded", 429, true, kRateLimit,
              "This API key, or this address, has used up its quota for now. The request was not run. Try again after "
              "Retry-After, or ask the gateway's operator for more."},
    ErrorInfo{ErrorCode::upstream_lost, "upstream_lost", 502, true, kServer,
              "The worker was lost before it answered. Whether it ran the request is not known; its answer is gone. "
              "Verify a worker and seal again."},
    ErrorInfo{ErrorCode::malformed_request, "malformed_request", 400, false, kInvalid,
              "The HTTP request cannot be read. Nothing was run. Check its head and its body against "
              "docs/protocol.md."},
    ErrorInfo{ErrorCode::not_found, "not_found", 404, false, kInvalid,
              "There is nothing at this path. Nothing was run. Check the base URL: it ends in the gateway's address or "
              "in /v1, as the client expects it."},
    ErrorInfo{ErrorCode::method_not_allowed, "method_not_allowed", 405, false, kInvalid,
              "This path does not take this method. Nothing was run. The Allow header names those it takes."},
    ErrorInfo{ErrorCode::request_too_large, "request_too_large", 413, false, kInvalid,
              "The request is larger than is accepted here. It was not run. Shorten it, or ask the gateway's operator "
              "for the limit."},
};

consteval bool is_in_order() {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    if (static_cast<std::size_t>(kErrors[i].code) != i) return false;
  }
  return kErrors.back().code == ErrorCode::request_too_large;
}
static_assert(is_in_order(), "info() indexes the table by code");

}  // namespace

const ErrorInfo& info(ErrorCode code) { return kErrors[static_cast<std::size_t>(code)]; }
std::span<const ErrorInfo> all_errors() { return kErrors; }

std::optional<ErrorCode> error_from_name(std::string_view name) {
  const auto found = std::ranges::find_if(kErrors, [&](const ErrorInfo& error) { return error.name.view() == name; });
  if (found == kErrors.end()) return std::nullopt;
  return found->code;
}

std::string error_body(ErrorCode code) {
  const ErrorInfo& error = info(code);
  const std::string message = codec::json::quote(error.message);
  std::string out = R"({"error":{"message":)" + message;
  out.append(R"(,"type":)").append(codec::json::quote(error.type));
  out.append(R"(,"code":)").append(codec::json::quote(error.name));
  out.append(R"(,"param":null},"detail":)").append(message).append("}");
  return out;
}

std::optional<ErrorCode> parse_error_body(std::string_view body) {
  const auto document = codec::json::parse(body, {.max_bytes = kMaxErrorBytes});
  if (!document) return std::nullopt;
  const auto error = document->root().find("error");
  const auto code = error ? error->find("code") : std::nullopt;
  const auto name = code ? code->plain_string() : std::nullopt;
  return name ? error_from_name(*name) : std::nullopt;
}

}  // namespace aipg::api
