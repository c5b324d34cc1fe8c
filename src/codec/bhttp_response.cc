// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "codec/bhttp.h"
#include "codec/bhttp_text.h"

namespace aipg::codec::bhttp {
namespace {

constexpr std::size_t kMaxResponseSection = 64 << 10;

ByteView take_up_to(ByteView& bytes, std::uint64_t n) {
  const ByteView taken = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(n, bytes.size())));
  bytes = bytes.subspan(taken.size());
  return taken;
}

}  // namespace

Result<void> ResponseReader::feed(ByteView bytes, const OnEvent& on_event) {
  if (state_ == State::failed) return fail_with("failed_before");
  while (!bytes.empty()) AIPG_CHECK(step(bytes, on_event));
  return {};
}

Result<void> ResponseReader::fail_with(Literal where) {
  state_ = State::failed;
  buffer_.clear();
  fields_.clear();
  return fail("bhttp_invalid", where);
}

Result<void> ResponseReader::step(ByteView& bytes, const OnEvent& on_event) {
  switch (state_) {
    case State::end:
    case State::failed:
      return fail_with("after_end");
    case State::chunk: {
      const ByteView content = take_up_to(bytes, remaining_);
      remaining_ -= content.size();
      if (remaining_ == 0) state_ = State::chunk_length;
      on_event(Content{content});
      return {};
    }
    case State::name:
    case State::value: {
      const ByteView text = take_up_to(bytes, remaining_);
      remaining_ -= text.size();
      buffer_.append(text);
      return remaining_ == 0 ? on_text() : Result<void>();
    }
    default:
      break;
  }
  const std::size_t whole = varint_bytes(buffer_.empty() ? bytes[0] : buffer_.reveal()[0]);
  buffer_.append(take_up_to(bytes, whole - buffer_.size()));
  if (buffer_.size() < whole) return {};
  const auto value = varint_value(buffer_.reveal());
  buffer_.clear();
  if (!value) return fail_with("varint");
  return on_varint(*value, on_event);
}

Result<void> ResponseReader::on_varint(std::uint64_t value, const OnEvent& on_event) {
  switch (state_) {
    case State::framing:
      if (value != kIndeterminateLengthResponse) return fail_with("framing");
      state_ = State::status;
      return {};
    case State::status:
      return on_status(value);
    case State::name_length:
      if (value != 0) return on_length(value, State::name);
      end_section(on_event);
      return {};
    case State::value_length:
      return on_length(value, State::value);
    default:
      break;
  }
  remaining_ = value;
  state_ = State::chunk;
  if (value == 0) {  // the content terminator
    in_trailers_ = true;
    section_bytes_ = 0;
    state_ = State::name_length;
  }
  return {};
}

Result<void> ResponseReader::on_status(std::uint64_t value) {
  if (value < 200 || value > 599) return fail_with("status");
  status_ = static_cast<unsigned>(value);
  state_ = State::name_length;
  return {};
}

Result<void> ResponseReader::on_length(std::uint64_t value, State then) {
  if (value > kMaxResponseSection - section_bytes_) return fail_with("section_length");
  if (then == State::name && fields_.size() == kMaxFields) return fail_with("field_count");
  section_bytes_ += static_cast<std::size_t>(value);
  remaining_ = value;
  state_ = then;
  return value == 0 ? on_text() : Result<void>();
}

Result<void> ResponseReader::on_text() {
  const std::string_view text = buffer_.reveal_text();
  if (state_ == State::name) {
    if (!is_field_name(text)) return fail_with("field_name");
    fields_.push_back({std::string(text), {}});
    state_ = State::value_length;
  } else {
    if (!is_field_value(text)) return fail_with("field_value");
    fields_.back().value = text;
    state_ = State::name_length;
  }
  buffer_.clear();
  return {};
}

void ResponseReader::end_section(const OnEvent& on_event) {
  std::vector<Field> fields = std::exchange(fields_, {});
  if (in_trailers_) {
    state_ = State::end;
    on_event(End{std::move(fields)});
  } else {
    state_ = State::chunk_length;
    on_event(Head{status_, std::move(fields)});
  }
}

}  // namespace aipg::codec::bhttp
