// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_event.h"

#include <algorithm>

namespace aipg::worker {
namespace {

using codec::json::Document;
using codec::json::Kind;
using codec::json::Value;

constexpr std::string_view kChunkMembers[] = {
    "id", "object", "created", "model", "choices", "usage", "error", "system_fingerprint", "service_tier"};

std::optional<Tokens> read_usage(Value holder) {
  const auto usage = holder.find("usage");
  if (!usage || !usage->is(Kind::object)) return std::nullopt;
  const auto number = [&usage](std::string_view name, std::string_view other) {
    auto value = usage->find(name);
    if (!value) value = usage->find(other);
    return value ? value->uint().value_or(0) : 0;
  };
  return Tokens{.in = number("prompt_tokens", "input_tokens"), .out = number("completion_tokens", "output_tokens")};
}

}  // namespace

Result<Document> parse_engine_object(std::string_view text) {
  auto document = codec::json::parse(text, {.max_bytes = kMaxEngineObjectBytes, .max_depth = kMaxEngineObjectDepth});
  if (!document) return fail("engine_event", "json");
  if (!document->root().is(Kind::object)) return fail("engine_event", "object");
  if (document->root().find("attestation")) return fail("engine_event", "attestation");
  return document;
}

std::optional<Tokens> find_usage(Value object) {
  if (auto tokens = read_usage(object)) return tokens;
  for (const std::string_view inside : {"response", "message"}) {
    const auto holder = object.find(inside);
    if (!holder) continue;
    if (auto tokens = read_usage(*holder)) return tokens;
  }
  return std::nullopt;
}

void merge(Tokens& into, const std::optional<Tokens>& more) {
  if (!more) return;
  into.in = std::max(into.in, more->in);
  into.out = std::max(into.out, more->out);
}

bool is_usage_only(Value object) {
  const auto usage = object.find("usage");
  const auto choices = object.find("choices");
  return usage && usage->is(Kind::object) && (!choices || choices->size() == 0) && !object.find("error");
}

void append_chunk(SecretBytes& out, Value object, std::string_view model, Usage usage) {
  out.append("{");
  bool first = true;
  for (const Value member : object) {
    const std::string_view name = member.name();
    if (std::ranges::find(kChunkMembers, name) == std::end(kChunkMembers)) continue;
    if (name == "usage" && usage == Usage::drop) continue;
    out.append(first ? "\"" : ",\"");
    first = false;
    out.append(name);
    out.append("\":");
    if (name == "model") {
      out.append(codec::json::quote(model));
    } else {
      append_on_one_line(out, member.raw());
    }
  }
  out.append("}");
}

void append_on_one_line(SecretBytes& out, std::string_view json) {
  const MutableByteView room = out.extend(json.size());
  std::ranges::transform(json, room.begin(),
                         [](char c) { return static_cast<std::uint8_t>(c == '\n' || c == '\r' ? ' ' : c); });
}

}  // namespace aipg::worker
