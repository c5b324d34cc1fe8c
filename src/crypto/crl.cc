// SPDX-License-Identifier: Apache-2.0
#include "crypto/crl.h"

#include "crypto/certificate_fields.h"

namespace aipg::crypto {

namespace der = codec::der;
using der::Element;
using der::Reader;

namespace {

constexpr std::size_t kMaxSerialBytes = 21;  // 20, and the zero that keeps it positive
constexpr std::size_t kMaxExtensions = 16;
constexpr unsigned kCrlSign = 1U << 6;

constexpr der::Oid kCrlNumber = "2.5.29.20", kReasonCode = "2.5.29.21", kInvalidityDate = "2.5.29.24",
                   kDeltaIndicator = "2.5.29.27", kIssuingDistributionPoint = "2.5.29.28",
                   kCertificateIssuer = "2.5.29.29", kAuthorityKeyId = "2.5.29.35";

bool is(const ExtensionView& extension, const der::Oid& oid) { return oid.is(extension.oid); }

// Gives an error of the DER reader its place; keeps one that has a place already.
template <typename T>
Result<T> in_field(Literal where, Result<T> result) {
  if (result.has_value() || result.error().code == Literal("crl_invalid")) return result;
  return fail("crl_invalid", where, result.error().offset);
}

bool comes_before(ByteView a, ByteView b) { return std::ranges::lexicographical_compare(a, b); }

bool is_serial(ByteView content) { return !content.empty() && content[0] < 0x80 && content.size() <= kMaxSerialBytes; }

Result<std::vector<ExtensionView>> read_extensions(Reader list) {
  if (list.empty()) return fail("der_invalid");
  std::vector<ExtensionView> out;
  while (!list.empty()) {
    AIPG_TRY(const ExtensionView extension, read_extension_view(list));
    auto same = [&](const ExtensionView& other) { return equal(other.oid, extension.oid); };
    if (std::ranges::any_of(out, same)) return fail("crl_invalid", "repeated_extension");
    if (out.size() == kMaxExtensions) return fail("der_invalid");
    out.push_back(extension);
  }
  return out;
}

Result<void> check_number(ByteView value) {
  AIPG_TRY(Element number, der::parse_single(value, der::kInteger));
  if (!is_serial(number.content)) return fail("der_invalid");
  return {};
}

// removeFromCRL stands in delta lists only, and 7 is not used.
Result<void> check_reason(ByteView value) {
  constexpr std::uint8_t kUnused = 7, kRemoveFromCrl = 8, kLast = 10;
  AIPG_TRY(Element reason, der::parse_single(value, der::kEnumerated));
  if (reason.content.size() != 1) return fail("der_invalid");
  std::uint8_t code = reason.content[0];
  if (code > kLast || code == kUnused || code == kRemoveFromCrl) return fail("crl_invalid", "reason");
  return {};
}

Result<void> check_invalidity_date(ByteView value) {
  AIPG_TRY(Element date, der::parse_single(value, der::kGeneralizedTime));
  AIPG_CHECK(read_time(date));
  return {};
}

Result<void> check_entry_extension(const ExtensionView& extension) {
  if (is(extension, kReasonCode)) return check_reason(extension.value);
  if (is(extension, kInvalidityDate)) return check_invalidity_date(extension.value);
  // Entries of other issuers' certificates would be read as this issuer's.
  if (is(extension, kCertificateIssuer)) return fail("crl_invalid", "indirect");
  if (extension.critical) return fail("crl_invalid", "critical_extension");
  return {};
}

}  // namespace

class CrlParser {
 public:
  Result<Crl> parse(ByteView in) {
    if (in.size() > kMaxCrlBytes) return fail("crl_invalid", "size", in.size());
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
    return Crl(std::move(out_));
  }

 private:
  Result<void> read_tbs(Reader tbs, const Element& outer_algorithm) {
    AIPG_CHECK(in_field("version", read_version(tbs)));
    AIPG_TRY(Element inner_algorithm, in_field("signature_algorithm", tbs.next(der::kSequence)));
    if (!equal(inner_algorithm.whole, outer_algorithm.whole)) return fail("crl_invalid", "signature_algorithm");
    AIPG_CHECK(in_field("issuer", read_issuer(tbs)));
    AIPG_CHECK(in_field("this_update", read_update(tbs, out_->this_update)));
    AIPG_CHECK(in_field("next_update", read_update(tbs, out_->next_update)));
    AIPG_CHECK(in_field("revoked", read_revoked(tbs)));
    AIPG_CHECK(in_field("extensions", read_crl_extensions(tbs)));
    return in_field("tbs", tbs.finish());
  }

  // Version 1 is its absence.
  Result<void> read_version(Reader& tbs) {
    static constexpr std::uint64_t kVersion2 = 1;
    AIPG_TRY(std::optional<Element> version, tbs.optional(der::kInteger));
    version2_ = version.has_value();
    if (!version) return {};
    AIPG_TRY(std::uint64_t value, der::to_uint(*version));
    if (value != kVersion2) return fail("der_invalid");
    return {};
  }

