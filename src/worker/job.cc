// SPDX-License-Identifier: Apache-2.0
#include "worker/job.h"

namespace aipg::worker {
namespace {

seal::RecipientContext recipient_context(JobContext& context) {
  return {.ring = &context.keysets.ring(),
          .workload_hash = context.workload_hash,
          .epoch = {},
          .offers = [&workload = context.workload](std::string_view model, std::string_view path) {
            return workload.offers(model, path);
          }};
}

}  // namespace

Job::Job(JobContext& context, std::shared_ptr<link::Connection> connection, std::uint32_t stream,
         const ByteArray<16>& job_id)
    : context_(context), connection_(std::move(connection)), stream_(stream), id_(job_id) {
  ++context_.running;
  opener_.emplace(recipient_context(context_), id_, context_.keysets.worker_now());
}

Job::~Job() { release(); }

void Job::on_data(ByteView wire) {
  if (over_ || cancelled_) return;
  // The answer says already that this request is broken; what else comes of it is dropped.
  if (answering_ && !opener_->request()) return;
  const Result<void> fed = opener_->feed(wire);
  if (!fed && !answering_) {
    context_.log.info("job_refused", {{"job", program::Id(id_)}, {"reason", fed.error()}});
    if (fed.error().code == Literal("request_expired")) context_.keysets.dispute();
    if (fed.error().where == Literal("open")) context_.bad_seals.count(context_.clock.monotonic());
    connection_->mux().send_refuse(stream_, fed.error().code.view());
    return release();
  }
  if (!fed) {
    // Bytes after the last chunk: whoever adds them gets no answer.
    connection_->mux().send_reset(stream_);
    return cancel();
  }
  connection_->mux().consumed(stream_, wire.size());
  start_if_complete();
}

void Job::on_request_end() {
  if (over_ || cancelled_ || answering_) return;
  if (!opener_->opened()) {
    connection_->mux().send_refuse(stream_, "malformed_seal");
    return release();
  }
  opener_->end_of_stream();
  start_if_complete();
}

void Job::start_if_complete() {
  if (answering_ || !opener_->complete()) return;
  answering_ = true;
  started_ = context_.clock.monotonic();
  context_.runtime.spawn(answer(), shared_from_this());
}

void Job::on_credit() {
  if (writer_) writer_->on_credit();
}

void Job::cancel() {
  if (over_ || std::exchange(cancelled_, true)) return;
  if (client_) client_->cancel_all();
  if (writer_) writer_->cancel();
  give_place_back();  // the next may be here already, and counts on it
  if (!answering_) release();
}

net::Task<void> Job::answer() {
  if (cancelled_) co_return release();
  writer_.emplace(context_.runtime, context_.clock, context_.keysets, connection_, stream_,
                  opener_->make_answer(context_.rng), opener_->routing().padding, started_,
                  [this] { give_place_back(); });
  context_.runtime.spawn(writer_->run());
  const auto& request = opener_->request();
  if (request) {
    co_await ask_engine(*request);
  } else {
    write_refusal(request.error());
  }
  if (!cancelled_) writer_->finish(tokens_);
  co_await writer_->done();
  log_end();
  release();
}

net::Task<void> Job::ask_engine(const seal::InnerRequest& request) {
  auto sent = make_engine_request(request, opener_->routing(), context_.workload.engine.prefix_cache, context_.rng);
  if (!sent) {
    outcome_ = sent.error().code;
    write_refusal(
        {.status = 400, .code = "invalid_request", .parameter = {}, .message = "The body is not valid JSON."});
    co_return;
  }
  client_ = context_.engine.connect();
  EngineCall call(*client_, request, *std::move(sent), *writer_);
  tokens_ = co_await call.run();
  if (call.failure()) outcome_ = call.failure()->code;
}

void Job::write_refusal(const seal::InnerError& error) {
  outcome_ = error.code;
  writer_->begin(error.status, "application/json");
  writer_->gathered().append(seal::error_body(error));
}

void Job::log_end() const {
  if (cancelled_) {
    context_.log.info("job_cancelled", {{"job", program::Id(id_)}});
  } else {
    context_.log.info("job_answered", {{"job", program::Id(id_)},
                                       {"outcome", outcome_},
                                       {"tokens_in", tokens_.in},
                                       {"tokens_out", tokens_.out},
                                       {"took_ms", context_.clock.monotonic() - started_}});
  }
}

void Job::give_place_back() {
  if (std::exchange(has_place_, false)) --context_.running;
}

// Wipes the question and the answer, and gives the place back.
void Job::release() {
  if (std::exchange(over_, true)) return;
  give_place_back();
  client_.reset();
  receipt_ = receipt();
  writer_.reset();
  opener_.reset();
}

}  // namespace aipg::worker
