// SPDX-License-Identifier: Apache-2.0
#include "worker/assembler.h"

#include "worker/engine_event.h"
#include "worker/object_writer.h"

namespace aipg::worker {
namespace {

namespace json = codec::json;
using json::Value;

constexpr std::uint64_t kMaxIndex = 1023;

Result<std::uint64_t> index_of(Value object) {
  const auto index = object.find("index");
  const auto number = index ? index->uint() : std::nullopt;
  if (!number || *number > kMaxIndex) return fail("engine_event", "index");
  return *number;
}

}  // namespace

Result<void> Assembler::count(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMaxAnswerBytes) return fail("engine_answer_too_large");
  return {};
}

void Assembler::keep_first(SecretBytes& kept, Value event, std::string_view name) {
  const auto value = event.find(name);
  if (kept.empty() && value && !value->is_null()) kept.append(value->raw());
}

Result<void> Assembler::add(Value event) {
  AIPG_CHECK(count(event.raw().size()));
  keep_first(id_, event, "id");
  keep_first(created_, event, "created");
  keep_first(fingerprint_, event, "system_fingerprint");
  keep_first(service_tier_, event, "service_tier");
  if (const auto usage = event.find("usage"); usage && usage->is(json::Kind::object))
    usage_ = SecretBytes(as_bytes(usage->raw()));
  const auto choices = event.find("choices");
  if (!choices) return {};
  if (!choices->is(json::Kind::array)) return fail("engine_event", "choices");
  for (const Value choice : *choices) AIPG_CHECK(add_choice(choice));
  return {};
}

Result<void> Assembler::add_choice(Value value) {
  AIPG_TRY(const std::uint64_t index, index_of(value));
  if (!choices_.contains(index)) AIPG_CHECK(count(sizeof(Choice)));
  Choice& choice = choices_[index];
  if (kind_ == Kind::completion) {
    AIPG_CHECK(join(choice.text, value, "text"));
  } else if (const auto delta = value.find("delta"); delta && !delta->is_null()) {
    AIPG_CHECK(add_delta(choice, *delta));
  }
  if (const auto logprobs = value.find("logprobs"); logprobs && !logprobs->is_null()) {
    AIPG_CHECK(add_logprobs(choice, *logprobs));
  }
  if (const auto reason = value.find("finish_reason"); reason && !reason->is_null()) {
    if (!reason->is(json::Kind::string)) return fail("engine_event", "finish_reason");
    choice.finish_reason = SecretBytes(as_bytes(reason->raw()));
  }
  return {};
}

Result<void> Assembler::add_delta(Choice& choice, Value delta) {
  if (!delta.is(json::Kind::object)) return fail("engine_event", "delta");
  if (!choice.role.present) AIPG_CHECK(join(choice.role, delta, "role"));
  AIPG_CHECK(join(choice.content, delta, "content"));
  AIPG_CHECK(join(choice.refusal, delta, "refusal"));
  AIPG_CHECK(join(choice.reasoning_content, delta, "reasoning_content"));
  AIPG_CHECK(join(choice.reasoning, delta, "reasoning"));
  if (const auto calls = delta.find("tool_calls"); calls && !calls->is_null()) return add_tool_calls(choice, *calls);
  return {};
}

Result<void> Assembler::add_tool_calls(Choice& choice, Value calls) {
  if (!calls.is(json::Kind::array)) return fail("engine_event", "tool_calls");
  for (const Value piece : calls) {
    AIPG_TRY(const std::uint64_t index, index_of(piece));
    if (!choice.tool_calls.contains(index)) AIPG_CHECK(count(sizeof(ToolCall)));
    ToolCall& call = choice.tool_calls[index];
    if (!call.id.present) AIPG_CHECK(join(call.id, piece, "id"));
    if (!call.type.present) AIPG_CHECK(join(call.type, piece, "type"));
    const auto function = piece.find("function");
    if (!function || function->is_null()) continue;
    if (!function->is(json::Kind::object)) return fail("engine_event", "function");
    AIPG_CHECK(join(call.name, *function, "name"));
    AIPG_CHECK(join(call.arguments, *function, "arguments"));
  }
  return {};
}

