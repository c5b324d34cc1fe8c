// SPDX-License-Identifier: Apache-2.0
// Answers that are no HTTP, or end where they should not, or never.
#include <thread>

#include "against_engine.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kLengths = "one length, and exactly so many bytes";
constexpr std::string_view kHead = "one head of at most 16 KiB and 100 fields (docs/http.md)";
constexpr std::string_view kChunks = "chunks of one to eight hex digits, no extensions, no trailers";
constexpr std::string_view kEnds = "an answer that was cut is no answer";
constexpr std::string_view kStatus = "200, or 4xx with the engine's reason; nothing else is an answer";
constexpr std::string_view kOwn = "what an engine says of its connection changes nothing for the next request";

EngineRow failed(std::string name, std::string_view rule, std::string text) {
  return {.name = std::move(name), .rule = std::string(rule), .script = saying(std::move(text))};
}
EngineRow failed(std::string name, std::string_view rule, Engine::Script script) {
  return {.name = std::move(name), .rule = std::string(rule), .script = std::move(script)};
}
EngineRow answered(std::string name, std::string_view rule, Engine::Script script) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .script = std::move(script),
          .status = 200,
          .says = std::string(kAnswerCanary),
          .tokens = 32};
}

std::string with_head(std::string_view fields, std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + std::string(fields) + "\r\n" + std::string(body);
}
// The events of a whole answer, without chunks around them.
std::string events() { return "data: " + Engine::piece(kAnswerCanary, true) + "\n\ndata: [DONE]\n\n"; }
std::string length(std::size_t n) { return "Content-Length: " + std::to_string(n) + "\r\n"; }
std::string status(std::string_view line, std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(line) + "\r\n" + std::string(fields) + "Content-Length: 2\r\n\r\n{}";
}

// Says it again and again, for as long as somebody listens or a bound is reached.
Engine::Script without_end(std::string first, std::string again, std::size_t most = std::size_t{64} << 20) {
  return [first = std::move(first), again = std::move(again), most](Wire& wire, const Engine::Request&) {
    std::string many;
    while (many.size() < 64 * 1024) many += again;
    bool good = wire.send(first);
    for (std::size_t sent = 0; good && sent < most; sent += many.size()) good = wire.send(many);
  };
}

std::vector<EngineRow> length_rows() {
  const std::string body = events();
  return {
      failed("MoreThanItSaid", kLengths, with_head(length(body.size() - 20), body)),
      failed("LessThanItSaid", kLengths, with_head(length(body.size() + 1), body)),
      failed("TheLargestLengthThereIs", kLengths, with_head("Content-Length: 18446744073709551615\r\n", body)),
      failed("ALengthThatDoesNotFit", kLengths, with_head("Content-Length: 18446744073709551616\r\n", body)),
      failed("ALengthBelowNothing", kLengths, with_head("Content-Length: -1\r\n", body)),
      failed("TwoLengths", kLengths, with_head(length(body.size()) + length(body.size() + 1), body)),
      failed("ALengthAndChunks", kLengths, with_head(length(body.size()) + "Transfer-Encoding: chunked\r\n", body)),
      failed("NoLength", kLengths, with_head("", body)),
      failed("ACompressedTransfer", kLengths, with_head("Transfer-Encoding: gzip, chunked\r\n", body)),
      failed("ALengthOfNothing", kEnds, with_head(length(0), "")),
  };
}

