// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/jose.h"

#include "codec/base64.h"
#include "codec/json.h"

namespace aipg::attest::nras {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxHeaderBytes = 8 << 10, kMaxKidBytes = 256, kSignatureBytes = 96;

bool is_kid(std::string_view kid) {
  return !kid.empty() && kid.size() <= kMaxKidBytes &&
         std::ranges::all_of(kid, [](char c) { return ' ' < c && c <= '~'; });
}

Result<std::string> read_header(std::string_view part) {
  if (part.size() > kMaxHeaderBytes) return fail("jws_invalid", "header");
  const auto bytes = codec::from_base64url(part);
  if (!bytes) return fail("jws_invalid", "header");
  const auto document = json::parse(as_text(*bytes), {.max_bytes = kMaxHeaderBytes, .max_depth = 8});
  if (!document || !document->root().is(json::Kind::object)) return fail("jws_invalid", "header");
  const json::Value header = document->root();
  const auto algorithm = header.find("alg"), kid = header.find("kid");
  if (!algorithm || algorithm->plain_string() != "ES384") return fail("jws_algorithm");
  if (!kid || header.size() != 2) return fail("jws_header");
  const auto text = kid->plain_string();
  if (!text || !is_kid(*text)) return fail("jws_header", "kid");
  return std::string(*text);
}

}  // namespace

Result<Jws> parse_jws(std::string_view compact) {
  if (compact.size() > kMaxJwsBytes) return fail("jws_invalid", "size", compact.size());
  const std::size_t first = compact.find('.');
  const std::size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
    return fail("jws_invalid", "parts");
  }
  Jws out{.compact = compact, .signing_input = compact.substr(0, second), .kid = {}, .claims = {}, .signature = {}};
  AIPG_TRY(out.kid, read_header(compact.substr(0, first)));
  auto claims = codec::from_base64url(compact.substr(first + 1, second - first - 1));
  auto signature = codec::from_base64url(compact.substr(second + 1));
  if (!claims || claims->empty()) return fail("jws_invalid", "claims");
  if (!signature || signature->size() != kSignatureBytes) return fail("jws_invalid", "signature");
  out.claims = *std::move(claims);
  out.signature = *std::move(signature);
  return out;
}

}  // namespace aipg::attest::nras
