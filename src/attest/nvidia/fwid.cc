// SPDX-License-Identifier: Apache-2.0
#include "attest/nvidia/fwid.h"

#include "codec/der.h"

namespace aipg::attest::nvidia {
namespace {

namespace der = codec::der;

constexpr der::Oid kCompositeOid = "2.23.133.5.4.1", kDiceOid = "2.23.133.5.4.1.1";
constexpr der::Oid kSha384Oid = "2.16.840.1.101.3.4.2.2";
constexpr std::uint8_t kDiceFwids = 6;

// SEQUENCE {OID sha384, OCTET STRING of 48}
Result<crypto::Hash384> read_digest(der::Reader& in) {
  AIPG_TRY(der::Reader pair, in.enter(der::kSequence));
  AIPG_TRY(const der::Element oid, pair.next(der::kOid));
  AIPG_TRY(const der::Element digest, pair.next(der::kOctetString));
  AIPG_CHECK(pair.finish());
  if (!kSha384Oid.is(oid.content)) return fail("fwid_invalid", "algorithm");
  if (digest.content.size() != 48) return fail("fwid_invalid", "length");
  return to_array<48>(digest.content);
}

// SEQUENCE {version INTEGER, device key SubjectPublicKeyInfo, FWID}
Result<crypto::Hash384> read_composite(ByteView value) {
  AIPG_TRY(const der::Element outer, der::parse_single(value, der::kSequence));
  der::Reader in(outer.content);
  AIPG_TRY(const der::Element version, in.next(der::kInteger));
  AIPG_TRY(const std::uint64_t number, der::to_uint(version));
  if (number != 1) return fail("fwid_invalid", "version");
  AIPG_CHECK(in.next(der::kSequence));
  AIPG_TRY(const crypto::Hash384 digest, read_digest(in));
  AIPG_CHECK(in.finish());
  return digest;
}

// [6] SEQUENCE OF FWID; the first entry is the firmware's, the second reserved.
Result<crypto::Hash384> read_fwid_list(ByteView content) {
  der::Reader list(content);
  AIPG_TRY(const crypto::Hash384 first, read_digest(list));
  while (!list.empty()) AIPG_CHECK(read_digest(list));
  return first;
}

// SEQUENCE of context-tagged fields [0]…[9] in rising order.
Result<crypto::Hash384> read_dice(ByteView value) {
  AIPG_TRY(const der::Element outer, der::parse_single(value, der::kSequence));
  der::Reader in(outer.content);
  std::optional<crypto::Hash384> found;
  int last = -1;
  while (!in.empty()) {
    AIPG_TRY(const der::Element field, in.next());
    const int number = field.tag & 0x1f;
    if ((field.tag & 0xc0) != 0x80 || number <= last || number > 9) return fail("fwid_invalid", "order");
    last = number;
    if (number != kDiceFwids) continue;
    if (field.tag != der::context_constructed(kDiceFwids)) return fail("fwid_invalid", "list");
    AIPG_TRY(found, read_fwid_list(field.content));
  }
  if (!found) return fail("fwid_missing");
  return *found;
}

}  // namespace

Result<Fwid> leaf_fwid(const crypto::Certificate& leaf) {
  const crypto::Extension* composite = leaf.find_extension(kCompositeOid);
  const crypto::Extension* dice = leaf.find_extension(kDiceOid);
  if (composite == nullptr && dice == nullptr) return fail("fwid_missing");
  if (composite != nullptr && dice != nullptr) return fail("fwid_invalid", "both forms");
  const crypto::Extension& present = composite != nullptr ? *composite : *dice;
  AIPG_CHECK(der::check_strict(present.value));
  if (composite != nullptr) {
    AIPG_TRY(const crypto::Hash384 digest, read_composite(present.value));
    return Fwid{FwidForm::composite_device_id, digest};
  }
  AIPG_TRY(const crypto::Hash384 digest, read_dice(present.value));
  return Fwid{FwidForm::dice_tcb_info, digest};
}

}  // namespace aipg::attest::nvidia
