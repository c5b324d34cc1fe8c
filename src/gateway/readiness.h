// SPDX-License-Identifier: Apache-2.0
// Whether a gateway can serve now, and what it lacks if not: what /readyz says. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace aipg::gateway {

struct Readiness {
  bool draining = false;
  std::size_t keysets = 0, available = 0;  // admitted; those of them whose link takes another job, or lets it wait
  bool keys_readable = true;               // the store says who may ask
  bool records_full = false;               // so many records wait for the disk that no further job may begin

  [[nodiscard]] bool ready() const { return !draining && available > 0 && keys_readable && !records_full; }
  // "ready", or a line for each thing that is missing: a code, and what it means.
  [[nodiscard]] std::string text() const;
};

}  // namespace aipg::gateway
