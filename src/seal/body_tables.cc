// SPDX-License-Identifier: Apache-2.0
#include "seal/body_tables.h"

#include <algorithm>

namespace aipg::seal {
namespace {

constexpr Member kChat[] = {
    {"chat_template_kwargs", Rule::template_flags},
    {"frequency_penalty"},
    {"function_call"},
    {"functions", Rule::any, Holds::schemas},
    {"logit_bias"},
    {"logprobs"},
    {"max_completion_tokens", Rule::output_tokens},
    {"max_tokens", Rule::output_tokens},
    {"messages"},
    {"metadata"},
    {"min_p"},
    {"modalities", Rule::text_output},
    {"model", Rule::model},
    {"n", Rule::choices},
    {"parallel_tool_calls"},
    {"prediction"},
    {"presence_penalty"},
    {"prompt_cache_key"},
    {"reasoning_effort"},
    {"repetition_penalty"},
    {"response_format", Rule::any, Holds::schemas},
    {"safety_identifier"},
    {"seed"},
    {"service_tier", Rule::default_tier},
    {"stop"},
    {"store", Rule::off},
    {"stream", Rule::stream},
    {"stream_options"},
    {"temperature"},
    {"tool_choice"},
    {"tools", Rule::caller_tools, Holds::schemas},
    {"top_k"},
    {"top_logprobs"},
    {"top_p"},
    {"user"},
    {"verbosity"},
};

constexpr Member kCompletions[] = {
    {"best_of", Rule::choices},
    {"echo"},
    {"frequency_penalty"},
    {"logit_bias"},
    {"logprobs"},
    {"max_tokens", Rule::output_tokens},
    {"min_p"},
    {"model", Rule::model},
    {"n", Rule::choices},
    {"presence_penalty"},
    {"prompt", Rule::prompts},
    {"repetition_penalty"},
    {"response_format", Rule::any, Holds::schemas},
    {"seed"},
    {"stop"},
    {"stream", Rule::stream},
    {"stream_options"},
    {"suffix"},
    {"temperature"},
    {"top_k"},
    {"top_p"},
    {"user"},
};

constexpr Member kEmbeddings[] = {
    {"dimensions"}, {"encoding_format"}, {"input"}, {"model", Rule::model}, {"user"},
};

constexpr Member kResponses[] = {
    {"background", Rule::off},
    {"conversation", Rule::absent},
    {"include"},
    {"input"},
    {"instructions"},
    {"max_output_tokens", Rule::output_tokens},
    {"max_tool_calls"},
    {"metadata"},
    {"model", Rule::model},
    {"parallel_tool_calls"},
    {"previous_response_id", Rule::absent},
    {"prompt", Rule::absent},
    {"prompt_cache_key"},
    {"reasoning"},
    {"safety_identifier"},
    {"service_tier", Rule::default_tier},
    {"store", Rule::off},
    {"stream", Rule::stream},
    {"stream_options"},
    {"temperature"},
    {"text", Rule::any, Holds::schemas},
    {"tool_choice"},
    {"tools", Rule::caller_tools, Holds::schemas},
    {"top_logprobs"},
    {"top_p"},
    {"truncation"},
    {"user"},
};

constexpr Member kMessages[] = {
    {"cache_control"},
    {"max_tokens", Rule::output_tokens},
    {"messages"},
    {"metadata"},
    {"model", Rule::model},
    {"output_config", Rule::any, Holds::schemas},
    {"output_format", Rule::any, Holds::schemas},
    {"service_tier", Rule::default_tier},
    {"stop_sequences"},
    {"stream", Rule::stream},
    {"system"},
    {"temperature"},
    {"thinking"},
    {"tool_choice"},
    {"tools", Rule::caller_tools, Holds::schemas},
    {"top_k"},
    {"top_p"},
};

struct Endpoint {
  std::string_view path;
  std::span<const Member> members;
};
constexpr Endpoint kEndpoints[] = {
    {"/v1/chat/completions", kChat}, {"/v1/completions", kCompletions}, {"/v1/embeddings", kEmbeddings},
    {"/v1/responses", kResponses},   {"/v1/messages", kMessages},
};

constexpr Literal kSteersCache = "The worker decides what the prefix cache shares; use the aipg-cache-salt header.";
constexpr Literal kSteersEngine = "The engine's inner workings cannot be set from outside.";
constexpr Literal kRunsElsewhere = "This worker reaches no other server, and keeps nothing on it.";
constexpr Literal kBypassesLimit = "Set the answer's length with max_tokens or its successor.";
constexpr Literal kOwnGrammar = "Use response_format to constrain the answer.";

constexpr Refusal kRefusals[] = {
    {"adapter", kSteersEngine},
    {"audio", "Answers are text."},
    {"cache_prompt", kSteersCache},
    {"cache_salt", kSteersCache},
    {"chat_template", kSteersEngine},
    {"container", kRunsElsewhere},
    {"custom_logit_processor", kSteersEngine},
    {"documents", kSteersEngine},
    {"extra_key", kSteersCache},
    {"grammar", kOwnGrammar},
    {"guided_choice", kOwnGrammar},
    {"guided_grammar", kOwnGrammar},
    {"guided_json", kOwnGrammar},
    {"guided_regex", kOwnGrammar},
    {"id_slot", kSteersEngine},
    {"ignore_eos", kSteersEngine},
    {"inference_geo", kRunsElsewhere},
    {"json_schema", kOwnGrammar},
    {"kv_transfer_params", kSteersEngine},
    {"logits_processors", kSteersEngine},
    {"lora", kSteersEngine},
    {"lora_path", kSteersEngine},
    {"mcp_servers", kRunsElsewhere},
    {"min_tokens", kBypassesLimit},
    {"mm_processor_kwargs", kSteersEngine},
    {"n_cache_reuse", kSteersCache},
    {"n_predict", kBypassesLimit},
    {"priority", kSteersEngine},
    {"prompt_cache_retention", kSteersCache},
    {"prompt_embeds", kSteersEngine},
    {"request_id", kSteersEngine},
    {"return_tokens", kSteersEngine},
    {"session_params", kRunsElsewhere},
    {"structured_outputs", kOwnGrammar},
    {"timings_per_token", kSteersEngine},
    {"vllm_xargs", kSteersEngine},
    {"web_search_options", kRunsElsewhere},
};

constexpr std::string_view kUrlMembers[] = {"audio", "image", "uri", "url", "video"};
constexpr std::string_view kUrlSuffixes[] = {"_uri", "_url"};
constexpr std::string_view kRefusedInside[] = {"audio_embeds", "file_id", "image_embeds", "prompt_embeds",
                                               "video_embeds"};
constexpr std::string_view kCallerTools[] = {"custom", "function"};
constexpr std::string_view kTemplateFlags[] = {"enable_thinking", "thinking"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::span<const Member> members_of(std::string_view path) {
  const auto* const found = std::ranges::find(kEndpoints, path, &Endpoint::path);
  return found == std::end(kEndpoints) ? std::span<const Member>() : found->members;
}

std::span<const Refusal> refusals() { return kRefusals; }

bool is_url_member(std::string_view name) {
  return is_one_of(name, kUrlMembers) ||
         std::ranges::any_of(kUrlSuffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_refused_inside(std::string_view name) { return is_one_of(name, kRefusedInside); }
bool is_caller_tool(std::string_view type) { return is_one_of(type, kCallerTools); }
bool is_template_flag(std::string_view name) { return is_one_of(name, kTemplateFlags); }

}  // namespace aipg::seal