  Result<void> read_issuer(Reader& tbs) {
    AIPG_TRY(Element name, tbs.next(der::kSequence));
    AIPG_CHECK(check_name(name));
    out_->issuer = to_bytes(name.whole);
    return {};
  }

  static Result<void> read_update(Reader& tbs, Instant& out) {
    AIPG_TRY(Element time, tbs.next());
    AIPG_TRY(out, read_time(time));
    return {};
  }

  // Absent when there is nothing to list; an empty list is not DER's way to say so.
  Result<void> read_revoked(Reader& tbs) {
    if (tbs.peek() != der::kSequence) return {};
    AIPG_TRY(Reader entries, tbs.enter(der::kSequence));
    if (entries.empty()) return fail("der_invalid");
    while (!entries.empty()) {
      AIPG_TRY(Reader entry, entries.enter(der::kSequence));
      AIPG_CHECK(read_entry(entry));
    }
    auto bytes_of = [this](Crl::Slice each) { return out_->bytes(each); };
    std::ranges::sort(out_->serials, comes_before, bytes_of);
    if (std::ranges::adjacent_find(out_->serials, equal, bytes_of) != out_->serials.end()) {
      return fail("crl_invalid", "repeated_serial");
    }
    return {};
  }

  Result<void> read_entry(Reader entry) {
    AIPG_TRY(Element serial, entry.next(der::kInteger));
    if (!is_serial(serial.content)) return fail("crl_invalid", "serial");
    AIPG_TRY(Element date, entry.next());
    AIPG_CHECK(read_time(date));
    auto begin = static_cast<std::uint32_t>(serial.content.data() - out_->der.data());
    out_->serials.push_back({begin, static_cast<std::uint32_t>(serial.content.size())});
    if (entry.empty()) return {};
    if (!version2_) return fail("crl_invalid", "version");
    AIPG_TRY(Reader list, entry.enter(der::kSequence));
    AIPG_CHECK(entry.finish());
    AIPG_TRY(const std::vector<ExtensionView> extensions, read_extensions(list));
    for (const ExtensionView& extension : extensions) AIPG_CHECK(check_entry_extension(extension));
    return {};
  }

  Result<void> read_crl_extensions(Reader& tbs) {
    if (tbs.empty()) return {};
    AIPG_TRY(Reader wrapper, tbs.enter(der::context_constructed(0)));
    if (!version2_) return fail("crl_invalid", "version");
    AIPG_TRY(Reader list, wrapper.enter(der::kSequence));
    AIPG_CHECK(wrapper.finish());
    AIPG_TRY(const std::vector<ExtensionView> extensions, read_extensions(list));
    for (const ExtensionView& extension : extensions) AIPG_CHECK(read_crl_extension(extension));
    return {};
  }

  Result<void> read_crl_extension(const ExtensionView& extension) {
    if (is(extension, kCrlNumber)) return check_number(extension.value);
    if (is(extension, kAuthorityKeyId)) {
      AIPG_TRY(out_->authority_key_id, read_authority_key_id(extension.value));
      return {};
    }
    // Either would make absence from the list mean less than "not revoked".
    if (is(extension, kDeltaIndicator)) return fail("crl_invalid", "delta");
    if (is(extension, kIssuingDistributionPoint)) return fail("crl_invalid", "indirect");
    if (extension.critical) return fail("crl_invalid", "critical_extension");
    return {};
  }

  std::shared_ptr<Crl::Content> out_ = std::make_shared<Crl::Content>();
  bool version2_ = false;
};

Result<Crl> Crl::parse(ByteView der) { return CrlParser().parse(der); }

bool Crl::is_revoked(const Bytes& serial) const {
  auto bytes_of = [this](Slice each) { return content_->bytes(each); };
  return std::ranges::binary_search(content_->serials, ByteView(serial), comes_before, bytes_of);
}

bool Crl::signed_by(const Certificate& issuer) const {
  return content_->signer.holds(
      issuer.spki(), [&] { return signature_holds(issuer, signature_algorithm(), tbs(), content_->signature); });
}

Result<void> verify_crl(const Crl& crl, const Certificate& issuer, Instant at) {
  if (crl.issuer() != issuer.subject()) return fail("crl_issuer");
  if (crl.authority_key_id() && issuer.subject_key_id() && crl.authority_key_id() != issuer.subject_key_id()) {
    return fail("crl_key_id");
  }
  if (issuer.key_usage() && (*issuer.key_usage() & kCrlSign) == 0) return fail("crl_key_usage");
  if (!crl.signed_by(issuer)) return fail("crl_signature");
  if (at < crl.this_update()) return fail("crl_not_yet_valid");
  if (at > crl.next_update()) return fail("crl_expired");
  return {};
}

}  // namespace aipg::crypto
