// SPDX-License-Identifier: Apache-2.0
#include "proxy/client_answer.h"

#include <array>

#include "proxy/names.h"

namespace aipg::proxy {
namespace {

// Of the worker's headers, those that clients read and that say nothing about a connection.
bool is_passed_on(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kNames{"content-type", "retry-after", "x-request-id"};
  return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("openai-");
}

class PacedResponse final : public client::Gateway::Response {
 public:
  PacedResponse(std::unique_ptr<Response> inner, const PacedGateway::Drained& drained)
      : inner_(std::move(inner)), drained_(drained) {}
  [[nodiscard]] unsigned status() const override { return inner_->status(); }
  [[nodiscard]] std::string content_type() const override { return inner_->content_type(); }
  [[nodiscard]] net::Task<Result<ByteView>> read() override {
    if (!co_await drained_()) co_return aipg::fail("http_cancelled");
    co_return co_await inner_->read();
  }

 private:
  std::unique_ptr<Response> inner_;
  const PacedGateway::Drained& drained_;
};

}  // namespace

void ClientAnswer::worker(const client::Candidate& candidate) {
  worker_id_ = candidate.entry.worker_id;
  level_ = candidate.appraisal.verdict.level;
}

void ClientAnswer::head(unsigned status, const std::vector<codec::bhttp::Field>& fields) {
  status_ = status;
  for (const codec::bhttp::Field& field : fields) {
    const bool fit = net::is_token(field.name) && net::is_field_value(field.value);
    if (fit && is_passed_on(field.name)) headers_.add(field.name, field.value);
  }
  headers_.add("Cache-Control", "no-store");
  headers_.add(kVerdictHeader, "accepted");
  if (level_) headers_.add(kLevelHeader, attest::to_text(*level_));
  headers_.add(kWorkerHeader, worker_id_);
}

void ClientAnswer::attestation(const attest::AttestationText& text) {
  const auto [head, middle, tail] = text.pieces();
  waiting_.append(head);
  after_.append(tail);
  attestation_ = text;
}

net::Task<bool> ClientAnswer::flush() {
  if (exchange_.client_gone()) co_return false;
  if (status_ == 0) co_return true;
  if (exchange_.head_written() && waiting_.empty()) co_return true;
  co_return co_await write(false);
}

net::Task<bool> ClientAnswer::finish() {
  if (exchange_.client_gone()) co_return false;
  co_return co_await write(true);
}

// The first piece goes with the head where that has not gone, which tells the size where nothing follows; the last with
// the end.
net::Task<bool> ClientAnswer::write(bool last) {
  std::vector<ByteView> pieces{waiting_.reveal()};
  if (attestation_) pieces.push_back(as_bytes(attestation_->pieces()[1]));
  if (attestation_) pieces.push_back(after_.reveal());
  std::uint64_t size = 0;
  for (const ByteView piece : pieces) size += piece.size();
  const auto announced = last ? std::optional(size) : std::nullopt;
  Result<void> written;
  if (!exchange_.head_written()) {
    written = co_await exchange_.write_head(status_, headers_, announced, pieces.front());
    pieces.erase(pieces.begin());
    if (written && last && pieces.empty()) written = co_await exchange_.finish();
  }
  for (; written && !pieces.empty(); pieces.erase(pieces.begin())) {
    const bool ends = last && pieces.size() == 1;
    written = ends ? co_await exchange_.finish(pieces.front()) : co_await exchange_.write_body(pieces.front());
  }
  if (written) bytes_ += size;
  waiting_.clear();
  after_.clear();
  attestation_.reset();
  co_return written.has_value();
}

net::Task<void> ClientAnswer::fail(ApiError error, Dialect dialect) {
  if (exchange_.client_gone()) co_return;
  if (!exchange_.head_written()) {
    status_ = error.status;
    const std::string body = error_body(error, dialect);
    (void)co_await exchange_.respond(error.status, kJson, body, error_headers(error));
    co_return;
  }
  cut_off_ = true;
  const std::string event = error_event(error, dialect);
  if (co_await flush()) (void)co_await exchange_.write_body(as_bytes(event));
  exchange_.abort();
}

net::Task<Result<std::unique_ptr<client::Gateway::Response>>> PacedGateway::send(Request request) {
  AIPG_CO_TRY(auto response, co_await inner_.send(std::move(request)));
  co_return std::make_unique<PacedResponse>(std::move(response), drained_);
}

}  // namespace aipg::proxy
