// SPDX-License-Identifier: Apache-2.0
#include "client/http_gateway.h"

#include "net/timer.h"

namespace aipg::client {
namespace {

net::ClientRequest to_http(Gateway::Request request) {
  net::ClientRequest out{.method = std::move(request.method),
                         .target = std::move(request.target),
                         .body = request.body,
                         .repeatable = request.repeatable};
  for (const Gateway::Field& field : request.fields) out.headers.add(field.name, field.value);
  return out;
}

class HttpResponse final : public Gateway::Response {
 public:
  explicit HttpResponse(std::unique_ptr<net::ClientResponse> response) : response_(std::move(response)) {}
  [[nodiscard]] unsigned status() const override { return response_->head().status; }
  [[nodiscard]] std::string content_type() const override {
    return std::string(response_->head().headers.find("content-type").value_or(""));
  }
  [[nodiscard]] net::Task<Result<ByteView>> read() override { return response_->read(); }

 private:
  std::unique_ptr<net::ClientResponse> response_;
};

}  // namespace

net::Task<Result<std::unique_ptr<Gateway::Response>>> HttpGateway::send(Request request) {
  auto response = co_await http_.send(to_http(std::move(request)));
  if (!response) co_return std::unexpected(response.error());
  co_return std::make_unique<HttpResponse>(*std::move(response));
}

net::Task<Result<Gateway::Whole>> HttpGateway::fetch(Request request, std::size_t max_bytes, milliseconds limit) {
  bool timed_out = false;
  net::Timer patience(runtime_, [this, &timed_out] {
    timed_out = true;
    http_.cancel_all();
  });
  patience.expire_after(limit);
  auto whole = co_await http_.fetch(to_http(std::move(request)), max_bytes);
  patience.stop();
  if (whole) co_return Whole{whole->head.status, std::move(whole->body)};
  if (timed_out) co_return fail("http_timeout");
  co_return std::unexpected(whole.error());
}

}  // namespace aipg::client
