// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_writer.h"

#include <functional>

#include "codec/der.h"
#include "crypto/digest.h"

namespace aipg::crypto {
namespace {

namespace der = codec::der;

Bytes algorithm_identifier(Curve signer) {
  return der::sequence({der::oid(signer == Curve::p256 ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.3.3")});
}

// RSASSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48; trailerField has its default.
Bytes pss_identifier() {
  const Bytes sha384 = der::sequence({der::oid("2.16.840.1.101.3.4.2.2"), der::element(der::kNull, {})});
  const Bytes mgf1 = der::sequence({der::oid("1.2.840.113549.1.1.8"), sha384});
  return der::sequence({der::oid("1.2.840.113549.1.1.10"),
                        der::sequence({der::constructed(der::context_constructed(0), {sha384}),
                                       der::constructed(der::context_constructed(1), {mgf1}),
                                       der::constructed(der::context_constructed(2), {der::integer(48)})})});
}

Bytes attribute(std::string_view type, std::string_view value) {
  return der::constructed(der::kSet,
                          {der::sequence({der::oid(type), der::element(der::kUtf8String, as_bytes(value))})});
}

Bytes name(const std::string& organization, const std::string& common_name) {
  return der::sequence({attribute("2.5.4.10", organization), attribute("2.5.4.3", common_name)});
}

// RFC 5280, 4.1.2.5: UTCTime through 2049.
Bytes time(Instant at) {
  std::string digits;
  for (char c : to_text(at)) {
    if ('0' <= c && c <= '9') digits += c;
  }
  if (std::string_view(digits) < "1950" || std::string_view(digits) >= "2050") {
    return der::element(der::kGeneralizedTime, as_bytes(digits + 'Z'));
  }
  return der::element(der::kUtcTime, as_bytes(digits.substr(2) + 'Z'));
}

Bytes point(const EcPublicKey& key) {
  Bytes out{0x04};
  append(out, key.xy());
  return out;
}

Bytes spki(const EcPublicKey& key) {
  Bytes curve = der::oid(key.curve() == Curve::p256 ? "1.2.840.10045.3.1.7" : "1.3.132.0.34");
  return der::sequence({der::sequence({der::oid("1.2.840.10045.2.1"), curve}), der::bit_string(point(key))});
}

// RFC 7093, method 1: the first 160 bits of the key's SHA-256.
Bytes key_id(ByteView key) { return to_bytes(ByteView(sha256(key)).first(20)); }

Bytes der_signature(ByteView rs) {
  std::size_t width = rs.size() / 2;
  return der::sequence({der::unsigned_integer(rs.first(width)), der::unsigned_integer(rs.subspan(width))});
}

// A key that is certified, and one that signs, whatever kind they are of.
struct Subject {
  Bytes spki, key_id;
};
struct Signer {
  Bytes algorithm, key_id;
  std::function<Bytes(ByteView)> sign;  // the signature as it stands in the BIT STRING
};

Subject subject(const EcPublicKey& key) { return {spki(key), key_id(point(key))}; }

Subject subject(const RsaPrivateKey& key) {
  const Bytes algorithm = der::sequence({der::oid("1.2.840.113549.1.1.1"), der::element(der::kNull, {})});
  return {der::sequence({algorithm, der::bit_string(key.public_der())}), key_id(key.public_der())};
}

Signer signer(const EcPrivateKey& key) {
  return {algorithm_identifier(key.public_key().curve()), key_id(point(key.public_key())),
          [&key](ByteView tbs) { return der_signature(key.sign(tbs)); }};
}

Signer signer(const RsaPrivateKey& key) {
  return {pss_identifier(), key_id(key.public_der()), [&key](ByteView tbs) { return key.sign_pss_sha384(tbs); }};
}

Bytes extension(std::string_view oid, bool critical, ByteView value) {
  return der::sequence({der::oid(oid), critical ? der::boolean(true) : Bytes(), der::octet_string(value)});
}

Bytes basic_constraints(const CertificateTemplate& what) {
  return der::sequence(
      {what.ca ? der::boolean(true) : Bytes(), what.path_length ? der::integer(*what.path_length) : Bytes()});
}

Bytes key_usage(unsigned bits) {
  Bytes content(bits > 0xff ? 3 : 2, 0);
  unsigned last = 0;
  for (unsigned i = 0; i < 9; ++i) {
    if ((bits >> i & 1) == 0) continue;
    content[1 + i / 8] |= static_cast<std::uint8_t>(0x80 >> (i % 8));
    last = i;
  }
  content[0] = static_cast<std::uint8_t>(7 - last % 8);  // DER drops the zeros after the last bit
  return der::element(der::kBitString, content);
}

Bytes authority_key_id(const Signer& issuer) {
  return extension("2.5.29.35", false, der::sequence({der::element(der::context(0), issuer.key_id)}));
}

Bytes as_they_are(const std::vector<Extension>& extensions) {
  Bytes out;
  for (const Extension& each : extensions) {
    append(out, der::sequence({der::element(der::kOid, each.oid), each.critical ? der::boolean(true) : Bytes(),
                               der::octet_string(each.value)}));
  }
  return out;
}

Bytes extensions(const CertificateTemplate& what, const Subject& subject, const Signer& issuer) {
  Bytes list;
  if (what.with_basic_constraints) append(list, extension("2.5.29.19", true, basic_constraints(what)));
  if (what.key_usage != 0) append(list, extension("2.5.29.15", true, key_usage(what.key_usage)));
  if (what.with_key_ids) {
    append(list, extension("2.5.29.14", false, der::octet_string(subject.key_id)));
    append(list, authority_key_id(issuer));
  }
  append(list, as_they_are(what.extra));
  return der::constructed(der::context_constructed(3), {der::sequence({list})});
}

// The part that is signed, its algorithm, and its signature.
Bytes signed_whole(ByteView tbs, const Signer& signer) {
  return der::sequence({tbs, signer.algorithm, der::bit_string(signer.sign(tbs))});
}

Bytes issue(const CertificateTemplate& what, const Subject& subject, const std::string& issuer_cn,
            const Signer& issuer) {
  static constexpr std::uint64_t kVersion3 = 2;
  const Bytes tbs =
      der::sequence({der::constructed(der::context_constructed(0), {der::integer(kVersion3)}),
                     der::unsigned_integer(what.serial), issuer.algorithm, name(what.organization, issuer_cn),
                     der::sequence({time(what.not_before), time(what.not_after)}),
                     name(what.organization, what.subject_cn), subject.spki, extensions(what, subject, issuer)});
  return signed_whole(tbs, issuer);
}

Bytes revoked_entries(const std::vector<RevokedEntry>& revoked) {
  if (revoked.empty()) return {};
  Bytes list;
  for (const RevokedEntry& each : revoked) {
    const Bytes extensions = each.extensions.empty() ? Bytes() : der::sequence({as_they_are(each.extensions)});
    append(list, der::sequence({der::element(der::kInteger, each.serial), time(each.at), extensions}));
  }
  return der::sequence({list});
}

Bytes crl_extensions(const CrlTemplate& what, const Signer& issuer) {
  if (what.version1) return {};
  Bytes list = extension("2.5.29.20", false, der::integer(what.number));
  if (what.with_key_id) append(list, authority_key_id(issuer));
  append(list, as_they_are(what.extra));
  return der::constructed(der::context_constructed(0), {der::sequence({list})});
}

Bytes issue(const CrlTemplate& what, const std::string& issuer_cn, const Signer& issuer) {
  static constexpr std::uint64_t kVersion2 = 1;
  const Bytes tbs = der::sequence({what.version1 ? Bytes() : der::integer(kVersion2), issuer.algorithm,
                                   name(what.organization, issuer_cn), time(what.this_update),
                                   what.next_update ? time(*what.next_update) : Bytes(), revoked_entries(what.revoked),
                                   crl_extensions(what, issuer)});
  return signed_whole(tbs, issuer);
}

}  // namespace

Bytes issue_certificate(const CertificateTemplate& what, const EcPublicKey& subject_key, const std::string& issuer_cn,
                        const EcPrivateKey& issuer_key) {
  return issue(what, subject(subject_key), issuer_cn, signer(issuer_key));
}

Bytes issue_certificate(const CertificateTemplate& what, const EcPublicKey& subject_key, const std::string& issuer_cn,
                        const RsaPrivateKey& issuer_key) {
  return issue(what, subject(subject_key), issuer_cn, signer(issuer_key));
}

Bytes issue_certificate(const CertificateTemplate& what, const RsaPrivateKey& subject_key, const std::string& issuer_cn,
                        const RsaPrivateKey& issuer_key) {
  return issue(what, subject(subject_key), issuer_cn, signer(issuer_key));
}

Bytes issue_crl(const CrlTemplate& what, const std::string& issuer_cn, const EcPrivateKey& issuer_key) {
  return issue(what, issuer_cn, signer(issuer_key));
}

Bytes issue_crl(const CrlTemplate& what, const std::string& issuer_cn, const RsaPrivateKey& issuer_key) {
  return issue(what, issuer_cn, signer(issuer_key));
}

}  // namespace aipg::crypto
