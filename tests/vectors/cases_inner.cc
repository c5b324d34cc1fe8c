// SPDX-License-Identifier: Apache-2.0
// Kinds inner_request and body.
#include "cases.h"
#include "codec/bhttp.h"

namespace aipg::vectors {
namespace {

constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::string_view kPlain = R"({"model":"m","messages":[]})";

Value routing(std::string_view path = kChat, bool stream = false, std::uint64_t tokens = 256) {
  return Value::Object{
      {"path", path}, {"model", "m"}, {"stream", stream}, {"max_output_tokens", tokens}, {"padding", "p1"}};
}

Value message(std::string_view method, std::string_view path, const std::vector<codec::bhttp::Field>& fields) {
  return Value::hex(
      codec::bhttp::write_request({std::string(method), std::string(path), fields, as_bytes(kPlain)}).reveal());
}

const codec::bhttp::Field kJson{"content-type", "application/json"};

void add_messages(Cases& cases) {
  const auto add = [&](const char* name, const char* why, Value wire) {
    cases.positive(std::string("inner_request/") + name + ".json", "inner_request", why,
                   Value::Object{{"routing", routing()}, {"wire", std::move(wire)}});
  };
  add("plain", "A request without a cache salt.", message("POST", kChat, {kJson}));
  add("salted", "A request with one.",
      message("POST", kChat, {kJson, {"aipg-cache-salt", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}}));
  add("charset", "Parameters of the content type are let be.",
      message("POST", kChat, {{"content-type", "application/json; charset=utf-8"}}));
  add("no_content_type", "Nothing needs the content type.", message("POST", kChat, {}));
  add("dropped_header", "Other headers are dropped, not refused.",
      message("POST", kChat, {kJson, {"authorization", "Bearer x"}}));
}

void add_refused_messages(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, Value wire, const char* code) {
    cases.negative(std::string("inner_request/") + name + ".json", "inner_request", "An inner message that is refused.",
                   edit, Value::Object{{"routing", routing()}, {"wire", std::move(wire)}}, code);
  };
  add("get", "method GET", message("GET", kChat, {kJson}), "routing_mismatch");
  add("other_path", "another path", message("POST", "/v1/completions", {kJson}), "routing_mismatch");
  add("query", "a query", message("POST", "/v1/chat/completions?a=b", {kJson}), "routing_mismatch");
  add("text", "text instead of JSON", message("POST", kChat, {{"content-type", "text/plain"}}), "invalid_request");
  add("salt_of_31_bytes", "a salt of 31 bytes",
      message("POST", kChat, {kJson, {"aipg-cache-salt", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg"}}),
      "invalid_request");
  const codec::bhttp::Field salt{"aipg-cache-salt", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"};
  add("salt_twice", "the salt twice", message("POST", kChat, {kJson, salt, salt}), "invalid_request");

  const std::string plain = "inner_request/plain.json";
  const Bytes good = cases.input(plain).at("wire").bytes();
  const auto splice = [&](const char* name, const char* edit, std::size_t at, std::size_t remove, const Bytes& insert) {
    add(name, edit, edited(plain, at, remove, insert), "malformed_seal");
  };
  // 00 04 POST 05 https 00 14 /v1/chat/completions …
  splice("indeterminate", "framing indicator 2", 0, 1, {2});
  splice("response", "framing indicator 1", 0, 1, {1});
  splice("long_varint", "the method's length in two bytes", 1, 1, {0x40, 4});
  splice("http", "scheme http", 6, 6, {4, 'h', 't', 't', 'p'});
  splice("authority", "an authority", 12, 1, {1, 'a'});
  splice("space_in_path", "a space in the path", 15, 1, {' '});
  splice("capital_field", "a capital letter in a field's name", 36, 1, {'C'});
  splice("control_character", "a line feed in a field's value", 49, 1, {'\n'});
  splice("trailers", "a trailer section of one byte", good.size() - 1, 1, {1, 0});
  splice("no_trailers", "the trailer section is left out", good.size() - 1, 1, {});
  splice("padded", "a zero byte of padding", good.size(), 0, {0});
  splice("cut", "the last two bytes are missing", good.size() - 2, 2, {});
  splice("length_too_large", "the content's length is beyond the end", good.size() - kPlain.size() - 2, 1, {0x3f});
  splice("empty", "nothing at all", 0, good.size(), {});
}

struct BodyCase {
  const char* name;
  const char* body;
  const char* code = "";
  const char* edit = "";
};

void add_bodies(Cases& cases, std::string_view path, const std::string& prefix, std::initializer_list<BodyCase> list,
                bool stream = false, std::uint64_t tokens = 256) {
  for (const BodyCase& each : list) {
    Value input = Value::Object{{"routing", routing(path, stream, tokens)}, {"body", each.body}};
    const std::string file = "body/" + prefix + "_" + each.name + ".json";
    if (*each.code == 0) {
      cases.positive(file, "body", "A body that is accepted.", std::move(input));
    } else {
      cases.negative(file, "body", "A body that is refused.", each.edit, std::move(input), each.code);
    }
  }
}

void add_json_rules(Cases& cases) {
  std::string deep = R"({"model":"m","messages":)", deeper;
  for (int i = 0; i < 63; ++i) deep += '[';
  deeper = deep + '[';
  for (int i = 0; i < 63; ++i) deep += ']', deeper += ']';
  deep += '}', deeper += "]}";
  const std::string long_name = R"({"model":"m",")" + std::string(63, 'x') + "\xC3\xA9" + R"(":1})";
  add_bodies(
      cases, kChat, "json",
      {{"plain", R"({"model":"m","messages":[]})"},
       {"spaces", " {\n\"model\" : \"m\" }\t"},
       {"escaped_model", R"({"model":"\u006d"})"},
       {"depth_64", deep.c_str()},
       {"depth_65", deeper.c_str(), "invalid_request", "65 levels"},
       {"duplicate", R"({"model":"m","model":"m"})", "invalid_request", "model twice"},
       {"duplicate_escaped", R"({"model":"m","mode\u006c":"m"})", "invalid_request", "model twice, once escaped"},
       {"duplicate_inside", R"({"model":"m","messages":[{"a":1,"a":1}]})", "invalid_request",
        "a name twice in an inner object"},
       {"array", R"(["model"])", "invalid_request", "an array"},
       {"cut", R"({"model":"m")", "invalid_request", "the last brace is missing"},
       {"trailing", R"({"model":"m"} {})", "invalid_request", "something after the object"},
       {"lone_surrogate", R"({"model":"m","user":"\ud800"})", "invalid_request", "half a character"},
       {"nan", R"({"model":"m","temperature":NaN})", "invalid_request", "NaN"},
       {"long_name", long_name.c_str(), "unknown_parameter",
        "an unknown member of 65 bytes, whose last character is cut out of the name given back"}});
}

void add_chat_rules(Cases& cases) {
  add_bodies(
      cases, kChat, "chat",
      {{"tokens_at_limit", R"({"model":"m","max_tokens":256})"},
       {"two_limits", R"({"model":"m","max_tokens":10,"max_completion_tokens":256})"},
       {"choices_within", R"({"model":"m","n":2,"max_tokens":128})"},
       {"nulls", R"({"model":"m","max_tokens":null,"n":null,"stream":null,"store":null,"tools":null,"user":null})"},
       {"tools", R"({"model":"m","tools":[{"type":"function","function":{"parameters":{"url":"a property"}}}]})"},
       {"data_url",
        R"({"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}]})"},
       {"tool_use_input", R"({"model":"m","messages":[{"type":"tool_use","input":{"url":"http://a"}}]})"},
       {"template_flags", R"({"model":"m","chat_template_kwargs":{"enable_thinking":false}})"},
       {"no_model", R"({"messages":[]})", "routing_mismatch", "no model"},
       {"other_model", R"({"model":"M"})", "routing_mismatch", "another model"},
       {"model_null", R"({"model":null})", "routing_mismatch", "model null"},
       {"stream_differs", R"({"model":"m","stream":true})", "routing_mismatch", "stream true"},
       {"stream_as_text", R"({"model":"m","stream":"false"})", "invalid_request", "stream as text"},
       {"tokens_over", R"({"model":"m","max_tokens":257})", "routing_mismatch", "one token more"},
       {"second_limit_over", R"({"model":"m","max_tokens":1,"max_completion_tokens":257})", "routing_mismatch",
        "the other limit is over"},
       {"choices_over", R"({"model":"m","n":2,"max_tokens":129})", "routing_mismatch", "2 × 129 tokens"},
       {"tokens_fraction", R"({"model":"m","max_tokens":1.0})", "invalid_request", "1.0 tokens"},
       {"tokens_exponent", R"({"model":"m","max_tokens":1e1})", "invalid_request", "1e1 tokens"},
       {"tokens_negative", R"({"model":"m","max_tokens":-1})", "invalid_request", "−1 tokens"},
       {"choices_zero", R"({"model":"m","n":0})", "invalid_request", "n is 0"},
       {"choices_129", R"({"model":"m","n":129})", "invalid_request", "n is 129"},
       {"unknown", R"({"model":"m","frobnicate":1})", "unknown_parameter", "a member nobody knows"},
       {"capital", R"({"Model":"m","model":"m"})", "unknown_parameter", "a known member with a capital letter"},
       {"kv_transfer", R"({"model":"m","kv_transfer_params":null})", "unsupported_parameter", "kv_transfer_params"},
       {"cache_salt", R"({"model":"m","cache_salt":"x"})", "unsupported_parameter", "cache_salt"},
       {"priority", R"({"model":"m","priority":1})", "unsupported_parameter", "priority"},
       {"lora", R"({"model":"m","lora":[]})", "unsupported_parameter", "lora"},
       {"store", R"({"model":"m","store":true})", "unsupported_parameter", "store true"},
       {"tier", R"({"model":"m","service_tier":"flex"})", "unsupported_parameter", "another tier"},
       {"modalities", R"({"model":"m","modalities":["text","audio"]})", "unsupported_parameter", "audio asked for"},
       {"image_url", R"({"model":"m","messages":[{"content":[{"image_url":{"url":"https://a/b.png"}}]}]})",
        "unsupported_parameter", "an address"},
       {"image_url_text", R"({"model":"m","messages":[{"image_url":"https://a/b.png"}]})", "unsupported_parameter",
        "an address given as text"},
       {"url_list", R"({"model":"m","messages":[{"video":["data:,a","file:///etc/passwd"]}]})", "unsupported_parameter",
        "an address in a list"},
       {"escaped_scheme", R"({"model":"m","messages":[{"url":"\u0064ata:,a"}]})", "unsupported_parameter",
        "data: with an escape"},
       {"file_id", R"({"model":"m","messages":[{"file_id":"f"}]})", "unsupported_parameter", "a stored file"},
       {"template_other", R"({"model":"m","chat_template_kwargs":{"system":"x"}})", "unsupported_parameter",
        "a template variable that is not on the list"},
       {"tool_of_the_engine", R"({"model":"m","tools":[{"type":"web_search"}]})", "unsupported_parameter",
        "a tool the engine would run"},
       {"tools_object", R"({"model":"m","tools":{}})", "invalid_request", "tools as an object"},
       {"tool_text", R"({"model":"m","tools":["x"]})", "invalid_request", "a tool that is text"}});
}

void add_other_paths(Cases& cases) {
  add_bodies(cases, "/v1/completions", "completions",
             {{"two_prompts", R"({"model":"m","prompt":["a","b"],"max_tokens":128})"},
              {"tokens_as_prompt", R"({"model":"m","prompt":[1,2,3],"max_tokens":256})"},
              {"best_of", R"({"model":"m","prompt":"a","n":1,"best_of":2,"max_tokens":128})"},
              {"two_prompts_over", R"({"model":"m","prompt":["a","b"],"max_tokens":129})", "routing_mismatch",
               "2 × 129 tokens"},
              {"no_prompts", R"({"model":"m","prompt":[]})", "invalid_request", "an empty list of prompts"},
              {"messages", R"({"model":"m","messages":[]})", "unknown_parameter", "another path's member"}});
  add_bodies(cases, "/v1/embeddings", "embeddings",
             {{"plain", R"({"model":"m","input":["a","b"]})"},
              {"stream", R"({"model":"m","input":"a","stream":false})", "unknown_parameter", "stream"}});
  add_bodies(cases, "/v1/responses", "responses",
             {{"plain", R"({"model":"m","input":"a","store":false,"previous_response_id":null})"},
              {"stored", R"({"model":"m","input":"a","previous_response_id":"r"})", "unsupported_parameter",
               "an earlier response"},
              {"background", R"({"model":"m","input":"a","background":true})", "unsupported_parameter", "background"}});
  add_bodies(cases, "/v1/messages", "messages",
             {{"plain", R"({"model":"m","max_tokens":256,"stream":true,"messages":[],"tools":[{"name":"t"}]})"},
              {"mcp", R"({"model":"m","stream":true,"mcp_servers":[]})", "unsupported_parameter", "another server"},
              {"not_streaming", R"({"model":"m","max_tokens":1})", "routing_mismatch", "stream is absent"}},
             true);
}

}  // namespace

void add_inner_cases(Cases& cases) {
  add_messages(cases);
  add_refused_messages(cases);
}

void add_body_cases(Cases& cases) {
  for (const char* path : {"chat/completions", "completions", "embeddings", "responses", "messages"}) {
    std::string name(path);
    std::ranges::replace(name, '/', '_');
    cases.positive("body/members_of_" + name + ".json", "allow_list", "Every member a body may have on this path.",
                   Value::Object{{"path", "/v1/" + std::string(path)}});
  }
  add_json_rules(cases);
  add_chat_rules(cases);
  add_other_paths(cases);
}

}  // namespace aipg::vectors
