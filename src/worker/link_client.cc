// SPDX-License-Identifier: Apache-2.0
#include "worker/link_client.h"

#include "api/names.h"
#include "net/timer.h"

namespace aipg::worker {
namespace {

// A gateway that was away for an hour is served again as soon as one that was away for a second.
constexpr milliseconds kFirstPause{200}, kLongestPause{2'000};
constexpr milliseconds kBetweenQuotes{2'000};
constexpr milliseconds kCloseWithin{2'000};
// A gateway that says nothing for so long is dialled anew.
constexpr milliseconds kHelloWithin{10'000};
constexpr std::size_t kMaxChallenges = 16;

}  // namespace

LinkClient::LinkClient(JobContext& jobs, const LinkSettings& settings, const attest::Manifest& manifest,
                       tee::Attester& attester)
    : context_(jobs),
      settings_(settings),
      manifest_(manifest),
      attester_(attester),
      receipts_(jobs.log),
      changed_(jobs.runtime) {}

LinkClient::~LinkClient() = default;

net::Task<void> LinkClient::run() {
  context_.keysets.rotate();
  context_.runtime.spawn(tend_keysets());
  context_.runtime.spawn(answer_challenges());
  context_.runtime.spawn(keep_link());
  while (!stopped_) co_await changed_.wait();
}

net::Task<void> LinkClient::keep_link() {
  milliseconds pause = kFirstPause;
  while (!draining_) {
    net::Headers headers;
    if (!settings_.link_token.empty()) headers.add("Authorization", "Bearer " + settings_.link_token);
    net::WebSocketOptions options;
    options.ca_file = settings_.gateway_ca;
    auto socket = co_await net::connect_websocket(context_.runtime, settings_.gateway,
                                                  std::string(api::kWorkerLinkPath), std::move(headers), options);
    welcome_ = false;
    if (socket) {
      co_await serve(*std::move(socket));
    } else {
      context_.log.warn("gateway_unreachable",
                        {{"gateway", program::Name(settings_.gateway.authority())}, {"reason", socket.error()}});
    }
    if (draining_) break;
    pause = welcome_ ? kFirstPause : std::min(pause * 2, kLongestPause);
    co_await context_.runtime.sleep(jittered(pause));
  }
}

// So that workers of a gateway that was restarted do not all come at once.
milliseconds LinkClient::jittered(milliseconds pause) {
  const auto random = context_.rng.array<2>();
  const std::int64_t part = (random[0] << 8 | random[1]) % 1000;
  return pause / 2 + pause * part / 2000;
}

net::Task<void> LinkClient::serve(std::unique_ptr<net::WebSocket> socket) {
  connection_ = std::make_shared<link::Connection>(context_.runtime, std::move(socket), link::Role::worker);
  const std::shared_ptr<link::Connection> connection = connection_;
  net::Timer patience(context_.runtime, [this, connection] {
    if (!heard_.hello_nonce) connection->abort({"link_state", "no_hello", 0});
  });
  patience.expire_after(kHelloWithin);
  const Result<void> end = co_await connection->run(*this);
  if (!draining_) context_.log.warn("link_ended", {{"reason", end ? Error{"ws_closed", {}, 0} : end.error()}});
  connection_.reset();
  heard_ = {};
  challenges_.clear();
  lose_jobs();
  changed_.notify_all();
}

void LinkClient::lose_jobs() {
  for (const auto& [stream, job] : std::exchange(jobs_, {})) {
    // The gateway may have this receipt or not.
    if (!job->receipt().empty()) receipts_.keep(job->receipt());
    job->cancel();
  }
  give_up_receipts();  // a job outlives the keys it was sealed to
}

net::Task<void> LinkClient::tend_keysets() {
  while (!draining_) {
    retire(context_.keysets.wipe_due());
    if (context_.keysets.rotation_due()) rotate();
    // Looks at least once a second: the replay memory fills without a clock.
    const milliseconds pause = std::clamp(context_.keysets.until_due(), milliseconds(10), milliseconds(1'000));
    co_await context_.runtime.sleep(pause);
  }
}

void LinkClient::rotate() {
  const Keysets::Live& live = context_.keysets.rotate();
  context_.log.info("keyset_rotated", {{"keyset", program::Id(live.document.id)}});
  const milliseconds jumped = context_.keysets.jumped();
  if (jumped != milliseconds(0)) context_.log.warn("clock_not_followed", {{"ahead_ms", jumped}});
  if (heard_.hello_nonce) register_keyset(live);
}

void LinkClient::retire(const std::vector<Hash256>& wiped) {
  for (const Hash256& id : wiped) {
    heard_.proven.erase(id);
    if (heard_.hello_nonce) connection_->send(link::Retire{id});
  }
  give_up_receipts();
}

void LinkClient::give_up_receipts() {
  receipts_.give_up_unless([this](const Hash256& id) { return context_.keysets.find(id) != nullptr; });
}

std::optional<Error> LinkClient::on_hello(const link::Hello& hello) {
  if (heard_.hello_nonce) return Error{"link_state", "hello", 0};
  heard_.hello_nonce = hello.nonce;
  for (const Keysets::Live& live : context_.keysets.live()) register_keyset(live);
  return std::nullopt;
}

void LinkClient::register_keyset(const Keysets::Live& live) {
  const link::RegistrationClaims claims{.keyset_id = live.document.id,
                                        .worker_id = settings_.worker_id,
                                        .stake_id = settings_.stake_id,
                                        .exporter = connection_->channel_binding(),
                                        .nonce = *heard_.hello_nonce};
  heard_.registering.insert(live.document.id);
  connection_->send(link::Register{.keyset = live.document.bytes,
                                   .jws = link::sign_registration(claims, live.secrets->receipt_key),
                                   .stake_id = settings_.stake_id,
                                   .jobs = context_.workload.max_jobs,
                                   .models = offer()});
}

std::vector<api::OfferedModel> LinkClient::offer() const {
  std::vector<api::OfferedModel> out;
  for (const WorkloadModel& model : context_.workload.models) {
    out.push_back({.name = model.name, .paths = model.paths, .price = settings_.price});
  }
  return out;
}

void LinkClient::on_control(const link::Control& message) {
  if (const auto broken = take_control(message)) connection_->abort(*broken);
}

// What is wrong with a message at this point, if anything is.
std::optional<Error> LinkClient::take_control(const link::Control& message) {
  if (const auto* hello = std::get_if<link::Hello>(&message)) return on_hello(*hello);
  if (const auto* registered = std::get_if<link::Registered>(&message)) return on_registered(*registered);
  if (const auto* refused = std::get_if<link::Refused>(&message)) return on_refused(*refused);
  if (const auto* challenge = std::get_if<link::Challenge>(&message)) on_challenge(*challenge);
  if (const auto* recorded = std::get_if<link::ReceiptRecorded>(&message)) receipts_.recorded(recorded->job_id);
  if (std::holds_alternative<link::Drain>(message)) on_drain();
  return std::nullopt;
}

// It sends no more jobs, and closes the link when the running ones have ended.
void LinkClient::on_drain() {
  if (!std::exchange(heard_.drain, true)) context_.log.info("gateway_drains");
}

// The keyset may be of a time that is not the gateway's. If so, others are offered on the next link: a refusal ends
// this one.
std::optional<Error> LinkClient::on_refused(const link::Refused& refused) {
  if (std::exchange(heard_.refused, true)) return Error{"link_state", "refused", 0};
  context_.log.error("registration_refused", {{"code", program::Name(refused.code)}});
  context_.keysets.dispute();
  welcome_ = context_.keysets.rotation_due();
  if (!welcome_) return std::nullopt;
  rotate();
  retire(context_.keysets.wipe_due());
  return std::nullopt;
}

// Once it can verify what all keysets have signed. Also tries those receipts again that it left unanswered.
std::optional<Error> LinkClient::on_registered(const link::Registered& registered) {
  // All receipts for a word that nobody asked for would be dear.
  if (heard_.registering.erase(registered.keyset_id) == 0) return Error{"link_state", "registered", 0};
  welcome_ = true;
  context_.log.info("registered", {{"keyset", program::Id(registered.keyset_id)}});
  if (!heard_.registering.empty()) return std::nullopt;
  for (const KeptReceipts::Kept& kept : receipts_.all()) connection_->send(link::LateReceipt{kept.jws});
  return std::nullopt;
}

void LinkClient::on_challenge(const link::Challenge& challenge) {
  if (challenges_.size() < kMaxChallenges) {
    challenges_.push_back(challenge);
    changed_.notify_all();
  } else if (!std::exchange(heard_.challenge_dropped, true)) {
    context_.log.warn("challenge_dropped");  // of many the first
  }
}

// A keyset's first evidence on a link is what admits it there, and does not wait; who asks again is served once in a
// while.
milliseconds LinkClient::until_quote(const Hash256& keyset_id) const {
  if (!last_quote_ || !heard_.proven.contains(keyset_id)) return milliseconds(0);
  return std::max(milliseconds(0), *last_quote_ + kBetweenQuotes - context_.clock.monotonic());
}

net::Task<void> LinkClient::answer_challenges() {
  while (!draining_) {
    if (challenges_.empty()) {
      co_await changed_.wait();
      continue;
    }
    const milliseconds wait = until_quote(challenges_.front().keyset_id);
    if (wait > milliseconds(0)) {
      (void)co_await changed_.wait_for(wait);
      continue;
    }
    const link::Challenge challenge = challenges_.front();
    challenges_.pop_front();
    send_evidence(challenge);
  }
}

void LinkClient::send_evidence(const link::Challenge& challenge) {
  const Keysets::Live* live = context_.keysets.find(challenge.keyset_id);
  if (live == nullptr) {
    return context_.log.info("challenge_for_unknown_keyset", {{"keyset", program::Id(challenge.keyset_id)}});
  }
  if (!heard_.proven.insert(challenge.keyset_id).second) last_quote_ = context_.clock.monotonic();
  const auto bundle = tee::collect_evidence(attester_, {.value = challenge.value}, live->document, manifest_,
                                            context_.keysets.worker_now());
  if (!bundle) return context_.log.error("evidence_failed", {{"reason", bundle.error()}});
  connection_->send(
      link::EvidenceComing{.id = challenge.id, .keyset_id = challenge.keyset_id, .bytes = bundle->bytes.size()});
  connection_->mux().send_evidence(bundle->bytes);
  connection_->flush();
}

void LinkClient::drain() {
  if (std::exchange(draining_, true)) return;
  context_.log.info("draining", {{"jobs", jobs_.size()}});
  // Nothing further can be opened; what runs needs its receipt key only.
  retire(context_.keysets.wipe_all());
  changed_.notify_all();
  context_.runtime.spawn(finish_jobs());
}

net::Task<void> LinkClient::finish_jobs() {
  const milliseconds deadline = context_.clock.monotonic() + context_.workload.drain_within;
  while (!jobs_.empty() && context_.clock.monotonic() < deadline) {
    (void)co_await changed_.wait_for(deadline - context_.clock.monotonic());
  }
  if (connection_) connection_->close();
  const milliseconds closed = context_.clock.monotonic() + kCloseWithin;
  while (connection_ && context_.clock.monotonic() < closed) {
    (void)co_await changed_.wait_for(closed - context_.clock.monotonic());
  }
  stopped_ = true;
  changed_.notify_all();
}

void LinkClient::on_open(std::uint32_t stream, const ByteArray<16>& job_id) {
  if (draining_ || !context_.has_place()) {
    context_.log.info("job_refused", {{"job", program::Id(job_id)}, {"reason", Literal("worker_busy")}});
    return connection_->mux().send_refuse(stream, "worker_busy");
  }
  jobs_.emplace(stream, std::make_shared<Job>(context_, connection_, stream, job_id));
}

void LinkClient::on_data(std::uint32_t stream, ByteView bytes) {
  if (const auto job = jobs_.find(stream); job != jobs_.end()) job->second->on_data(bytes);
  forget_if_gone(stream);
}

void LinkClient::on_end(std::uint32_t stream, ByteView) {
  if (const auto job = jobs_.find(stream); job != jobs_.end()) job->second->on_request_end();
  forget_if_gone(stream);
}

void LinkClient::on_reset(std::uint32_t stream) {
  if (const auto job = jobs_.find(stream); job != jobs_.end()) {
    job->second->cancel();
    // It crossed our END, so no ACK will come: the job is done, and what says so goes out by itself.
    if (const std::string& receipt = job->second->receipt(); !receipt.empty()) {
      receipts_.keep(receipt);
      connection_->send(link::LateReceipt{receipt});
    }
  }
  forget_if_gone(stream);
}

void LinkClient::on_credit(std::uint32_t stream) {
  if (const auto job = jobs_.find(stream); job != jobs_.end()) job->second->on_credit();
}

void LinkClient::on_room() {
  for (const auto& [stream, job] : jobs_) job->on_credit();
}

void LinkClient::on_ack(std::uint32_t stream) { forget_if_gone(stream); }

// Refused, reset or acknowledged: a cancelled job's coroutine holds it until it has seen that.
void LinkClient::forget_if_gone(std::uint32_t stream) {
  if (connection_->mux().is_open(stream)) return;
  if (jobs_.erase(stream) != 0) changed_.notify_all();
}

// Only a gateway is sent these: the mux refuses them here.
void LinkClient::on_refuse(std::uint32_t, std::string_view) {}
void LinkClient::on_evidence(ByteView) {}

}  // namespace aipg::worker
