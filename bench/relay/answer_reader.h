// SPDX-License-Identifier: Apache-2.0
// Counts an HTTP answer's body, whichever way it is framed. As lenient as a
// stopwatch may be. Sans-I/O.
#pragma once

#include <string>

#include "base/bytes.h"

namespace aipg::bench::relay {

class AnswerReader {
 public:
  // Takes bytes; how many of them were of the body.
  std::size_t feed(ByteView bytes);
  [[nodiscard]] bool whole() const { return state_ == State::whole; }
  [[nodiscard]] bool refused() const { return refused_; }
  [[nodiscard]] bool busy() const { return busy_; }                   // and refused for that
  [[nodiscard]] bool was_last() const { return whole() && closes_; }  // of its connection
  [[nodiscard]] const std::string& head() const { return line_; }     // until the body begins

 private:
  enum class State : std::uint8_t { head, counted, chunk_size, chunk_data, chunk_end, last_line, whole };
  void take_head();
  void take_line();

  State state_ = State::head;
  bool refused_ = false, busy_ = false, closes_ = false;
  std::string line_;
  std::size_t left_ = 0;
};

}  // namespace aipg::bench::relay
