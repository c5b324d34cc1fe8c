// SPDX-License-Identifier: Apache-2.0
#include "codec/der.h"

namespace aipg::codec::der {
namespace {

Bytes shortest_big_endian(std::uint64_t value) {
  Bytes out;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    const auto b = static_cast<std::uint8_t>(value >> (shift - 8));
    if (b != 0 || !out.empty()) out.push_back(b);
  }
  return out;
}

}  // namespace

Bytes element(std::uint8_t tag, ByteView content) {
  Bytes out{tag};
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    const Bytes length = shortest_big_endian(content.size());
    out.push_back(static_cast<std::uint8_t>(0x80 | length.size()));
    append(out, length);
  }
  append(out, content);
  return out;
}

Bytes sequence(std::initializer_list<ByteView> parts) { return constructed(kSequence, parts); }

Bytes constructed(std::uint8_t tag, std::initializer_list<ByteView> parts) {
  Bytes content;
  for (ByteView part : parts) append(content, part);
  return element(tag, content);
}

Bytes integer(std::uint64_t value) { return unsigned_integer(shortest_big_endian(value)); }

Bytes unsigned_integer(ByteView big_endian) {
  while (!big_endian.empty() && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  Bytes content;
  if (big_endian.empty() || big_endian[0] >= 0x80) content.push_back(0);
  append(content, big_endian);
  return element(kInteger, content);
}

Bytes oid_content(const Oid& id) { return to_bytes(id.content()); }

Bytes oid(const Oid& id) { return element(kOid, id.content()); }

Bytes octet_string(ByteView content) { return element(kOctetString, content); }

Bytes bit_string(ByteView content) {
  Bytes with_unused{0};
  append(with_unused, content);
  return element(kBitString, with_unused);
}

Bytes boolean(bool value) { return element(kBoolean, Bytes{static_cast<std::uint8_t>(value ? 0xff : 0x00)}); }

}  // namespace aipg::codec::der
