// SPDX-License-Identifier: Apache-2.0
#include "gateway/relay.h"

#include "api/names.h"
#include "base/hex.h"
#include "seal/receipt.h"

namespace aipg::gateway {
namespace {

// A sealed byte is at most a byte of JSON, and four of those are about a token.
constexpr std::uint64_t kBytesPerToken = 4;

// What the job costs at most, in micro-USD: prices are per million tokens.
std::uint64_t price_ceiling(const api::Price& price, std::uint64_t request_bytes, std::uint64_t output_tokens) {
  constexpr std::uint64_t kMillion = 1'000'000;
  const auto cost = [](std::uint64_t per_million, std::uint64_t tokens) {
    const unsigned __int128 exact = static_cast<unsigned __int128>(per_million) * tokens;
    return static_cast<std::uint64_t>((exact + kMillion - 1) / kMillion);
  };
  return cost(price.input, request_bytes / kBytesPerToken) + cost(price.output, output_tokens);
}

// What a body that could not be read to its end is refused for.
api::ErrorCode body_error(const Error& error) {
  return error.where == Literal("too large") ? api::ErrorCode::request_too_large : api::ErrorCode::malformed_request;
}

// The codes with which a worker may refuse a request. Others are the gateway's
// to say: a worker must not tell a client that its API key is no good.
std::optional<api::ErrorCode> worker_refusal(std::string_view name) {
  const auto code = api::error_from_name(name);
  switch (code.value_or(api::ErrorCode::upstream_lost)) {
    case api::ErrorCode::malformed_seal:
    case api::ErrorCode::unsupported_version:
    case api::ErrorCode::unsupported_suite:
    case api::ErrorCode::worker_key_expired:
    case api::ErrorCode::request_expired:
    case api::ErrorCode::request_replayed:
    case api::ErrorCode::worker_busy:
      return code;
    default:
      return std::nullopt;
  }
}

}  // namespace

Relay::Relay(const RelayContext& context, net::Exchange& exchange, std::string key_id)
    : context_(context), exchange_(exchange), key_id_(std::move(key_id)), changed_(context.runtime) {
  job_id_ = context.rng.array<16>();
  context.late_receipts.job_begins(job_id_);
  record_.id = job_id_;
  record_.key_id = key_id_;
  record_.started = context.clock.now();
}

Relay::~Relay() {
  if (session_) session_->cancel(stream_);
  if (!settled_) context_.late_receipts.job_ended(job_id_);
}

net::Task<void> Relay::run() {
  if (auto error = co_await read_preamble()) co_return co_await refuse(*error);
  record_.model = preamble_.routing.model;
  record_.path = preamble_.routing.path;
  if (auto error = choose_candidates()) co_return co_await refuse(*error);

  exchange_.on_gone([this] { changed_.notify_all(); });
  reader_running_ = true;
  context_.runtime.spawn(read_rest());
  co_await try_candidates();
  settle();
  // The reader uses this object: it ends with the body, its limits, or the client.
  discarding_ = true;
  changed_.notify_all();
  while (reader_running_) co_await changed_.wait();
}

net::Task<std::optional<api::ErrorCode>> Relay::read_preamble() {
  while (true) {
    Result<ByteView> piece = co_await exchange_.read_body();
    if (!piece) co_return body_error(piece.error());
    if (piece->empty()) co_return api::ErrorCode::malformed_seal;
    record_.request_bytes += piece->size();
    append(held_, *piece);
    Result<std::optional<seal::Preamble>> parsed = seal::parse_preamble(held_);
    if (!parsed) co_return api::error_from_name(parsed.error().code).value_or(api::ErrorCode::malformed_seal);
    if (parsed->has_value()) {
      preamble_ = **std::move(parsed);
      break;
    }
  }
  const bool same =
      preamble_.routing.method == exchange_.head().method && preamble_.routing.path == exchange_.head().target;
  if (!same) co_return api::ErrorCode::malformed_seal;
  co_return std::nullopt;
}

std::optional<api::ErrorCode> Relay::choose_candidates() {
  const seal::Routing& routing = preamble_.routing;
  if (context_.roster.empty()) return api::ErrorCode::no_confidential_worker;
  if (!context_.roster.offers(routing.model)) return api::ErrorCode::model_not_found;
  bool seen = false;
  bool too_dear = false;
  for (const seal::RecipientBlock& recipient : preamble_.recipients) {
    const KeysetRecord* record = context_.roster.find_kid(recipient.kid);
    seen = seen || record != nullptr || context_.roster.is_gone(recipient.kid);
    if (record == nullptr || !record->session->available()) continue;
    const api::OfferedModel* offer = record->offer(routing.model, routing.path);
    if (offer == nullptr) continue;
    const std::uint64_t bytes = exchange_.head().content_length.value_or(held_.size());
    if (routing.max_price && price_ceiling(offer->price, bytes, routing.max_output_tokens) > *routing.max_price) {
      too_dear = true;
      continue;
    }
    candidates_.push_back({record->keyset.id, record->keyset.worker_id,
                           Bytes(record->keyset.receipt_key.begin(), record->keyset.receipt_key.end()),
                           record->session});
  }
  if (!candidates_.empty()) return std::nullopt;
  if (too_dear) return api::ErrorCode::price_above_max;
  return seen ? api::ErrorCode::no_confidential_worker : api::ErrorCode::worker_key_expired;
}

// Reads the rest of the body into held_, no further ahead of the worker than
// what is kept anyway. Runs beside the attempts; the last to leave.
net::Task<void> Relay::read_rest() {
  while (!request_complete_ && !request_failed_) {
    if (!discarding_ && held_.size() - (sent_ - dropped_) >= kKeptRequestBytes) {
      // Nothing is read meanwhile, so a client that left would not be noticed either.
      if (!co_await changed_.wait_for(context_.upload_stall) && session_) lose();
      continue;
    }
    Result<ByteView> piece = co_await exchange_.read_body();
    if (!piece) {
      request_failed_ = true;
      body_error_ = body_error(piece.error());
    } else if (piece->empty()) {
      request_complete_ = true;
    } else {
      record_.request_bytes += piece->size();
      if (!discarding_) append(held_, *piece);
    }
    changed_.notify_all();
  }
  reader_running_ = false;
  changed_.notify_all();
}

// Gives the current worker what its credit allows. Bytes a second recipient
// could no longer need are dropped.
void Relay::pump() {
  if (!session_) return;
  const std::size_t took = session_->send(stream_, ByteView(held_).subspan(sent_ - dropped_));
  sent_ += took;
  if (took != 0) changed_.notify_all();  // the reader may have room again
  if (held_.size() > kKeptRequestBytes) {
    const std::size_t gone = sent_ - dropped_;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(gone));
    dropped_ = sent_;
  }
  if (request_complete_ && !request_ended_ && sent_ == dropped_ + held_.size()) {
    request_ended_ = true;
    session_->send_end(stream_);
  }
}

