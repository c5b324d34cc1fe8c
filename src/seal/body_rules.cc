// SPDX-License-Identifier: Apache-2.0
#include "seal/body_rules.h"

#include "codec/json.h"
#include "seal/body_tables.h"
#include "seal/preamble.h"

namespace aipg::seal {
namespace {

using codec::json::Kind;
using codec::json::Value;
using Checked = std::expected<void, InnerError>;

constexpr unsigned kMaxBodyDepth = 64;
constexpr std::uint64_t kMaxChoices = 128;
constexpr std::size_t kMaxParameterBytes = 64;

// Cut where a character ends.
std::string parameter_name(std::string_view name) {
  std::size_t n = std::min(name.size(), kMaxParameterBytes);
  while (n > 0 && n < name.size() && (static_cast<unsigned char>(name[n]) & 0xC0) == 0x80) --n;
  return std::string(name.substr(0, n));
}

std::unexpected<InnerError> refuse(Literal code, std::string_view member, Literal message) {
  return std::unexpected(InnerError{400, code, parameter_name(member), message});
}

std::unexpected<InnerError> unsupported(std::string_view member, Literal message) {
  return refuse("unsupported_parameter", member, message);
}

bool is_text(const Value& value, std::string_view text) { return value.plain_string() == text; }

// Walks one top-level member's value for addresses and stored things.
class ContentRules {
 public:
  explicit ContentRules(std::string_view member) : member_(member) {}

  Checked check(const Value& value, bool is_address) const {
    switch (value.kind()) {
      case Kind::string:
        // The raw text, so that no escape can hide another scheme.
        if (is_address && !value.raw().starts_with("\"data:")) {
          return unsupported(member_, "This worker opens no addresses: send the data itself as a data: URL.");
        }
        return {};
      case Kind::array:
        for (const Value& element : value) {
          if (auto checked = check(element, is_address); !checked) return checked;
        }
        return {};
      case Kind::object:
        return check_members(value);
      default:
        return {};
    }
  }

 private:
  Checked check_members(const Value& object) const {
    const auto type = object.find("type");
    const bool is_tool_call = type && is_text(*type, "tool_use");
    for (const Value& inner : object) {
      // What a model once passed to a tool: it is read to the model as text.
      if (is_tool_call && inner.name() == "input") continue;
      if (is_refused_inside(inner.name()) && !inner.is_null()) {
        return unsupported(member_, "This worker keeps no files and loads no tensors: send text or data: URLs.");
      }
      if (auto checked = check(inner, is_url_member(inner.name())); !checked) return checked;
    }
    return {};
  }

  std::string_view member_;
};

class BodyChecker {
 public:
  explicit BodyChecker(const Routing& routing) : routing_(routing) {}

  Checked check_member(const Member& rule, const Value& value) {
    if (auto checked = apply(rule, value); !checked) return checked;
    if (rule.holds == Holds::schemas) return {};
    return ContentRules(rule.name).check(value, is_url_member(rule.name));
  }

  std::expected<BodyFacts, InnerError> finish() const {
    if (!has_model_) return refuse("routing_mismatch", "model", "The body must name the model it was sealed for.");
    if (stream_ != routing_.stream) {
      return refuse("routing_mismatch", "stream", "The body's stream differs from the sealed request's routing.");
    }
    BodyFacts facts;
    facts.choices = prompts_ * choices_;
    if (max_name_.empty()) return facts;
    if (max_tokens_ > routing_.max_output_tokens / facts.choices) {
      return refuse("routing_mismatch", max_name_, "The body asks for more tokens than the sealed request's routing.");
    }
    facts.max_tokens = facts.choices * max_tokens_;
    return facts;
  }

 private:
  Checked apply(const Member& rule, const Value& value) {
    switch (rule.rule) {
      case Rule::any:
        return {};
      case Rule::off:
        if (value.is_null() || value.boolean() == false) return {};
        return unsupported(rule.name, "A confidential request is neither stored nor run later: send false.");
      case Rule::absent:
        if (value.is_null()) return {};
        return unsupported(rule.name, "Nothing is kept between requests: send the whole conversation.");
      case Rule::default_tier:
        return check_tier(rule, value);
      case Rule::text_output:
        return check_text_output(rule, value);
      case Rule::caller_tools:
        return check_tools(rule, value);
      case Rule::template_flags:
        return check_template_flags(rule, value);
      case Rule::model:
        return check_model(rule, value);
      case Rule::stream:
        return read_stream(rule, value);
      case Rule::output_tokens:
        return read_max(rule, value);
      case Rule::choices:
        return read_choices(rule, value);
      case Rule::prompts:
        return read_prompts(rule, value);
    }
    __builtin_unreachable();
  }

  static Checked check_tier(const Member& rule, const Value& value) {
    for (std::string_view tier : {"auto", "default", "standard_only"}) {
      if (is_text(value, tier)) return {};
    }
    if (value.is_null()) return {};
    return unsupported(rule.name, "There is one tier of service: leave this out.");
  }

