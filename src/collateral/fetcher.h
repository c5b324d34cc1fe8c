// SPDX-License-Identifier: Apache-2.0
// Asks the vendors' services for what they publish. An answer counts only if it
// is what was asked for (answer.h). Addresses are https, but on this machine:
// the keys of NVIDIA's attestation service rest on nothing else.
// Single-threaded, as net/ is.
#pragma once

#include <map>
#include <memory>
#include <span>

#include "attest/nvidia/evidence_json.h"
#include "collateral/answer.h"
#include "collateral/service.h"
#include "crypto/random.h"

namespace aipg::collateral {

struct FetchOptions {
  Sources sources = {};
  std::string ca_file = {};  // PEM of authorities to trust for https; the system's when empty
  Patience patience = {};
  bool ocsp_without_nonce = false;  // for caching responders, which cannot repeat one
};

// Errors: invalid_address, service_not_https.
[[nodiscard]] Result<net::Address> parse_source(std::string_view url);

class Fetcher {
 public:
  // `runtime` and `rng` outlive this.
  Fetcher(net::Runtime& runtime, FetchOptions options, crypto::Rng& rng);

  // The pieces of the answer. Errors: those of parse_source(), Service::ask() and read_answer().
  [[nodiscard]] net::Task<std::expected<std::vector<Bytes>, ServiceFailure>> fetch(Resource resource);

  // Shows evidence to NVIDIA's attestation service: devices of one kind, over one nonce. Returns its token as it
  // stands; only the verifier says what it is worth. Errors besides fetch()'s: nras_request (where says what), and
  // those of parse_token().
  [[nodiscard]] net::Task<std::expected<Bytes, ServiceFailure>> attest_remotely(
      std::span<const attest::nvidia::StatedDevice> devices);

  [[nodiscard]] const Sources& sources() const { return options_.sources; }

 private:
  [[nodiscard]] std::expected<Service*, ServiceFailure> service_at(const std::string& base);

  net::Runtime& runtime_;
  FetchOptions options_;
  crypto::Rng& rng_;
  std::map<std::string, std::unique_ptr<Service>> services_;  // by base address
};

}  // namespace aipg::collateral
