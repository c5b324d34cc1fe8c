// SPDX-License-Identifier: Apache-2.0
#include "worker/stream_end.h"

#include <algorithm>
#include <iterator>

#include "worker/engine_request.h"

namespace aipg::worker {
namespace {

using codec::json::Kind;
using codec::json::Value;

// Those beyond are counted as one: an engine must not make us remember more.
constexpr std::uint64_t kMaxIndex = 1023;

// An error is an end too: whoever reads it does not take the answer for whole.
constexpr std::string_view kLastEvents[] = {"message_stop", "response.completed", "response.incomplete",
                                            "response.failed", "error"};

}  // namespace

StreamEnd::StreamEnd(std::string_view path) : has_choices_(has_known_events(path)) {}

void StreamEnd::see(Value event) {
  if (const auto type = event.find("type"); type && !has_choices_) {
    const auto name = type->plain_string();
    last_event_ = last_event_ || (name && std::ranges::find(kLastEvents, *name) != std::end(kLastEvents));
  }
  const auto choices = event.find("choices");
  if (!choices || !choices->is(Kind::array)) return;
  for (const Value choice : *choices) see_choice(choice);
}

void StreamEnd::see_choice(Value choice) {
  if (!choice.is(Kind::object)) return;
  const auto index = choice.find("index");
  bool& finished = finished_[std::min(index ? index->uint().value_or(0) : 0, kMaxIndex)];
  const auto reason = choice.find("finish_reason");
  finished = finished || (reason && !reason->is_null());
}

bool StreamEnd::said() const {
  if (!has_choices_) return last_event_;
  return !finished_.empty() && std::ranges::all_of(finished_, [](const auto& choice) { return choice.second; });
}

}  // namespace aipg::worker
