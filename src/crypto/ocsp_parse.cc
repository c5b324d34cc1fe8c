// SPDX-License-Identifier: Apache-2.0
// Reading the DER of OCSP responses.
#include "crypto/certificate_fields.h"
#include "crypto/ocsp.h"

namespace aipg::crypto {

namespace der = codec::der;
using der::Element;
using der::Reader;

namespace {

constexpr std::size_t kMaxAnswers = 16, kMaxCertificates = 4, kMaxExtensions = 16;
constexpr std::size_t kMaxSerialBytes = 21, kMaxNonceBytes = 128, kSha1Bytes = 20;

// Gives an error of the DER reader its place; keeps one that has a code of its own.
template <typename T>
Result<T> in_field(Literal where, Result<T> result) {
  if (result || !result.error().code.view().starts_with("der_")) return result;
  return fail("ocsp_invalid", where, result.error().offset);
}

bool is_oid(const Element& element, const der::Oid& oid) { return oid.is(element.content); }

Result<Instant> read_generalized_time(Reader& fields) {
  AIPG_TRY(const Element time, fields.next(der::kGeneralizedTime));
  auto instant = read_time(time);
  if (!instant) return fail("der_invalid", "time");
  return instant;
}

// [n] EXPLICIT GeneralizedTime
Result<Instant> read_tagged_time(Reader& fields, std::uint8_t n) {
  AIPG_TRY(Reader inner, fields.enter(der::context_constructed(n)));
  AIPG_TRY(const Instant time, read_generalized_time(inner));
  AIPG_CHECK(inner.finish());
  return time;
}

// The parameters of a hash are NULL or absent (RFC 5754).
Result<Bytes> read_hash_algorithm(Reader& fields) {
  AIPG_TRY(Reader algorithm, fields.enter(der::kSequence));
  AIPG_TRY(const Element oid, algorithm.next(der::kOid));
  AIPG_CHECK(algorithm.optional(der::kNull));
  AIPG_CHECK(algorithm.finish());
  return to_bytes(oid.content);
}

Result<OcspCertId> read_cert_id(Reader& fields) {
  AIPG_TRY(Reader parts, fields.enter(der::kSequence));
  OcspCertId out;
  AIPG_TRY(out.hash_oid, read_hash_algorithm(parts));
  AIPG_TRY(const Element name, parts.next(der::kOctetString));
  AIPG_TRY(const Element key, parts.next(der::kOctetString));
  AIPG_TRY(const Element serial, parts.next(der::kInteger));
  AIPG_CHECK(parts.finish());
  if (serial.content.size() > kMaxSerialBytes) return fail("der_invalid", "serial");
  out.issuer_name_hash = to_bytes(name.content);
  out.issuer_key_hash = to_bytes(key.content);
  out.serial = to_bytes(serial.content);
  return out;
}

// [1] IMPLICIT RevokedInfo
Result<void> read_revoked(Reader& fields, OcspSingleResponse& out) {
  AIPG_TRY(Reader info, fields.enter(der::context_constructed(1)));
  AIPG_TRY(out.revoked_at, read_generalized_time(info));
  out.status = OcspStatus::revoked;
  if (info.empty()) return {};
  AIPG_TRY(Reader reason, info.enter(der::context_constructed(0)));
  AIPG_TRY(const Element value, reason.next(der::kEnumerated));
  AIPG_CHECK(reason.finish());
  AIPG_TRY(const std::uint64_t number, der::to_uint(value));
  constexpr std::uint64_t kHighestReason = 10, kUnusedReason = 7;
  if (number > kHighestReason || number == kUnusedReason) return fail("der_invalid", "reason");
  out.reason = static_cast<unsigned>(number);
  return info.finish();
}

Result<void> read_status(Reader& fields, OcspSingleResponse& out) {
  if (fields.peek() == der::context_constructed(1)) return read_revoked(fields, out);
  AIPG_TRY(const Element status, fields.next());
  const bool good = status.tag == der::context(0), unknown = status.tag == der::context(2);
  if ((!good && !unknown) || !status.content.empty()) return fail("der_invalid", "status");
  out.status = good ? OcspStatus::good : OcspStatus::unknown;
  return {};
}

// [n] EXPLICIT Extensions, if they stand there.
Result<std::vector<Extension>> read_extensions(Reader& fields, std::uint8_t n) {
  std::vector<Extension> out;
  if (fields.peek() != der::context_constructed(n)) return out;
  AIPG_TRY(Reader wrapper, fields.enter(der::context_constructed(n)));
  AIPG_TRY(Reader list, wrapper.enter(der::kSequence));
  AIPG_CHECK(wrapper.finish());
  do {
    AIPG_TRY(Extension extension, read_extension(list));
    auto same = [&](const Extension& other) { return other.oid == extension.oid; };
    if (std::ranges::any_of(out, same) || out.size() == kMaxExtensions) return fail("der_invalid", "extension");
    out.push_back(std::move(extension));
  } while (!list.empty());
  return out;
}

Result<OcspSingleResponse> read_single_response(Reader& list) {
  AIPG_TRY(Reader fields, list.enter(der::kSequence));
  OcspSingleResponse out;
  AIPG_TRY(out.id, in_field("cert_id", read_cert_id(fields)));
  AIPG_CHECK(in_field("status", read_status(fields, out)));
  AIPG_TRY(out.this_update, in_field("this_update", read_generalized_time(fields)));
  if (fields.peek() == der::context_constructed(0)) {
    AIPG_TRY(out.next_update, in_field("next_update", read_tagged_time(fields, 0)));
  }
  AIPG_TRY(const std::vector<Extension> extensions, in_field("single_extensions", read_extensions(fields, 1)));
  if (std::ranges::any_of(extensions, &Extension::critical)) return fail("ocsp_invalid", "critical_extension");
  AIPG_CHECK(in_field("response", fields.finish()));
  return out;
}

Result<Bytes> read_nonce(ByteView extension_value) {
  AIPG_CHECK(der::check_strict(extension_value));
  AIPG_TRY(const Element nonce, der::parse_single(extension_value, der::kOctetString));
  if (nonce.content.empty() || nonce.content.size() > kMaxNonceBytes) return fail("der_invalid", "size");
  return to_bytes(nonce.content);
}

// OCSPResponse, down to the bytes of the BasicOCSPResponse.
Result<ByteView> read_frame(ByteView in) {
  AIPG_TRY(const Element whole, der::parse_single(in, der::kSequence));
  Reader fields(whole.content);
  AIPG_TRY(const Element status, fields.next(der::kEnumerated));
  constexpr std::uint8_t kSuccessful = 0;
  if (!equal(status.content, ByteArray<1>{kSuccessful})) return fail("ocsp_unsuccessful");
  AIPG_TRY(Reader wrapper, fields.enter(der::context_constructed(0)));
  AIPG_CHECK(fields.finish());
  AIPG_TRY(Reader bytes, wrapper.enter(der::kSequence));
  AIPG_CHECK(wrapper.finish());
  AIPG_TRY(const Element type, bytes.next(der::kOid));
  AIPG_TRY(const Element basic, bytes.next(der::kOctetString));
  AIPG_CHECK(bytes.finish());
  if (!is_oid(type, "1.3.6.1.5.5.7.48.1.1")) return fail("der_invalid", "type");
  return basic.content;
}

}  // namespace

class OcspParser {
 public:
  explicit OcspParser(const ReadCertificate& read_certificate) : read_certificate_(read_certificate) {}

