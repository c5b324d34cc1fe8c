// SPDX-License-Identifier: Apache-2.0
#include "collateral/issuer_chain.h"

#include "base/hex.h"
#include "codec/pem.h"

namespace aipg::collateral {
namespace {

constexpr std::size_t kSignerAndRoot = 2;

// RFC 3986's unreserved characters, and those of base64 that services leave as they are.
bool is_plain(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || std::string_view("-._~+/=").contains(c);
}

Result<std::string> decode(std::string_view in) {
  std::string out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] != '%') {
      if (!is_plain(in[i])) return fail("issuer_chain_encoding", "character", i);
      out += in[i];
      continue;
    }
    const auto byte = from_hex(in.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return fail("issuer_chain_encoding", "escape", i);
    out += static_cast<char>(byte->front());
    i += 2;
  }
  return out;
}

}  // namespace

Result<std::string> read_issuer_chain(std::string_view header) {
  if (header.size() > kMaxIssuerChainBytes) return fail("issuer_chain_encoding", "size", header.size());
  AIPG_TRY(std::string pem, decode(header));
  AIPG_TRY(const std::vector<Bytes> chain, codec::parse_pem_certificates(pem, kSignerAndRoot));
  if (chain.size() != kSignerAndRoot) return fail("issuer_chain_length", "certificates", chain.size());
  return pem;
}

std::string write_issuer_chain(std::string_view pem) {
  std::string out;
  for (const char c : pem) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool plain = is_plain(c) && c != '+' && c != '/' && c != '=';
    out += plain ? std::string(1, c) : "%" + to_hex(ByteView(&byte, 1));
  }
  return out;
}

}  // namespace aipg::collateral
