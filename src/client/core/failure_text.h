// SPDX-License-Identifier: Apache-2.0
// A Failure as people read it: what happened, what did not happen, what to do;
// the code last, for searching. Never advises to turn a check off. Pure.
#pragma once

#include <string>

#include "client/core/session.h"
#include "program/exit_code.h"

namespace aipg::client {

// Who reads it: somebody at `aipg`, or somebody whose program is a client of ours.
enum class Reader : std::uint8_t { command_line, program };

// What was asked, of whom, and what was demanded.
struct FailureContext {
  std::string_view gateway, model;
  std::string_view policy;  // file; empty: the strict defaults
  Reader reader = Reader::command_line;
};
// Several lines, each ended.
[[nodiscard]] std::string explain(const Failure& failure, const FailureContext& context);
[[nodiscard]] program::ExitCode exit_code(const Failure& failure);

// A whole answer that cannot carry its proof: what is the matter, without an end mark, and what may help. Of the codes
// of OutgoingAnswer::finish().
struct Unfit {
  std::string_view happened, advice;
};
[[nodiscard]] Unfit why_unfit(Literal code);

// Why a candidate was refused, in a few words: "keyset_expired: valid until …".
[[nodiscard]] std::string why_refused(const attest::Verdict& verdict);

}  // namespace aipg::client
