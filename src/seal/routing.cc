// SPDX-License-Identifier: Apache-2.0
#include "seal/routing.h"

#include <bit>
#include <charconv>

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::seal {
namespace {

constexpr std::string_view kPaths[] = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses",
                                       "/v1/messages"};
constexpr std::size_t kMaxModelBytes = 128;
constexpr std::uint32_t kSmallestOutput = 256;
constexpr std::uint32_t kLargestOutput = 1U << 31;
constexpr std::size_t kMaxModelInSmallestChunk = 64;

bool is_model_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxModelBytes &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

// Few digits, so that a price does not tell requests apart.
bool has_two_significant_digits(std::uint64_t amount) {
  while (amount > 99 && amount % 10 == 0) amount /= 10;
  return amount <= 99;
}

// A receipt is one chunk, and grows with the model's name as JSON writes it.
bool has_room_for_receipt(Padding padding, std::string_view model) {
  const auto escaped =
      static_cast<std::size_t>(std::ranges::count_if(model, [](char c) { return c == '"' || c == '\\'; }));
  return padding != Padding::p2(1) || model.size() + escaped <= kMaxModelInSmallestChunk;
}

// A decimal string without sign or leading zero.
std::optional<std::uint64_t> parse_amount(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> read_optional(codec::json::Fields& fields, Routing& out) {
  if (const auto price = fields.optional_string("max_price", 20)) {
    out.max_price = parse_amount(*price);
    if (!out.max_price) return fail("malformed_seal", "max_price");
  }
  if (const auto affinity = fields.optional_string("affinity", 22)) {
    const auto bytes = codec::from_base64url(*affinity);
    if (!bytes || bytes->size() != 16) return fail("malformed_seal", "affinity");
    out.affinity = to_array<16>(*bytes);
  }
  return {};
}

}  // namespace

std::span<const std::string_view> sealable_paths() { return kPaths; }
bool is_sealable_path(std::string_view path) { return std::ranges::find(kPaths, path) != std::end(kPaths); }

Result<void> check_routing(const Routing& routing) {
  if (routing.method != "POST") return fail("malformed_seal", "method");
  if (!is_sealable_path(routing.path)) return fail("malformed_seal", "path");
  if (!is_model_name(routing.model)) return fail("malformed_seal", "model");
  if (routing.max_output_tokens < kSmallestOutput || !std::has_single_bit(routing.max_output_tokens)) {
    return fail("malformed_seal", "max_output_tokens");
  }
  if (!has_room_for_receipt(routing.padding, routing.model)) return fail("malformed_seal", "padding");
  if (routing.max_price && !has_two_significant_digits(*routing.max_price)) return fail("malformed_seal", "max_price");
  return {};
}

Result<Routing> parse_routing(ByteView bytes) {
  if (bytes.size() > kMaxRoutingBytes) return fail("malformed_seal", "routing");
  const auto document = codec::json::parse_canonical(as_text(bytes), kMaxRoutingBytes);
  if (!document) return fail("malformed_seal", "routing");

  codec::json::Fields fields(document->root(), "routing");
  Routing out;
  out.method = fields.string("method");
  out.path = fields.string("path");
  out.model = fields.string("model");
  out.stream = fields.boolean("stream");
  out.max_output_tokens = static_cast<std::uint32_t>(fields.uint("max_output_tokens", kLargestOutput));
  const std::string padding_text = fields.string("padding");
  AIPG_CHECK(read_optional(fields, out));
  if (!fields.finish()) return fail("malformed_seal", "routing");
  const auto padding = parse_padding(padding_text);
  if (!padding || to_text(*padding) != padding_text) return fail("malformed_seal", "padding");
  out.padding = *padding;
  AIPG_CHECK(check_routing(out));
  return out;
}

std::string write_routing(const Routing& routing) {
  if (!check_routing(routing)) __builtin_trap();
  codec::json::Tree::Object object{{"method", routing.method},
                                   {"path", routing.path},
                                   {"model", routing.model},
                                   {"stream", routing.stream},
                                   {"max_output_tokens", routing.max_output_tokens},
                                   {"padding", to_text(routing.padding)}};
  if (routing.max_price) object.emplace("max_price", std::to_string(*routing.max_price));
  if (routing.affinity) object.emplace("affinity", codec::to_base64url(*routing.affinity));
  return codec::json::Tree(std::move(object)).write();
}

std::uint32_t round_output_tokens(std::uint32_t tokens) {
  return std::bit_ceil(std::clamp(tokens, kSmallestOutput, kLargestOutput));
}

}  // namespace aipg::seal
