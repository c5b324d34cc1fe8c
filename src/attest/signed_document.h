// SPDX-License-Identifier: Apache-2.0
// A document that several parties sign: the exact bytes of the document beside
// Ed25519 signatures, as canonical JSON.
//
//   {"v":KIND,"document":base64url,"signatures":[{"key":base64url,"signature":base64url}]}
//
// A signature is over label ‖ document bytes, so that no document passes for
// one of another kind; `key` is H(public key). What to do with signatures:
//   by a key that the reader does not know: ignored, so that a new key can sign
//   before all readers know it; it counts for nothing;
//   several by one key: count once;
//   one that is wrong under a key that the reader knows: the whole is refused,
//   since nobody makes such a thing honestly.
// The document's content is not looked at here. Pure.
// Errors: document_kind, document_signatures (none, or more than 64),
// document_signature, document_quorum, and those of the JSON reader.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/signature.h"

namespace aipg::attest {

struct DocumentKind {
  Literal name;   // "aipg.reference.v1"
  Literal label;  // "aipg reference v1"
};

using SigningKey = ByteArray<32>;  // Ed25519, public

struct DocumentSignature {
  Hash256 key_id{};
  ByteArray<64> signature{};
};

struct SignedDocument {
  Bytes document;  // the exact bytes
  std::vector<DocumentSignature> signatures;
};

[[nodiscard]] Hash256 signing_key_id(const SigningKey& key);
[[nodiscard]] Result<SignedDocument> parse_signed_document(const DocumentKind& kind, ByteView envelope);
[[nodiscard]] Bytes write_signed_document(const DocumentKind& kind, const SignedDocument& document);
// Adds one signature; replaces an earlier one by the same key.
void sign_document(const DocumentKind& kind, const crypto::Ed25519PrivateKey& key, SignedDocument& document);
// At least `quorum` different ones of `keys` signed, and none of them wrongly. A quorum of 0 is never reached.
[[nodiscard]] Result<void> check_signers(const DocumentKind& kind, const SignedDocument& document,
                                         std::span<const SigningKey> keys, std::size_t quorum);

}  // namespace aipg::attest