  Result<OcspResponse> parse(ByteView in) {
    if (in.size() > kMaxOcspBytes) return fail("ocsp_invalid", "size", in.size());
    AIPG_CHECK(in_field("der", der::check_strict(in)));
    AIPG_TRY(const ByteView basic, in_field("frame", read_frame(in)));
    AIPG_CHECK(in_field("der", der::check_strict(basic)));
    AIPG_TRY(const Element whole, in_field("basic", der::parse_single(basic, der::kSequence)));
    Reader fields(whole.content);
    AIPG_TRY(const Element data, in_field("basic", fields.next(der::kSequence)));
    out_->signed_part = to_bytes(data.whole);
    AIPG_CHECK(read_data(Reader(data.content)));
    AIPG_CHECK(in_field("signature", read_signature_fields(fields)));
    AIPG_CHECK(in_field("certificates", read_certificates(fields)));
    AIPG_CHECK(in_field("basic", fields.finish()));
    return OcspResponse(std::move(out_));
  }

 private:
  // The version has only one value, its default, which DER leaves out.
  Result<void> read_data(Reader data) {
    AIPG_CHECK(in_field("responder", read_responder(data)));
    AIPG_TRY(out_->produced_at, in_field("produced_at", read_generalized_time(data)));
    AIPG_CHECK(in_field("responses", read_responses(data)));
    AIPG_TRY(const std::vector<Extension> extensions, in_field("extensions", read_extensions(data, 1)));
    for (const Extension& extension : extensions) {
      if (der::Oid("1.3.6.1.5.5.7.48.1.2").is(extension.oid)) {
        AIPG_TRY(out_->nonce, in_field("nonce", read_nonce(extension.value)));
      } else if (extension.critical) {
        return fail("ocsp_invalid", "critical_extension");
      }
    }
    return in_field("data", data.finish());
  }

