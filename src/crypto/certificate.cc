// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include "crypto/certificate_fields.h"

namespace aipg::crypto {

namespace der = codec::der;
using der::Element;
using der::Reader;

namespace {

constexpr std::size_t kMaxCertificateBytes = 16 << 10;  // the vendors' have at most about 2 KiB
constexpr std::size_t kMaxSerialBytes = 21;             // 20, and the zero that keeps it positive
constexpr std::size_t kMaxExtensions = 64;
constexpr der::Oid kBasicConstraints = "2.5.29.19", kKeyUsage = "2.5.29.15", kSubjectKeyId = "2.5.29.14",
                   kAuthorityKeyId = "2.5.29.35";

// Gives an error of the DER reader its place; keeps one that has a place already.
template <typename T>
Result<T> in_field(Literal where, Result<T> result) {
  if (result.has_value() || result.error().code == Literal("certificate_invalid") ||
      result.error().code == Literal("certificate_algorithm")) {
    return result;
  }
  return fail("certificate_invalid", where, result.error().offset);
}

const Extension* find(const std::vector<Extension>& extensions, const der::Oid& oid) {
  const auto found = std::ranges::find_if(extensions, [&oid](const Extension& each) { return oid.is(each.oid); });
  return found == extensions.end() ? nullptr : &*found;
}

}  // namespace

class CertificateParser {
 public:
  Result<Certificate> parse(ByteView in) {
    if (in.size() > kMaxCertificateBytes) return fail("certificate_invalid", "size", in.size());
    out_->der = to_bytes(in);
    AIPG_CHECK(in_field("der", der::check_strict(out_->der)));
    AIPG_TRY(Element whole, in_field("der", der::parse_single(out_->der, der::kSequence)));
    Reader fields(whole.content);
    AIPG_TRY(Element tbs, in_field("tbs", fields.next(der::kSequence)));
    AIPG_TRY(Element algorithm, in_field("signature_algorithm", fields.next(der::kSequence)));
    AIPG_TRY(Element signature, in_field("signature", fields.next(der::kBitString)));
    AIPG_CHECK(in_field("der", fields.finish()));

    out_->tbs_begin = static_cast<std::size_t>(tbs.whole.data() - out_->der.data());
    out_->tbs_size = tbs.whole.size();
    AIPG_TRY(out_->algorithm, in_field("signature_algorithm", read_signature_algorithm(algorithm)));
    AIPG_TRY(ByteView signature_bytes, in_field("signature", read_whole_bytes(signature)));
    AIPG_TRY(out_->signature, in_field("signature", read_signature(out_->algorithm, signature_bytes)));
    AIPG_CHECK(read_tbs(Reader(tbs.content), algorithm));
    return Certificate(std::move(out_));
  }

 private:
  Result<void> read_tbs(Reader tbs, const Element& outer_algorithm) {
    AIPG_CHECK(in_field("version", read_version(tbs)));
    AIPG_CHECK(in_field("serial", read_serial(tbs)));
    AIPG_TRY(Element inner_algorithm, in_field("signature_algorithm", tbs.next(der::kSequence)));
    if (!equal(inner_algorithm.whole, outer_algorithm.whole)) {
      return fail("certificate_invalid", "signature_algorithm");
    }
    AIPG_CHECK(in_field("issuer", read_name(tbs, out_->issuer)));
    AIPG_CHECK(in_field("validity", read_validity(tbs)));
    AIPG_CHECK(in_field("subject", read_name(tbs, out_->subject)));
    AIPG_TRY(Element spki, in_field("spki", tbs.next(der::kSequence)));
    out_->spki = to_bytes(spki.whole);
    AIPG_TRY(out_->key, in_field("spki", read_public_key(spki)));
    AIPG_CHECK(in_field("extensions", read_extensions(tbs)));
    return in_field("tbs", tbs.finish());
  }

  static Result<void> read_version(Reader& tbs) {
    static constexpr std::uint64_t kVersion3 = 2;
    AIPG_TRY(Reader version, tbs.enter(der::context_constructed(0)));
    AIPG_TRY(Element number, version.next(der::kInteger));
    AIPG_CHECK(version.finish());
    AIPG_TRY(std::uint64_t value, der::to_uint(number));
    if (value != kVersion3) return fail("der_invalid");
    return {};
  }

