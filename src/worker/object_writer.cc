// SPDX-License-Identifier: Apache-2.0
#include "worker/object_writer.h"

#include <algorithm>

#include "worker/engine_event.h"

namespace aipg::worker {

void append_name(SecretBytes& out, std::string_view name) {
  const auto text = out.reveal_text();
  if (!text.empty() && text.back() != '{') out.append(",");
  out.append("\"");
  out.append(name);
  out.append("\":");
}

void append_member(SecretBytes& out, std::string_view name, std::string_view raw) {
  append_name(out, name);
  append_on_one_line(out, raw);
}

void append_if_any(SecretBytes& out, std::string_view name, const SecretBytes& raw) {
  if (!raw.empty()) append_member(out, name, raw.reveal_text());
}

codec::json::Document read_again(const SecretBytes& object) {
  auto document = codec::json::parse(object.reveal_text(),
                                     {.max_bytes = kMaxEngineObjectBytes, .max_depth = kMaxEngineObjectDepth});
  if (!document || !document->root().is(codec::json::Kind::object)) __builtin_trap();
  return *std::move(document);
}

void append_object(SecretBytes& out, codec::json::Value object, const std::vector<Replacement>& replacements) {
  // A name is the engine's: what it says must not become syntax.
  const auto append = [&out](std::string_view name, std::string_view raw) {
    const std::string quoted = codec::json::quote(name);
    append_member(out, std::string_view(quoted).substr(1, quoted.size() - 2), raw);
  };
  out.append("{");
  for (const codec::json::Value member : object) {
    const auto ours = std::ranges::find(replacements, member.name(), &Replacement::name);
    append(member.name(), ours == replacements.end() ? member.raw() : ours->raw);
  }
  for (const Replacement& replacement : replacements) {
    if (!object.find(replacement.name)) append(replacement.name, replacement.raw);
  }
  out.append("}");
}

}  // namespace aipg::worker
