// SPDX-License-Identifier: Apache-2.0
#include "collateral/service.h"

#include <charconv>

#include "net/timer.h"

namespace aipg::collateral {
namespace {

using net::HttpClient;
using Asked = std::expected<HttpClient::Whole, ServiceFailure>;

ServiceFailure said_no(Literal code, unsigned status) {
  return {.error = {.code = code, .where = {}}, .status = status, .detail = "status " + std::to_string(status)};
}

ServiceFailure refusal(unsigned status) {
  if (status == 404) return said_no("service_not_found", status);
  if (status == 429 || status >= 500) return said_no("service_busy", status);
  if (status >= 300 && status < 400) return said_no("service_redirect", status);
  return said_no("service_refused", status);
}

bool may_succeed_later(const ServiceFailure& failure) {
  const Literal code = failure.error.code;
  return code == Literal("service_busy") || code == Literal("http_timeout") || code == Literal("http_truncated");
}

// Seconds; a date is taken for nothing, which means our own pause.
milliseconds retry_after(const net::Headers& headers) {
  const std::string_view text = headers.find("Retry-After").value_or("");
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return milliseconds(0);
  return std::chrono::seconds(seconds);
}

}  // namespace

Service::Service(net::Runtime& runtime, net::Address address, const std::string& ca_file, const Patience& patience)
    : runtime_(runtime),
      http_(runtime, std::move(address),
            {.ca_file = ca_file,
             .connect = std::min(milliseconds(10'000), patience.one_try),
             .response_head = patience.one_try,
             .progress = patience.one_try}),
      patience_(patience) {}

// One try. With a failure, how long the service asks to be left alone.
net::Task<Asked> Service::ask_once(const net::ClientRequest& request, std::size_t max_bytes,
                                   milliseconds& leave_alone) {
  leave_alone = milliseconds(0);
  auto answer = co_await http_.fetch(request, max_bytes);
  if (!answer) co_return std::unexpected(ServiceFailure{.error = answer.error(), .detail = http_.last_failure()});
  const unsigned status = answer->head.status;
  if (status == 200) co_return *std::move(answer);
  leave_alone = retry_after(answer->head.headers);
  co_return std::unexpected(refusal(status));
}

net::Task<Asked> Service::ask(net::ClientRequest request, std::size_t max_bytes) {
  const auto deadline = runtime_.now() + patience_.total;
  bool expired = false;
  net::Timer limit(runtime_, [&] {
    expired = true;
    http_.cancel_all();
  });
  limit.expire_at(deadline);
  milliseconds pause = patience_.pause, leave_alone;
  for (std::size_t tries = 1;; ++tries) {
    Asked answer = co_await ask_once(request, max_bytes, leave_alone);
    if (answer) co_return answer;
    if (expired) answer.error().error = {.code = "http_timeout", .where = {}};
    const milliseconds wait = std::min(std::max(pause, leave_alone), patience_.longest_pause);
    const bool in_time = !expired && runtime_.now() + wait < deadline;
    if (tries == patience_.tries || !in_time || !may_succeed_later(answer.error())) co_return answer;
    co_await runtime_.sleep(wait);
    pause *= 2;
  }
}

}  // namespace aipg::collateral