std::vector<EngineRow> head_rows() {
  return {
      failed("NoHttp", kHead, "+OK ready\r\n\r\n"),
      failed("AnotherVersion", kHead, "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
      failed("AStatusOfLetters", kHead, "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}"),
      failed("LinesWithoutReturns", kHead, "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"),
      failed("AFieldWithoutAColon", kHead, with_head("Strange\r\n", "{}")),
      failed("AFoldedField", kHead, with_head("A: b\r\n c\r\n" + length(2), "{}")),
      failed("ANulInAField", kHead, with_head(std::string("A: b\0c\r\n", 8) + length(2), "{}")),
      failed("HeadersWithoutEnd", kHead, without_end("HTTP/1.1 200 OK\r\n", "A: b\r\n")),
      failed("AStatusLineWithoutEnd", kHead, without_end("HTTP/1.1 200 ", "OK")),
      failed("NothingButSpace", kHead, without_end("", " ")),
      failed("AHundredContinues", "few answers before the answer",
             without_end("", "HTTP/1.1 100 Continue\r\n\r\n", 10'000)),
      failed("HintsWithoutEnd", "few answers before the answer",
             without_end("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
      answered("OneContinue", "few answers before the answer",
               saying("HTTP/1.1 100 Continue\r\n\r\n" + Engine::whole_answer())),
      failed("SwitchesProtocols", kStatus,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
  };
}

std::vector<EngineRow> chunk_rows() {
  const auto chunked = [](std::string name, std::string_view rule, std::string_view body) {
    return failed(std::move(name), rule, Engine::head() + std::string(body));
  };
  return {
      chunked("AChunkSizeOfLetters", kChunks, "xyz\r\n"),
      chunked("AChunkSizeBelowNothing", kChunks, "-1\r\n"),
      chunked("AChunkSizeThatWraps", kChunks, "ffffffffffffffff\r\n"),
      chunked("AChunkOfFourGigabytesThatDoesNotCome", kEnds, "ffffffff\r\nx"),
      chunked("AChunkExtension", kChunks, "2;a=b\r\n{}\r\n0\r\n\r\n"),
      chunked("AChunkLongerThanItSaid", kChunks, "2\r\n{}{}\r\n0\r\n\r\n"),
      chunked("ATrailer", kChunks, Engine::event(Engine::piece(kAnswerCanary, true)) + "0\r\nA: b\r\n\r\n"),
      chunked("ChunksWithoutALast", kEnds, Engine::event(Engine::piece(kAnswerCanary, true))),
      failed("AChunkSizeWithoutEnd", kChunks, without_end(Engine::head(), "0")),
      failed("ChunksOfOneByteWithoutEnd", "32 MiB an answer, 1 MiB an event",
             without_end(Engine::head() + "6\r\ndata: \r\n", "1\r\nx\r\n")),
  };
}

std::vector<EngineRow> ending_rows() {
  return {
      failed("ClosesBeforeItAnswers", kEnds, ""),
      failed("ClosesInItsStatusLine", kEnds, "HTTP/1.1 20"),
      failed("ClosesInItsHead", kEnds, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"),
      failed("ClosesBehindItsHead", kEnds, Engine::head()),
      failed("ClosesInAChunk", kEnds, Engine::head() + "ff\r\ndata: "),
      failed("ResetsInAnEvent", kEnds,
             [](Wire& wire, const Engine::Request&) {
               wire.send(Engine::head() + Engine::event(Engine::piece("half")));
               wire.reset_at_close();
               wire.close();
             }),
      answered("SpeaksAByteAtATime", "slow is not wrong",
               [](Wire& wire, const Engine::Request&) {
                 for (const char c : Engine::whole_answer()) {
                   wire.send(std::string_view(&c, 1));
                   std::this_thread::sleep_for(std::chrono::milliseconds(2));
                 }
               }),
      {.name = "AnswersBeforeItHasRead",
       .rule = "an answer may come early",
       .script = saying(Engine::whole_answer()),
       .status = 200,
       .says = std::string(kAnswerCanary),
       .tokens = 32,
       .reads_requests = false,
       .question_bytes = std::size_t{200} * 1024},
      {.name = "RefusesBeforeItHasRead",
       .rule = "an answer may come early",
       .script = saying("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}"),
       .status = 413,
       .says = "engine_refused",
       .reads_requests = false,
       .question_bytes = std::size_t{200} * 1024},
  };
}

std::vector<EngineRow> status_rows() {
  std::vector<EngineRow> rows;
  for (const char* line :
       {"201 Created", "204 No Content", "206 Partial Content", "304 Not Modified", "500 No", "503 Busy", "599 Odd"}) {
    rows.push_back(failed("Status" + std::string(line, 3), kStatus, status(line)));
  }
  for (const char* line : {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    rows.push_back(failed("Redirects" + std::string(line, 3), "a redirect is not followed",
                          status(line, "Location: http://127.0.0.1:1/v1/chat/completions\r\n")));
  }
  const std::string reason = R"({"error":{"message":"no such cow"}})";
  rows.push_back({.name = "RefusesWithItsReason",
                  .rule = std::string(kStatus),
                  .script = saying("HTTP/1.1 400 Bad\r\n" + length(reason.size()) + "\r\n" + reason),
                  .status = 400,
                  .says = "no such cow"});
  rows.push_back({.name = "RefusesWithNoise",
                  .rule = std::string(kStatus),
                  .script = saying("HTTP/1.1 400 Bad\r\nContent-Length: 4\r\n\r\n\xff\xfe{}"),
                  .status = 400,
                  .says = "the engine refused this request"});
  rows.push_back({.name = "RefusesWithoutEnd",
                  .rule = std::string(kStatus),
                  .script = without_end("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nabcde\r\n")});
  return rows;
}

std::vector<EngineRow> connection_rows() {
  return {
      answered("SetsACookie", kOwn,
               [](Wire& wire, const Engine::Request&) {
                 std::string text = Engine::whole_answer();
                 text.insert(text.find("\r\n") + 2, "Set-Cookie: a=b\r\nAlt-Svc: h2=\":1\"\r\n");
                 wire.send(text);
               }),
      answered("GoesOnAfterItsEnd", kOwn, saying(Engine::whole_answer() + Engine::whole_answer())),
      failed("CompressesWhatItSays", "the events are text as it stands",
             with_head("Content-Encoding: gzip\r\n" + length(20),
                       std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10) + std::string(10, '\1'))),
  };
}

}  // namespace

Engine::Script saying(std::string text) {
  return [text = std::move(text)](Wire& wire, const Engine::Request&) {
    wire.send(text);
    // Its last bytes would be lost with a connection on which there is still something to read.
    wire.end_sending();
    Bytes unread;
    while (wire.read(unread, milliseconds(2'000)) == Wire::Came::bytes) {
    }
  };
}

std::vector<EngineRow> engine_http_rows() {
  std::vector<EngineRow> rows = length_rows();
  for (const auto& more : {head_rows(), chunk_rows(), ending_rows(), status_rows(), connection_rows()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace aipg::hostile
