// SPDX-License-Identifier: Apache-2.0
// One worker's link, from hello to its end: registration and rotation,
// challenges and their evidence, and the jobs that run over it.
// Used on the gateway's thread; alive while a job or the roster holds it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "attest/keyset.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "gateway/places.h"
#include "gateway/roster.h"
#include "gateway/seal_ration.h"
#include "link/connection.h"
#include "program/log.h"

namespace aipg::gateway {

class Settler;

// One job's side of a stream. Calls come from inside the link's reader.
class JobSink {
 public:
  virtual ~JobSink() = default;
  virtual void on_answer(ByteView bytes) = 0;  // valid until on_heard(); answer with consumed() when passed on
  virtual void on_answer_end(ByteView receipt) = 0;
  virtual void on_heard() = 0;  // all of the answer that had arrived was told
  virtual void on_refused(std::string_view code) = 0;
  virtual void on_lost() = 0;      // reset by the worker, or the link is gone
  virtual void on_writable() = 0;  // credit came
};

struct SessionLimits {
  milliseconds register_within{30'000};  // and again until each keyset's evidence is whole
  std::size_t seats = 16;                // requests that may wait for a place
  std::uint64_t bad_seals = 30;          // that a key or an address may send the worker in a minute; 0: any number
};

class WorkerSession : public std::enable_shared_from_this<WorkerSession>, private link::ConnectionEvents {
 public:
  WorkerSession(net::Runtime& runtime, std::unique_ptr<net::WebSocket> socket, Roster& roster, Settler& settler,
                const Clock& clock, crypto::Rng& rng, const program::Log& log, SessionLimits limits, LinkId link = {});
  ~WorkerSession() override;

  // Runs the link to its end.
  [[nodiscard]] net::Task<void> run();
  // No further jobs; tells the worker. Running ones go on.
  void drain();
  void close();

  // --- jobs ---
  // Takes jobs at all, now or when others have ended.
  [[nodiscard]] bool available() const { return !ended_ && !draining_; }
  // And takes one now. Who is told so by places() may open() one, too.
  [[nodiscard]] bool has_place() const { return available() && places_.has_free() && connection_.mux().can_open(); }
  // Or has a seat for one that waits.
  [[nodiscard]] bool takes_more() const { return available() && places_.has_room() && connection_.mux().can_open(); }
  // For those that want to wait for one; displaced when no further job is taken.
  [[nodiscard]] Places& places() { return places_; }
  [[nodiscard]] SealRation& ration() { return ration_; }
  // The sink must stay alive until release(), cancel(), on_refused() or on_lost(). `key` is whose job it is.
  [[nodiscard]] std::uint32_t open(const ByteArray<16>& job_id, const std::string& key, JobSink& sink);
  [[nodiscard]] std::size_t send(std::uint32_t stream, ByteView bytes);
  void send_end(std::uint32_t stream);
  void consumed(std::uint32_t stream, std::size_t n);
  void release(std::uint32_t stream);      // the answer has ended; its sink is needed no more
  void acknowledge(std::uint32_t stream);  // after that: the receipt is recorded, the job is over
  void cancel(std::uint32_t stream);       // does nothing when the job is over

  // --- evidence ---
  // Asks for evidence over this challenge value and waits for it.
  // Errors: challenge_timeout, challenge_link_lost, challenge_busy, challenge_evidence, challenge_no_keyset (retired
  // meanwhile).
  [[nodiscard]] net::Task<Result<std::shared_ptr<const Bytes>>> challenge(Hash256 keyset_id, Hash256 value,
                                                                          milliseconds timeout);

 private:
  struct PendingChallenge {
    Hash256 keyset_id{}, value{};
    Bytes received{};
    std::uint64_t expected = 0;
    bool coming = false;     // announced; its bytes follow
    bool abandoned = false;  // nobody waits for it any more
    bool retired = false;    // with its keyset
    std::optional<Result<std::shared_ptr<const Bytes>>> result{};
  };

  void on_open(std::uint32_t stream, const ByteArray<16>& job_id) override;
  void on_data(std::uint32_t stream, ByteView bytes) override;
  void on_end(std::uint32_t stream, ByteView payload) override;
  void on_refuse(std::uint32_t stream, std::string_view code) override;
  void on_reset(std::uint32_t stream) override;
  void on_credit(std::uint32_t stream) override;
  void on_ack(std::uint32_t stream) override;
  void on_evidence(ByteView bytes) override;
  void on_control(const link::Control& message) override;
  void on_heard() override;
  void on_room() override;

  void on_register(const link::Register& message);
  [[nodiscard]] Result<attest::Keyset> check_registration(const link::Register& message) const;
  [[nodiscard]] net::Task<void> admit(attest::Keyset keyset, link::Register registration);
  void on_retire(const Hash256& keyset_id);
  [[nodiscard]] std::optional<ByteArray<32>> receipt_key(const Hash256& keyset_id) const;
  void give_up(std::uint64_t challenge);
  void on_evidence_coming(const link::EvidenceComing& message);
  void on_late_receipt(const link::LateReceipt& message);
  void receipt_settled(const ByteArray<16>& job_id, std::size_t bytes, const Result<bool>& recorded);
  void ignore_receipt(const Error& why);
  void resolve(PendingChallenge& pending);
  void refuse(Literal code);
  void lose_everything();
  [[nodiscard]] JobSink* take(std::uint32_t stream);
  void serve_waiting();

  net::Runtime& runtime_;
  Roster& roster_;
  Settler& settler_;
  const Clock& clock_;
  crypto::Rng& rng_;
  const program::Log& log_;
  link::Connection connection_;
  const SessionLimits limits_;
  const LinkId link_;
  Hash256 hello_nonce_{};
  struct Job {
    JobSink* sink = nullptr;
    Places::Place place = {};  // until its answer has ended
    bool answering = false;    // is among those that on_heard() tells
  };
  void will_be_heard(std::uint32_t stream, Job& job);
  Places places_;
  SealRation ration_;
  std::unordered_map<std::uint32_t, Job> jobs_;
  std::vector<std::uint32_t> answering_;  // streams that something was told of since the last on_heard(), each once
  std::map<Hash256, attest::Keyset> registered_;
  using Retired = std::pair<Hash256, ByteArray<32>>;
  std::deque<Retired> retired_;  // and their receipt keys: jobs outlive the keys that they were sealed to
  std::map<std::uint64_t, PendingChallenge> challenges_;
  std::deque<std::uint64_t> given_up_;         // of which evidence may come still
  std::optional<std::uint64_t> receiving_;     // the challenge whose evidence is arriving
  std::uint64_t unwanted_evidence_bytes_ = 0;  // to come for one that was given up
  std::uint64_t next_challenge_ = 1;
  net::Event challenge_answered_;
  std::size_t ignored_receipts_ = 0;
  std::size_t unsettled_receipt_bytes_ = 0;
  bool begun_ = false;
  bool was_registered_ = false;  // a worker that drains has no keyset any more, and its jobs run on
  bool draining_ = false;
  bool ended_ = false;
};

}  // namespace aipg::gateway
