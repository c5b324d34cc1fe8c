// SPDX-License-Identifier: Apache-2.0
// Takes one sealed request from a client to one of the workers it was sealed
// to, and the sealed answer back, byte for byte, under back-pressure. A worker
// that refuses or is lost before the response preamble is followed by the next
// recipient in the request, as long as the request is still held (256 KiB);
// after that the client's stream is cut, which its seal notices.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "api/error.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "gateway/late_receipts.h"
#include "gateway/metrics.h"
#include "gateway/roster.h"
#include "gateway/settler.h"
#include "gateway/worker_session.h"
#include "net/http_server.h"
#include "program/log.h"
#include "seal/preamble.h"
#include "store/job_store.h"

namespace aipg::gateway {

inline constexpr std::size_t kKeptRequestBytes = 256 * 1024;

struct RelayContext {
  net::Runtime& runtime;
  Roster& roster;
  store::JobStore& store;
  LateReceipts& late_receipts;
  Settler& settler;
  Metrics& metrics;
  const Clock& clock;
  crypto::Rng& rng;
  const program::Log& log;
  milliseconds upload_stall{30'000};  // a worker that takes nothing of a request for so long counts as lost
};

// One job. Lives in its handler's frame.
class Relay final : private JobSink {
 public:
  Relay(const RelayContext& context, net::Exchange& exchange, std::string key_id);
  ~Relay() override;

  [[nodiscard]] net::Task<void> run();

 private:
  enum class Attempt : std::uint8_t { running, refused, lost, answered };

  // --- request ---
  [[nodiscard]] net::Task<std::optional<api::ErrorCode>> read_preamble();
  [[nodiscard]] std::optional<api::ErrorCode> choose_candidates();
  [[nodiscard]] net::Task<void> read_rest();
  void pump();

  // --- attempts ---
  [[nodiscard]] net::Task<void> try_candidates();
  void start(std::shared_ptr<WorkerSession> session);
  [[nodiscard]] net::Task<void> run_attempt();
  void tell_assigned() const;
  [[nodiscard]] bool can_repeat() const { return !dropped_; }

  // --- answer ---
  [[nodiscard]] net::Task<bool> pass_answer();
  [[nodiscard]] net::Task<Result<void>> write_answer(ByteView bytes, bool last);
  [[nodiscard]] bool lost_client();
  [[nodiscard]] bool client_gone() const;
  [[nodiscard]] net::Task<void> refuse(api::ErrorCode code);
  void settle();
  [[nodiscard]] bool take_receipt();
  void lose();
  void close_record(store::JobOutcome outcome, std::string_view code);

  void on_answer(ByteView bytes) override;
  void on_answer_end(ByteView receipt) override;
  void on_refused(std::string_view code) override;
  void on_lost() override;
  void on_writable() override;

  const RelayContext& context_;
  net::Exchange& exchange_;
  std::string key_id_;
  ByteArray<16> job_id_{};
  net::Event changed_;

  Bytes held_;               // request bytes from `dropped_` on
  std::size_t dropped_ = 0;  // request bytes no longer held
  std::size_t sent_ = 0;     // request bytes given to the current worker
  bool request_complete_ = false;
  bool request_failed_ = false;
  api::ErrorCode body_error_ = api::ErrorCode::malformed_request;  // why, then
  bool reader_running_ = false;
  bool discarding_ = false;     // the answer is decided: the rest of the body is read and dropped
  bool client_lost_ = false;    // a write to the client failed
  bool request_ended_ = false;  // END was sent to the current worker
  seal::Preamble preamble_;
  struct Candidate {
    Hash256 keyset_id{};
    std::string worker_id;
    Bytes receipt_key;
    std::shared_ptr<WorkerSession> session;
  };
  std::deque<Candidate> candidates_;
  Candidate current_;

  std::shared_ptr<WorkerSession> session_;  // set while a stream is open
  std::uint32_t stream_ = 0;
  Attempt attempt_ = Attempt::running;
  Bytes answer_;                 // not yet passed on
  bool answer_started_ = false;  // the response head went out
  bool answer_ended_ = false;
  std::string receipt_;
  std::optional<api::ErrorCode> refusal_;  // the first that a worker gave
  bool may_have_run_ = false;              // a worker was lost with the request in its hands

  store::JobRecord record_;
  bool settled_ = false;  // the record is on its way
  milliseconds dispatched_{0};
};

}  // namespace aipg::gateway
