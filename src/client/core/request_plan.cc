// SPDX-License-Identifier: Apache-2.0
#include "client/core/request_plan.h"

#include "codec/json.h"
#include "seal/body_tables.h"
#include "seal/preamble.h"

namespace aipg::client {
namespace {

using codec::json::Kind;
using codec::json::Value;
using seal::InnerError;
using seal::Rule;

// What the worker takes as well.
constexpr unsigned kMaxBodyDepth = 64;
constexpr std::uint64_t kMostOutputTokens = 1ULL << 31;

std::unexpected<InnerError> refuse(std::string parameter, Literal message) {
  return std::unexpected(InnerError{400, "invalid_request", std::move(parameter), message});
}

// What the members say, read leniently: validate_body() is the judge.
struct Wishes {
  std::string model;
  bool stream = false;
  std::optional<std::uint64_t> max_tokens;
  std::uint64_t choices = 1, prompts = 1;

  void note(Rule rule, const Value& value) {
    switch (rule) {
      case Rule::model:
        model = value.string().value_or("");
        break;
      case Rule::stream:
        stream = value.boolean().value_or(false);
        break;
      case Rule::output_tokens:
        if (const auto tokens = value.uint()) max_tokens = std::max(max_tokens.value_or(0), *tokens);
        break;
      case Rule::choices:
        choices = std::max(choices, value.uint().value_or(1));
        break;
      case Rule::prompts:
        if (value.is(Kind::array) && value.size() > 0 && !(*value.begin()).is(Kind::number)) prompts = value.size();
        break;
      default:
        break;
    }
  }
};

std::expected<Wishes, InnerError> read_wishes(std::string_view path, std::string_view body) {
  const auto document = codec::json::parse(body, {.max_bytes = seal::kMaxRequestBytes, .max_depth = kMaxBodyDepth});
  if (!document) return refuse({}, "The body is not valid JSON in UTF-8.");
  const Value root = document->root();
  if (!root.is(Kind::object)) return refuse({}, "The body must be a JSON object.");
  Wishes out;
  const auto members = seal::members_of(path);
  for (const Value& value : root) {
    const auto rule = std::ranges::find(members, value.name(), &seal::Member::name);
    if (rule != members.end()) out.note(rule->rule, value);
  }
  return out;
}

}  // namespace

std::expected<seal::Routing, InnerError> plan_request(std::string_view path, std::string_view body,
                                                      seal::Padding padding) {
  if (!seal::is_sealable_path(path)) return refuse("path", "This path cannot be sent sealed.");
  const auto wishes = read_wishes(path, body);
  if (!wishes) return std::unexpected(wishes.error());

  seal::Routing out;
  out.path = path;
  out.model = wishes->model;
  out.stream = wishes->stream;
  out.padding = padding;
  const std::uint64_t each = wishes->max_tokens.value_or(kDefaultOutputTokens);
  // Compare before multiplying: the caller picks all three.
  const std::uint64_t answers = std::min(wishes->choices, kMostOutputTokens) * wishes->prompts;
  if (each > kMostOutputTokens / std::max<std::uint64_t>(1, answers)) {
    return refuse("max_tokens", "The body asks for more tokens than one request may have.");
  }
  out.max_output_tokens = seal::round_output_tokens(static_cast<std::uint32_t>(each * answers));
  if (const auto good = seal::check_routing(out); !good) {
    if (good.error().where == Literal("padding")) {
      return refuse("model", "p2:1 has no room for the receipt of a model with so long a name; p2:2 has.");
    }
    return refuse("model", "The model's name must be 1 to 128 printable characters without spaces.");
  }
  if (auto valid = seal::validate_body(path, body, out); !valid) return std::unexpected(valid.error());
  return out;
}

}  // namespace aipg::client
