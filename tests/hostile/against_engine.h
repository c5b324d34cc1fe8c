// SPDX-License-Identifier: Apache-2.0
// The tables of what an engine does wrong.
#pragma once

#include "against_worker.h"

namespace aipg::hostile {

struct EngineRow {
  std::string name;
  std::string rule;
  Engine::Script script;
  bool stream = false;    // what the client asked for
  unsigned status = 502;  // under the seal
  std::string says = "engine_failed";
  std::string says_not = {};
  std::uint64_t tokens = 0;  // of the prompt, in the receipt
  bool reads_requests = true;
  std::size_t question_bytes = 0;
  std::size_t most_kib = std::size_t{8} * 1024;
};
inline void PrintTo(const EngineRow& row, std::ostream* out) { *out << row.rule; }

// A script that says this and closes.
[[nodiscard]] Engine::Script saying(std::string text);

[[nodiscard]] std::vector<EngineRow> engine_http_rows();
[[nodiscard]] std::vector<EngineRow> engine_answer_rows();

}  // namespace aipg::hostile
