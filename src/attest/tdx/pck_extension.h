// SPDX-License-Identifier: Apache-2.0
// Intel's extension 1.2.840.113741.1.13.1 in a PCK certificate: which platform
// this is, and which firmware versions the key stands for. Pure.
// Errors: pck_extension (where says the field: missing, repeated or mistyped),
// der_invalid. Source: Intel SGX PCK Certificate specification.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::tdx {

inline constexpr std::string_view kPckExtensionOid = "1.2.840.113741.1.13.1";

struct PckExtension {
  ByteArray<16> ppid{};
  ByteArray<16> component_svn{};  // .2.1 to .2.16
  std::uint16_t pce_svn = 0;      // .2.17
  ByteArray<16> cpu_svn{};        // .2.18
  ByteArray<2> pce_id{};
  ByteArray<6> fmspc{};
  std::uint8_t sgx_type = 0;                       // 0 standard, 1 scalable
  std::optional<ByteArray<16>> platform_instance;  // Platform CA only
};

// `value` is the content of the extension's OCTET STRING.
[[nodiscard]] Result<PckExtension> parse_pck_extension(ByteView value);

}  // namespace aipg::attest::tdx
