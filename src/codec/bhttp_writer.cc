// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "codec/bhttp.h"
#include "codec/bhttp_text.h"

namespace aipg::codec::bhttp {
namespace {

void put(Bytes& out, ByteView more) { append(out, more); }
void put(SecretBytes& out, ByteView more) { out.append(more); }

template <typename Out>
void put_varint(Out& out, std::uint64_t value) {
  const std::size_t n = varint_bytes_for(value);
  ByteArray<8> bytes{};
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * (n - 1 - i)));
  bytes[0] |= static_cast<std::uint8_t>(std::countr_zero(n) << 6);
  put(out, ByteView(bytes).first(n));
}

template <typename Out>
void put_text(Out& out, std::string_view text) {
  put_varint(out, text.size());
  put(out, as_bytes(text));
}

template <typename Out>
void put_fields(Out& out, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    put_text(out, field.name);
    put_text(out, field.value);
  }
}

std::size_t text_bytes(std::string_view text) { return varint_bytes_for(text.size()) + text.size(); }

std::size_t section_bytes(const std::vector<Field>& fields) {
  std::size_t n = 0;
  for (const Field& field : fields) n += text_bytes(field.name) + text_bytes(field.value);
  return n;
}

}  // namespace

SecretBytes write_request(const Request& request) {
  const std::size_t section = section_bytes(request.fields);
  constexpr std::size_t kLengths = 32;  // framing, scheme and the other lengths
  SecretBytes out;
  out.reserve(kLengths + request.method.size() + request.path.size() + section + request.content.size());
  put_varint(out, kKnownLengthRequest);
  put_text(out, request.method);
  put_text(out, "https");
  put_text(out, "");  // authority
  put_text(out, request.path);
  put_varint(out, section);
  put_fields(out, request.fields);
  put_varint(out, request.content.size());
  out.append(request.content);
  put_varint(out, 0);  // trailers
  return out;
}

Bytes write_response_head(unsigned status, const std::vector<Field>& fields) {
  Bytes out;
  put_varint(out, kIndeterminateLengthResponse);
  put_varint(out, status);
  put_fields(out, fields);
  put_varint(out, 0);
  return out;
}

Bytes content_chunk_header(std::size_t n) {
  Bytes out;
  if (n != 0) put_varint(out, n);  // a length of zero would end the content
  return out;
}

Bytes write_response_end(const std::vector<Field>& trailers) {
  Bytes out;
  put_varint(out, 0);
  put_fields(out, trailers);
  put_varint(out, 0);
  return out;
}

}  // namespace aipg::codec::bhttp
