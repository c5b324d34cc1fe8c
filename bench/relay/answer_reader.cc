// SPDX-License-Identifier: Apache-2.0
#include "answer_reader.h"

#include <algorithm>
#include <charconv>

namespace aipg::bench::relay {
namespace {

std::size_t number_in(std::string_view text, int base) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return out;
}

}  // namespace

std::size_t AnswerReader::feed(ByteView bytes) {
  std::size_t body = 0;
  while (!bytes.empty() && state_ != State::whole) {
    if (state_ == State::counted || state_ == State::chunk_data) {
      const std::size_t n = std::min(left_, bytes.size());
      bytes = bytes.subspan(n);
      body += n;
      left_ -= n;
      if (left_ == 0) state_ = state_ == State::counted ? State::whole : State::chunk_end;
      continue;
    }
    const auto end = std::ranges::find(bytes, '\n');
    const auto line = bytes.first(static_cast<std::size_t>(end - bytes.begin()) + (end == bytes.end() ? 0 : 1));
    line_ += as_text(line);
    bytes = bytes.subspan(line.size());
    if (!line_.ends_with('\n')) continue;
    if (state_ == State::head) {
      if (line_.ends_with("\r\n\r\n")) take_head();
    } else {
      take_line();
    }
  }
  return body;
}

void AnswerReader::take_head() {
  refused_ = !line_.starts_with("HTTP/1.1 200");
  busy_ = line_.starts_with("HTTP/1.1 503");
  std::ranges::transform(line_, line_.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  closes_ = line_.contains("\r\nconnection: close\r\n");
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const auto length = line_.find(kLength);
  state_ = State::chunk_size;
  if (length != line_.npos) {
    left_ = number_in(std::string_view(line_).substr(length + kLength.size()), 10);
    state_ = left_ == 0 ? State::whole : State::counted;
  }
  if (!refused_) line_.clear();
}

void AnswerReader::take_line() {
  if (state_ == State::chunk_size) {
    left_ = number_in(line_, 16);
    state_ = left_ == 0 ? State::last_line : State::chunk_data;
  } else if (state_ == State::chunk_end) {
    state_ = State::chunk_size;
  } else {
    state_ = State::whole;
  }
  line_.clear();
}

}  // namespace aipg::bench::relay
