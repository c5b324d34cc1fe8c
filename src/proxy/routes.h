// SPDX-License-Identifier: Apache-2.0
// What the proxy answers at which path. The API paths are the worker's own list
// (seal/routing.h); everything else that is not named here is refused with the
// list of what is.
#pragma once

#include "proxy/door.h"
#include "proxy/inference.h"
#include "proxy/status.h"

namespace aipg::proxy {

class Routes {
 public:
  Routes(ProxyContext& context, const Door& door, StatusSettings settings)
      : context_(context), door_(door), settings_(std::move(settings)) {}

  [[nodiscard]] net::Task<void> handle(net::Exchange& exchange);

 private:
  [[nodiscard]] net::Task<void> dispatch(net::Exchange& exchange, std::string path);
  [[nodiscard]] net::Task<void> models(net::Exchange& exchange, std::string path);
  // At least one worker is verified for each model of the directory, as far as that can be.
  [[nodiscard]] net::Task<client::Outcome<void>> verify_models();
  [[nodiscard]] net::Task<void> page(net::Exchange& exchange, std::string path);
  [[nodiscard]] net::Task<void> refuse(net::Exchange& exchange, std::string_view path, ApiError error);
  [[nodiscard]] net::Task<void> respond(net::Exchange& exchange, std::string_view path, std::string_view content_type,
                                        std::string document, net::Headers headers);
  void note(const net::Exchange& exchange, std::string_view path, unsigned status, std::string_view code) const;

  ProxyContext& context_;
  const Door& door_;
  StatusSettings settings_;
};

}  // namespace aipg::proxy
