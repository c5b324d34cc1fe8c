// SPDX-License-Identifier: Apache-2.0
// A session's gateway over HTTP, on a Runtime's thread (net/http_client.h).
#pragma once

#include "client/core/gateway.h"
#include "net/http_client.h"

namespace aipg::client {

class HttpGateway final : public Gateway {
 public:
  // Both must outlive it.
  HttpGateway(net::Runtime& runtime, net::HttpClient& http) : runtime_(runtime), http_(http) {}

  [[nodiscard]] net::Task<Result<std::unique_ptr<Response>>> send(Request request) override;
  // Past `limit` every request of `http` in progress ends: a gateway that says nothing to a small question will not
  // answer the rest either.
  [[nodiscard]] net::Task<Result<Whole>> fetch(Request request, std::size_t max_bytes, milliseconds limit) override;
  [[nodiscard]] net::Task<void> pause(milliseconds duration) override { return runtime_.sleep(duration); }
  [[nodiscard]] bool is_cancelled() const override { return cancelled_; }
  // For a call after one that was cancelled.
  void renew() { cancelled_ = false; }
  void cancel() {
    cancelled_ = true;
    http_.cancel_all();
  }
  [[nodiscard]] std::string last_failure() const override { return http_.last_failure(); }

 private:
  net::Runtime& runtime_;
  net::HttpClient& http_;
  bool cancelled_ = false;
};

}  // namespace aipg::client
