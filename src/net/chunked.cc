// SPDX-License-Identifier: Apache-2.0
#include "net/chunked.h"

#include <charconv>

namespace aipg::net {
namespace {

constexpr unsigned kMaxDigits = 8;

int hex_value(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::feed(ByteView in) {
  std::size_t at = 0;
  while (at < in.size() && state_ != State::done && state_ != State::failed) {
    if (state_ == State::data) {
      const std::size_t n = std::min<std::uint64_t>(left_, in.size() - at);
      left_ -= n;
      if (left_ == 0) state_ = State::data_cr;
      return Step{at + n, in.subspan(at, n)};
    }
    state_ = step(in[at++]);
  }
  if (state_ == State::failed) return fail("http_chunk", {}, at);
  return Step{at, {}};
}

ChunkedDecoder::State ChunkedDecoder::step(std::uint8_t byte) {
  const auto expect = [byte](char wanted, State next) {
    return byte == static_cast<std::uint8_t>(wanted) ? next : State::failed;
  };
  switch (state_) {
    case State::size:
      return size_digit(byte);
    case State::size_lf:
      digits_ = 0;
      return expect('\n', left_ == 0 ? State::end_cr : State::data);
    case State::data_cr:
      return expect('\r', State::data_lf);
    case State::data_lf:
      return expect('\n', State::size);
    case State::end_cr:
      return expect('\r', State::end_lf);
    case State::end_lf:
      return expect('\n', State::done);
    default:
      return State::failed;
  }
}

ChunkedDecoder::State ChunkedDecoder::size_digit(std::uint8_t byte) {
  if (byte == '\r') return digits_ > 0 ? State::size_lf : State::failed;
  const int value = hex_value(byte);
  if (value < 0 || digits_ == kMaxDigits) return State::failed;
  ++digits_;
  left_ = left_ << 4 | static_cast<std::uint64_t>(value);
  return State::size;
}

std::string chunk_prefix(std::size_t size) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof(text), size, 16).ptr;
  return std::string(text, end) + "\r\n";
}

}  // namespace aipg::net
