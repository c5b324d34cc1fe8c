// SPDX-License-Identifier: Apache-2.0
// Takes one sealed request from a client to one of the workers it was sealed
// to, and the sealed answer back, byte for byte, under back-pressure. A worker
// that is full is waited for, for a little while and in line (Places). One that
// refuses or is lost before the response preamble is followed by the next
// recipient in the request, as long as the request is still held (256 KiB);
// after that the client's stream is cut, which its seal notices.
//
// No coroutine and no timer of its own as long as bytes flow: what comes from
// one socket is given to the other before it is kept anywhere
// (docs/architecture.md, "How a byte moves").
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/random.h"
#include "gateway/config.h"
#include "gateway/late_receipts.h"
#include "gateway/limits.h"
#include "gateway/metrics.h"
#include "gateway/refusal.h"
#include "gateway/roster.h"
#include "gateway/settler.h"
#include "gateway/worker_session.h"
#include "net/http_server.h"
#include "net/timer.h"
#include "program/log.h"
#include "seal/preamble.h"
#include "store/job_store.h"

namespace aipg::gateway {

inline constexpr std::size_t kKeptRequestBytes = 256 * 1024;

class Lanes;

struct RelayContext {
  net::Runtime& runtime;
  Roster& roster;
  store::JobStore& store;
  LateReceipts& late_receipts;
  Settler& settler;
  Limits& limits;
  Metrics& metrics;
  const Clock& clock;
  crypto::Rng& rng;
  const program::Log& log;
  const Config& config;
  // Of several threads, this one, and the others; null for one that is alone.
  unsigned lane = 0;
  const Lanes* lanes = nullptr;
};

// What of a job goes on at another thread, where a worker's link is.
struct RelayJourney {
  Limits::Job allowed;
  store::JobRecord record{};
  std::size_t counted = 0;  // bytes of the request that were counted already
  milliseconds began{};
  unsigned from = 0;                        // the lane that it comes from
  unsigned moves = 0;                       // so far
  std::vector<Hash256> full{};              // keysets whose workers had no place
  std::vector<Hash256> tried{};             // keysets whose workers refused it, or were lost
  std::optional<api::ErrorCode> refusal{};  // the first that a worker gave
  bool begun = false;                       // a worker was given it, which leaves a record
  bool may_have_run = false;                // and was lost with it in its hands

  [[nodiscard]] bool has_tried(const Hash256& keyset) const { return std::ranges::find(tried, keyset) != tried.end(); }
  [[nodiscard]] bool was_full(const Hash256& keyset) const { return std::ranges::find(full, keyset) != full.end(); }
};

// One job, or what is left of it when it came from another thread. The exchange is handed over to it.
class Relay final : public net::Responder, private JobSink, private Places::Waiter {
 public:
  Relay(const RelayContext& context, net::Exchange& exchange, std::string key_id, Limits::Job allowed,
        net::WorkCount::Guard running);
  Relay(const RelayContext& context, net::Exchange& exchange, RelayJourney journey, net::WorkCount::Guard running);
  ~Relay() override;

 private:
  struct Candidate {
    Hash256 keyset_id{};
    std::string worker_id;
    ByteArray<32> receipt_key{};
    LinkId link{};
    std::shared_ptr<WorkerSession> session;  // null on another lane
    bool waited_for = false;                 // in its line
  };

  // --- request ---
  void on_body(ByteView bytes, bool last) override;
  void on_body_failed(const Error& why) override;
  void read_preamble();
  [[nodiscard]] std::optional<Refusal> choose_candidates(seal::Preamble preamble);
  void pump();
  [[nodiscard]] ByteView ungiven() const;
  void keep_fresh();
  void forget_given();
  void pace_client();
  [[nodiscard]] std::size_t received() const { return dropped_ + held_.size() + fresh_.size(); }
  // A further worker may still need all of the request.
  [[nodiscard]] bool keeps() const {
    return !candidates_.empty() && dropped_ == 0 && held_.size() <= kKeptRequestBytes;
  }

  // --- attempts ---
  void try_next();
  [[nodiscard]] const Candidate* next_elsewhere(bool full_too) const;
  void move_to(unsigned lane);
  void begin_attempt(std::size_t candidate);
  [[nodiscard]] bool wait_in_line();
  void leave_lines();
  void on_place(const Places& here) override;
  void on_displaced(const Places& here) override;
  void give_up_waiting();
  void refuse_unserved(api::ErrorCode why);
  void lose();
  void on_refused(std::string_view code) override;
  void on_lost() override;
  void on_writable() override;

  // --- answer ---
  void on_answer(ByteView bytes) override;
  void on_answer_end(ByteView receipt) override;
  void on_heard() override;
  void begin_answer(std::optional<std::size_t> size);
  void keep_pieces();
  void on_sent() override;
  void on_gone() override;
  void refuse(Refusal refusal);

  // --- the end ---
  void count(std::string_view outcome);
  void settle(store::JobOutcome outcome, std::string_view code);

  const RelayContext& context_;
  net::Exchange& exchange_;
  net::WorkCount::Guard running_;
  bool over_ = false;  // the record is on its way

  ByteView fresh_;           // request bytes behind those held; only inside on_body()
  Bytes held_;               // request bytes from `dropped_` on
  std::size_t dropped_ = 0;  // request bytes no longer held
  std::size_t given_ = 0;    // request bytes given to the current worker
  bool chosen_ = false;      // the preamble was read
  bool tried_ = false;       // and a worker was looked for
  bool waiting_ = false;     // in the lines of those that are full
  bool request_complete_ = false;
  bool request_ended_ = false;         // END was sent to the current worker
  std::unique_ptr<net::Timer> stall_;  // while the client is told to wait for a worker

  std::vector<Candidate> candidates_;  // the next one last
  RelayJourney journey_;               // as far as it has come
  store::JobRecord& record_;           // of it
  Candidate current_;
  std::uint32_t stream_ = 0;  // of current_.session, while that is set

  std::array<ByteView, 4> pieces_;  // of the answer, from what is being heard
  std::size_t piece_count_ = 0;
  Bytes answer_;                 // came before, or is too much for pieces_
  std::size_t unreturned_ = 0;   // bytes of credit that the client's socket holds up
  bool answer_started_ = false;  // the response head went out
  bool answer_ended_ = false;
  std::string receipt_;

  milliseconds dispatched_{0};
};

}  // namespace aipg::gateway
