// SPDX-License-Identifier: Apache-2.0
// Frames of the worker link: stream u32 ‖ type u8 ‖ flags u8 ‖ length u24 ‖
// payload, many in one WebSocket message. Formats only; who may send what when
// is mux.h. Errors: link_frame (where says the field).
#pragma once

#include <optional>

#include "base/byte_reader.h"
#include "base/bytes.h"
#include "base/result.h"

namespace aipg::link {

enum class FrameType : std::uint8_t { open = 1, data = 2, end = 3, refuse = 4, reset = 5, credit = 6, ack = 7 };

inline constexpr std::size_t kFrameHeaderBytes = 9;
inline constexpr std::size_t kMaxDataBytes = 64 * 1024;
inline constexpr std::size_t kMaxEndBytes = 8 * 1024;  // the receipt
inline constexpr std::size_t kMaxRefuseBytes = 64;     // an error code
inline constexpr std::uint8_t kOpenKindSealed = 1;
inline constexpr std::size_t kOpenBytes = 1 + 16;  // kind ‖ job id

struct Frame {
  std::uint32_t stream = 0;
  FrameType type = FrameType::data;
  ByteView payload;  // borrows the message
};

// Reads the next frame; empty at the message's end. Refuses unknown types,
// non-zero flags, and payload sizes the type does not allow.
[[nodiscard]] Result<std::optional<Frame>> read_frame(ByteReader& in);
// Of a frame that `in` begins with: how many more bytes it needs for its header, or for its payload; 0 when it is
// whole, or would be refused.
[[nodiscard]] std::size_t missing_bytes(ByteView in);
// A payload of a size that read_frame() would refuse is a bug, and stops the program.
void write_frame(Bytes& out, std::uint32_t stream, FrameType type, ByteView payload);

}  // namespace aipg::link
