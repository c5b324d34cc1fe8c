// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_call.h"

#include "worker/assembly.h"
#include "worker/sse.h"

namespace aipg::worker {
namespace {

constexpr std::size_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxMessageBytes = 2'048;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kDone = "[DONE]";
constexpr std::string_view kMessages = "/v1/messages";

constexpr std::string_view kRefused = R"("the engine refused this request")";

// The engine's message, as a JSON string, from any of the shapes that engines use. Borrowed: it may quote the prompt.
std::string_view find_message(codec::json::Value object) {
  const auto error = object.find("error");
  const auto message = error && error->is(codec::json::Kind::object) ? error->find("message") : object.find("message");
  const bool usable = message && message->is(codec::json::Kind::string) && message->raw().size() <= kMaxMessageBytes;
  return usable ? message->raw() : kRefused;
}

bool has_error(codec::json::Value object) {
  const auto error = object.find("error");
  return error && !error->is_null();
}

}  // namespace

net::Task<Tokens> EngineCall::run() {
  net::ClientRequest request;
  request.method = "POST";
  request.target = request_.path;
  request.headers.add("Content-Type", kJson);
  request.body = sent_.body.reveal();
  auto response = co_await client_.send(std::move(request));
  sent_.body = SecretBytes();
  if (response) {
    co_await answer(**response);
  } else {
    write_failure(response.error());
  }
  co_return tokens_;
}

net::Task<void> EngineCall::answer(net::ClientResponse& response) {
  const unsigned status = response.head().status;
  if (status >= 400 && status < 500) co_return co_await refused(response);
  if (status != 200) {
    write_failure({"engine_failed", "status", status});
  } else if (sent_.assemble) {
    co_await assemble(response);
  } else if (request_.stream) {
    co_await stream_events(response);
  } else {
    co_await pass_whole(response);
  }
}

net::Task<void> EngineCall::stream_events(net::ClientResponse& response) {
  writer_.begin(200, kEvents);
  const auto on_event = [this](std::string_view name, std::string_view data) { return write_event(name, data); };
  const Result<void> read = co_await read_events(response, on_event);
  if (!read) co_return write_failure(read.error());
  if (!end_.said()) write_failure({"engine_failed", "incomplete", 0});
}

net::Task<void> EngineCall::assemble(net::ClientResponse& response) {
  const auto assembly = make_assembly(request_.path, request_.model);
  const auto on_event = [&](std::string_view, std::string_view data) -> Result<void> {
    if (data == kDone) return {};
    AIPG_TRY(const auto document, parse_engine_object(data));
    if (has_error(document.root())) return fail("engine_failed", "event");
    merge(tokens_, find_usage(document.root()));
    return assembly->add(document.root());
  };
  const Result<void> read = co_await read_events(response, on_event);
  if (!read) co_return write_failure(read.error());
  if (!assembly->complete()) co_return write_failure({"engine_failed", "incomplete", 0});
  writer_.begin(200, kJson);
  const SecretBytes whole = assembly->finish();
  writer_.gathered().append(whole.reveal());
}

net::Task<void> EngineCall::pass_whole(net::ClientResponse& response) {
  const auto body = co_await read_whole(response, kMaxAnswerBytes);
  if (!body) co_return write_failure(body.error());
  const auto document = parse_engine_object(body->reveal_text());
  if (!document) co_return write_failure(document.error());
  merge(tokens_, find_usage(document->root()));
  writer_.begin(200, kJson);
  writer_.gathered().append(body->reveal());
}

net::Task<void> EngineCall::refused(net::ClientResponse& response) {
  const unsigned status = response.head().status;
  const auto body = co_await read_whole(response, kMaxErrorBytes);
  if (!body) co_return write_failure(body.error());
  const auto document = codec::json::parse(body->reveal_text(), {.max_bytes = kMaxErrorBytes});
  failure_ = Error{"engine_refused", "status", status};
  write_error(status, "invalid_request_error", "engine_refused", document ? find_message(document->root()) : kRefused);
}

net::Task<Result<void>> EngineCall::read_events(
    net::ClientResponse& response, std::function<Result<void>(std::string_view, std::string_view)> on_event) {
  // The last event of a response repeats all of it.
  SseReader reader(has_known_events(request_.path) ? kMaxEventBytes : kMaxAnswerBytes);
  const SseReader::OnEvent forward = [&on_event](const SseReader::Event& event) {
    // A sign of life: there is nothing in it.
    return event.data.empty() ? Result<void>{} : on_event(event.name, event.data);
  };
  while (true) {
    const auto piece = co_await response.read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return reader.finish(forward);
    const Result<void> taken = reader.feed(*piece, forward);
    if (!taken) co_return taken;
    if (!writer_.gathered().empty() && !co_await writer_.announce()) co_return fail("http_cancelled");
  }
}

net::Task<Result<SecretBytes>> EngineCall::read_whole(net::ClientResponse& response, std::size_t most) {
  SecretBytes out;
  while (true) {
    const auto piece = co_await response.read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return std::move(out);
    if (out.size() + piece->size() > most) co_return fail("engine_answer_too_large");
    out.append(*piece);
  }
}

// One `data:` line an event, whatever the engine wrote: clients insert the attestation into the last one.
Result<void> EngineCall::write_event(std::string_view name, std::string_view data) {
  SecretBytes& out = writer_.gathered();
  if (data == kDone) {
    // A client stops reading here, and would not see that something is missing.
    if (!end_.said()) return fail("engine_failed", "incomplete");
    out.append("data: [DONE]\n\n");
    return {};
  }
  AIPG_TRY(const auto document, parse_engine_object(data));
  merge(tokens_, find_usage(document.root()));
  const bool ours = has_known_events(request_.path);
  // In our words, as where the answer is whole: the engine's may name files of this machine.
  if (ours && has_error(document.root())) return fail("engine_failed", "event");
  end_.see(document.root());
  if (ours && !sent_.keep_usage && is_usage_only(document.root())) return {};
  if (!ours && !name.empty()) {
    out.append("event: ");
    out.append(name);
    out.append("\n");
  }
  out.append("data: ");
  if (ours) {
    append_chunk(out, document.root(), request_.model, sent_.keep_usage ? Usage::keep : Usage::drop);
  } else {
    append_on_one_line(out, data);
  }
  out.append("\n\n");
  return {};
}

// The engine failed us. Before the answer began that is a status; inside a stream, an event that says so.
void EngineCall::write_failure(const Error& error) {
  failure_ = error;
  const std::string_view type = request_.path == kMessages ? "api_error" : "server_error";
  write_error(502, type, "engine_failed", R"("the inference engine failed; the request may be sent again")");
}

// As each API has it: a client of messages passes over an event without a name, and would take the answer for whole.
void EngineCall::write_error(unsigned status, std::string_view type, std::string_view code,
                             std::string_view quoted_message) {
  SecretBytes& out = writer_.gathered();
  const bool in_stream = writer_.begun();
  if (!in_stream) writer_.begin(status, kJson);
  const bool messages = request_.path == kMessages;
  if (in_stream) out.append(messages ? "event: error\ndata: " : "data: ");
  out.append(messages ? R"({"type":"error","error":{"message":)" : R"({"error":{"message":)");
  append_on_one_line(out, quoted_message);
  out.append(R"(,"type":")");
  out.append(type);
  out.append(R"(","code":")");
  out.append(code);
  out.append(R"(","param":null}})");
  if (in_stream) out.append("\n\n");
}

}  // namespace aipg::worker
