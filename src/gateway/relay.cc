// SPDX-License-Identifier: Apache-2.0
#include "gateway/relay.h"

#include <algorithm>
#include <ranges>

#include "api/names.h"
#include "base/hex.h"
#include "gateway/lanes.h"

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

Relay::Relay(const RelayContext& context, net::Exchange& exchange, std::string key_id, Limits::Job allowed,
             net::WorkCount::Guard running)
    : context_(context),
      exchange_(exchange),
      running_(std::move(running)),
      journey_{.allowed = std::move(allowed), .began = context.clock.monotonic()},
      record_(journey_.record) {
  record_.started = context.clock.now();
  record_.id = store::make_job_id(record_.started, context.rng);
  record_.key_id = std::move(key_id);
  context.late_receipts.job_begins(record_.id);
}

Relay::Relay(const RelayContext& context, net::Exchange& exchange, RelayJourney journey, net::WorkCount::Guard running)
    : context_(context),
      exchange_(exchange),
      running_(std::move(running)),
      journey_(std::move(journey)),
      record_(journey_.record) {
  journey_.allowed.goes_on_at(context.limits);
  record_.request_bytes = 0;  // all of it is read again
}

Relay::~Relay() {
  leave_lines();
  if (current_.session) current_.session->cancel(stream_);
  if (!over_) context_.late_receipts.job_ended(record_.id);
}

// --- the request ---

void Relay::on_body(ByteView bytes, bool last) {
  if (over_) return;
  record_.request_bytes += bytes.size();
  const std::size_t counted = std::min(bytes.size(), journey_.counted);
  journey_.counted -= counted;
  journey_.allowed.received(bytes.size() - counted);
  request_complete_ = last;
  fresh_ = bytes;
  if (!chosen_) read_preamble();
  // A place at a worker is taken once the request is here, or too large to be waited for: a slow client costs a worker
  // nothing before.
  if (!over_ && chosen_ && !tried_ && (request_complete_ || received() >= kKeptRequestBytes)) try_next();
  if (!over_) pump();
  if (!over_) keep_fresh();
}

void Relay::on_body_failed(const Error& why) {
  if (over_) return;
  Refusal refusal{why.where == Literal("too large") ? api::ErrorCode::request_too_large
                                                    : api::ErrorCode::malformed_request};
  if (why.where == Literal("timed out")) refusal.status = 408;  // as everywhere (docs/http.md)
  if (!answer_started_) return refuse(refusal);
  // The answer has begun: what is left of the request is missed by nobody but its worker.
  exchange_.abort();
  count("cancelled");
  settle(store::JobOutcome::cancelled, api::info(refusal.code).name.view());
}

void Relay::read_preamble() {
  if (!held_.empty()) append(held_, std::exchange(fresh_, {}));
  auto parsed = seal::parse_preamble(held_.empty() ? fresh_ : ByteView(held_));
  if (!parsed) return refuse({api::error_from_name(parsed.error().code).value_or(api::ErrorCode::malformed_seal)});
  if (!parsed->has_value()) {
    if (request_complete_) refuse({api::ErrorCode::malformed_seal});
    return;
  }
  chosen_ = true;
  if (const auto refusal = choose_candidates(**std::move(parsed))) {
    // It may come from another thread, where a worker had it.
    return journey_.may_have_run || journey_.refusal ? refuse_unserved(refusal->code) : refuse(*refusal);
  }
  // The rest is better read there at once.
  const Candidate& first = candidates_.back();
  if (first.session == nullptr && &first == next_elsewhere(false)) move_to(first.link.lane);
}

