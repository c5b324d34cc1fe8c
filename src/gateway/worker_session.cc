// SPDX-License-Identifier: Apache-2.0
#include "gateway/worker_session.h"

#include "attest/bundle.h"
#include "crypto/digest.h"
#include "gateway/settler.h"
#include "net/timer.h"

namespace aipg::gateway {
namespace {

// How far a worker's clock may be ahead.
constexpr milliseconds kClockSkew{5 * 60'000};
constexpr std::size_t kMaxChallengesPerLink = 16;
// Of challenges that nobody waits for any more: whoever answers one that is older is out of order.
constexpr std::size_t kMaxGivenUp = 1'024;
// Of receipts sent again that are not settled yet: twice what a link with all its streams leaves when it is lost.
// Others come with the worker's next registration.
constexpr std::size_t kMaxUnsettledReceiptBytes = 2U << 20;

}  // namespace

WorkerSession::WorkerSession(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Roster& roster,
                             Settler& settler, const Clock& clock, crypto::Rng& rng, const program::Log& log,
                             SessionLimits limits, LinkId link)
    : runtime_(runtime),
      roster_(roster),
      settler_(settler),
      clock_(clock),
      rng_(rng),
      log_(log),
      connection_(runtime, std::move(socket), link::Role::gateway),
      limits_(limits),
      link_(link),
      places_(limits.seats),
      ration_(limits.bad_seals),
      challenge_answered_(runtime) {}

WorkerSession::~WorkerSession() = default;

net::Task<void> WorkerSession::run() {
  hello_nonce_ = rng_.array<32>();
  begun_ = true;
  connection_.send(link::Hello{hello_nonce_});
  if (draining_) connection_.send(link::Drain{});
  net::Timer patience(runtime_, [this] {
    if (was_registered_) return;
    log_.warn("worker_refused", {{"reason", Error{"registration_missing", {}, 0}}});
    refuse("registration_missing");
  });
  patience.expire_after(limits_.register_within);
  const Result<void> end = co_await connection_.run(*this);
  log_.info("worker_link_ended", {{"reason", end.has_value() ? Error{"ws_closed", {}, 0} : end.error()}});
  lose_everything();
}

void WorkerSession::drain() {
  draining_ = true;
  if (begun_ && !ended_) connection_.send(link::Drain{});
  places_.displace_all();
}

void WorkerSession::close() { connection_.close(); }

std::uint32_t WorkerSession::open(const ByteArray<16>& job_id, const std::string& key, JobSink& sink) {
  const std::uint32_t stream = connection_.mux().open(job_id);
  jobs_[stream] = {.sink = &sink, .place = places_.take(key)};
  connection_.flush();
  return stream;
}

std::size_t WorkerSession::send(std::uint32_t stream, ByteView bytes) {
  if (!connection_.mux().is_open(stream)) return 0;
  if (!connection_.has_room()) return 0;
  const std::size_t sent = connection_.mux().send_data(stream, bytes);
  if (sent != 0) connection_.flush();
  return sent;
}

void WorkerSession::send_end(std::uint32_t stream) {
  if (!connection_.mux().is_open(stream)) return;
  connection_.mux().send_end(stream, {});
  connection_.flush();
}

void WorkerSession::consumed(std::uint32_t stream, std::size_t n) {
  if (!connection_.mux().is_open(stream)) return;
  connection_.mux().consumed(stream, n);
  connection_.flush();
}

void WorkerSession::release(std::uint32_t stream) { jobs_.erase(stream); }

void WorkerSession::acknowledge(std::uint32_t stream) {
  if (!connection_.mux().is_open(stream)) return;
  connection_.mux().send_ack(stream);
  connection_.flush();
  serve_waiting();
}

void WorkerSession::cancel(std::uint32_t stream) {
  if (jobs_.erase(stream) == 0 || !connection_.mux().is_open(stream)) return;
  connection_.mux().send_reset(stream);
  connection_.flush();
  serve_waiting();
}

net::Task<Result<std::shared_ptr<const Bytes>>> WorkerSession::challenge(Hash256 keyset_id, Hash256 value,
                                                                         milliseconds timeout) {
  // Held by the caller's frame only through this: the link may end meanwhile.
  const std::shared_ptr<WorkerSession> self = shared_from_this();
  if (ended_) co_return fail("challenge_link_lost");
  if (challenges_.size() >= kMaxChallengesPerLink) co_return fail("challenge_busy");
  const std::uint64_t id = next_challenge_++;
  challenges_[id] = {.keyset_id = keyset_id, .value = value};
  connection_.send(link::Challenge{id, keyset_id, attest::ChallengeKind::nonces, value});
  const milliseconds deadline = clock_.monotonic() + timeout;
  while (!ended_ && !challenges_[id].result && !challenges_[id].retired) {
    const milliseconds left = deadline - clock_.monotonic();
    if (left <= milliseconds(0)) break;
    (void)co_await challenge_answered_.wait_for(left);
  }
  PendingChallenge& pending = challenges_[id];
  if (!pending.result) {
    const bool retired = pending.retired;
    give_up(id);
    if (ended_) co_return fail("challenge_link_lost");
    co_return retired ? fail("challenge_no_keyset") : fail("challenge_timeout");
  }
  Result<std::shared_ptr<const Bytes>> result = *std::move(pending.result);
  challenges_.erase(id);
  co_return result;
}

// The answer may still come: its bytes must not be taken for another's. A worker that never answers holds no place.
void WorkerSession::give_up(std::uint64_t id) {
  if (challenges_[id].coming) {
    challenges_[id].abandoned = true;
    return;
  }
  challenges_.erase(id);
  given_up_.push_back(id);
  if (given_up_.size() > kMaxGivenUp) given_up_.pop_front();
}

// A worker opens no streams; the mux refuses it before this could be called.
void WorkerSession::on_open(std::uint32_t, const ByteArray<16>&) {}
void WorkerSession::on_ack(std::uint32_t) {}

void WorkerSession::on_data(std::uint32_t stream, ByteView bytes) {
  const auto job = jobs_.find(stream);
  if (job == jobs_.end()) return;
  job->second.sink->on_answer(bytes);
  will_be_heard(stream, job->second);
}

void WorkerSession::on_end(std::uint32_t stream, ByteView payload) {
  const auto job = jobs_.find(stream);
  if (job == jobs_.end()) return;
  job->second.place = {};
  job->second.sink->on_answer_end(payload);
  will_be_heard(stream, job->second);
}

// Once for each job: an answer ends once.
void WorkerSession::will_be_heard(std::uint32_t stream, Job& job) {
  if (!std::exchange(job.answering, true)) answering_.push_back(stream);
}

void WorkerSession::on_heard() {
  for (const std::uint32_t stream : answering_) {
    const auto job = jobs_.find(stream);
    if (job == jobs_.end()) continue;
    job->second.answering = false;
    job->second.sink->on_heard();
  }
  answering_.clear();
  serve_waiting();
}

void WorkerSession::on_refuse(std::uint32_t stream, std::string_view code) {
  if (JobSink* sink = take(stream)) sink->on_refused(code);
  serve_waiting();
}

void WorkerSession::on_reset(std::uint32_t stream) {
  if (JobSink* sink = take(stream)) sink->on_lost();
  serve_waiting();
}

void WorkerSession::on_credit(std::uint32_t stream) {
  if (auto job = jobs_.find(stream); job != jobs_.end()) job->second.sink->on_writable();
}

void WorkerSession::on_room() {
  // Over a copy: a job may end.
  std::vector<std::uint32_t> streams;
  for (const auto& [stream, job] : jobs_) streams.push_back(stream);
  for (const std::uint32_t stream : streams) on_credit(stream);
}

void WorkerSession::on_evidence(ByteView bytes) {
  if (unwanted_evidence_bytes_ != 0) {
    unwanted_evidence_bytes_ -= bytes.size();  // the mux lets no more come than were announced
    return;
  }
  auto pending = receiving_ ? challenges_.find(*receiving_) : challenges_.end();
  if (pending == challenges_.end()) return connection_.abort({"link_state", "challenge", 0});
  append(pending->second.received, bytes);
  if (pending->second.received.size() == pending->second.expected) {
    receiving_.reset();
    resolve(pending->second);
    if (pending->second.abandoned) challenges_.erase(pending);
  }
}

void WorkerSession::on_control(const link::Control& message) {
  if (const auto* registration = std::get_if<link::Register>(&message)) return on_register(*registration);
  if (const auto* coming = std::get_if<link::EvidenceComing>(&message)) return on_evidence_coming(*coming);
  if (const auto* receipt = std::get_if<link::LateReceipt>(&message)) return on_late_receipt(*receipt);
  if (const auto* retire = std::get_if<link::Retire>(&message)) {
    return on_retire(retire->keyset_id);
  }
  // What only a gateway says, the connection has refused.
}

// Its jobs run on, and their receipts count. Nobody waits for evidence that can come no more.
void WorkerSession::on_retire(const Hash256& keyset_id) {
  const auto found = registered_.find(keyset_id);
  if (found == registered_.end()) return;
  retired_.emplace_back(keyset_id, found->second.receipt_key);
  if (retired_.size() > link::kMaxKeysetsPerLink) retired_.pop_front();
  registered_.erase(found);
  roster_.retire(keyset_id);
  for (auto& [id, pending] : challenges_) {
    pending.retired = pending.retired || pending.keyset_id == keyset_id;
  }
  challenge_answered_.notify_all();
}

std::optional<ByteArray<32>> WorkerSession::receipt_key(const Hash256& keyset_id) const {
  if (const auto found = registered_.find(keyset_id); found != registered_.end()) return found->second.receipt_key;
  const auto found = std::ranges::find(retired_, keyset_id, &Retired::first);
  return found != retired_.end() ? std::optional(found->second) : std::nullopt;
}

void WorkerSession::on_register(const link::Register& message) {
  Result<attest::Keyset> keyset = check_registration(message);
  if (!keyset) {
    log_.warn("worker_refused", {{"reason", keyset.error()}});
    return refuse(keyset.error().code);
  }
  registered_[keyset->id] = *keyset;
  was_registered_ = true;
  places_.set(message.jobs);
  connection_.send(link::Registered{keyset->id});
  runtime_.spawn(admit(*std::move(keyset), message), shared_from_this());
}

Result<attest::Keyset> WorkerSession::check_registration(const link::Register& message) const {
  AIPG_TRY(attest::Keyset keyset, attest::parse_keyset(message.keyset));
  AIPG_TRY(link::RegistrationClaims claims, link::verify_registration(message.jws, keyset.receipt_key));
  const link::RegistrationClaims expected{keyset.id, keyset.worker_id, message.stake_id, connection_.channel_binding(),
                                          hello_nonce_};
  if (claims != expected) return fail("registration_invalid", "claims");
  if (clock_.now() > keyset.not_after) return fail("registration_invalid", "not_after");
  if (clock_.now() + kClockSkew < keyset.not_before) return fail("registration_invalid", "not_before");
  if (registered_.size() >= link::kMaxKeysetsPerLink) return fail("registration_invalid", "keysets");
  for (const attest::SuiteKey& key : keyset.keys) {
    // The same keyset, signed for this link, is the same worker: its new link takes over from one that died unnoticed.
    if (roster_.belongs_to_another(key.kid, keyset.id)) return fail("registration_invalid", "kid");
  }
  return keyset;
}

net::Task<void> WorkerSession::admit(attest::Keyset keyset, link::Register registration) {
  Result<std::shared_ptr<const Bytes>> evidence =
      co_await challenge(keyset.id, rng_.array<32>(), limits_.register_within);
  if (ended_ || !registered_.contains(keyset.id)) co_return;  // or retired meanwhile
  if (!evidence) {
    log_.warn("worker_evidence_missing", {{"keyset", program::Id(keyset.id)}, {"reason", evidence.error()}});
    registered_.erase(keyset.id);
    co_return refuse("attestation_invalid");
  }
  const Hash256 id = keyset.id;
  const std::string worker = keyset.worker_id;
  KeysetRecord record{.keyset = std::move(keyset),
                      .stake_id = std::move(registration.stake_id),
                      .models = std::move(registration.models),
                      .evidence = *evidence,
                      .evidence_digest = crypto::sha256(**evidence),
                      .link = link_,
                      .session = shared_from_this()};
  roster_.publish(std::move(record));
  // Once it is true on every thread.
  log_.info("worker_admitted", {{"keyset", program::Id(id)}, {"worker", program::Name(worker)}});
}

void WorkerSession::on_evidence_coming(const link::EvidenceComing& message) {
  const bool has_size = message.bytes > 0 && message.bytes <= attest::kMaxBundleBytes;
  if (!receiving_ && unwanted_evidence_bytes_ == 0 && has_size && std::erase(given_up_, message.id) != 0) {
    unwanted_evidence_bytes_ = message.bytes;
    return;
  }
  auto pending = challenges_.find(message.id);
  const bool sane = !receiving_ && unwanted_evidence_bytes_ == 0 && has_size && pending != challenges_.end() &&
                    !pending->second.coming && pending->second.keyset_id == message.keyset_id;
  if (!sane) return connection_.abort({"link_state", "challenge", 0});
  pending->second.coming = true;
  pending->second.expected = message.bytes;
  receiving_ = message.id;
}

void WorkerSession::on_late_receipt(const link::LateReceipt& message) {
  const Result<seal::Receipt> claimed = seal::parse_receipt(message.jws);
  if (!claimed) return ignore_receipt(claimed.error());
  const auto key = receipt_key(claimed->keyset_id);
  if (!key) return ignore_receipt(Error{"receipt_mismatch", "ks", 0});
  const std::size_t bytes = message.jws.size();
  if (bytes > kMaxUnsettledReceiptBytes - unsettled_receipt_bytes_)
    return ignore_receipt(Error{"receipt_flood", {}, 0});
  SentAgain sent{.receipt = message.jws,
                 .receipt_key = *key,
                 .sender = {},
                 .on_settled = [weak = weak_from_this(), id = claimed->job_id, bytes](const Result<bool>& recorded) {
                   if (const auto self = weak.lock()) self->receipt_settled(id, bytes, recorded);
                 }};
  if (registered_.contains(claimed->keyset_id)) sent.sender = weak_from_this();
  if (!settler_.settle(std::move(sent))) return ignore_receipt(Error{"receipt_flood", {}, 0});
  unsettled_receipt_bytes_ += bytes;
}

void WorkerSession::receipt_settled(const ByteArray<16>& job_id, std::size_t bytes, const Result<bool>& recorded) {
  unsettled_receipt_bytes_ -= bytes;
  if (!recorded) return ignore_receipt(recorded.error());
  if (*recorded && !ended_) connection_.send(link::ReceiptRecorded{job_id});
}

// Of many the first is told: a worker's lines must not fill the gateway's disk.
void WorkerSession::ignore_receipt(const Error& why) {
  if (ignored_receipts_++ == 0) log_.warn("receipt_ignored", {{"reason", why}});
}

// Structure only: whether evidence is true is for clients to judge. What is
// checked keeps a worker from answering for another's keyset or challenge.
void WorkerSession::resolve(PendingChallenge& pending) {
  Result<attest::Bundle> bundle = attest::parse_bundle(pending.received);
  auto keyset = registered_.find(pending.keyset_id);
  const bool ours = bundle.has_value() && keyset != registered_.end() && bundle->keyset == keyset->second.bytes &&
                    bundle->challenge_kind == attest::ChallengeKind::nonces && bundle->challenge_value == pending.value;
  if (ours) {
    pending.result = std::make_shared<const Bytes>(std::move(pending.received));
  } else {
    pending.result = fail("challenge_evidence");
  }
  challenge_answered_.notify_all();
}

void WorkerSession::refuse(Literal code) {
  draining_ = true;  // a job begun now would be lost with the link
  places_.displace_all();
  connection_.send(link::Refused{std::string(code.view())});
  connection_.close();
}

void WorkerSession::lose_everything() {
  ended_ = true;
  const std::shared_ptr<WorkerSession> self = shared_from_this();
  roster_.drop_link(link_);
  auto jobs = std::exchange(jobs_, {});
  places_.displace_all();
  for (auto& [stream, job] : jobs) job.sink->on_lost();
  challenge_answered_.notify_all();
}

// As many as can begin: places come free, and so do streams.
void WorkerSession::serve_waiting() {
  while (available() && connection_.mux().can_open() && places_.serve_one()) {
  }
}

JobSink* WorkerSession::take(std::uint32_t stream) {
  auto job = jobs_.find(stream);
  if (job == jobs_.end()) return nullptr;
  JobSink* sink = job->second.sink;
  jobs_.erase(job);
  return sink;
}

}  // namespace aipg::gateway
