// SPDX-License-Identifier: Apache-2.0
// The evidence library's list of judgements (CASES.tsv) and the one way in which
// everything here has a row judged: attest::verify_evidence, with the row's
// policy, at the row's instant. Reads files; a missing one ends the program.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "attest/evidence.h"

namespace aipg::flips {

struct Row {
  std::string kind, evidence, with, policy, at, expect, why;

  [[nodiscard]] bool accepted() const { return expect == "accept"; }
};

// A row with its files in memory. Any of them may be exchanged for something else before it is judged.
struct Case {
  attest::EvidenceKind kind = attest::EvidenceKind::tdx_quote;
  Bytes evidence;
  std::vector<std::vector<Bytes>> companions;  // of each file beside it: the file, or what it was taken apart into
  std::vector<std::string> names;              // of those files
  std::optional<Hash256> nonce;
  attest::Policy policy;
  Instant at;
};

// Every row of the library's list; none where the library is not there.
[[nodiscard]] std::vector<Row> read_rows(const std::filesystem::path& library);
[[nodiscard]] std::size_t count_manifest_rows(const std::filesystem::path& library);
[[nodiscard]] Case load(const Row& row, const std::filesystem::path& library);

// A companion that cannot be read refuses as well.
[[nodiscard]] bool is_accepted(const Case& one);

}  // namespace aipg::flips
