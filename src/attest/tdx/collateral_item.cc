// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/collateral_item.h"

#include "attest/tdx/collateral_reader.h"
#include "base/hex.h"
#include "codec/pem.h"

namespace aipg::attest::tdx {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Value;
using crypto::Certificate;

constexpr std::size_t kMaxChainText = 64 << 10, kSigningChain = 2, kSignatureDigits = 128;
constexpr codec::json::Limits kLimits{.max_bytes = kMaxCollateralJsonBytes, .max_depth = 16};

Result<std::vector<Bytes>> read_chain_member(Fields& fields, std::string_view name) {
  const std::string text = fields.string(name, kMaxChainText);
  if (text.empty()) return fail("collateral_invalid", "chain");
  AIPG_TRY(std::vector<Bytes> chain, codec::parse_pem_certificates(text, kSigningChain));
  if (chain.size() != kSigningChain) return fail("collateral_invalid", "chain");
  return chain;
}

Result<Bytes> read_list_member(Fields& fields, std::string_view name) {
  auto der = from_hex(fields.string(name, 2 * crypto::kMaxCrlBytes));
  if (!der || der->empty()) return fail("collateral_invalid", "crl");
  return *std::move(der);
}

// The document as Intel serves it, around the text exactly as it was handed on. Whether that is one object is for the
// document's reader to find: more than one would give the document two signatures, and names are not repeated.
Result<Bytes> read_document(Fields& fields, Literal member, std::string_view name, std::string_view signature) {
  const std::string text = fields.string(name, kMaxTcbInfoBytes), digits = fields.string(signature, kSignatureDigits);
  const bool framed = text.starts_with('{') && text.ends_with('}');
  if (!framed || digits.size() != kSignatureDigits || !from_hex(digits)) return fail("collateral_invalid", member);
  Bytes out;
  out.reserve(text.size() + digits.size() + 64);
  for (const std::string_view part :
       {std::string_view("{\""), member.view(), std::string_view("\":"), std::string_view(text),
        std::string_view(",\"signature\":\""), std::string_view(digits), std::string_view("\"}")}) {
    append(out, as_bytes(part));
  }
  return out;
}

Result<Collateral> read_combined(Value root) {
  Fields fields(root, "collateral");
  Collateral out;
  AIPG_TRY(out.pck_crl_issuer_chain, read_chain_member(fields, "pck_crl_issuer_chain"));
  AIPG_TRY(out.root_crl, read_list_member(fields, "root_ca_crl"));
  AIPG_TRY(out.pck_crl, read_list_member(fields, "pck_crl"));
  AIPG_TRY(out.tcb_signing_chain, read_chain_member(fields, "tcb_info_issuer_chain"));
  AIPG_TRY(out.tcb_info, read_document(fields, "tcbInfo", "tcb_info", "tcb_info_signature"));
  // Mostly the same text again.
  const auto tcb_chain = fields.value("tcb_info_issuer_chain", Kind::string);
  const auto qe_chain = fields.value("qe_identity_issuer_chain", Kind::string);
  if (tcb_chain && qe_chain && tcb_chain->raw() == qe_chain->raw()) {
    out.qe_identity_signing_chain = out.tcb_signing_chain;
  } else {
    AIPG_TRY(out.qe_identity_signing_chain, read_chain_member(fields, "qe_identity_issuer_chain"));
  }
  AIPG_TRY(out.qe_identity, read_document(fields, "enclaveIdentity", "qe_identity", "qe_identity_signature"));
  AIPG_CHECK(fields.finish());
  return out;
}

Result<CollateralItem> read_list(ByteView file, VerifierCache* cache) {
  AIPG_TRY(const crypto::Crl list, read_crl(file, cache));
  return CollateralItem{.filled = {}, .list = to_bytes(file), .issuer = list.issuer(), .root_name = {}};
}

// A CA's belongs to the PCK CRL, another one signs the two documents.
Result<CollateralItem> read_chain(std::string_view text, VerifierCache* cache) {
  AIPG_TRY(std::vector<Bytes> chain, codec::parse_pem_certificates(text, kSigningChain));
  if (chain.size() != kSigningChain) return fail("collateral_invalid", "chain");
  AIPG_TRY(const Certificate first, read_certificate(chain[0], cache));
  AIPG_TRY(const Certificate root, read_certificate(chain[1], cache));
  CollateralItem out;
  out.root_name = root.subject();
  if (first.is_ca() == true) {
    out.filled.pck_crl_issuer_chain = std::move(chain);
    return out;
  }
  out.filled.tcb_signing_chain = chain;
  out.filled.qe_identity_signing_chain = std::move(chain);
  return out;
}

Result<CollateralItem> read_json(std::string_view text, VerifierCache* cache) {
  AIPG_TRY(const auto document, codec::json::parse(text, kLimits));
  const Value root = document.root();
  CollateralItem out;
  if (root.find("tcbInfo")) {
    out.filled.tcb_info = to_bytes(text);
    return out;
  }
  if (root.find("enclaveIdentity")) {
    out.filled.qe_identity = to_bytes(text);
    return out;
  }
  AIPG_TRY(out.filled, read_combined(root));
  AIPG_TRY(const Certificate signing_root, read_certificate(out.filled.tcb_signing_chain[1], cache));
  out.root_name = signing_root.subject();
  return out;
}

Result<CollateralItem> read_item(ByteView file, VerifierCache* cache) {
  constexpr std::uint8_t kDerSequence = 0x30;
  if (file.empty()) return fail("collateral_invalid", "empty");
  if (file[0] == kDerSequence) return read_list(file, cache);
  const std::string_view text = as_text(file);
  return text.starts_with("-----BEGIN ") ? read_chain(text, cache) : read_json(text, cache);
}

}  // namespace

Result<Collateral> parse_collateral_json(ByteView in) {
  AIPG_TRY(const auto document, codec::json::parse(as_text(in), kLimits));
  return read_combined(document.root());
}

Result<std::shared_ptr<const CollateralItem>> read_collateral_item(ByteView file, VerifierCache* cache) {
  using Handle = std::shared_ptr<const CollateralItem>;
  return recall(cache, &VerifierCache::collateral_items, file, [cache](ByteView bytes) -> Result<Handle> {
    AIPG_TRY(CollateralItem item, read_item(bytes, cache));
    return std::make_shared<const CollateralItem>(std::move(item));
  });
}

}  // namespace aipg::attest::tdx
