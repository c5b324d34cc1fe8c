// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_fields.h"

namespace aipg::crypto {

namespace der = codec::der;
using der::Element;
using der::Reader;

namespace {

bool is_oid(const Element& element, const der::Oid& oid) { return oid.is(element.content); }

bool is_rsa(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::rsa_pss_sha384 || algorithm == SignatureAlgorithm::rsa_pkcs1_sha256;
}

constexpr der::Oid kEcPublicKey = "1.2.840.10045.2.1", kP256 = "1.2.840.10045.3.1.7", kP384 = "1.3.132.0.34",
                   kEcdsaWithSha256 = "1.2.840.10045.4.3.2", kEcdsaWithSha384 = "1.2.840.10045.4.3.3",
                   kRsaEncryption = "1.2.840.113549.1.1.1", kRsaPss = "1.2.840.113549.1.1.10",
                   kSha256WithRsa = "1.2.840.113549.1.1.11", kSha384 = "2.16.840.1.101.3.4.2.2";

// The parameters of RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48. AMD writes
// trailerField, whose default it is, in some certificates and leaves it out in others.
Bytes pss_parameters(bool with_trailer) {
  Bytes null = der::element(der::kNull, {});
  Bytes sha384 = der::sequence({der::oid(kSha384), null});
  Bytes mgf1 = der::sequence({der::oid("1.2.840.113549.1.1.8"), sha384});
  Bytes trailer = with_trailer ? der::constructed(der::context_constructed(3), {der::integer(1)}) : Bytes();
  return der::sequence({der::constructed(der::context_constructed(0), {sha384}),
                        der::constructed(der::context_constructed(1), {mgf1}),
                        der::constructed(der::context_constructed(2), {der::integer(48)}), trailer});
}

Result<CertificateKey> read_ec_key(Reader parameters, ByteView point) {
  AIPG_TRY(Element curve_oid, parameters.next(der::kOid));
  AIPG_CHECK(parameters.finish());
  Curve curve = Curve::p256;
  if (is_oid(curve_oid, kP384)) {
    curve = Curve::p384;
  } else if (!is_oid(curve_oid, kP256)) {
    return fail("certificate_algorithm", "curve");
  }
  static constexpr std::uint8_t kUncompressed = 0x04;
  if (point.empty() || point[0] != kUncompressed) return fail("certificate_algorithm", "point");
  AIPG_TRY(EcPublicKey key, EcPublicKey::from_xy(curve, point.subspan(1)));
  return key;
}

Result<CertificateKey> read_rsa_key(Reader parameters, ByteView key_bytes) {
  AIPG_TRY(Element null, parameters.next(der::kNull));
  if (!null.content.empty()) return fail("der_invalid");
  AIPG_CHECK(parameters.finish());
  AIPG_TRY(RsaPublicKey key, RsaPublicKey::from_der(key_bytes));
  return key;
}

}  // namespace

Result<SignatureAlgorithm> read_signature_algorithm(const Element& algorithm_identifier) {
  Reader fields(algorithm_identifier.content);
  AIPG_TRY(Element oid, fields.next(der::kOid));
  if (is_oid(oid, kRsaPss)) {
    AIPG_TRY(Element parameters, fields.next(der::kSequence));
    AIPG_CHECK(fields.finish());
    if (!equal(parameters.whole, pss_parameters(true)) && !equal(parameters.whole, pss_parameters(false))) {
      return fail("certificate_algorithm", "pss_parameters");
    }
    return SignatureAlgorithm::rsa_pss_sha384;
  }
  if (is_oid(oid, kSha256WithRsa)) {
    AIPG_CHECK(fields.next(der::kNull));
    AIPG_CHECK(fields.finish());
    return SignatureAlgorithm::rsa_pkcs1_sha256;
  }
  AIPG_CHECK(fields.finish());  // ECDSA has no parameters
  if (is_oid(oid, kEcdsaWithSha256)) return SignatureAlgorithm::ecdsa_sha256;
  if (is_oid(oid, kEcdsaWithSha384)) return SignatureAlgorithm::ecdsa_sha384;
  return fail("certificate_algorithm", "signature");
}

Result<ByteView> read_whole_bytes(const Element& bit_string) {
  if (bit_string.content.empty() || bit_string.content[0] != 0) return fail("der_invalid");
  return bit_string.content.subspan(1);
}

Result<CertificateKey> read_public_key(const Element& subject_public_key_info) {
  Reader fields(subject_public_key_info.content);
  AIPG_TRY(Reader algorithm, fields.enter(der::kSequence));
  AIPG_TRY(Element bits, fields.next(der::kBitString));
  AIPG_CHECK(fields.finish());
  AIPG_TRY(ByteView key, read_whole_bytes(bits));
  AIPG_TRY(Element oid, algorithm.next(der::kOid));
  if (is_oid(oid, kEcPublicKey)) return read_ec_key(algorithm, key);
  if (is_oid(oid, kRsaEncryption)) return read_rsa_key(algorithm, key);
  return fail("certificate_algorithm", "key");
}

Result<Bytes> read_signature(SignatureAlgorithm algorithm, ByteView signature) {
  if (is_rsa(algorithm)) return to_bytes(signature);
  std::size_t width = algorithm == SignatureAlgorithm::ecdsa_sha256 ? 32 : 48;
  AIPG_CHECK(der::check_strict(signature));
  AIPG_TRY(Element whole, der::parse_single(signature, der::kSequence));
  Reader fields(whole.content);
  AIPG_TRY(Element r, fields.next(der::kInteger));
  AIPG_TRY(Element s, fields.next(der::kInteger));
  AIPG_CHECK(fields.finish());
  AIPG_TRY(Bytes out, der::to_fixed(r, width));
  AIPG_TRY(Bytes s_bytes, der::to_fixed(s, width));
  append(out, s_bytes);
  return out;
}

Result<Instant> read_time(const Element& time) {
  ByteView text = time.content;
  bool utc = time.tag == der::kUtcTime;
  if (!utc && time.tag != der::kGeneralizedTime) return fail("der_invalid");
  std::size_t year_digits = utc ? 2 : 4;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return fail("der_invalid");
  text = text.first(text.size() - 1);
  if (!std::ranges::all_of(text, [](std::uint8_t c) { return '0' <= c && c <= '9'; })) return fail("der_invalid");
  auto number = [&text](std::size_t digits) {
    unsigned value = 0;
    for (std::uint8_t c : text.first(digits)) value = value * 10 + (c - '0');
    text = text.subspan(digits);
    return value;
  };
  int year = static_cast<int>(number(year_digits));
  if (utc) year += year < 50 ? 2000 : 1900;
  unsigned month = number(2), day = number(2), hour = number(2), minute = number(2), second = number(2);
  return instant_from_civil(year, month, day, hour, minute, second);
}

Result<Extension> read_extension(Reader& list) {
  AIPG_TRY(const ExtensionView view, read_extension_view(list));
  return Extension{to_bytes(view.oid), view.critical, to_bytes(view.value)};
}

Result<ExtensionView> read_extension_view(Reader& list) {
  AIPG_TRY(Reader fields, list.enter(der::kSequence));
  ExtensionView out;
  AIPG_TRY(Element oid, fields.next(der::kOid));
  out.oid = oid.content;
  AIPG_TRY(std::optional<Element> critical, fields.optional(der::kBoolean));
  // FALSE is the default, and DER leaves defaults out.
  if (critical && critical->content[0] != 0xff) return fail("der_invalid");
  out.critical = critical.has_value();
  AIPG_TRY(Element value, fields.next(der::kOctetString));
  AIPG_CHECK(fields.finish());
  out.value = value.content;
  return out;
}

Result<BasicConstraints> read_basic_constraints(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(Element whole, der::parse_single(extension_value, der::kSequence));
  Reader fields(whole.content);
  BasicConstraints out;
  AIPG_TRY(std::optional<Element> ca, fields.optional(der::kBoolean));
  if (ca) {
    // FALSE is the default, and DER leaves defaults out.
    if (!equal(ca->content, Bytes{0xff})) return fail("der_invalid");
    out.ca = true;
  }
  AIPG_TRY(std::optional<Element> path_length, fields.optional(der::kInteger));
  AIPG_CHECK(fields.finish());
  if (path_length) {
    static constexpr std::uint64_t kMaxPathLength = 255;
    AIPG_TRY(std::uint64_t value, der::to_uint(*path_length));
    if (!out.ca || value > kMaxPathLength) return fail("der_invalid");
    out.path_length = static_cast<unsigned>(value);
  }
  return out;
}

Result<unsigned> read_key_usage(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(Element bits, der::parse_single(extension_value, der::kBitString));
  static constexpr unsigned kKnownBits = 9;
  if (bits.content.size() < 2 || bits.content.size() > 3) return fail("der_invalid");
  // DER ends a list of named bits with its last bit that is set. AMD's ASK and ARK write zeros after it.
  unsigned count = static_cast<unsigned>(bits.content.size() - 1) * 8 - bits.content[0];
  unsigned out = 0;
  for (unsigned i = 0; i < count; ++i) out |= (bits.content[1 + i / 8] >> (7 - i % 8) & 1U) << i;
  if (out == 0 || out >> kKnownBits != 0) return fail("der_invalid");
  return out;
}

Result<Bytes> read_subject_key_id(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(Element id, der::parse_single(extension_value, der::kOctetString));
  if (id.content.empty()) return fail("der_invalid");
  return to_bytes(id.content);
}

Result<std::optional<Bytes>> read_authority_key_id(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(Element whole, der::parse_single(extension_value, der::kSequence));
  Reader fields(whole.content);
  AIPG_TRY(std::optional<Element> id, fields.optional(der::context(0)));
  // The issuer's name and serial may follow; chains here are linked by names and key ids.
  AIPG_TRY(std::optional<Element> issuer, fields.optional(der::context_constructed(1)));
  AIPG_TRY(std::optional<Element> serial, fields.optional(der::context(2)));
  AIPG_CHECK(fields.finish());
  if (issuer.has_value() != serial.has_value()) return fail("der_invalid");
  if (!id) return std::nullopt;
  if (id->content.empty()) return fail("der_invalid");
  return to_bytes(id->content);
}

Result<void> check_name(const Element& name) {
  Reader rdns(name.content);
  while (!rdns.empty()) {
    AIPG_TRY(Reader attributes, rdns.enter(der::kSet));
    do {
      AIPG_TRY(Reader attribute, attributes.enter(der::kSequence));
      AIPG_CHECK(attribute.next(der::kOid));
      AIPG_CHECK(attribute.next());
      AIPG_CHECK(attribute.finish());
    } while (!attributes.empty());
  }
  return {};
}

bool signature_holds(const Certificate& signer, SignatureAlgorithm algorithm, ByteView message, ByteView signature) {
  if (algorithm == SignatureAlgorithm::rsa_pss_sha384) {
    return signer.rsa_key() != nullptr && signer.rsa_key()->verify_pss_sha384(message, signature);
  }
  if (algorithm == SignatureAlgorithm::rsa_pkcs1_sha256) {
    return signer.rsa_key() != nullptr && signer.rsa_key()->verify_pkcs1_sha256(message, signature);
  }
  Curve curve = algorithm == SignatureAlgorithm::ecdsa_sha256 ? Curve::p256 : Curve::p384;
  const EcPublicKey* key = signer.ec_key();
  return key != nullptr && key->curve() == curve && key->verify(message, signature);
}

}  // namespace aipg::crypto
