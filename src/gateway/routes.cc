// SPDX-License-Identifier: Apache-2.0
#include "gateway/routes.h"

#include "api/names.h"
#include "base/hex.h"
#include "codec/json.h"
#include "gateway/admission.h"
#include "gateway/counted_socket.h"
#include "gateway/lanes.h"
#include "link/control.h"
#include "net/http_date.h"

namespace aipg::gateway {
namespace {

constexpr std::size_t kMaxChallengeBody = 4096;
constexpr std::string_view kJson = "application/json";

// The whole body, if it is small enough.
net::Task<Result<std::string>> read_small_body(net::Exchange& exchange, std::size_t max) {
  std::string body;
  while (true) {
    Result<ByteView> piece = co_await exchange.read_body();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return body;
    if (piece->size() > max - body.size()) co_return fail("http_too_large");
    body += as_text(*piece);
  }
}

}  // namespace

Routes::Routes(const RelayContext& context)
    : context_(context),
      keys_(context.store, context.clock),
      challenger_(context.runtime, context_.roster, context.clock, context.metrics, context.config.challenge_timeout,
                  context.config.challenge_waiting),
      jobs_(context.runtime),
      started_(context.clock.now()) {
  challenger_.use(context.lanes);
}

void Routes::use_limits() {
  context_.limits.set(context_.config.limit_key, context_.config.limit_address);
  challenger_.use(context_.config.challenge_timeout, context_.config.challenge_waiting);
}

net::Task<void> Routes::handle(net::Exchange& exchange) {
  const auto allowed = context_.limits.request(exchange.peer());
  const std::string& path = exchange.head().target;
  const std::string& method = exchange.head().method;
  const bool is_inference = seal::is_sealable_path(path);
  if (!allowed) {
    const Refusal too_many{api::ErrorCode::quota_exceeded, allowed.error()};
    return is_inference ? refuse(exchange, too_many) : error(exchange, too_many);
  }
  if (is_inference) {
    if (method == "POST") return inference(exchange);
    context_.metrics.request(api::info(api::ErrorCode::method_not_allowed).name, milliseconds(0));
    return only_post(exchange);
  }
  if (path == api::kWorkerLinkPath && method == "GET") return worker_link(exchange);
  if (context_.lane == 0) return answer(exchange);
  context_.lanes->move_to_first(exchange);
  return {};
}

net::Task<void> Routes::answer(net::Exchange& exchange) {
  const std::string& path = exchange.head().target;
  const std::string& method = exchange.head().method;
  if (path == api::kChallengePath) {
    if (method != "POST") co_return co_await only_post(exchange);
    co_return co_await challenge(exchange);
  }
  if (method != "GET") co_return co_await error(exchange, {api::ErrorCode::not_found});
  if (path.starts_with(api::kEvidencePath)) co_return co_await evidence(exchange);
  co_await read_only(exchange);
}

void Routes::drain() {
  draining_ = true;
  for (WorkerSession* session : sessions_) session->drain();
}

void Routes::close_links() {
  links_closed_ = true;
  for (WorkerSession* session : sessions_) session->close();
}

net::Task<void> Routes::inference(net::Exchange& exchange) {
  const net::RequestHead& head = exchange.head();
  const Result<std::optional<std::string>> key = keys_.check(presented_key(head.headers));
  if (!key) {
    context_.log.error("key_check_failed", {{"reason", key.error()}});
    return refuse(exchange, {api::ErrorCode::no_confidential_worker});
  }
  if (!key->has_value()) return refuse(exchange, {api::ErrorCode::invalid_api_key});
  if (auto refused = check_confidential_head(head)) return refuse(exchange, {*refused});
  if (draining_) return refuse(exchange, {api::ErrorCode::no_confidential_worker});
  // A job whose record the disk may never take is better not begun.
  if (context_.settler.full()) return refuse(exchange, {api::ErrorCode::worker_busy});

  auto allowed = context_.limits.begin_job(**key, exchange.peer());
  if (!allowed) return refuse(exchange, {api::ErrorCode::quota_exceeded, allowed.error()});

  exchange.hand_over(std::make_shared<Relay>(context_, exchange, **key, *std::move(allowed), jobs_.enter()));
  return {};
}

void Routes::go_on(net::Exchange& exchange, RelayJourney journey) {
  exchange.hand_over(std::make_shared<Relay>(context_, exchange, std::move(journey), jobs_.enter()));
}

// At once: nothing was waited for.
net::Task<void> Routes::refuse(net::Exchange& exchange, Refusal refusal) {
  context_.metrics.request(api::info(refusal.code).name, milliseconds(0));
  return error(exchange, refusal);
}

net::Task<void> Routes::challenge(net::Exchange& exchange) {
  Result<std::string> body = co_await read_small_body(exchange, kMaxChallengeBody);
  if (!body) {
    const bool large = body.error().code == Literal("http_too_large");
    co_return co_await error(exchange, {large ? api::ErrorCode::request_too_large : api::ErrorCode::malformed_request});
  }
  const Result<api::ChallengeRequest> request = api::parse_challenge_request(*body);
  if (!request) co_return co_await error(exchange, {api::ErrorCode::malformed_request});
  // Anybody may ask; a key that is good counts.
  const auto key = keys_.check(presented_key(exchange.head().headers));
  if (!key) context_.log.error("key_check_failed", {{"reason", key.error()}});
  const auto allowed =
      context_.limits.challenges(key ? *key : std::nullopt, exchange.peer(), request->keyset_ids.size());
  if (!allowed) co_return co_await error(exchange, {api::ErrorCode::quota_exceeded, allowed.error()});

  // All keysets at once: each waits for its own worker only.
  struct Gathered {
    std::vector<Result<api::ChallengeAnswer::Evidence>> results;
    std::size_t waiting = 0;
  } gathered;
  net::Event arrived(context_.runtime);
  gathered.waiting = request->keyset_ids.size();
  for (const Hash256& id : request->keyset_ids) {
    context_.runtime.spawn(
        [](Routes& self, Hash256 keyset, Hash256 nonce, Gathered& into, net::Event& done) -> net::Task<void> {
          into.results.push_back(co_await self.challenger_.evidence(keyset, nonce));
          --into.waiting;
          done.notify_all();
        }(*this, id, request->nonce, gathered, arrived));
  }
  while (gathered.waiting != 0) co_await arrived.wait();

  api::ChallengeAnswer answer;
  bool busy = false;
  for (auto& result : gathered.results) {
    if (result) {
      answer.evidence.push_back(*std::move(result));
    } else {
      busy = busy || result.error().code == Literal("challenge_busy");
      context_.log.warn("challenge_unanswered", {{"reason", result.error()}});
    }
  }
  if (busy && answer.evidence.empty()) co_return co_await error(exchange, {api::ErrorCode::worker_busy});
  (void)co_await exchange.respond(200, kJson, api::write_challenge_answer(answer));
}

net::Task<void> Routes::evidence(net::Exchange& exchange) {
  const Result<Bytes> id = from_hex(std::string_view(exchange.head().target).substr(api::kEvidencePath.size()));
  const bool well_formed = id.has_value() && id->size() == Hash256{}.size();
  const KeysetRecord* record = well_formed ? context_.roster.find_keyset(to_array<32>(*id)) : nullptr;
  if (record == nullptr) co_return co_await error(exchange, {api::ErrorCode::not_found});
  const std::shared_ptr<const Bytes> bundle = record->evidence;  // the record may go while we write
  (void)co_await exchange.respond(200, kJson, as_text(*bundle));
}

net::Task<void> Routes::worker_link(net::Exchange& exchange) {
  if (draining_) co_return co_await error(exchange, {api::ErrorCode::no_confidential_worker});
  if (!worker_token_good(exchange.head().headers))
    co_return co_await error(exchange, {api::ErrorCode::invalid_api_key});
  if (context_.lanes != nullptr) co_return context_.lanes->place_link(exchange);
  co_await take_link(exchange);
}

net::Task<void> Routes::take_link(net::Exchange& exchange) {
  Result<std::unique_ptr<net::WebSocket>> socket = co_await exchange.accept_websocket(link::kMaxMessageBytes);
  if (!socket) co_return co_await no_upgrade(exchange);
  if (links_closed_) co_return;
  auto session = std::make_shared<WorkerSession>(context_.runtime,
                                                 std::make_unique<CountedSocket>(*std::move(socket), context_.metrics),
                                                 context_.roster, context_.settler, context_.clock, context_.rng,
                                                 context_.log, session_limits(), LinkId{context_.lane, ++last_link_});
  sessions_.insert(session.get());
  context_.settler.set_links(sessions_.size());
  if (draining_) session->drain();  // since it was let in
  co_await session->run();
  sessions_.erase(session.get());
  context_.settler.set_links(sessions_.size());
}

net::Task<void> Routes::read_only(net::Exchange& exchange) {
  const std::string path = exchange.head().target;
  if (path == api::kDirectoryPath) {
    const std::string document = context_.roster.directory();
    net::Headers headers;
    headers.add("Date", net::http_date(context_.clock.now()));  // clients hold their own clock against it
    (void)co_await exchange.respond(200, kJson, document, std::move(headers));
  } else if (path == api::kModelsPath) {
    (void)co_await exchange.respond(200, kJson, models_document());
  } else if (path == "/healthz") {
    (void)co_await exchange.respond(200, "text/plain", "ok\n");
  } else if (path == "/readyz") {
    const Readiness state = readiness(co_await state_of_all());
    const std::string text = state.text();
    (void)co_await exchange.respond(state.ready() ? 200 : 503, "text/plain", text);
  } else if (path == "/metrics") {
    co_await metrics(exchange);
  } else {
    co_await error(exchange, {api::ErrorCode::not_found});
  }
}

LaneState Routes::state() {
  return {.connections = server_ != nullptr ? server_->connections() : 0,
          .connections_refused = server_ != nullptr ? server_->refused_connections() : 0,
          .links = sessions_.size(),
          .jobs = jobs_.running(),
          .jobs_unsettled = context_.settler.unsettled().running(),
          .records_full = context_.settler.full()};
}

net::Task<LaneState> Routes::state_of_all() {
  if (context_.lanes == nullptr) co_return state();
  co_return co_await context_.lanes->state();
}

Readiness Routes::readiness(const LaneState& state) {
  return {.draining = draining_,
          .keysets = context_.roster.size(),
          .available = context_.roster.available(),
          .keys_readable = keys_.readable(),
          .records_full = state.records_full};
}

net::Task<void> Routes::metrics(net::Exchange& exchange) {
  const LaneState state = co_await state_of_all();
  const Readiness ready = readiness(state);
  const Metrics::Now now{.connections = state.connections,
                         .connections_refused = state.connections_refused,
                         .links = state.links,
                         .keysets = ready.keysets,
                         .keysets_available = ready.available,
                         .jobs = state.jobs,
                         .jobs_unsettled = state.jobs_unsettled,
                         .ready = ready.ready(),
                         .started = started_,
                         .process = program::process_usage()};
  const std::string text = context_.lanes != nullptr ? context_.lanes->metrics_text(now) : context_.metrics.text(now);
  (void)co_await exchange.respond(200, "text/plain; version=0.0.4", text);
}

net::Task<void> Routes::only_post(net::Exchange& exchange) {
  net::Headers headers;
  headers.add("Allow", "POST");
  return error(exchange, {api::ErrorCode::method_not_allowed}, std::move(headers));
}

net::Task<void> Routes::no_upgrade(net::Exchange& exchange) {
  net::Headers headers;
  headers.add("Sec-WebSocket-Version", "13");
  return error(exchange, {api::ErrorCode::malformed_request}, std::move(headers));
}

net::Task<void> Routes::error(net::Exchange& exchange, Refusal refusal, net::Headers more) {
  const api::ErrorInfo& info = api::info(refusal.code);
  net::Headers headers = refusal_headers(refusal, info.retry);
  for (const net::Header& header : more.all()) headers.add(header.name, header.value);
  (void)co_await exchange.respond(info.status, kJson, api::error_body(refusal.code), std::move(headers));
}

SessionLimits Routes::session_limits() const {
  return {.register_within = context_.config.register_within,
          .seats = context_.config.queue_length,
          .bad_seals = context_.config.limit_bad_seals};
}

bool Routes::worker_token_good(const net::Headers& headers) const {
  if (!context_.config.worker_token) return true;
  return equal_ct(as_bytes(presented_key(headers)), as_bytes(*context_.config.worker_token));
}

// OpenAI's shape; `created` is not known, and 0 says so.
std::string Routes::models_document() const {
  std::string out = R"({"object":"list","data":[)";
  for (bool first = true; const std::string& name : context_.roster.models()) {
    if (!std::exchange(first, false)) out += ',';
    out += R"({"id":)" + codec::json::quote(name) + R"(,"object":"model","created":0,"owned_by":"aipg"})";
  }
  return out + "]}";
}

}  // namespace aipg::gateway
