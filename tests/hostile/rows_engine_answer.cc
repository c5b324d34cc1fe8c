// SPDX-License-Identifier: Apache-2.0
// Answers that are HTTP, and neither events nor the JSON of any API.
#include "against_engine.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kEvents = "events of strict JSON objects, at most 1 MiB each";
constexpr std::string_view kWhole = "an answer is whole when its engine has said that this was all";
constexpr std::string_view kUsage = "tokens as the engine reports them, zero where it reports none";
constexpr std::string_view kBounded = "32 MiB an answer, and what keeping it costs";
constexpr std::size_t kMebibyte = 1024;  // in KiB

std::string answer(std::string_view events) { return Engine::head() + std::string(events) + "0\r\n\r\n"; }

EngineRow failed(std::string name, std::string_view rule, std::string_view events) {
  return {.name = std::move(name), .rule = std::string(rule), .script = saying(answer(events))};
}
// In a stream that has begun: an event says so.
EngineRow failed_inside(std::string name, std::string_view rule, std::string_view events) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .script = saying(answer(Engine::event(Engine::piece("begun")) + std::string(events))),
          .stream = true,
          .status = 200,
          .says_not = "[DONE]"};
}
EngineRow answered(std::string name, std::string_view rule, std::string_view events, std::uint64_t tokens = 0) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .script = saying(answer(events)),
          .status = 200,
          .says = std::string(kAnswerCanary),
          .tokens = tokens};
}

Engine::Script repeating(std::string event, std::size_t most) {
  return [event = std::move(event), most](Wire& wire, const Engine::Request&) {
    std::string many;
    while (many.size() < 64 * 1024) many += event;
    bool good = wire.send(Engine::head());
    for (std::size_t sent = 0; good && sent < most; sent += many.size()) good = wire.send(many);
  };
}

const std::string kLast = Engine::event(Engine::piece(kAnswerCanary, true));
const std::string kDone = Engine::event("[DONE]");

std::vector<EngineRow> json_rows() {
  std::vector<EngineRow> rows;
  const std::pair<const char*, std::string> bad[] = {
      {"NoJson", "quack"},
      {"NoObject", "[1]"},
      {"HalfAnObject", R"({"choices":[)"},
      {"NotANumber", R"({"choices":[],"x":NaN})"},
      {"Infinity", R"({"choices":[],"x":Infinity})"},
      {"ANameTwice", R"({"choices":[],"choices":[]})"},
      {"SomethingBehindTheObject", R"({"choices":[]} x)"},
      {"NoUtf8", std::string("{\"choices\":[],\"x\":\"\xff\"}")},
      {"HalfASurrogate", R"({"choices":[],"x":"\ud800"})"},
      {"TooDeep", R"({"x":)" + std::string(100, '[') + std::string(100, ']') + "}"},
      {"AnAttestationOfItsOwn", R"({"choices":[],"attestation":"AAAA"})"},
      {"AnErrorWithAPath", R"({"error":{"message":"cannot open /models/secret.gguf"}})"},
  };
  for (const auto& [name, data] : bad) {
    rows.push_back(failed(name, kEvents, Engine::event(data) + kLast + kDone));
    rows.push_back(failed_inside(std::string(name) + "InAStream", kEvents, Engine::event(data) + kLast + kDone));
    rows.back().says_not = "secret.gguf";
  }
  return rows;
}

