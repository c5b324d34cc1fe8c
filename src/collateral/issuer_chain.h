// SPDX-License-Identifier: Apache-2.0
// Intel's services send the chain of a document's signer in a header: PEM of
// the signer and its root, percent-encoded. Refuses: an escape that is not two
// hexadecimal digits, characters that must be escaped, a text that is not
// exactly two PEM certificates. A plus sign is one, as in base64, and no space.
// Pure. Errors: issuer_chain_encoding (offset of the character), pem_invalid,
// pem_too_many, issuer_chain_length. Source: Intel PCS API v4; RFC 3986.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::collateral {

inline constexpr std::size_t kMaxIssuerChainBytes = 16 << 10;

// The PEM text, signer first.
[[nodiscard]] Result<std::string> read_issuer_chain(std::string_view header);
// As a service would send it. For tests and local services.
[[nodiscard]] std::string write_issuer_chain(std::string_view pem);

}  // namespace aipg::collateral