std::optional<Refusal> Relay::choose_candidates(seal::Preamble preamble) {
  seal::Routing& routing = preamble.routing;
  if (routing.method != exchange_.head().method || routing.path != exchange_.head().target) {
    return Refusal{api::ErrorCode::malformed_seal};
  }
  record_.model = std::move(routing.model);
  record_.path = std::move(routing.path);
  if (context_.roster.empty()) return Refusal{api::ErrorCode::no_confidential_worker};
  if (!context_.roster.offers(record_.model)) return Refusal{api::ErrorCode::model_not_found};
  bool seen = false, too_dear = false;
  std::optional<milliseconds> rationed;
  for (const seal::RecipientBlock& recipient : preamble.recipients) {
    const KeysetRecord* record = context_.roster.find_kid(recipient.kid);
    seen = seen || record != nullptr || context_.roster.is_gone(recipient.kid);
    if (record == nullptr || (record->session && !record->session->available())) continue;
    // A keyset has several kids, and a link several keysets: it is tried, and waited for, once.
    if (std::ranges::find(candidates_, record->link, &Candidate::link) != candidates_.end()) continue;
    if (journey_.has_tried(record->keyset.id)) continue;
    const api::OfferedModel* offer = record->offer(record_.model, record_.path);
    if (offer == nullptr) continue;
    const std::uint64_t bytes = exchange_.head().content_length.value_or(record_.request_bytes);
    if (routing.max_price && price_ceiling(offer->price, bytes, routing.max_output_tokens) > *routing.max_price) {
      too_dear = true;
      continue;
    }
    const milliseconds now = context_.clock.monotonic();
    const milliseconds wait = record->session ? record->session->ration().wait(record_.key_id, exchange_.peer(), now)
                                              : milliseconds{};  // looked at there
    if (wait != milliseconds{}) {
      rationed = std::min(wait, rationed.value_or(wait));
      continue;
    }
    candidates_.push_back(
        {record->keyset.id, record->keyset.worker_id, record->keyset.receipt_key, record->link, record->session});
  }
  std::ranges::reverse(candidates_);
  if (!candidates_.empty()) return std::nullopt;
  if (rationed) return Refusal{api::ErrorCode::quota_exceeded, std::chrono::ceil<seconds>(*rationed)};
  if (too_dear) return Refusal{api::ErrorCode::price_above_max};
  return Refusal{seen ? api::ErrorCode::no_confidential_worker : api::ErrorCode::worker_key_expired};
}

// Gives the current worker what its credit allows, and then the request's end.
void Relay::pump() {
  if (!current_.session) {
    if (waiting_) exchange_.pause_body(received() >= kKeptRequestBytes);
    return;
  }
  for (ByteView next = ungiven(); !next.empty(); next = ungiven()) {
    const std::size_t taken = current_.session->send(stream_, next);
    given_ += taken;
    if (taken != 0 && stall_) stall_->expire_after(context_.config.upload_stall);
    if (taken < next.size()) break;
  }
  if (request_complete_ && !request_ended_ && given_ == received()) {
    request_ended_ = true;
    current_.session->send_end(stream_);
  }
  if (fresh_.empty()) forget_given();
  pace_client();
}

// The next bytes for the worker: of those that are held, then of those that are just being received. The last one stays
// here until the request is known to end well: without it, no worker has a whole request to run.
ByteView Relay::ungiven() const {
  const std::size_t at = given_ - dropped_, end = held_.size() + fresh_.size() - (request_complete_ ? 0 : 1);
  if (at >= end) return {};
  if (at < held_.size()) return ByteView(held_).subspan(at, std::min(end, held_.size()) - at);
  return fresh_.subspan(at - held_.size(), end - at);
}

// What was just received and is needed later.
void Relay::keep_fresh() {
  const ByteView fresh = std::exchange(fresh_, {});
  const std::size_t of_held = std::min(given_ - dropped_, held_.size());
  const bool all = keeps();
  append(held_, all ? fresh : fresh.subspan(given_ - dropped_ - of_held));
  if (all) return;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(of_held));
  dropped_ = given_;
}

// What a further worker could not be given any more, or need not be.
void Relay::forget_given() {
  if (keeps()) return;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(given_ - dropped_));
  dropped_ = given_;
  if (held_.empty()) held_ = Bytes();
}

