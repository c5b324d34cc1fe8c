// SPDX-License-Identifier: Apache-2.0
// Bundles of PEM CERTIFICATE blocks (RFC 7468's strict grammar: lines of 64
// characters but for a block's last, ended by LF or CRLF). Accepts only
// CERTIFICATE blocks, at least one, with nothing but whitespace around them,
// and canonical base64. What the blocks hold is not looked at. Pure.
// Errors: pem_invalid (offset of the block), pem_too_many.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::codec {

// Trailing NUL: Intel's quotes end their chain with one.
enum class PemTail : std::uint8_t { none, one_nul_allowed };

// The DER of each certificate, in order.
[[nodiscard]] Result<std::vector<Bytes>> parse_pem_certificates(std::string_view in, std::size_t max_certificates,
                                                                PemTail tail = PemTail::none);
[[nodiscard]] std::string to_pem_certificate(ByteView der);
// The DER of exactly one X509 CRL block, by the same grammar.
[[nodiscard]] Result<Bytes> parse_pem_crl(std::string_view in);

}  // namespace aipg::codec
