// SPDX-License-Identifier: Apache-2.0
#include "client/core/insertion.h"

#include "codec/json.h"

namespace aipg::client {
namespace {

using codec::json::Kind;
using codec::json::Value;

constexpr std::string_view kName = "attestation";
constexpr std::string_view kOpen = R"(,"attestation":")";
constexpr std::string_view kClose = "\"";
// An engine's answer may be long (embeddings) and is judged elsewhere.
constexpr codec::json::Limits kLimits{.max_bytes = 256 << 20, .max_depth = 128, .max_nodes = 1 << 24};

// Attestations are long: looked at to the end in any case, so that the compiler takes many at once.
bool is_base64(std::string_view text) {
  bool good = !text.empty();
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>((c | 0x20) - 'a');
    const auto digit = static_cast<unsigned char>(c - '/');  // and "/", which comes before "0"
    good &= (letter < 26) | (digit < 11) | (c == '+') | (c == '=');
  }
  return good;
}

// What can carry it: strictly an object, so that no reader finds another `attestation` in it than ours.
Result<codec::json::Document> parse_carrier(std::string_view text) {
  auto document = codec::json::parse(text, kLimits);
  if (!document) return fail("insertion_not_object");
  const Value root = document->root();
  if (!root.is(Kind::object) || root.size() == 0) return fail("insertion_not_object");
  if (root.find(kName)) return fail("answer_has_attestation");
  return document;
}

// At the end of the object that begins at `begin` and is `size` bytes of `text`.
Result<void> insert_at_end_of(std::string_view text, std::size_t begin, std::size_t size,
                              const attest::AttestationText& attestation, const BytesSink& sink,
                              const AttestationSink& apart) {
  AIPG_TRY(const auto document, parse_carrier(text.substr(begin, size)));
  const Value root = document.root();
  const std::size_t at = begin + root.offset() + root.raw().size() - 1;  // of the final `}`
  sink(as_bytes(text.substr(0, at)));
  sink(as_bytes(kOpen));
  if (apart) {
    apart(attestation);
  } else {
    for (const std::string_view piece : attestation.pieces()) sink(as_bytes(piece));
  }
  sink(as_bytes(kClose));
  sink(as_bytes(text.substr(at)));
  return {};
}

struct Inserted {
  std::size_t begin = 0, size = 0;
  std::string_view attestation;
};

// In raw JSON the pattern cannot stand inside a string: its quotes would be escaped there.
std::optional<Inserted> find_inserted(std::string_view object) {
  const std::size_t end = object.rfind('}');
  if (end == std::string_view::npos || end < 2 || object[end - 1] != '"') return std::nullopt;
  if (object.find_first_not_of(" \t\r\n", end + 1) != std::string_view::npos) return std::nullopt;
  const std::size_t quote = object.rfind('"', end - 2);
  if (quote == std::string_view::npos) return std::nullopt;
  const std::string_view through_quote = object.substr(0, quote + 1);
  const std::string_view attestation = object.substr(quote + 1, end - quote - 2);
  if (!through_quote.ends_with(kOpen) || !is_base64(attestation)) return std::nullopt;
  const std::size_t begin = through_quote.size() - kOpen.size();
  return Inserted{begin, end - begin, attestation};
}

bool is_json_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && codec::json::parse(text, kLimits).has_value();
}

// As openai's clients read it, whatever stands behind.
bool is_end_mark(const SseEvent& event) { return event.data_lines == 1 && event.data.starts_with(kSseDone); }

// The data of the last event that has any, `[DONE]` aside; the whole text when it is no stream.
std::string_view last_object(std::string_view answer) {
  if (is_json_object(answer)) return answer;
  std::string_view out;
  while (!answer.empty()) {
    const std::string_view line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(line.size() + 1, answer.size()));
    const SseEvent event = parse_sse_event(line);
    if (event.data_lines == 1 && !is_end_mark(event)) out = event.data;
  }
  return out;
}

bool is_terminal_type(const Value& type) {
  static constexpr std::string_view kTypes[] = {"message_stop", "response.completed", "response.failed",
                                                "response.incomplete"};
  const auto text = type.plain_string();
  return text && std::ranges::find(kTypes, *text) != std::end(kTypes);
}

bool has_finished_choice(const Value& choices) {
  if (!choices.is(Kind::array)) return false;
  if (choices.size() == 0) return true;
  for (const Value& choice : choices) {
    const auto reason = choice.find("finish_reason");
    if (reason && !reason->is_null()) return true;
  }
  return false;
}