// The client is read no further ahead of the worker than what is kept anyway.
void Relay::pace_client() {
  const bool wait = received() - given_ >= kKeptRequestBytes;
  exchange_.pause_body(wait);
  if (!wait) return stall_.reset();
  if (stall_) return;
  // Nothing is read meanwhile, so a client that left would not be noticed either.
  stall_ = std::make_unique<net::Timer>(context_.runtime, [this] { lose(); });
  stall_->expire_after(context_.config.upload_stall);
}

// --- attempts ---

// The first, in the client's order, that has a place now; or else whichever of one thread has one first.
void Relay::try_next() {
  tried_ = true;
  current_.session = nullptr;
  // Whoever let it in had room for its record. That may be another thread, or a while ago.
  if (!journey_.begun && context_.settler.full()) return refuse_unserved(api::ErrorCode::worker_busy);
  if (dropped_ != 0) candidates_.clear();
  std::erase_if(candidates_, [](const Candidate& c) { return c.session != nullptr && !c.session->available(); });
  const Candidate* const elsewhere = next_elsewhere(false);
  for (std::size_t i = candidates_.size(); i-- > 0;) {
    if (&candidates_[i] == elsewhere) return move_to(elsewhere->link.lane);
    if (candidates_[i].session == nullptr) continue;
    if (candidates_[i].session->has_place()) return begin_attempt(i);
    journey_.full.push_back(candidates_[i].keyset_id);
  }
  if (wait_in_line()) return;
  const bool none_here = std::ranges::none_of(candidates_, [](const Candidate& c) { return c.session != nullptr; });
  if (const Candidate* const again = next_elsewhere(true); none_here && again != nullptr)
    return move_to(again->link.lane);
  refuse_unserved(candidates_.empty() ? api::ErrorCode::no_confidential_worker : api::ErrorCode::worker_busy);
}

// The first, in the client's order, whose link is another thread's; null when there is none.
const Relay::Candidate* Relay::next_elsewhere(bool full_too) const {
  // Threads hear of a worker's end one after the other: nobody is sent to and fro between two for long.
  constexpr unsigned kMostMoves = 16;
  if (journey_.moves >= kMostMoves) return nullptr;
  for (const Candidate& each : std::views::reverse(candidates_)) {
    if (each.session != nullptr) continue;
    if (full_too || !journey_.was_full(each.keyset_id)) return &each;
  }
  return nullptr;
}

// The request goes on where that worker's link is, with all that was read of it; this is over.
void Relay::move_to(unsigned lane) {
  leave_lines();
  stall_.reset();
  over_ = true;
  append(held_, std::exchange(fresh_, {}));
  journey_.counted = record_.request_bytes;
  journey_.from = context_.lane;
  ++journey_.moves;
  context_.lanes->move(exchange_, lane, std::move(held_), std::move(journey_), std::move(running_));
}

bool Relay::wait_in_line() {
  if (context_.config.queue_wait == milliseconds{}) return false;
  for (Candidate& candidate : candidates_) {
    if (candidate.session == nullptr) continue;
    candidate.waited_for = candidate.session->places().wait(*this, record_.key_id);
    waiting_ = waiting_ || candidate.waited_for;
  }
  if (!waiting_) return false;
  stall_ = std::make_unique<net::Timer>(context_.runtime, [this] { give_up_waiting(); });
  stall_->expire_after(context_.config.queue_wait);
  pump();
  return true;
}

void Relay::leave_lines() {
  if (!std::exchange(waiting_, false)) return;
  stall_.reset();
  for (Candidate& candidate : candidates_) {
    if (std::exchange(candidate.waited_for, false)) candidate.session->places().leave(*this, record_.key_id);
  }
}

