// SPDX-License-Identifier: Apache-2.0
#include "program/description.h"

#include "program/description_sink.h"

namespace aipg::program {
namespace {

// Between describe_commands() and each command's table lie functions that are given words and nothing else; one more
// parameter on all of them, for this alone, would be the worse of the two.
thread_local std::vector<CommandDescription>* sink = nullptr;

}  // namespace

std::vector<CommandDescription>* description_sink() { return sink; }

std::vector<CommandDescription> describe_commands(const std::function<void()>& call) {
  if (sink != nullptr) __builtin_trap();
  std::vector<CommandDescription> out;
  sink = &out;
  call();
  sink = nullptr;
  return out;
}

}  // namespace aipg::program
