// SPDX-License-Identifier: Apache-2.0
#include "link/frame.h"

namespace aipg::link {
namespace {

struct SizeRange {
  std::size_t least, most;
};

// What each type may carry; nullopt for a type nobody knows.
std::optional<SizeRange> payload_sizes(std::uint8_t type) {
  switch (static_cast<FrameType>(type)) {
    case FrameType::open:
      return SizeRange{kOpenBytes, kOpenBytes};
    case FrameType::data:
      // An empty one would cost its receiver work that no credit pays for.
      return SizeRange{1, kMaxDataBytes};
    case FrameType::end:
      return SizeRange{0, kMaxEndBytes};
    case FrameType::refuse:
      return SizeRange{1, kMaxRefuseBytes};
    case FrameType::credit:
      return SizeRange{4, 4};
    case FrameType::reset:
    case FrameType::ack:
      return SizeRange{0, 0};
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<Frame>> read_frame(ByteReader& in) {
  if (in.finish()) return std::nullopt;
  const std::size_t start = in.offset();
  const std::uint32_t stream = in.u32be();
  const std::uint8_t type = in.u8();
  const std::uint8_t flags = in.u8();
  const std::size_t length = in.u24be();
  if (!in.ok()) return fail("link_frame", "header", start);
  const auto sizes = payload_sizes(type);
  if (!sizes) return fail("link_frame", "type", start);
  if (flags != 0) return fail("link_frame", "flags", start);
  if (length < sizes->least || length > sizes->most) return fail("link_frame", "length", start);
  const ByteView payload = in.take(length);
  if (!in.ok()) return fail("link_frame", "payload", start);
  return Frame{stream, static_cast<FrameType>(type), payload};
}

std::size_t missing_bytes(ByteView in) {
  if (in.size() < kFrameHeaderBytes) return kFrameHeaderBytes - in.size();
  ByteReader reader(in);
  (void)reader.u32be();
  const auto sizes = payload_sizes(reader.u8());
  const std::uint8_t flags = reader.u8();
  const std::size_t length = reader.u24be();
  if (!sizes || flags != 0 || length < sizes->least || length > sizes->most) return 0;
  return length - std::min(length, in.size() - kFrameHeaderBytes);
}

void write_frame(Bytes& out, std::uint32_t stream, FrameType type, ByteView payload) {
  const auto sizes = payload_sizes(static_cast<std::uint8_t>(type));
  if (!sizes || payload.size() < sizes->least || payload.size() > sizes->most) __builtin_trap();
  const auto size = static_cast<std::uint32_t>(payload.size());
  const ByteArray<kFrameHeaderBytes> header = {
      static_cast<std::uint8_t>(stream >> 24), static_cast<std::uint8_t>(stream >> 16),
      static_cast<std::uint8_t>(stream >> 8),  static_cast<std::uint8_t>(stream),
      static_cast<std::uint8_t>(type),         0,
      static_cast<std::uint8_t>(size >> 16),   static_cast<std::uint8_t>(size >> 8),
      static_cast<std::uint8_t>(size)};
  append(out, header);
  append(out, payload);
}

}  // namespace aipg::link