void Relay::on_place(const Places& here) {
  const auto at =
      std::ranges::find_if(candidates_, [&](const Candidate& c) { return c.session && &c.session->places() == &here; });
  at->waited_for = false;
  leave_lines();
  begin_attempt(static_cast<std::size_t>(at - candidates_.begin()));
}

void Relay::on_displaced(const Places& here) {
  bool elsewhere = false;
  for (Candidate& candidate : candidates_) {
    if (candidate.session && &candidate.session->places() == &here) candidate.waited_for = false;
    elsewhere = elsewhere || candidate.waited_for;
  }
  if (elsewhere) return;
  leave_lines();
  const bool gone = std::ranges::none_of(
      candidates_, [](const Candidate& c) { return c.session == nullptr || c.session->available(); });
  refuse_unserved(gone ? api::ErrorCode::no_confidential_worker : api::ErrorCode::worker_busy);
}

void Relay::give_up_waiting() {
  leave_lines();
  refuse_unserved(api::ErrorCode::worker_busy);
}

// For `why`, unless a worker said or did worse.
void Relay::refuse_unserved(api::ErrorCode why) {
  refuse({journey_.may_have_run ? api::ErrorCode::upstream_lost : journey_.refusal.value_or(why)});
}

void Relay::begin_attempt(std::size_t candidate) {
  const auto at = candidates_.begin() + static_cast<std::ptrdiff_t>(candidate);
  current_ = std::move(*at);
  candidates_.erase(at);
  journey_.tried.push_back(current_.keyset_id);
  journey_.begun = true;
  stream_ = current_.session->open(record_.id, record_.key_id, *this);
  given_ = 0;
  request_ended_ = answer_ended_ = false;
  // What another worker had begun to say is nobody's any more.
  piece_count_ = 0;
  answer_.clear();
  receipt_.clear();
  dispatched_ = context_.clock.monotonic();
  record_.worker_id = current_.worker_id;
  record_.keyset_id = current_.keyset_id;
  pump();
  context_.log.info("job_assigned", {{"job", program::Id(record_.id)},
                                     {"worker", program::Name(current_.worker_id)},
                                     {"keyset", program::Id(current_.keyset_id)}});
}

// The current worker has the request, or some of it, and will not answer.
void Relay::lose() {
  stall_.reset();
  journey_.may_have_run = true;
  answer_ended_ = false;
  if (auto session = std::exchange(current_.session, nullptr)) session->cancel(stream_);
  if (!answer_started_) return try_next();
  exchange_.abort();  // the client's seal sees a cut answer, never a short one
  count("cut");
  settle(store::JobOutcome::lost, "upstream_lost");
}

void Relay::on_refused(std::string_view code) {
  const auto session = std::exchange(current_.session, nullptr);
  stall_.reset();
  const auto refusal = worker_refusal(code);
  if (refusal == api::ErrorCode::malformed_seal) {
    session->ration().refused(record_.key_id, exchange_.peer(), context_.clock.monotonic());
  }
  if (!refusal) journey_.may_have_run = true;  // who says what no worker says is not believed in the rest either
  if (!journey_.refusal) journey_.refusal = refusal;
  try_next();
}

void Relay::on_lost() {
  current_.session = nullptr;
  // The whole answer is here: what is lost is the acknowledgement.
  if (!answer_ended_) lose();
}

void Relay::on_writable() { pump(); }

// --- the answer ---

void Relay::on_answer(ByteView bytes) {
  if (piece_count_ == pieces_.size()) keep_pieces();
  pieces_[piece_count_++] = bytes;
}

void Relay::on_answer_end(ByteView receipt) {
  answer_ended_ = true;
  receipt_ = to_text(receipt);
}

void Relay::keep_pieces() {
  for (std::size_t i = 0; i < piece_count_; ++i) append(answer_, pieces_[i]);
  piece_count_ = 0;
}

