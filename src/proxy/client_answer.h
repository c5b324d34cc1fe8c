// SPDX-License-Identifier: Apache-2.0
// An answer on its way to the client of the proxy. What was opened is kept here
// until the client has taken it, and nothing more is read from the gateway
// meanwhile (PacedGateway): a slow reader slows the worker, and costs no memory.
// Content is secret. For one request.
#pragma once

#include <functional>

#include "attest/attestation_text.h"
#include "base/secret.h"
#include "client/core/gateway.h"
#include "client/core/session.h"
#include "net/http_server.h"
#include "proxy/api_error.h"

namespace aipg::proxy {

class ClientAnswer {
 public:
  explicit ClientAnswer(net::Exchange& exchange) : exchange_(exchange) {}

  // Who answers, for the headers. Then the head and the pieces, which wait for flush().
  void worker(const client::Candidate& candidate);
  void head(unsigned status, const std::vector<codec::bhttp::Field>& fields);
  void body(ByteView piece) { (attestation_ ? after_ : waiting_).append(piece); }
  // Once, between two pieces.
  void attestation(const attest::AttestationText& text);

  // False: the client has gone.
  [[nodiscard]] net::Task<bool> flush();
  // The answer is whole.
  [[nodiscard]] net::Task<bool> finish();
  // Where the client saw the head already, a last event says so, and the connection ends as cut off: nobody takes it
  // for a whole answer.
  [[nodiscard]] net::Task<void> fail(ApiError error, Dialect dialect);

  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] bool cut_off() const { return cut_off_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::string& worker_id() const { return worker_id_; }
  [[nodiscard]] std::optional<attest::Level> level() const { return level_; }

 private:
  // All that waits.
  [[nodiscard]] net::Task<bool> write(bool last);

  net::Exchange& exchange_;
  std::string worker_id_;
  std::optional<attest::Level> level_;
  unsigned status_ = 0;  // 0: nothing is known yet
  net::Headers headers_;
  SecretBytes waiting_, after_;                         // before and after the longest piece of an attestation
  std::optional<attest::AttestationText> attestation_;  // kept, not copied: it is shared by all answers
  std::uint64_t bytes_ = 0;                             // given to the client
  bool cut_off_ = false;
};

// Another gateway, whose answers are read no faster than `drained` allows: it is awaited before each piece, and false
// ends the answer with http_cancelled.
class PacedGateway final : public client::Gateway {
 public:
  using Drained = std::function<net::Task<bool>()>;
  // `inner` must outlive it.
  PacedGateway(client::Gateway& inner, Drained drained) : inner_(inner), drained_(std::move(drained)) {}

  [[nodiscard]] net::Task<Result<std::unique_ptr<Response>>> send(Request request) override;
  [[nodiscard]] net::Task<Result<Whole>> fetch(Request request, std::size_t max_bytes, milliseconds limit) override {
    return inner_.fetch(std::move(request), max_bytes, limit);
  }
  [[nodiscard]] net::Task<void> pause(milliseconds duration) override { return inner_.pause(duration); }
  [[nodiscard]] bool is_cancelled() const override { return inner_.is_cancelled(); }
  [[nodiscard]] std::string last_failure() const override { return inner_.last_failure(); }

 private:
  client::Gateway& inner_;
  Drained drained_;
};

}  // namespace aipg::proxy
