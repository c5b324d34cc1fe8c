// SPDX-License-Identifier: Apache-2.0
#include "worker/message_assembler.h"

#include <array>

#include "worker/object_writer.h"

namespace aipg::worker {
namespace {

namespace json = codec::json;
using json::Kind;
using json::Value;

constexpr std::uint64_t kMaxIndex = 1023;
// Both objects' members become the answer's own, where this one is the client's to write.
constexpr std::string_view kAttestation = "attestation";

// The kinds of delta that carry text: the block's member that it continues, and its own.
struct TextDelta {
  std::string_view type, member;
};
constexpr std::array kTextDeltas{TextDelta{"text_delta", "text"}, TextDelta{"thinking_delta", "thinking"},
                                 TextDelta{"signature_delta", "signature"}};

std::string_view text_of(Value object, std::string_view name) {
  const auto member = object.find(name);
  return (member ? member->plain_string() : std::nullopt).value_or("");
}

Result<Value> object_in(Value event, std::string_view name, Literal where) {
  const auto member = event.find(name);
  if (!member || !member->is(Kind::object)) return fail("engine_event", where);
  return *member;
}

Result<std::uint64_t> index_of(Value event) {
  const auto index = event.find("index");
  const auto number = index ? index->uint() : std::nullopt;
  if (!number || *number > kMaxIndex) return fail("engine_event", "index");
  return *number;
}

std::string_view inside_quotes(Value string) { return string.raw().substr(1, string.raw().size() - 2); }

Result<std::string_view> piece_of(Value delta, std::string_view name) {
  const auto piece = delta.find(name);
  if (!piece || !piece->is(Kind::string)) return fail("engine_event", "delta");
  return inside_quotes(*piece);
}

// What a JSON string says, given what stands between its quotes.
SecretBytes unescaped(const SecretBytes& inside) {
  SecretBytes quoted;
  quoted.append("\"");
  quoted.append(inside.reveal());
  quoted.append("\"");
  const auto document = json::parse(quoted.reveal_text(), {.max_bytes = kMaxAnswerBytes + 2});
  if (!document) return {};
  std::string text = *document->root().string();
  SecretBytes out(as_bytes(text));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return out;
}

}  // namespace

Result<void> MessageAssembler::add(Value event) {
  bytes_ += event.raw().size();
  if (bytes_ > kMaxAnswerBytes) return fail("engine_answer_too_large");
  if (stopped_) return fail("engine_event", "after the end");
  const std::string_view type = text_of(event, "type");
  if (type == "ping") return {};
  if (type == "error") return fail("engine_failed", "event");
  if (type == "message_start") return start_message(event);
  if (message_.empty()) return fail("engine_event", "before the message");
  if (type == "content_block_start") return start_block(event);
  if (type == "content_block_delta") return add_delta(event);
  if (type == "content_block_stop") return stop_block(event);
  if (type == "message_delta") return end_message(event);
  if (type == "message_stop") return stop_message();
  return fail("engine_event", "type");
}

Result<void> MessageAssembler::start_message(Value event) {
  if (!message_.empty()) return fail("engine_event", "second message");
  AIPG_TRY(const Value message, object_in(event, "message", "message"));
  if (message.find(kAttestation)) return fail("engine_event", "attestation");
  message_.append(message.raw());
  return {};
}

Result<void> MessageAssembler::start_block(Value event) {
  AIPG_TRY(const std::uint64_t index, index_of(event));
  AIPG_TRY(const Value start, object_in(event, "content_block", "content_block"));
  const auto [at, fresh] = blocks_.try_emplace(index);
  if (!fresh) return fail("engine_event", "second block");
  Block& block = at->second;
  block.start.append(start.raw());
  for (const TextDelta& delta : kTextDeltas) {
    const auto text = start.find(delta.member);
    if (text && text->is(Kind::string)) block.texts[std::string(delta.member)].append(inside_quotes(*text));
  }
  return {};
}

Result<void> MessageAssembler::add_delta(Value event) {
  AIPG_TRY(const std::uint64_t index, index_of(event));
  AIPG_TRY(const Value delta, object_in(event, "delta", "delta"));
  const auto block = blocks_.find(index);
  if (block == blocks_.end() || block->second.stopped) return fail("engine_event", "block");
  return add_to_block(block->second, delta);
}

Result<void> MessageAssembler::add_to_block(Block& block, Value delta) {
  const std::string_view type = text_of(delta, "type");
  if (const auto* known = std::ranges::find(kTextDeltas, type, &TextDelta::type); known != kTextDeltas.end()) {
    AIPG_TRY(const std::string_view piece, piece_of(delta, known->member));
    block.texts[std::string(known->member)].append(piece);
    return {};
  }
  if (type == "input_json_delta") {
    AIPG_TRY(const std::string_view piece, piece_of(delta, "partial_json"));
    block.input.append(piece);
    return {};
  }
  if (type == "citations_delta") {
    AIPG_TRY(const Value citation, object_in(delta, "citation", "citation"));
    if (!block.citations.empty()) block.citations.append(",");
    block.citations.append(citation.raw());
    return {};
  }
  return fail("engine_event", "delta");
}

Result<void> MessageAssembler::stop_block(Value event) {
  AIPG_TRY(const std::uint64_t index, index_of(event));
  const auto block = blocks_.find(index);
  if (block == blocks_.end() || std::exchange(block->second.stopped, true)) return fail("engine_event", "block");
  if (block->second.input.empty()) return {};
  const SecretBytes input = unescaped(block->second.input);
  const auto document = json::parse(input.reveal_text(), {.max_bytes = kMaxAnswerBytes, .max_depth = 64});
  if (!document || !document->root().is(Kind::object)) return fail("engine_event", "input");
  return {};
}

Result<void> MessageAssembler::end_message(Value event) {
  AIPG_TRY(const Value ending, object_in(event, "delta", "delta"));
  if (ending.find(kAttestation)) return fail("engine_event", "attestation");
  ending_ = SecretBytes(as_bytes(ending.raw()));
  if (const auto usage = event.find("usage"); usage && usage->is(Kind::object)) {
    usage_ = SecretBytes(as_bytes(usage->raw()));
  }
  return {};
}

Result<void> MessageAssembler::stop_message() {
  const bool whole = !ending_.empty() && std::ranges::all_of(blocks_, [](const auto& b) { return b.second.stopped; });
  if (!whole) return fail("engine_event", "early end");
  stopped_ = true;
  return {};
}

SecretBytes MessageAssembler::finish() {
  const json::Document message = read_again(message_), ending = read_again(ending_);
  const SecretBytes blocks = content(), totals = usage(message.root());
  std::vector<Replacement> replacements{{"model", model_}, {"content", blocks.reveal_text()}};
  if (!totals.empty()) replacements.push_back({"usage", totals.reveal_text()});
  for (const Value member : ending.root()) {
    const bool ours = std::ranges::find(replacements, member.name(), &Replacement::name) != replacements.end();
    if (!ours) replacements.push_back({member.name(), member.raw()});
  }
  SecretBytes out;
  append_object(out, message.root(), replacements);
  return out;
}

SecretBytes MessageAssembler::content() const {
  SecretBytes out;
  out.append("[");
  for (const char* before = ""; const auto& [index, block] : blocks_) {
    out.append(std::exchange(before, ","));
    write_block(out, block);
  }
  out.append("]");
  return out;
}

void MessageAssembler::write_block(SecretBytes& out, const Block& block) {
  const json::Document start = read_again(block.start);
  std::vector<SecretBytes> values;
  std::vector<Replacement> replacements;
  values.reserve(block.texts.size() + 2);
  const auto replace = [&](std::string_view name, SecretBytes value) {
    values.push_back(std::move(value));
    replacements.push_back({name, values.back().reveal_text()});
  };
  for (const auto& [name, inside] : block.texts) {
    SecretBytes quoted;
    quoted.append("\"");
    quoted.append(inside.reveal());
    quoted.append("\"");
    replace(name, std::move(quoted));
  }
  if (!block.input.empty()) replace("input", unescaped(block.input));
  if (!block.citations.empty()) {
    SecretBytes list;
    list.append("[");
    list.append(block.citations.reveal());
    list.append("]");
    replace("citations", std::move(list));
  }
  append_object(out, start.root(), replacements);
}

// The message begins with what its input took; its end says the rest, and what it repeats is newer.
SecretBytes MessageAssembler::usage(Value message) const {
  SecretBytes out;
  const auto first = message.find("usage");
  if (!first || !first->is(Kind::object)) return usage_.clone();
  if (usage_.empty()) return SecretBytes(as_bytes(first->raw()));
  const json::Document last = read_again(usage_);
  std::vector<Replacement> replacements;
  for (const Value member : last.root()) replacements.push_back({member.name(), member.raw()});
  append_object(out, *first, replacements);
  return out;
}

}  // namespace aipg::worker
