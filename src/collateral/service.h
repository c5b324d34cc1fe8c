// SPDX-License-Identifier: Apache-2.0
// One of the vendors' services: requests to it, with patience where patience
// helps. What may succeed later is tried again, each time after twice the
// pause: answers 429 and 5xx (after Retry-After where the service says one, but
// never longer than a bound), timeouts, answers that break off. Nothing else is:
// another 4xx, a redirection, a certificate that does not verify, an address
// where nobody listens, an answer that is too long. Redirections are not
// followed: an address is what the user configured, or it is nothing.
// One request at a time; single-threaded, as net/ is.
#pragma once

#include <expected>
#include <string>

#include "net/http_client.h"

namespace aipg::collateral {

struct Patience {
  std::size_t tries = 4;
  milliseconds pause{500};             // before the second try
  milliseconds longest_pause{20'000};  // bounds what a service may ask for
  milliseconds one_try{30'000};        // without a byte of progress
  milliseconds total{90'000};          // all tries together, pauses too
};

struct ServiceFailure {
  Error error;
  unsigned status = 0;      // of the last answer; 0 when there was none
  std::string detail = {};  // for people: "connection refused". No content.
};

class Service {
 public:
  // `ca_file`: PEM; the system's authorities when empty.
  Service(net::Runtime& runtime, net::Address address, const std::string& ca_file, const Patience& patience);

  // The answer with status 200, whole. `request`'s body must live until then.
  // Errors: service_not_found (404), service_refused (another 4xx), service_redirect (3xx), service_busy (429 or 5xx
  // until the end), and those of HttpClient::fetch().
  [[nodiscard]] net::Task<std::expected<net::HttpClient::Whole, ServiceFailure>> ask(net::ClientRequest request,
                                                                                     std::size_t max_bytes);

 private:
  [[nodiscard]] net::Task<std::expected<net::HttpClient::Whole, ServiceFailure>> ask_once(
      const net::ClientRequest& request, std::size_t max_bytes, milliseconds& leave_alone);

  net::Runtime& runtime_;
  net::HttpClient http_;
  Patience patience_;
};

}  // namespace aipg::collateral