Result<void> Assembler::add_logprobs(Choice& choice, Value logprobs) {
  if (!logprobs.is(json::Kind::object)) return fail("engine_event", "logprobs");
  for (const Value member : logprobs) {
    std::string name(member.name());
    if (!choice.logprobs.contains(name)) AIPG_CHECK(count(sizeof(LogProbs::value_type) + name.size()));
    auto& [is_array, raw] = choice.logprobs[std::move(name)];
    if (!member.is(json::Kind::array)) {
      if (!is_array) raw = SecretBytes(as_bytes(member.raw()));
      continue;
    }
    if (!is_array) raw.clear();
    is_array = true;
    for (const Value element : member) {
      if (!raw.empty()) raw.append(",");
      raw.append(element.raw());
    }
  }
  return {};
}

Result<void> Assembler::join(Text& text, Value object, std::string_view name) {
  const auto piece = object.find(name);
  if (!piece || piece->is_null()) return {};
  if (!piece->is(json::Kind::string)) return fail("engine_event", "text");
  text.present = true;
  text.inside.append(piece->raw().substr(1, piece->raw().size() - 2));
  return {};
}

bool Assembler::complete() const {
  return !choices_.empty() &&
         std::ranges::none_of(choices_, [](const auto& choice) { return choice.second.finish_reason.empty(); });
}

SecretBytes Assembler::finish() {
  SecretBytes out;
  out.append("{");
  append_if_any(out, "id", id_);
  append_member(out, "object", kind_ == Kind::chat ? R"("chat.completion")" : R"("text_completion")");
  append_if_any(out, "created", created_);
  append_member(out, "model", json::quote(model_));
  append_name(out, "choices");
  out.append("[");
  bool first = true;
  for (const auto& [index, choice] : choices_) {
    if (!first) out.append(",");
    first = false;
    write_choice(out, index, choice);
  }
  out.append("]");
  append_if_any(out, "usage", usage_);
  append_if_any(out, "system_fingerprint", fingerprint_);
  append_if_any(out, "service_tier", service_tier_);
  out.append("}");
  return out;
}

void Assembler::write_choice(SecretBytes& out, std::uint64_t index, const Choice& choice) const {
  out.append("{");
  append_member(out, "index", std::to_string(index));
  if (kind_ == Kind::chat) {
    append_name(out, "message");
    write_message(out, choice);
  } else {
    append_name(out, "text");
    out.append("\"");
    out.append(choice.text.inside.reveal());
    out.append("\"");
  }
  append_name(out, "logprobs");
  out.append(choice.logprobs.empty() ? "null" : "{");
  for (const auto& [name, member] : choice.logprobs) {
    const std::string quoted = json::quote(name);
    append_name(out, std::string_view(quoted).substr(1, quoted.size() - 2));
    if (member.first) out.append("[");
    append_on_one_line(out, member.second.reveal_text());
    if (member.first) out.append("]");
  }
  if (!choice.logprobs.empty()) out.append("}");
  append_member(out, "finish_reason", choice.finish_reason.empty() ? "null" : choice.finish_reason.reveal_text());
  out.append("}");
}

void Assembler::write_message(SecretBytes& out, const Choice& choice) const {
  const auto append_text = [&out](std::string_view name, const Text& text) {
    append_name(out, name);
    out.append("\"");
    out.append(text.inside.reveal());
    out.append("\"");
  };
  const auto append_if_present = [&](std::string_view name, const Text& text) {
    if (text.present) append_text(name, text);
  };
  out.append("{");
  if (choice.role.present) {
    append_text("role", choice.role);
  } else {
    append_member(out, "role", R"("assistant")");
  }
  if (choice.content.present) {
    append_text("content", choice.content);
  } else {
    append_member(out, "content", "null");
  }
  append_if_present("refusal", choice.refusal);
  append_if_present("reasoning_content", choice.reasoning_content);
  append_if_present("reasoning", choice.reasoning);
  if (!choice.tool_calls.empty()) append_name(out, "tool_calls");
  const char* before = "[";
  for (const auto& [index, call] : choice.tool_calls) {
    out.append(std::exchange(before, ","));
    out.append("{");
    append_if_present("id", call.id);
    append_if_present("type", call.type);
    append_name(out, "function");
    out.append("{");
    append_text("name", call.name);
    append_text("arguments", call.arguments);
    out.append("}}");
  }
  if (!choice.tool_calls.empty()) out.append("]");
  out.append("}");
}

}  // namespace aipg::worker
