// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/certificate.h"

#include "codec/der.h"

namespace aipg::attest::snp {
namespace {

namespace der = codec::der;

// The certificate's extensions by the arcs below AMD's, each taken once. What nobody took is not known here.
class Extensions {
 public:
  explicit Extensions(const crypto::Certificate& certificate) : certificate_(certificate) {}

  std::optional<ByteView> take(std::string_view below) {
    const crypto::Extension* found = certificate_.find_extension("1.3.6.1.4.1.3704.1" + std::string(below));
    if (found == nullptr) return std::nullopt;
    ++taken_;
    return found->value;
  }
  // An extension OID stands in a certificate at most once, so counting is enough.
  [[nodiscard]] Result<void> finish() const {
    const auto critical = [](const crypto::Extension& each) { return each.critical; };
    if (std::ranges::any_of(certificate_.extensions(), critical)) return fail("snp_extension", "critical");
    if (taken_ != certificate_.extensions().size()) return fail("snp_extension", "unknown");
    return {};
  }

 private:
  const crypto::Certificate& certificate_;
  std::size_t taken_ = 0;
};

Result<der::Element> single(std::optional<ByteView> value, std::uint8_t tag, Literal where) {
  if (!value) return fail("snp_extension", where);
  auto element = der::parse_single(*value, tag);
  if (!element) return fail("snp_extension", where);
  return *element;
}

Result<std::uint8_t> small_number(std::optional<ByteView> value, Literal where) {
  AIPG_TRY(const der::Element element, single(value, der::kInteger, where));
  const auto number = der::to_uint(element);
  if (!number || *number > 0xff) return fail("snp_extension", where);
  return static_cast<std::uint8_t>(*number);
}

Result<std::string> text(std::optional<ByteView> value, Literal where) {
  AIPG_TRY(const der::Element element, single(value, der::kIa5String, where));
  const auto printable = [](std::uint8_t c) { return 0x20 <= c && c <= 0x7e; };
  if (element.content.empty() || !std::ranges::all_of(element.content, printable)) return fail("snp_extension", where);
  return std::string(as_text(element.content));
}

Result<void> no_spl(std::optional<ByteView> value, Literal where) {
  if (value) return fail("snp_extension", where);
  return {};
}

// SPLs of components that do not exist yet: TCB_VERSION has zeros for them.
Result<void> unused_spl(std::optional<ByteView> value, Literal where) {
  AIPG_TRY(const std::uint8_t spl, small_number(value, where));
  if (spl != 0) return fail("snp_extension", where);
  return {};
}

Result<Tcb> read_spls(Extensions& in, Family family) {
  Tcb out;
  AIPG_TRY(out.boot_loader, small_number(in.take(".3.1"), "boot loader spl"));
  AIPG_TRY(out.tee, small_number(in.take(".3.2"), "tee spl"));
  AIPG_TRY(out.snp, small_number(in.take(".3.3"), "snp spl"));
  if (family == Family::turin) {
    AIPG_CHECK(no_spl(in.take(".3.4"), "spl 4"));
    AIPG_TRY(out.fmc, small_number(in.take(".3.9"), "fmc spl"));
  } else {
    AIPG_CHECK(unused_spl(in.take(".3.4"), "spl 4"));
    AIPG_CHECK(no_spl(in.take(".3.9"), "fmc spl"));
  }
  AIPG_CHECK(unused_spl(in.take(".3.5"), "spl 5"));
  AIPG_CHECK(unused_spl(in.take(".3.6"), "spl 6"));
  AIPG_CHECK(unused_spl(in.take(".3.7"), "spl 7"));
  AIPG_TRY(out.microcode, small_number(in.take(".3.8"), "microcode spl"));
  return out;
}

// The bytes themselves, not wrapped in anything.
Result<ByteArray<64>> read_hwid(ByteView value, Family family) {
  const std::size_t expected = family == Family::turin ? 8 : 64;
  if (value.size() != expected) return fail("snp_extension", "hwid");
  ByteArray<64> out{};
  std::ranges::copy(value, out.begin());
  return out;
}

Result<void> read_owner(Extensions& in, KeyExtensions& out) {
  const std::optional<ByteView> hwid = in.take(".4"), csp_id = in.take(".5");
  if (hwid.has_value() == csp_id.has_value()) return fail("snp_extension", "hwid or csp id");
  if (hwid) {
    AIPG_TRY(out.hwid, read_hwid(*hwid, out.family));
    return {};
  }
  out.kind = SigningKey::vlek;
  AIPG_TRY(out.csp_id, text(csp_id, "csp id"));
  return {};
}

}  // namespace

Result<KeyExtensions> read_key_extensions(const crypto::Certificate& certificate) {
  constexpr std::uint8_t kLastStructVersion = 1;
  Extensions in(certificate);
  KeyExtensions out;
  AIPG_TRY(out.struct_version, small_number(in.take(".1"), "struct version"));
  if (out.struct_version > kLastStructVersion) return fail("snp_extension", "struct version");
  AIPG_TRY(out.product_name, text(in.take(".2"), "product name"));
  AIPG_TRY(out.family, family_of_product(out.product_name));
  AIPG_TRY(out.tcb, read_spls(in, out.family));
  AIPG_CHECK(read_owner(in, out));
  AIPG_CHECK(in.finish());
  return out;
}

}  // namespace aipg::attest::snp
