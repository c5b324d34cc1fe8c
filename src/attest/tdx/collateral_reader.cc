// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/collateral_reader.h"

#include "base/hex.h"
#include "codec/pem.h"
#include "crypto/crl.h"

namespace aipg::attest::tdx {
namespace {

using codec::json::Fields;
using codec::json::Kind;
using codec::json::Value;
using crypto::Certificate;

constexpr std::size_t kMaxChainText = 64 << 10, kSigningChain = 2, kSignatureDigits = 128;
constexpr codec::json::Limits kLimits{.max_bytes = kMaxCollateralJsonBytes, .max_depth = 16};
// The object alone, which stands one level deeper in its document.
constexpr codec::json::Limits kObjectLimits{.max_bytes = kMaxTcbInfoBytes, .max_depth = 15};

Result<std::vector<Bytes>> read_chain(Fields& fields, std::string_view name) {
  const std::string text = fields.string(name, kMaxChainText);
  if (text.empty()) return fail("collateral_invalid", "chain");
  AIPG_TRY(std::vector<Bytes> chain, codec::parse_pem_certificates(text, kSigningChain));
  if (chain.size() != kSigningChain) return fail("collateral_invalid", "chain");
  return chain;
}

Result<Bytes> read_list(Fields& fields, std::string_view name) {
  auto der = from_hex(fields.string(name, 2 * crypto::kMaxCrlBytes));
  if (!der || der->empty()) return fail("collateral_invalid", "crl");
  return *std::move(der);
}

// The document as Intel serves it, around the text exactly as it was handed on.
Result<Bytes> read_document(Fields& fields, Literal member, const std::string& name, const std::string& signature) {
  const std::string text = fields.string(name, kMaxTcbInfoBytes), digits = fields.string(signature, kSignatureDigits);
  const auto object = codec::json::parse(text, kObjectLimits);
  const bool whole = object && object->root().is(Kind::object) && object->root().raw().size() == text.size();
  const auto bytes = from_hex(digits);
  if (!whole || !bytes || digits.size() != kSignatureDigits) return fail("collateral_invalid", member);
  return to_bytes("{\"" + std::string(member) + "\":" + text + ",\"signature\":\"" + digits + "\"}");
}

Result<Collateral> read_combined(Value root) {
  Fields fields(root, "collateral");
  Collateral out;
  AIPG_TRY(out.pck_crl_issuer_chain, read_chain(fields, "pck_crl_issuer_chain"));
  AIPG_TRY(out.root_crl, read_list(fields, "root_ca_crl"));
  AIPG_TRY(out.pck_crl, read_list(fields, "pck_crl"));
  AIPG_TRY(out.tcb_signing_chain, read_chain(fields, "tcb_info_issuer_chain"));
  AIPG_TRY(out.tcb_info, read_document(fields, "tcbInfo", "tcb_info", "tcb_info_signature"));
  AIPG_TRY(out.qe_identity_signing_chain, read_chain(fields, "qe_identity_issuer_chain"));
  AIPG_TRY(out.qe_identity, read_document(fields, "enclaveIdentity", "qe_identity", "qe_identity_signature"));
  AIPG_CHECK(fields.finish());
  return out;
}

// Collateral in the making. Each slot is filled once.
class Collector {
 public:
  Result<void> add(ByteView item) {
    constexpr std::uint8_t kDerSequence = 0x30;
    if (item.empty()) return fail("collateral_invalid", "empty");
    if (item[0] == kDerSequence) return add_list(item);
    const std::string_view text = as_text(item);
    return text.starts_with("-----BEGIN ") ? add_chain(text) : add_json(text);
  }

  Result<Collateral> finish() && {
    for (const auto& [der, issuer] : lists_) {
      Bytes& slot = std::ranges::find(root_names_, issuer) != root_names_.end() ? out_.root_crl : out_.pck_crl;
      AIPG_CHECK(fill(slot, der, "crl"));
    }
    return std::move(out_);
  }

 private:
  template <typename T>
  static Result<void> fill(T& slot, T value, Literal item) {
    if (!slot.empty()) return fail("collateral_invalid", item);
    slot = std::move(value);
    return {};
  }

  Result<void> add_list(ByteView item) {
    AIPG_TRY(const crypto::Crl list, crypto::Crl::parse(item));
    lists_.emplace_back(to_bytes(item), list.issuer());
    return {};
  }

  // A CA's belongs to the PCK CRL, another one signs the two documents.
  Result<void> add_chain(std::string_view text) {
    AIPG_TRY(std::vector<Bytes> chain, codec::parse_pem_certificates(text, kSigningChain));
    if (chain.size() != kSigningChain) return fail("collateral_invalid", "chain");
    AIPG_TRY(const Certificate first, Certificate::parse(chain[0]));
    AIPG_TRY(const Certificate root, Certificate::parse(chain[1]));
    root_names_.push_back(root.subject());
    if (first.is_ca() == true) return fill(out_.pck_crl_issuer_chain, std::move(chain), "chain");
    AIPG_CHECK(fill(out_.tcb_signing_chain, chain, "chain"));
    return fill(out_.qe_identity_signing_chain, std::move(chain), "chain");
  }

  Result<void> add_json(std::string_view text) {
    AIPG_TRY(const auto document, codec::json::parse(text, kLimits));
    const Value root = document.root();
    if (root.find("tcbInfo")) return fill(out_.tcb_info, to_bytes(text), "tcbInfo");
    if (root.find("enclaveIdentity")) return fill(out_.qe_identity, to_bytes(text), "enclaveIdentity");
    AIPG_TRY(Collateral combined, read_combined(root));
    return add_combined(std::move(combined));
  }

  Result<void> add_combined(Collateral combined) {
    AIPG_TRY(const Certificate root, Certificate::parse(combined.tcb_signing_chain[1]));
    root_names_.push_back(root.subject());
    AIPG_CHECK(fill(out_.tcb_info, std::move(combined.tcb_info), "tcbInfo"));
    AIPG_CHECK(fill(out_.qe_identity, std::move(combined.qe_identity), "enclaveIdentity"));
    AIPG_CHECK(fill(out_.tcb_signing_chain, std::move(combined.tcb_signing_chain), "chain"));
    AIPG_CHECK(fill(out_.qe_identity_signing_chain, std::move(combined.qe_identity_signing_chain), "chain"));
    AIPG_CHECK(fill(out_.pck_crl_issuer_chain, std::move(combined.pck_crl_issuer_chain), "chain"));
    AIPG_CHECK(fill(out_.root_crl, std::move(combined.root_crl), "crl"));
    return fill(out_.pck_crl, std::move(combined.pck_crl), "crl");
  }

  Collateral out_;
  std::vector<std::pair<Bytes, Bytes>> lists_;  // DER, issuer's name
  std::vector<Bytes> root_names_;
};

}  // namespace

Result<Collateral> parse_collateral_json(ByteView in) {
  AIPG_TRY(const auto document, codec::json::parse(as_text(in), kLimits));
  return read_combined(document.root());
}

Result<Collateral> read_collateral(const std::vector<ByteView>& items) {
  Collector collector;
  for (const ByteView item : items) AIPG_CHECK(collector.add(item));
  return std::move(collector).finish();
}

}  // namespace aipg::attest::tdx