net::Task<void> Relay::try_candidates() {
  while (!candidates_.empty() && can_repeat()) {
    current_ = std::move(candidates_.front());
    candidates_.pop_front();
    if (!current_.session->available()) continue;
    start(current_.session);
    co_await run_attempt();
    if (attempt_ == Attempt::answered || answer_started_ || client_gone()) co_return;
    if (request_failed_) co_return co_await refuse(body_error_);
  }
  if (may_have_run_) co_return co_await refuse(api::ErrorCode::upstream_lost);
  co_await refuse(refusal_.value_or(api::ErrorCode::no_confidential_worker));
}

void Relay::start(std::shared_ptr<WorkerSession> session) {
  session_ = std::move(session);
  stream_ = session_->open(job_id_, *this);
  sent_ = 0;
  request_ended_ = false;
  attempt_ = Attempt::running;
  answer_.clear();
  answer_ended_ = false;
  dispatched_ = context_.clock.monotonic();
  record_.worker_id = current_.worker_id;
  record_.keyset_id = current_.keyset_id;
}

// Until the answer is passed on, or the worker refuses, is lost, or the client goes.
net::Task<void> Relay::run_attempt() {
  bool told = false;
  while (attempt_ == Attempt::running) {
    pump();
    if (client_gone() || request_failed_) {
      // A job that has ended at the worker is settled, not cancelled.
      if (session_ && !answer_ended_) session_->cancel(stream_);
      co_return;
    }
    if (!co_await pass_answer()) co_await changed_.wait();
    if (!std::exchange(told, true)) tell_assigned();  // once the request is on its way: it takes as long as to send one
  }
}

void Relay::tell_assigned() const {
  context_.log.info("job_assigned", {{"job", program::Id(job_id_)},
                                     {"worker", program::Name(current_.worker_id)},
                                     {"keyset", program::Id(current_.keyset_id)}});
}

// Passes on what has come. True when something was done, so that the caller looks again before it waits.
net::Task<bool> Relay::pass_answer() {
  if (!answer_started_ && answer_.size() < seal::kResponsePreambleBytes) {
    if (answer_ended_) lose();  // an end without a preamble is no answer
    co_return answer_ended_;
  }
  if (answer_started_ && answer_.empty() && !answer_ended_) co_return false;
  const Bytes bytes = std::exchange(answer_, {});
  const bool last = answer_ended_;
  // Who has it all and is gone before its end has the answer.
  if (!(co_await write_answer(bytes, last)) && !(last && bytes.empty())) co_return lost_client();
  record_.response_bytes += bytes.size();
  if (session_ && !bytes.empty()) session_->consumed(stream_, bytes.size());
  if (last) attempt_ = Attempt::answered;
  co_return true;
}

