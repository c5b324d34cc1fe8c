// SPDX-License-Identifier: Apache-2.0
// What is damaged: of every accepted row of the evidence library, the evidence,
// each file beside it, and each signed thing that stands inside one of these
// (certificates of a chain, reports of a machine's devices, items of Intel's
// combined collateral), each through verify_evidence with everything else
// intact, and so through its own verifier.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "cases.h"

namespace aipg::flips {

struct Subject {
  std::string fixture;  // the file as the library names it
  std::string item;     // what of it: "the file", "certificate 2", …
  std::string judged;   // kind and policy of the row
  std::shared_ptr<const Case> context;
  Bytes bytes;
  std::function<void(Case&, Bytes)> place;  // puts other bytes in their stead
  bool is_file = true;                      // as it lies there, not something that was decoded from it
  bool cut = true;                          // truncated too, not only flipped
  // Of every how many bytes one is damaged: in the full run, and in the ordinary test.
  std::size_t every = 1, ordinary_every = 1;

  [[nodiscard]] bool accepts(Bytes damaged) const;
};

[[nodiscard]] std::vector<Subject> subjects_of(const std::vector<Row>& rows, const std::filesystem::path& library);

}  // namespace aipg::flips
