// SPDX-License-Identifier: Apache-2.0
// Which members a request body may have, path by path, as data. An allow-list,
// because an engine parameter nobody reviewed may make it fetch, store or share.
// Sources: OpenAI API reference (chat, completions, embeddings, responses),
// Anthropic API reference (messages), parameters of open engines reviewed here.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace aipg::seal {

// What is checked about a member's value. The engine checks the rest.
enum class Rule : std::uint8_t {
  any,
  off,             // false or null: true would store the request or run it later
  absent,          // null only: names something kept on a server
  default_tier,    // "auto", "default", "standard_only" or null
  text_output,     // ["text"] or null
  caller_tools,    // tools that the caller runs, none that the engine would
  model,           // equals routing.model; required
  stream,          // equals routing.stream; absent is false
  output_tokens,   // a bound of the answer's tokens
  choices,         // how many answers to one prompt, 1…128 or null
  prompts,         // one prompt, or an array of them
  template_flags,  // chat template variables by allow-list
};

// Whether strings inside may be addresses the engine would open.
enum class Holds : std::uint8_t {
  content,  // messages and the like: every URL-valued member must be `data:`
  schemas,  // tool and output schemas, where "url" may be a property's name or an example
};

struct Member {
  std::string_view name;
  Rule rule = Rule::any;
  Holds holds = Holds::content;
};

// Empty when the path has no rules.
[[nodiscard]] std::span<const Member> members_of(std::string_view path);

// Known members that are refused, for a better answer than "unknown".
struct Refusal {
  std::string_view name;
  Literal reason;
};
[[nodiscard]] std::span<const Refusal> refusals();

// Members, at any depth, whose string value is an address.
[[nodiscard]] bool is_url_member(std::string_view name);
// Members, at any depth, that point at stored files or carry serialised tensors.
[[nodiscard]] bool is_refused_inside(std::string_view name);
// The `type` of tools that the caller runs.
[[nodiscard]] bool is_caller_tool(std::string_view type);
// Chat template variables; their values are booleans.
[[nodiscard]] bool is_template_flag(std::string_view name);

}  // namespace aipg::seal