  // Zero stands: AMD's VCEKs have it.
  Result<void> read_serial(Reader& tbs) {
    AIPG_TRY(Element serial, tbs.next(der::kInteger));
    bool negative = !serial.content.empty() && (serial.content[0] & 0x80) != 0;
    if (serial.content.empty() || negative || serial.content.size() > kMaxSerialBytes) return fail("der_invalid");
    out_->serial = to_bytes(serial.content);
    return {};
  }

  static Result<void> read_name(Reader& tbs, Bytes& out) {
    AIPG_TRY(Element name, tbs.next(der::kSequence));
    AIPG_CHECK(check_name(name));
    out = to_bytes(name.whole);
    return {};
  }

  Result<void> read_validity(Reader& tbs) {
    AIPG_TRY(Reader validity, tbs.enter(der::kSequence));
    AIPG_TRY(Element not_before, validity.next());
    AIPG_TRY(Element not_after, validity.next());
    AIPG_CHECK(validity.finish());
    AIPG_TRY(out_->not_before, read_time(not_before));
    AIPG_TRY(out_->not_after, read_time(not_after));
    return {};
  }

  // The unique identifiers of version 2 do not stand here, so they are refused.
  Result<void> read_extensions(Reader& tbs) {
    AIPG_TRY(Reader wrapper, tbs.enter(der::context_constructed(3)));
    AIPG_TRY(Reader list, wrapper.enter(der::kSequence));
    AIPG_CHECK(wrapper.finish());
    if (list.empty()) return fail("der_invalid");
    while (!list.empty()) {
      AIPG_TRY(Extension extension, read_extension(list));
      auto same = [&](const Extension& other) { return other.oid == extension.oid; };
      if (std::ranges::any_of(out_->extensions, same)) return fail("certificate_invalid", "repeated_extension");
      if (out_->extensions.size() == kMaxExtensions) return fail("der_invalid");
      out_->extensions.push_back(std::move(extension));
    }
    return decode_known_extensions();
  }

  [[nodiscard]] const Extension* find_extension(const der::Oid& oid) const { return find(out_->extensions, oid); }

  Result<void> decode_known_extensions() {
    if (const Extension* found = find_extension(kBasicConstraints)) {
      AIPG_TRY(BasicConstraints value, in_field("basic_constraints", read_basic_constraints(found->value)));
      out_->is_ca = value.ca;
      out_->path_length = value.path_length;
    }
    if (const Extension* found = find_extension(kKeyUsage)) {
      AIPG_TRY(out_->key_usage, in_field("key_usage", read_key_usage(found->value)));
    }
    if (const Extension* found = find_extension(kSubjectKeyId)) {
      AIPG_TRY(out_->subject_key_id, in_field("subject_key_id", read_subject_key_id(found->value)));
    }
    if (const Extension* found = find_extension(kAuthorityKeyId)) {
      AIPG_TRY(out_->authority_key_id, in_field("authority_key_id", read_authority_key_id(found->value)));
    }
    return {};
  }

  std::shared_ptr<Certificate::Content> out_ = std::make_shared<Certificate::Content>();
};

Result<Certificate> Certificate::parse(ByteView der) { return CertificateParser().parse(der); }

const Extension* Certificate::find_extension(const der::Oid& oid) const { return find(extensions(), oid); }

std::string Certificate::subject_common_name() const {
  constexpr der::Oid kCommonName = "2.5.4.3";
  auto whole = der::parse_single(subject(), der::kSequence);
  if (!whole) return {};
  for (Reader rdns(whole->content); !rdns.empty();) {
    auto attributes = rdns.enter(der::kSet);
    if (!attributes) return {};
    while (!attributes->empty()) {
      auto attribute = attributes->enter(der::kSequence);
      auto type = attribute ? attribute->next() : fail("der_invalid");
      auto value = attribute ? attribute->next() : fail("der_invalid");
      if (!type || !value) return {};
      if (!kCommonName.is(type->content)) continue;
      std::string out = to_text(value->content);
      // It may end up on a terminal.
      std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
      return out;
    }
  }
  return {};
}

bool Certificate::signed_by(const Certificate& issuer) const {
  return content_->signer.holds(
      issuer.spki(), [&] { return signature_holds(issuer, signature_algorithm(), tbs(), content_->signature); });
}

}  // namespace aipg::crypto