// What an event would be as a stream's last.
enum class Ending : std::uint8_t { none, answer, error };

Ending ending_of(Value root) {
  const auto error = root.find("error"), type = root.find("type"), choices = root.find("choices");
  if ((error && !error->is_null()) || (type && type->plain_string() == "error")) return Ending::error;
  if (type && is_terminal_type(*type)) return Ending::answer;
  return choices && has_finished_choice(*choices) ? Ending::answer : Ending::none;
}

}  // namespace

Result<void> insert_into_json(ByteView answer, const attest::AttestationText& attestation, const BytesSink& sink,
                              const AttestationSink& apart) {
  return insert_at_end_of(as_text(answer), 0, answer.size(), attestation, sink, apart);
}

Result<Separated> separate_attestation(ByteView answer) {
  const std::string_view text = as_text(answer);
  const std::string_view object = last_object(text);
  const auto inserted = find_inserted(object);
  if (!inserted) return fail("attestation_absent");
  const std::size_t begin = static_cast<std::size_t>(object.data() - text.data()) + inserted->begin;
  Separated out{SecretBytes(answer.first(begin)), std::string(inserted->attestation)};
  out.original.append(answer.subspan(begin + inserted->size));
  return out;
}

Result<void> StreamInserter::feed(ByteView bytes, const BytesSink& sink) {
  if (failed_) return std::unexpected(*failed_);
  cutter_.append(bytes);
  auto passed = pass_on(sink);
  if (!passed) failed_ = passed.error();
  return passed;
}

Result<void> StreamInserter::pass_on(const BytesSink& sink) {
  while (true) {
    AIPG_TRY(const auto event, cutter_.next());
    if (!event) return {};
    AIPG_CHECK(take_event(*event, sink));
    cutter_.drop(event->size());
  }
}

Result<void> StreamInserter::take_event(ByteView bytes, const BytesSink& sink) {
  const SseEvent event = parse_sse_event(as_text(bytes));
  // Other readers end lines at a CR as well, pass over a byte order mark, and put lines of data together: they would
  // find data that nobody looked at here.
  const bool as_workers_write = event.data_lines <= 1 && !event.other_lines && !as_text(bytes).contains('\r');
  if (!as_workers_write) return fail("insertion_not_object");
  const bool done = is_end_mark(event);
  const bool carries_nothing = event.data_lines == 0 || done;
  if (done || (carries_nothing && !held_.empty())) return hold(bytes);
  Ending ending = Ending::none;
  if (!carries_nothing) {
    AIPG_TRY(const auto document, parse_carrier(event.data));
    ending = ending_of(document.root());
  }
  release(sink);
  if (ending == Ending::none) {
    sink(bytes);
    return {};
  }
  held_event_bytes_ = bytes.size();
  held_is_error_ = ending == Ending::error;
  return hold(bytes);
}

// A stream may go on for ever with what carries nothing.
Result<void> StreamInserter::hold(ByteView bytes) {
  if (held_.size() + bytes.size() > kMaxSseEventBytes) return fail("sse_event_too_large");
  held_.append(bytes);
  return {};
}

void StreamInserter::release(const BytesSink& sink) {
  if (held_.empty()) return;
  sink(held_.reveal());
  held_.clear();
  held_event_bytes_ = 0;
  held_is_error_ = false;
}

Result<void> StreamInserter::finish(const attest::AttestationText& attestation, const BytesSink& sink,
                                    const AttestationSink& apart) {
  if (failed_) return std::unexpected(*failed_);
  // An event that the stream's end completes.
  if (const ByteView rest = cutter_.rest(); !rest.empty()) {
    AIPG_CHECK(take_event(rest, sink));
    cutter_.drop(rest.size());
  }
  // An end mark without it stays here as well: who stops reading there would take the answer for whole.
  if (held_event_bytes_ == 0) return fail("insertion_no_event");
  const std::string_view held = held_.reveal_text();
  const std::string_view data = parse_sse_event(held.substr(0, held_event_bytes_)).data;
  const auto begin = static_cast<std::size_t>(data.data() - held.data());
  AIPG_CHECK(insert_at_end_of(held, begin, data.size(), attestation, sink, apart));
  held_.clear();
  held_event_bytes_ = 0;
  held_is_error_ = false;
  return {};
}

}  // namespace aipg::client
