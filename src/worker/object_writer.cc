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

void append_object(SecretBytes& out, codec::json::Value object, const std::vector<Replacement>& replacements) {
  out.append("{");
  for (const codec::json::Value member : object) {
    const auto ours = std::ranges::find(replacements, member.name(), &Replacement::name);
    const std::string quoted = codec::json::quote(member.name());
    append_member(out, std::string_view(quoted).substr(1, quoted.size() - 2),
                  ours == replacements.end() ? member.raw() : ours->raw);
  }
  for (const Replacement& replacement : replacements) {
    if (!object.find(replacement.name)) append_member(out, replacement.name, replacement.raw);
  }
  out.append("}");
}

}  // namespace aipg::worker
