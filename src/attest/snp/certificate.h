// SPDX-License-Identifier: Apache-2.0
// What a VCEK or VLEK certificate says beyond its key: AMD's extensions
// 1.3.6.1.4.1.3704.1.*, and no others. Refuses: an extension that is not
// AMD's, is critical, mistyped or missing, an SPL that the family does not
// have, a productName that is not known, and a certificate that is for a chip
// and for a cloud provider at once, or for neither. Pure; what comes out is
// authentic as far as the certificate is.
// Errors: snp_extension (where says which), snp_family.
// Source: AMD VCEK certificate and KDS interface (57230); FORMATS.md 4.
#pragma once

#include <optional>
#include <string>

#include "attest/snp/report.h"
#include "attest/snp/tcb.h"
#include "crypto/certificate.h"

namespace aipg::attest::snp {

struct KeyExtensions {
  std::uint8_t struct_version = 0;
  std::string product_name;  // "Milan-B0"
  Family family = Family::milan;
  Tcb tcb;                             // what the key stands for
  SigningKey kind = SigningKey::vcek;  // VCEK: for a chip; VLEK: for a cloud provider
  std::optional<ByteArray<64>> hwid;   // VCEK; Turin's 8 bytes, then zeros, as in CHIP_ID
  std::string csp_id;                  // VLEK
};

[[nodiscard]] Result<KeyExtensions> read_key_extensions(const crypto::Certificate& certificate);

}  // namespace aipg::attest::snp