// Passes on what has come. An answer that is whole by now, as most are that are no streams, goes in one write.
void Relay::on_heard() {
  if (over_ || (piece_count_ == 0 && !answer_ended_)) return;
  if (!answer_.empty()) {
    keep_pieces();
    pieces_[piece_count_++] = answer_;
  }
  const std::span<const ByteView> pieces(pieces_.data(), std::exchange(piece_count_, 0));
  std::size_t size = 0;
  for (const ByteView& piece : pieces) size += piece.size();
  if (!answer_started_ && size < seal::kResponsePreambleBytes) {
    if (answer_ended_) return lose();  // an end without a preamble is no answer
    if (answer_.empty()) {
      for (const ByteView& piece : pieces) append(answer_, piece);
    }
    return;
  }
  if (!answer_started_) begin_answer(answer_ended_ ? std::optional(size) : std::nullopt);
  record_.response_bytes += size;
  if (answer_ended_) {
    exchange_.put_end(pieces);
  } else {
    exchange_.put_body(pieces);
  }
  answer_ = Bytes();
  if (over_) return;  // the client has gone
  unreturned_ += size;
  if (exchange_.unsent_bytes() == 0) on_sent();
}

void Relay::begin_answer(std::optional<std::size_t> size) {
  answer_started_ = true;
  candidates_ = {};
  forget_given();
  context_.metrics.first_byte(context_.clock.monotonic() - dispatched_);
  net::Headers headers;
  headers.reserve(4, 160);
  headers.add("Content-Type", seal::kResponseContentType);
  headers.add("Cache-Control", "no-store");
  headers.add(api::kJobHeader, to_hex(record_.id));
  exchange_.put_head(200, headers, size);
}

void Relay::on_sent() {
  if (over_) return;
  if (answer_ended_) {
    count("answered");
    return settle(store::JobOutcome::answered, "");
  }
  if (current_.session && unreturned_ != 0) current_.session->consumed(stream_, unreturned_);
  unreturned_ = 0;
}

void Relay::on_gone() {
  if (over_) return;
  count("cancelled");
  settle(store::JobOutcome::cancelled, "");
}

void Relay::refuse(Refusal refusal) {
  const api::ErrorCode code = refusal.code;
  const auto& info = api::info(code);
  // Here a worker was lost after dispatch, always: it may have run the request.
  net::Headers headers = refusal_headers(refusal, info.retry && code != api::ErrorCode::upstream_lost);
  headers.add(api::kJobHeader, to_hex(record_.id));
  context_.log.info("job_refused", {{"job", program::Id(record_.id)}, {"code", info.name}});
  count(info.name);
  settle(store::JobOutcome::refused, info.name.view());
  exchange_.put_answer(refusal.status.value_or(info.status), "application/json", api::error_body(code),
                       std::move(headers));
}

// --- the end ---

void Relay::count(std::string_view outcome) {
  context_.metrics.request(outcome, context_.clock.monotonic() - journey_.began);
}

// A job that no worker was given leaves no record. That of any other will be durable before its worker hears so.
void Relay::settle(store::JobOutcome outcome, std::string_view code) {
  over_ = true;
  leave_lines();
  stall_.reset();
  if (!journey_.begun) return context_.late_receipts.job_ended(record_.id);
  record_.outcome = outcome;
  record_.code = code;
  record_.ended = context_.clock.now();
  context_.metrics.relayed(record_.request_bytes, record_.response_bytes);
  auto session = std::exchange(current_.session, nullptr);
  // Whether or not the client waited for the last of it, the worker did the job, and its receipt counts.
  const bool done = answer_ended_;
  if (session && done) session->release(stream_);
  if (session && !done) std::exchange(session, nullptr)->cancel(stream_);
  EndedJob job{.record = std::move(record_), .receipt_key = current_.receipt_key};
  if (done) job.receipt = std::move(receipt_);
  if (session) job.on_recorded = [session, stream = stream_] { session->acknowledge(stream); };
  context_.settler.settle(std::move(job));
}

}  // namespace aipg::gateway
