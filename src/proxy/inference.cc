// SPDX-License-Identifier: Apache-2.0
#include "proxy/inference.h"

#include "api/names.h"
#include "client/core/request_plan.h"
#include "crypto/digest.h"
#include "proxy/failure_answer.h"
#include "proxy/names.h"

namespace aipg::proxy {
namespace {

using client::Answer;
using client::Failure;
using client::OutgoingAnswer;

// Memory on the word of a head: a body may come slowly, or not at all. Beyond it grows with what has come.
constexpr std::uint64_t kAnnouncedBytes = 256 << 10;

std::string too_large() {
  return "The request is larger than 32 MiB, which is the most that a worker takes. Nothing was sent. Shorten it.";
}

std::string not_kept() {
  return "The answer came and is genuine, but its attestation could not be written to the folder of "
         "--keep-attestations. "
         "Whoever runs the proxy looks at the folder and its disk; asking again is safe.";
}

// Others than those that it was sealed to may do it by now.
bool may_have_changed(const Failure& failure) {
  return failure.api == api::ErrorCode::worker_busy || failure.api == api::ErrorCode::no_confidential_worker ||
         failure.api == api::ErrorCode::upstream_lost;
}

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return net::equal_ignoring_case(type.substr(0, type.find(' ')), kJson);
}

}  // namespace

Inference::Inference(ProxyContext& context, net::Exchange& exchange, std::string path)
    : context_(context),
      exchange_(exchange),
      path_(std::move(path)),
      dialect_(dialect_of(path_)),
      began_(context.clock.monotonic()),
      http_(context.http.beside()),
      gateway_(context.runtime, http_),
      client_(exchange) {}

net::Task<void> Inference::run() {
  ++context_.activity.running;
  Refusal refusal = check_head();
  if (!refusal) refusal = co_await read_body();
  if (!refusal) refusal = co_await prepare();
  if (!refusal) refusal = co_await answer();
  left_ = !answered_ && exchange_.client_gone();
  if (refusal) co_await client_.fail(*refusal, dialect_);
  --context_.activity.running;
  note(refusal);
}

Inference::Refusal Inference::check_head() const {
  const net::Headers& headers = exchange_.head().headers;
  const auto wish = headers.find(api::kConfidentialHeader);
  if (wish && (wish != api::kConfidentialRequired || headers.count(api::kConfidentialHeader) > 1)) {
    return describe(api::ErrorCode::invalid_confidential_header,
                    "Everything that goes through this proxy is confidential. Nothing was sent. Send "
                    "X-AIPG-Confidential: required, once, or leave it out.");
  }
  if (is_json(headers.find("content-type").value_or(""))) return std::nullopt;
  return describe(api::ErrorCode::malformed_request,
                  "The body is not announced as JSON. Nothing was sent. Send Content-Type: application/json.");
}

net::Task<Inference::Refusal> Inference::read_body() {
  body_.reserve(std::min(exchange_.head().content_length.value_or(0), kAnnouncedBytes));
  while (true) {
    const auto piece = co_await exchange_.read_body();
    if (!piece && piece.error().where == Literal("too large")) {
      co_return describe(api::ErrorCode::request_too_large, too_large());
    }
    if (!piece) {
      co_return describe(api::ErrorCode::malformed_request,
                         "The request's body broke off or cannot be read. Nothing was sent. Send it again.");
    }
    if (piece->empty()) co_return std::nullopt;
    body_.append(*piece);
  }
}

// What is to be sealed, and somebody to seal it to.
net::Task<Inference::Refusal> Inference::prepare() {
  auto planned = client::plan_request(path_, body_.reveal_text(), context_.padding);
  if (!planned) co_return describe(planned.error());
  routing_ = *std::move(planned);
  exchange_.on_gone([this] { gateway_.cancel(); });
  const auto ready = co_await context_.warm.ready(routing_.model, path_);
  if (!ready) co_return describe_failure(ready.error());
  co_return std::nullopt;
}

net::Task<Inference::Refusal> Inference::answer() {
  PacedGateway paced(gateway_, [this] { return client_.flush(); });
  // Sealed anew: none of those before was there any more.
  const auto sealed = [this, before = false](const auto&, auto) mutable {
    if (std::exchange(before, true)) context_.warm.doubt_directory();
  };
  OutgoingAnswer outgoing({.verified = sealed,
                           .head = [this](unsigned status, const auto& fields) { client_.head(status, fields); },
                           .body = [this](ByteView piece) { client_.body(piece); },
                           .worker = [this](const auto& worker) { client_.worker(worker); },
                           .attestation = [this](const auto& text) { client_.attestation(text); }});
  auto got = co_await context_.session.ask(
      paced, {.path = path_, .body = body_.reveal(), .cache_salt = cache_salt(), .routing = &routing_}, outgoing);
  if (got) co_return co_await pass_on(*std::move(got), outgoing);
  if (may_have_changed(got.error())) context_.warm.doubt_directory();
  co_return describe_failure(got.error());
}

// Clients with the same key may share what an engine remembers of a prompt's beginning: each turn of a conversation is
// then read once. Those with another key cannot find out by timing what was asked before.
std::optional<Hash256> Inference::cache_salt() const {
  if (context_.cache_secret == nullptr) return std::nullopt;
  const net::Headers& headers = exchange_.head().headers;
  const Hash256 bearer = crypto::sha256(as_bytes(headers.find("authorization").value_or("")));
  const Hash256 key = crypto::sha256(as_bytes(headers.find("x-api-key").value_or("")));
  return crypto::hmac_sha256(context_.cache_secret->reveal(), {bearer, key});
}

net::Task<Inference::Refusal> Inference::pass_on(Answer answer, OutgoingAnswer& outgoing) {
  // Before the end of the answer, so that nobody has an answer whose proof was lost.
  if (context_.kept != nullptr) {
    if (const auto kept = co_await context_.kept->add(answer.attestation, context_.clock.now()); !kept) {
      context_.log.error("attestation_not_kept", {{"reason", kept.error()}});
      co_return ApiError{.code = "attestation_not_kept", .message = not_kept()};
    }
  }
  if (auto finished = outgoing.finish(answer.attestation); !finished) {
    co_return describe_failure(finished.error());
  }
  answer = {};  // a hundred kilobytes of evidence, and the client may take its time
  answered_ = co_await client_.finish();
  context_.session.draw_ahead();
  co_return std::nullopt;
}

ApiError Inference::describe_failure(const Failure& failure) {
  context_.activity.verdicts(failure.verdicts);
  return describe(failure, {context_.gateway, routing_.model, context_.policy});
}

void Inference::note(const Refusal& refusal) {
  Activity& activity = context_.activity;
  const std::string_view code = left_ ? "client_left" : refusal ? std::string_view(refusal->code) : "";
  ++(answered_ ? activity.answered : left_ ? activity.left : client_.cut_off() ? activity.cut : activity.refused);
  context_.log.info("request", {{"method", Literal("POST")},
                                {"path", program::Name(path_)},
                                {"status", client_.status()},
                                {"code", program::Name(code)},
                                {"worker", program::Name(client_.worker_id())},
                                {"level", program::Name(client_.level() ? attest::to_text(*client_.level()) : "")},
                                {"request_bytes", body_.size()},
                                {"response_bytes", client_.bytes()},
                                {"duration", context_.clock.monotonic() - began_}});
}

}  // namespace aipg::proxy
