// SPDX-License-Identifier: Apache-2.0
// Whether a stream of an engine's events came to its end or only stopped: an
// engine that fails between two events may close its stream as properly as one
// that has said everything. One kind of end for each API. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "codec/json.h"

namespace aipg::worker {

class StreamEnd {
 public:
  explicit StreamEnd(std::string_view path);

  // Each event's object, in order.
  void see(codec::json::Value event);
  // The engine said that this was all: a reason for each choice that it began, or the API's last event.
  [[nodiscard]] bool said() const;

 private:
  void see_choice(codec::json::Value choice);

  bool has_choices_;  // chat and completions
  std::unordered_map<std::uint64_t, bool> finished_;
  bool last_event_ = false;
};

}  // namespace aipg::worker
