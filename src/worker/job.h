// SPDX-License-Identifier: Apache-2.0
// One OPEN on the worker link, from its first byte to its receipt: opens the
// seal as bytes arrive, refuses or answers, and forgets everything at the end.
// Calls come from the link's reader, except where said.
#pragma once

#include <functional>
#include <memory>

#include "link/connection.h"
#include "program/log.h"
#include "worker/answer_writer.h"
#include "worker/bad_seals.h"
#include "worker/engine.h"
#include "worker/engine_call.h"
#include "worker/keysets.h"

namespace aipg::worker {

// What all jobs of a worker use. Outlives them.
struct JobContext {
  net::Runtime& runtime;
  const Clock& clock;
  crypto::Rng& rng;
  const program::Log& log;
  const Workload& workload;
  const Hash256 workload_hash;
  Keysets& keysets;
  Engine& engine;
  std::size_t running = 0;  // jobs that hold a place
  BadSeals bad_seals = {};

  [[nodiscard]] bool has_place() const {
    return running < workload.max_jobs && engine.ready() && !bad_seals.too_many(clock.monotonic());
  }
};

// Shared by the link's list and by its own coroutine, whichever lets go last.
class Job : public std::enable_shared_from_this<Job> {
 public:
  // Takes a place: has_place() was true.
  Job(JobContext& context, std::shared_ptr<link::Connection> connection, std::uint32_t stream,
      const ByteArray<16>& job_id);
  ~Job();

  void on_data(ByteView wire);
  void on_request_end();
  void on_credit();  // or on room in the link's socket
  // Reset by the gateway, or the link is lost: the engine's slot is freed at once.
  void cancel();
  // Nothing is left to do but, after an answer, to wait for the ACK.
  [[nodiscard]] bool over() const { return over_; }
  // What END said; empty if it was not sent.
  [[nodiscard]] const std::string& receipt() const { return writer_ ? writer_->receipt() : receipt_; }

 private:
  void start_if_complete();
  [[nodiscard]] net::Task<void> answer();
  [[nodiscard]] net::Task<void> ask_engine(const seal::InnerRequest& request);
  void write_refusal(const seal::InnerError& error);
  void log_end() const;
  void give_place_back();
  void release();

  JobContext& context_;
  std::shared_ptr<link::Connection> connection_;
  const std::uint32_t stream_;
  const ByteArray<16> id_;
  std::optional<seal::RequestOpener> opener_;
  std::unique_ptr<net::HttpClient> client_;
  std::optional<AnswerWriter> writer_;
  milliseconds started_{};
  Literal outcome_ = "ok";
  Tokens tokens_;
  std::string receipt_;  // outlives the writer
  bool has_place_ = true;
  bool answering_ = false, cancelled_ = false, over_ = false;
};

}  // namespace aipg::worker
