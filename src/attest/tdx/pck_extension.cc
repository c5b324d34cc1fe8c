// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/pck_extension.h"

#include "codec/der.h"

namespace aipg::attest::tdx {
namespace {

namespace der = codec::der;

// One SEQUENCE {OID, value}: the last arc of the OID below the parent's, and the value.
struct Entry {
  unsigned arc = 0;
  der::Element value;
};

// `parent` is the content of the parent's OID; every entry's OID is one arc longer.
Result<Entry> read_entry(der::Reader& list, ByteView parent) {
  AIPG_TRY(der::Reader entry, list.enter(der::kSequence));
  AIPG_TRY(const der::Element oid, entry.next(der::kOid));
  AIPG_TRY(const der::Element value, entry.next());
  AIPG_CHECK(entry.finish());
  const bool below = oid.content.size() == parent.size() + 1 && equal(oid.content.first(parent.size()), parent);
  if (!below || oid.content.back() >= 0x80) return fail("pck_extension", "oid");
  return Entry{oid.content.back(), value};
}

// Marks `arc` as seen; a second time is an error.
Result<void> see(std::uint32_t& seen, unsigned arc) {
  if (arc == 0 || arc >= 32 || (seen >> arc & 1) != 0) return fail("pck_extension", "repeated");
  seen |= 1U << arc;
  return {};
}

template <std::size_t N>
Result<ByteArray<N>> octets(const der::Element& value, Literal where) {
  if (value.tag != der::kOctetString || value.content.size() != N) return fail("pck_extension", where);
  return to_array<N>(value.content);
}

Result<std::uint64_t> number(const der::Element& value, std::uint64_t max) {
  if (value.tag != der::kInteger) return fail("pck_extension", "tcb");
  AIPG_TRY(const std::uint64_t out, der::to_uint(value));
  if (out > max) return fail("pck_extension", "tcb");
  return out;
}

constexpr unsigned kComponents = 16, kPceSvn = 17, kCpuSvn = 18;

Result<void> read_tcb(const der::Element& value, ByteView oid, PckExtension& out) {
  if (value.tag != der::kSequence) return fail("pck_extension", "tcb");
  der::Reader list(value.content);
  std::uint32_t seen = 0;
  while (!list.empty()) {
    AIPG_TRY(const Entry entry, read_entry(list, oid));
    AIPG_CHECK(see(seen, entry.arc));
    if (entry.arc <= kComponents) {
      AIPG_TRY(const std::uint64_t svn, number(entry.value, 0xff));
      out.component_svn.at(entry.arc - 1) = static_cast<std::uint8_t>(svn);
    } else if (entry.arc == kPceSvn) {
      AIPG_TRY(const std::uint64_t svn, number(entry.value, 0xffff));
      out.pce_svn = static_cast<std::uint16_t>(svn);
    } else if (entry.arc == kCpuSvn) {
      AIPG_TRY(out.cpu_svn, octets<16>(entry.value, "cpu svn"));
    } else {
      return fail("pck_extension", "tcb");
    }
  }
  constexpr std::uint32_t kAll = (1U << (kCpuSvn + 1)) - 2;  // .1 to .18
  if (seen != kAll) return fail("pck_extension", "tcb");
  return {};
}

// .7: which of the platform's options are on. Not judged yet; its form is.
Result<void> read_configuration(const der::Element& value, ByteView oid) {
  if (value.tag != der::kSequence) return fail("pck_extension", "configuration");
  der::Reader list(value.content);
  std::uint32_t seen = 0;
  while (!list.empty()) {
    AIPG_TRY(const Entry entry, read_entry(list, oid));
    AIPG_CHECK(see(seen, entry.arc));
    if (entry.arc > 3 || entry.value.tag != der::kBoolean) return fail("pck_extension", "configuration");
  }
  return {};
}

Result<void> read_sgx_type(const der::Element& value, PckExtension& out) {
  if (value.tag != der::kEnumerated || value.content.size() != 1) return fail("pck_extension", "sgx type");
  out.sgx_type = value.content[0];
  return {};
}

Result<void> read_field(const Entry& entry, ByteView parent, PckExtension& out) {
  Bytes oid = to_bytes(parent);
  oid.push_back(static_cast<std::uint8_t>(entry.arc));
  switch (entry.arc) {
    case 1: {
      AIPG_TRY(out.ppid, octets<16>(entry.value, "ppid"));
      return {};
    }
    case 2:
      return read_tcb(entry.value, oid, out);
    case 3: {
      AIPG_TRY(out.pce_id, octets<2>(entry.value, "pce id"));
      return {};
    }
    case 4: {
      AIPG_TRY(out.fmspc, octets<6>(entry.value, "fmspc"));
      return {};
    }
    case 5:
      return read_sgx_type(entry.value, out);
    case 6: {
      AIPG_TRY(out.platform_instance, octets<16>(entry.value, "platform instance"));
      return {};
    }
    case 7:
      return read_configuration(entry.value, oid);
    default:
      return fail("pck_extension", "unknown");
  }
}

}  // namespace

Result<PckExtension> parse_pck_extension(ByteView value) {
  AIPG_CHECK(der::check_strict(value));
  AIPG_TRY(const der::Element outer, der::parse_single(value, der::kSequence));
  constexpr der::Oid kRoot = kPckExtensionOid;
  const ByteView oid = kRoot.content();
  der::Reader list(outer.content);
  PckExtension out;
  std::uint32_t seen = 0;
  while (!list.empty()) {
    AIPG_TRY(const Entry entry, read_entry(list, oid));
    AIPG_CHECK(see(seen, entry.arc));
    AIPG_CHECK(read_field(entry, oid, out));
  }
  constexpr std::uint32_t kRequired = 0b111110;  // .1 to .5
  if ((seen & kRequired) != kRequired) return fail("pck_extension", "missing");
  return out;
}

}  // namespace aipg::attest::tdx