// An answer that is whole by now, as most are that are no streams, goes in one write.
net::Task<Result<void>> Relay::write_answer(ByteView bytes, bool last) {
  if (std::exchange(answer_started_, true)) {
    if (last) co_return co_await exchange_.finish(bytes);
    co_return co_await exchange_.write_body(bytes);
  }
  context_.metrics.first_byte(context_.clock.monotonic() - dispatched_);
  net::Headers headers;
  headers.add("Content-Type", seal::kResponseContentType);
  headers.add("Cache-Control", "no-store");
  headers.add(api::kJobHeader, to_hex(job_id_));
  const auto size = last ? std::optional<std::uint64_t>(bytes.size()) : std::nullopt;
  AIPG_CO_CHECK(co_await exchange_.write_head(200, headers, size, bytes));
  if (last) co_return co_await exchange_.finish();
  co_return {};
}

// Always true: there is nothing more to write, and the caller must look again.
bool Relay::lost_client() {
  client_lost_ = true;
  return true;
}

bool Relay::client_gone() const { return client_lost_ || exchange_.client_gone(); }

net::Task<void> Relay::refuse(api::ErrorCode code) {
  if (client_gone()) co_return;
  record_.code = api::info(code).name.view();
  record_.outcome = store::JobOutcome::refused;
  net::Headers headers;
  // Here a worker was lost after dispatch, always: it may have run the request.
  const bool retry = api::info(code).retry && code != api::ErrorCode::upstream_lost;
  headers.add(api::kShouldRetryHeader, retry ? "true" : "false");
  headers.add(api::kJobHeader, to_hex(job_id_));
  const std::string body = api::error_body(code);
  (void)co_await exchange_.respond(api::info(code).status, "application/json", body, std::move(headers));
  context_.log.info("job_refused", {{"job", program::Id(job_id_)}, {"code", api::info(code).name}});
  context_.metrics.request(api::info(code).name);
}

// The end of a dispatched job: its record will be durable before the worker hears that it was recorded.
void Relay::settle() {
  // Whether or not the client waited for the last of it, the worker did the job, and its receipt counts.
  const bool done = answer_ended_ && attempt_ != Attempt::lost;
  const bool good = done && take_receipt();
  if (attempt_ == Attempt::answered) {
    close_record(store::JobOutcome::answered, good ? "" : "receipt_invalid");
    context_.metrics.request("answered");
  } else if (client_gone()) {
    context_.metrics.request("cancelled");
    close_record(store::JobOutcome::cancelled, "");
  } else if (answer_started_) {
    exchange_.abort();  // the client's seal sees a cut answer, never a short one
    context_.metrics.request("cut");
    close_record(store::JobOutcome::lost, "upstream_lost");
  } else {
    close_record(record_.outcome, std::string(record_.code));
  }
  if (session_ && done) session_->release(stream_);
  if (session_ && !done) std::exchange(session_, nullptr)->cancel(stream_);
  settled_ = true;
  context_.settler.settle(std::move(record_), std::exchange(session_, nullptr), stream_);
}

bool Relay::take_receipt() {
  const Result<seal::Receipt> receipt = seal::verify_receipt(receipt_, current_.receipt_key);
  if (!receipt || receipt->job_id != job_id_ || receipt->keyset_id != current_.keyset_id) return false;
  record_.tokens_in = receipt->tokens_in;
  record_.tokens_out = receipt->tokens_out;
  record_.receipt = receipt_;
  return true;
}

void Relay::close_record(store::JobOutcome outcome, std::string_view code) {
  record_.outcome = outcome;
  record_.code = code;
  record_.ended = context_.clock.now();
  context_.metrics.relayed(record_.request_bytes, record_.response_bytes);
}

void Relay::on_answer(ByteView bytes) {
  append(answer_, bytes);
  changed_.notify_all();
}

void Relay::on_answer_end(ByteView receipt) {
  answer_ended_ = true;
  receipt_ = to_text(receipt);
  changed_.notify_all();
}

void Relay::on_refused(std::string_view code) {
  const auto refusal = worker_refusal(code);
  if (!refusal) may_have_run_ = true;  // who says what no worker says is not believed in the rest either
  if (!refusal_) refusal_ = refusal;
  attempt_ = Attempt::refused;
  session_.reset();
  changed_.notify_all();
}

void Relay::on_lost() {
  session_.reset();
  // The whole answer is here: what is lost is the acknowledgement.
  if (!answer_ended_) lose();
}

void Relay::lose() {
  attempt_ = Attempt::lost;
  may_have_run_ = true;
  if (session_) session_->cancel(stream_);
  session_.reset();
  changed_.notify_all();
}

void Relay::on_writable() { changed_.notify_all(); }

}  // namespace aipg::gateway