  static Checked check_text_output(const Member& rule, const Value& value) {
    if (value.is_null() || (value.size() == 1 && value.is(Kind::array) && is_text(*value.begin(), "text"))) return {};
    return unsupported(rule.name, "Answers are text.");
  }

  static Checked check_tools(const Member& rule, const Value& value) {
    if (value.is_null()) return {};
    if (!value.is(Kind::array)) return refuse("invalid_request", rule.name, "This must be an array.");
    for (const Value& tool : value) {
      if (!tool.is(Kind::object)) return refuse("invalid_request", rule.name, "Each tool must be an object.");
      const auto type = tool.find("type");
      // Anthropic's own form of a caller's tool has no type.
      if (!type) continue;
      const auto text = type->plain_string();
      if (!text || !is_caller_tool(*text)) {
        return unsupported(rule.name, "Only tools that the caller runs: type function or custom.");
      }
    }
    return {};
  }

  static Checked check_template_flags(const Member& rule, const Value& value) {
    if (value.is_null()) return {};
    if (!value.is(Kind::object)) return refuse("invalid_request", rule.name, "This must be an object.");
    for (const Value& flag : value) {
      if (!is_template_flag(flag.name()) || !flag.is(Kind::boolean)) {
        return unsupported(rule.name, "Only enable_thinking and thinking may be set, to true or false.");
      }
    }
    return {};
  }

  Checked check_model(const Member& rule, const Value& value) {
    has_model_ = true;
    if (value.is(Kind::string) && value.string() == routing_.model) return {};
    return refuse("routing_mismatch", rule.name, "The body's model differs from the sealed request's routing.");
  }

  Checked read_stream(const Member& rule, const Value& value) {
    if (value.is_null()) return {};
    const auto flag = value.boolean();
    if (!flag) return refuse("invalid_request", rule.name, "This must be true or false.");
    stream_ = *flag;
    return {};
  }

  // Where a body names two limits, the larger counts: engines differ in which one wins.
  Checked read_max(const Member& rule, const Value& value) {
    if (value.is_null()) return {};
    const auto tokens = value.uint();
    if (!tokens) return refuse("invalid_request", rule.name, "This must be a whole number.");
    if (max_name_.empty() || *tokens > max_tokens_) {
      max_name_ = rule.name;
      max_tokens_ = *tokens;
    }
    return {};
  }

  Checked read_choices(const Member& rule, const Value& value) {
    if (value.is_null()) return {};
    const auto n = value.uint();
    if (!n || *n < 1 || *n > kMaxChoices) {
      return refuse("invalid_request", rule.name, "This must be a whole number from 1 to 128.");
    }
    choices_ = std::max(choices_, *n);
    return {};
  }

  // An array of numbers is one prompt of tokens; any other array is one prompt an element.
  Checked read_prompts(const Member& rule, const Value& value) {
    if (!value.is(Kind::array)) return {};
    if (value.size() == 0) return refuse("invalid_request", rule.name, "There must be a prompt.");
    if (!(*value.begin()).is(Kind::number)) prompts_ = value.size();
    return {};
  }

  const Routing& routing_;
  bool has_model_ = false;
  bool stream_ = false;
  std::string_view max_name_;
  std::uint64_t max_tokens_ = 0;
  std::uint64_t choices_ = 1;
  std::uint64_t prompts_ = 1;
};

std::unexpected<InnerError> refuse_unlisted(std::string_view name) {
  const auto known = refusals();
  const auto refusal = std::ranges::find(known, name, &Refusal::name);
  if (refusal != known.end()) return unsupported(name, refusal->reason);
  return refuse("unknown_parameter", name, "The confidential tier does not know this parameter: leave it out.");
}

std::unexpected<InnerError> refuse_json(const Error& error) {
  if (error.code == "json_duplicate_name") {
    return refuse("invalid_request", {}, "The body has an object with the same name twice.");
  }
  if (error.code == "json_too_deep") return refuse("invalid_request", {}, "The body is nested deeper than 64 levels.");
  if (error.code == "json_too_large") return refuse("invalid_request", {}, "The body is too large.");
  return refuse("invalid_request", {}, "The body is not valid JSON in UTF-8.");
}

}  // namespace

std::expected<BodyFacts, InnerError> check_body(std::string_view path, std::string_view body, const Routing& routing) {
  const auto members = members_of(path);
  const auto document = codec::json::parse(body, {.max_bytes = kMaxRequestBytes, .max_depth = kMaxBodyDepth});
  if (!document) return refuse_json(document.error());
  const Value root = document->root();
  if (!root.is(Kind::object)) return refuse("invalid_request", {}, "The body must be a JSON object.");

  BodyChecker checker(routing);
  for (const Value& value : root) {
    const auto rule = std::ranges::find(members, value.name(), &Member::name);
    if (rule == members.end()) return refuse_unlisted(value.name());
    if (auto checked = checker.check_member(*rule, value); !checked) return std::unexpected(checked.error());
  }
  return checker.finish();
}

}  // namespace aipg::seal
