// SPDX-License-Identifier: Apache-2.0
// Puts the events of a streamed answer together to the one JSON object that a
// client gets who did not ask for a stream. One kind for each API's events.
// Pure. Errors: engine_event (where says why), engine_failed (an event that
// says so), engine_answer_too_large.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "codec/json.h"

namespace aipg::worker {

inline constexpr std::size_t kMaxAnswerBytes = 32U << 20;

class Assembly {
 public:
  virtual ~Assembly() = default;
  // One event's object. An event of an unexpected shape is an error, not a gap in the answer.
  [[nodiscard]] virtual Result<void> add(codec::json::Value event) = 0;
  // The engine said that this was all.
  [[nodiscard]] virtual bool complete() const = 0;
  // The whole object, `model` being our public name of it. Once, and only when complete.
  [[nodiscard]] virtual SecretBytes finish() = 0;
};

// For a path whose answers come as events: all but embeddings. `model` must outlive it.
[[nodiscard]] std::unique_ptr<Assembly> make_assembly(std::string_view path, std::string_view model);

}  // namespace aipg::worker
