// SPDX-License-Identifier: Apache-2.0
// How NVIDIA's service names a device: the serial number of its attestation
// key's certificate, in decimal. Pure. Source: FORMATS.md 1.1.
#pragma once

#include <string>

#include "crypto/certificate.h"

namespace aipg::attest::nras {

[[nodiscard]] std::string ueid_of(const crypto::Certificate& attestation_key);

}  // namespace aipg::attest::nras
