// SPDX-License-Identifier: Apache-2.0
// The fields of a certificate or CRL that have rules of their own: algorithms, keys,
// times, and the extensions that chains are built on. Each takes the element
// as it stands and refuses any encoding but the one DER allows. Pure.
// Errors: der_invalid (the caller knows the field), certificate_algorithm.
#pragma once

#include "codec/der.h"
#include "crypto/certificate.h"

namespace aipg::crypto {

using CertificateKey = std::variant<std::monostate, EcPublicKey, RsaPublicKey>;

struct BasicConstraints {
  bool ca = false;
  std::optional<unsigned> path_length;
};

[[nodiscard]] Result<SignatureAlgorithm> read_signature_algorithm(const codec::der::Element& algorithm_identifier);
[[nodiscard]] Result<CertificateKey> read_public_key(const codec::der::Element& subject_public_key_info);
// The content of a BIT STRING that holds whole bytes.
[[nodiscard]] Result<ByteView> read_whole_bytes(const codec::der::Element& bit_string);
// ECDSA's SEQUENCE of r and s, as r ‖ s of the algorithm's width; RSA signatures as they stand.
[[nodiscard]] Result<Bytes> read_signature(SignatureAlgorithm algorithm, ByteView signature);
// UTCTime or GeneralizedTime, to the second and in Z.
[[nodiscard]] Result<Instant> read_time(const codec::der::Element& time);

// Does `signer`'s key, which must be of the algorithm's kind, vouch for `message`? `signature` as read_signature()
// gives it.
[[nodiscard]] bool signature_holds(const Certificate& signer, SignatureAlgorithm algorithm, ByteView message,
                                   ByteView signature);
// The form of a Name, down to its attributes.
[[nodiscard]] Result<void> check_name(const codec::der::Element& name);
// The next SEQUENCE of an Extensions list; the view borrows the list.
struct ExtensionView {
  ByteView oid;
  bool critical = false;
  ByteView value;
};
[[nodiscard]] Result<ExtensionView> read_extension_view(codec::der::Reader& list);
[[nodiscard]] Result<Extension> read_extension(codec::der::Reader& list);

[[nodiscard]] Result<BasicConstraints> read_basic_constraints(ByteView extension_value);
[[nodiscard]] Result<unsigned> read_key_usage(ByteView extension_value);
[[nodiscard]] Result<Bytes> read_subject_key_id(ByteView extension_value);
[[nodiscard]] Result<std::optional<Bytes>> read_authority_key_id(ByteView extension_value);

}  // namespace aipg::crypto
