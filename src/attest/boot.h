// SPDX-License-Identifier: Apache-2.0
// What a TEE measured of the image that booted: one value for each published
// image and VM shape (docs/protocol.md, "What runs"). Plain values.
#pragma once

#include <variant>

#include "crypto/digest.h"

namespace aipg::attest {

// Intel TDX.
struct BootTuple {
  crypto::Hash384 mrtd{}, rtmr0{}, rtmr1{}, rtmr2{};
  friend bool operator==(const BootTuple&, const BootTuple&) = default;
};

// AMD SEV-SNP.
struct SnpLaunch {
  crypto::Hash384 measurement{};
  friend bool operator==(const SnpLaunch&, const SnpLaunch&) = default;
};

using BootMeasurement = std::variant<BootTuple, SnpLaunch>;

}  // namespace aipg::attest
