// SPDX-License-Identifier: Apache-2.0
// One streamed chat call, timed: straight to the engine, or sealed through the
// network by a client whose evidence is warm. Used on one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/core/session.h"
#include "client/http_gateway.h"

namespace aipg::bench {

struct Timed {
  double first = 0;  // seconds until the first token could be shown
  double whole = 0;  // until the end, everything verified
};

// Anything that answers a chat request.
class Way {
 public:
  virtual ~Way() = default;
  // Nothing when the call failed; stderr says why.
  [[nodiscard]] virtual net::Task<std::optional<Timed>> call(std::string body) = 0;
};

[[nodiscard]] std::unique_ptr<Way> straight_to(net::Runtime& runtime, const net::Address& engine);

struct SealedWayOptions {
  net::Address gateway;
  client::SessionOptions session;
};
[[nodiscard]] std::unique_ptr<Way> sealed_through(net::Runtime& runtime, const SealedWayOptions& options,
                                                  const Clock& clock, crypto::Rng& rng);

// `count` such calls at once; seconds until the last has ended.
[[nodiscard]] net::Task<std::optional<double>> at_once(net::Runtime& runtime, Way& way, unsigned count,
                                                       std::string body);

}  // namespace aipg::bench