std::vector<EngineRow> shape_rows() {
  return {
      failed("ChoicesThatAreNoList", kEvents, Engine::event(R"({"choices":"none"})")),
      failed("AnIndexOutOfRange", kEvents, Engine::event(R"({"choices":[{"index":1024,"delta":{}}]})")),
      failed("AnIndexBelowNothing", kEvents, Engine::event(R"({"choices":[{"index":-1,"delta":{}}]})")),
      failed("ADeltaThatIsNoObject", kEvents, Engine::event(R"({"choices":[{"index":0,"delta":[]}]})")),
      failed("TextThatIsNoText", kEvents, Engine::event(R"({"choices":[{"index":0,"delta":{"content":7}}]})")),
      failed("ToolCallsThatAreNoList", kEvents, Engine::event(R"({"choices":[{"index":0,"delta":{"tool_calls":1}}]})")),
      failed("NoEvents", kWhole, ""),
      failed("NothingButDone", kWhole, kDone),
      failed("DoneBeforeTheEnd", kWhole, Engine::event(Engine::piece("half")) + kDone),
      failed_inside("DoneBeforeTheEndInAStream", kWhole, kDone),
      failed_inside("TheEndOfAStreamThatDidNotEnd", kWhole, ""),
      failed("AnEventThatTheEndCuts", kEvents, Engine::chunk("data: {\"choices\":[")),
      answered("EventsWithoutData", "a sign of life: there is nothing in it",
               Engine::chunk("event: ping\n\n: still here\n\nid: 7\nretry: 1\n\n") + kLast + kDone),
      answered("DoneTwice", kWhole, kLast + kDone + kDone),
      answered("NoDoneAtAll", kWhole, kLast),
      answered("AThousandSignsOfLife", "a sign of life: there is nothing in it",
               Engine::chunk([] {
                 std::string out;
                 for (int i = 0; i < 1'000; ++i) out += ": still here\n\n";
                 return out;
               }()) +
                   kLast + kDone),
  };
}

std::vector<EngineRow> usage_rows() {
  const auto usage = [](std::string_view value) {
    return kLast + Engine::event(R"({"choices":[],"usage":)" + std::string(value) + "}") + kDone;
  };
  return {
      answered("TokensBelowNothing", kUsage, usage(R"({"prompt_tokens":-5,"completion_tokens":-1})")),
      answered("TokensInWords", kUsage, usage(R"({"prompt_tokens":"many","completion_tokens":null})")),
      answered("HalfATokenMore", kUsage, usage(R"({"prompt_tokens":1.5,"completion_tokens":1e3})")),
      answered("MoreTokensThanANumberHolds", kUsage, usage(R"({"prompt_tokens":18446744073709551616})")),
      answered("UsageThatIsAList", kUsage, usage("[1,2]")),
      answered("TheMostTokensThereAre", kUsage, usage(R"({"prompt_tokens":18446744073709551615})"), 1ULL << 52),
      answered("TokensThatShrink", "the larger of each",
               Engine::event(R"({"choices":[],"usage":{"prompt_tokens":96}})") + usage(R"({"prompt_tokens":1})"), 96),
  };
}

std::vector<EngineRow> large_rows() {
  std::string calls;
  for (int i = 0; i < 1'024; ++i) calls += (i == 0 ? R"({"index":)" : R"(,{"index":)") + std::to_string(i) + "}";
  std::string choices;
  for (int i = 0; i < 1'024; ++i) {
    choices +=
        Engine::event(R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{"tool_calls":[)" + calls + "]}}]}");
  }
  return {
      {.name = "SaysItsTextOverAndOver",
       .rule = std::string(kBounded),
       .script = repeating(Engine::event(Engine::piece(std::string(4'000, 'x'))), std::size_t{128} << 20),
       .most_kib = 48 * kMebibyte},
      {.name = "ALineOfMegabytes",
       .rule = std::string(kEvents),
       .script = repeating(Engine::chunk(std::string(60'000, 'x')), std::size_t{64} << 20)},
      {.name = "AnEventOfManyLines",
       .rule = std::string(kEvents),
       .script = repeating(Engine::chunk("data: x\n"), std::size_t{64} << 20)},
      {.name = "AMillionToolCallsThatSayNothing",
       .rule = std::string(kBounded),
       .script = saying(answer(choices)),
       .most_kib = 48 * kMebibyte},
      {.name = "SaysItsTextOverAndOverInAStream",
       .rule = "an answer that is a stream is not kept",
       .script =
           [](Wire& wire, const Engine::Request&) {
             std::string many;
             while (many.size() < 64 * 1024) many += Engine::event(Engine::piece(std::string(4'000, 'x')));
             wire.send(Engine::head());
             for (int i = 0; i < 100; ++i) wire.send(many);
             wire.send(kLast + kDone + "0\r\n\r\n");
           },
       .stream = true,
       .status = 200,
       .says = std::string(kAnswerCanary)},
  };
}

}  // namespace

std::vector<EngineRow> engine_answer_rows() {
  std::vector<EngineRow> rows = json_rows();
  for (const auto& more : {shape_rows(), usage_rows(), large_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
