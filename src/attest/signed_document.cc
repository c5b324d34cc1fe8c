// SPDX-License-Identifier: Apache-2.0
#include "attest/signed_document.h"

#include <set>

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"
#include "crypto/digest.h"

namespace aipg::attest {
namespace {

namespace json = codec::json;

constexpr std::size_t kMaxEnvelopeBytes = 2 << 20, kMaxDocumentBytes = 1 << 20, kMaxSignatures = 64;

Bytes signing_input(const DocumentKind& kind, ByteView document) {
  Bytes out = to_bytes(kind.label.view());
  append(out, document);
  return out;
}

Result<DocumentSignature> read_signature(json::Value value) {
  json::Fields fields(value, "signatures");
  DocumentSignature out;
  out.key_id = fields.array<32>("key");
  out.signature = fields.array<64>("signature");
  AIPG_CHECK(fields.finish());
  return out;
}

}  // namespace

Hash256 signing_key_id(const SigningKey& key) { return crypto::sha256(key); }

Result<SignedDocument> parse_signed_document(const DocumentKind& kind, ByteView envelope) {
  AIPG_TRY(const json::Document parsed, json::parse_canonical(as_text(envelope), kMaxEnvelopeBytes));
  json::Fields fields(parsed.root(), "signed document");
  const std::string name = fields.string("v", 64);
  SignedDocument out;
  out.document = fields.bytes("document", kMaxDocumentBytes);
  const auto signatures = fields.value("signatures", json::Kind::array);
  AIPG_CHECK(fields.finish());
  if (name != kind.name.view()) return fail("document_kind");
  if (signatures->size() == 0 || signatures->size() > kMaxSignatures) return fail("document_signatures");
  for (json::Value value : *signatures) {
    AIPG_TRY(const DocumentSignature signature, read_signature(value));
    out.signatures.push_back(signature);
  }
  return out;
}

Bytes write_signed_document(const DocumentKind& kind, const SignedDocument& document) {
  json::Tree::Array signatures;
  for (const DocumentSignature& each : document.signatures) {
    signatures.push_back(json::Tree::Object{{"key", codec::to_base64url(each.key_id)},
                                            {"signature", codec::to_base64url(each.signature)}});
  }
  const json::Tree envelope = json::Tree::Object{{"v", kind.name.view()},
                                                 {"document", codec::to_base64url(document.document)},
                                                 {"signatures", std::move(signatures)}};
  return to_bytes(envelope.write());
}

void sign_document(const DocumentKind& kind, const crypto::Ed25519PrivateKey& key, SignedDocument& document) {
  const Hash256 id = signing_key_id(key.public_key());
  std::erase_if(document.signatures, [&](const DocumentSignature& each) { return each.key_id == id; });
  document.signatures.push_back({id, key.sign(signing_input(kind, document.document))});
}

Result<void> check_signers(const DocumentKind& kind, const SignedDocument& document, std::span<const SigningKey> keys,
                           std::size_t quorum) {
  const Bytes input = signing_input(kind, document.document);
  std::set<Hash256> signers;
  for (const DocumentSignature& each : document.signatures) {
    const auto key = std::ranges::find(keys, each.key_id, signing_key_id);
    if (key == keys.end()) continue;
    if (!crypto::ed25519_verify(*key, input, each.signature)) return fail("document_signature");
    signers.insert(each.key_id);
  }
  if (quorum == 0 || signers.size() < quorum) return fail("document_quorum", {}, signers.size());
  return {};
}

}  // namespace aipg::attest