  Result<void> read_responder(Reader& data) {
    if (data.peek() == der::context_constructed(1)) {
      AIPG_TRY(Reader name, data.enter(der::context_constructed(1)));
      AIPG_TRY(const Element whole, name.next(der::kSequence));
      out_->responder_name = to_bytes(whole.whole);
      return name.finish();
    }
    AIPG_TRY(Reader key, data.enter(der::context_constructed(2)));
    AIPG_TRY(const Element hash, key.next(der::kOctetString));
    if (hash.content.size() != kSha1Bytes) return fail("der_invalid", "size");
    out_->responder_key_hash = to_bytes(hash.content);
    return key.finish();
  }

  Result<void> read_responses(Reader& data) {
    AIPG_TRY(Reader list, data.enter(der::kSequence));
    do {
      if (out_->responses.size() == kMaxAnswers) return fail("der_invalid", "too_many");
      AIPG_TRY(OcspSingleResponse one, read_single_response(list));
      out_->responses.push_back(std::move(one));
    } while (!list.empty());
    return {};
  }

  Result<void> read_signature_fields(Reader& fields) {
    AIPG_TRY(const Element algorithm, fields.next(der::kSequence));
    AIPG_TRY(const Element bits, fields.next(der::kBitString));
    auto known = read_signature_algorithm(algorithm);
    if (!known) return fail("ocsp_algorithm", "signature");
    out_->algorithm = *known;
    AIPG_TRY(const ByteView bytes, read_whole_bytes(bits));
    AIPG_TRY(out_->signature, read_signature(out_->algorithm, bytes));
    return {};
  }

  Result<void> read_certificates(Reader& fields) {
    if (fields.peek() != der::context_constructed(0)) return {};
    AIPG_TRY(Reader wrapper, fields.enter(der::context_constructed(0)));
    AIPG_TRY(Reader list, wrapper.enter(der::kSequence));
    AIPG_CHECK(wrapper.finish());
    do {
      if (out_->certificates.size() == kMaxCertificates) return fail("der_invalid", "too_many");
      AIPG_TRY(const Element one, list.next(der::kSequence));
      AIPG_TRY(Certificate certificate, read_certificate_(one.whole));
      out_->certificates.push_back(std::move(certificate));
    } while (!list.empty());
    return {};
  }

  const ReadCertificate& read_certificate_;
  std::shared_ptr<OcspResponse::Content> out_ = std::make_shared<OcspResponse::Content>();
};

Result<OcspResponse> OcspResponse::parse(ByteView der, const ReadCertificate& read_certificate) {
  return OcspParser(read_certificate).parse(der);
}

}  // namespace aipg::crypto
