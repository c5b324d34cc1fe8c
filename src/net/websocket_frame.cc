// SPDX-License-Identifier: Apache-2.0
#include "net/websocket_frame.h"

#include <cstring>

#include "base/byte_reader.h"

namespace aipg::net {
namespace {

constexpr std::size_t kMaxControlBytes = 125;
// A length is a claim: more memory than this is taken only when the bytes are there.
constexpr std::size_t kReserveBytes = 64 * 1024;

bool is_known(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

// Codes that may stand in a close frame (RFC 6455, section 7.4).
bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::unexpected<Error> FrameReader::failed(Literal code, Literal where) {
  failed_ = true;
  return fail(code, where);
}

Result<FrameReader::Step> FrameReader::feed(MutableByteView in) {
  if (failed_) return fail("ws_protocol", "failed before");
  if (told_ != nullptr) std::exchange(told_, nullptr)->clear();
  std::size_t at = 0;
  for (;;) {
    if (in_payload_) {
      const MutableByteView payload = take_payload(in.subspan(at));
      at += payload.size();
      const bool ends = left_ == 0;
      if (!control() && message_kind_ == Opcode::binary && (!payload.empty() || ends)) {
        if (ends) in_payload_ = false;
        const bool last = ends && final_;
        if (last) message_kind_.reset();
        if (payload.empty() && !last) continue;
        return Step{at, Event{Opcode::binary, payload, last}};
      }
      if (!ends) return Step{at, std::nullopt};
      AIPG_TRY(auto event, frame_done());
      if (event) return Step{at, event};
    }
    if (at == in.size()) return Step{at, std::nullopt};
    AIPG_CHECK(header_byte(in[at++]));
  }
}

// Two bytes, then the longer length, then the mask.
std::size_t FrameReader::header_size() const {
  if (header_have_ < 2) return 2;
  const std::uint8_t length = header_[1] & 0x7f;
  return 2U + (length == 126 ? 2U : length == 127 ? 8U : 0U) + (masked_ ? 4U : 0U);
}

Result<void> FrameReader::header_byte(std::uint8_t byte) {
  header_[header_have_++] = byte;
  if (header_have_ == 1) {
    if ((byte & 0x70) != 0) return failed("ws_protocol", "reserved bits");
    if (!is_known(byte & 0x0f)) return failed("ws_protocol", "opcode");
  } else if (header_have_ == 2 && ((byte & 0x80) != 0) != masked_) {
    return failed("ws_protocol", "mask");
  }
  if (header_have_ == header_size()) return header_done();
  return {};
}

Result<void> FrameReader::header_done() {
  const std::size_t header_bytes = header_have_;
  ByteReader reader(header_);
  const std::uint8_t first = reader.u8();
  const std::uint8_t length = reader.u8() & 0x7f;
  final_ = (first & 0x80) != 0;
  opcode_ = static_cast<Opcode>(first & 0x0f);
  left_ = length == 126 ? reader.u16be() : length == 127 ? reader.u64be() : length;
  if ((length == 126 && left_ < 126) || (length == 127 && left_ < 65536)) return failed("ws_protocol", "length");
  if (control()) {
    if (!final_ || left_ > kMaxControlBytes) return failed("ws_protocol", "control frame");
  } else {
    if ((opcode_ == Opcode::continuation) != message_kind_.has_value()) return failed("ws_protocol", "continuation");
    if (!message_kind_) {
      message_kind_ = opcode_;
      message_bytes_ = 0;
    }
    if (left_ > max_bytes_ - message_bytes_) return failed("ws_too_large", {});
    message_bytes_ += left_;
    if (message_kind_ == Opcode::text) text_.reserve(text_.size() + std::min<std::uint64_t>(left_, kReserveBytes));
  }
  in_payload_ = true;
  header_have_ = 0;
  mask_at_ = 0;
  if (masked_) mask_ = to_array<4>(ByteView(header_).subspan(header_bytes - 4, 4));
  return {};
}

MutableByteView FrameReader::take_payload(MutableByteView in) {
  const MutableByteView payload = in.first(std::min<std::uint64_t>(left_, in.size()));
  if (masked_) apply_mask(payload, mask_, mask_at_);
  mask_at_ = (mask_at_ + payload.size()) % 4;
  left_ -= payload.size();
  if (control()) {
    append(control_, payload);
  } else if (message_kind_ == Opcode::text) {
    append(text_, payload);
  }
  return payload;
}

// Of a control frame, or of a text's.
Result<std::optional<FrameReader::Event>> FrameReader::frame_done() {
  in_payload_ = false;
  if (control()) return control_done();
  if (!final_) return std::nullopt;
  message_kind_.reset();
  if (!is_utf8(text_)) return failed("ws_text", {});
  told_ = &text_;
  return Event{Opcode::text, text_, true};
}

Result<FrameReader::Event> FrameReader::control_done() {
  if (opcode_ == Opcode::close && !control_.empty()) {
    ByteReader reader(control_);
    if (!is_close_code(reader.u16be()) || !reader.ok()) return failed("ws_protocol", "close code");
    if (!is_utf8(reader.rest())) return failed("ws_text", "close reason");
  }
  told_ = &control_;
  return Event{opcode_, control_, true};
}

FrameHeader::FrameHeader(Opcode opcode, std::size_t payload_bytes, const ByteArray<4>* mask) {
  const auto put = [this](std::uint64_t byte) { bytes_[size_++] = static_cast<std::uint8_t>(byte); };
  const unsigned masked = mask != nullptr ? 0x80 : 0;
  put(0x80U | static_cast<unsigned>(opcode));
  const unsigned wide = payload_bytes < 126 ? 0 : payload_bytes < 65536 ? 2 : 8;
  put(masked | (wide == 0 ? payload_bytes : wide == 2 ? 126 : 127));
  for (unsigned i = wide; i-- > 0;) put(payload_bytes >> (8 * i));
  if (mask == nullptr) return;
  for (const std::uint8_t byte : *mask) put(byte);
}

void apply_mask(MutableByteView payload, const ByteArray<4>& mask, std::size_t at) {
  // Eight bytes at a time; two turns of the mask fit exactly.
  ByteArray<8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(at + i) % 4];
  std::uint64_t wide = 0;
  std::memcpy(&wide, turned.data(), sizeof(wide));
  std::size_t i = 0;
  for (; i + sizeof(wide) <= payload.size(); i += sizeof(wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + i, sizeof(word));
    word ^= wide;
    std::memcpy(payload.data() + i, &word, sizeof(word));
  }
  for (; i < payload.size(); ++i) payload[i] ^= turned[i % 8];
}

bool is_utf8(ByteView text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t first = text[i++];
    if (first < 0x80) continue;
    // The first continuation byte has a narrower range after some first bytes: no overlong forms, no surrogates.
    std::size_t more = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
      more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
      more = 2;
      if (first == 0xe0) low = 0xa0;
      if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      more = 3;
      if (first == 0xf0) low = 0x90;
      if (first == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    for (; more > 0; --more, low = 0x80, high = 0xbf) {
      if (i == text.size() || text[i] < low || text[i] > high) return false;
      ++i;
    }
  }
  return true;
}

}  // namespace aipg::net
