// SPDX-License-Identifier: Apache-2.0
// One JSON object that an engine sent, read for what we must know and copied
// with what clients may see. Pure. Errors: engine_event (where says why).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "codec/json.h"

namespace aipg::worker {

struct Tokens {
  std::uint64_t in = 0, out = 0;
};

inline constexpr std::size_t kMaxEngineObjectBytes = 32U << 20;
inline constexpr unsigned kMaxEngineObjectDepth = 64;

// Parses, and refuses what is no object and an `attestation` of the engine's
// own: that member is the client's to write. `text` must outlive the document.
[[nodiscard]] Result<codec::json::Document> parse_engine_object(std::string_view text);

// The tokens that `usage` names, under either API's names, at the top or in a
// `response` or `message` inside; nullopt when there is none.
[[nodiscard]] std::optional<Tokens> find_usage(codec::json::Value object);
// Keeps the larger of each: some engines report input and output in two events.
void merge(Tokens& into, const std::optional<Tokens>& more);

// Chat and completions: nothing but the event that reports the usage.
[[nodiscard]] bool is_usage_only(codec::json::Value object);

// Appends the object with the members of OpenAI's chunk objects only, `model`
// being our public name of it. Without `usage` unless asked to keep it.
enum class Usage : std::uint8_t { drop, keep };
void append_chunk(SecretBytes& out, codec::json::Value object, std::string_view model, Usage usage);

// Appends text of a parsed JSON value on one line. Line breaks in it can only
// be space between tokens: inside strings JSON has them escaped.
void append_on_one_line(SecretBytes& out, std::string_view json);

}  // namespace aipg::worker
