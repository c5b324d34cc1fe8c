// SPDX-License-Identifier: Apache-2.0
// The evidence library beside the checkout, for tests: its files, and what it
// says they should come out as.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files_for_tests.h"

namespace aipg::attest {

inline const std::string kEvidenceLibrary = AIPG_SOURCE_DIR "/../shared/evidence/";

#define AIPG_NEEDS_EVIDENCE()                       \
  if (!file_exists(kEvidenceLibrary + "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kEvidenceLibrary << "; no real evidence was judged"

inline Bytes read_evidence(const std::string& path) { return read_file(kEvidenceLibrary + path); }

struct EvidenceRow {
  std::string kind, evidence, with, policy, at, expect, why;

  [[nodiscard]] std::vector<std::string> companions() const {
    std::istringstream words(with);
    std::vector<std::string> out;
    for (std::string word; words >> word;) out.push_back(word);
    return out;
  }
  [[nodiscard]] std::string text() const { return evidence + " with " + with + " at " + at + ": " + why; }
};

inline std::vector<EvidenceRow> all_evidence_rows() {
  std::istringstream file(read_text_file(kEvidenceLibrary + "CASES.tsv"));
  std::vector<EvidenceRow> out;
  std::string line;
  std::getline(file, line);  // the columns' names
  while (std::getline(file, line)) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    const auto& [a, b, c, d, e, f, g] = columns;
    out.push_back({a, b, c, d, e, f, g});
  }
  return out;
}

// The rows of one kind under one policy.
inline std::vector<EvidenceRow> evidence_rows(std::string_view kind, std::string_view policy) {
  std::vector<EvidenceRow> out = all_evidence_rows();
  std::erase_if(out, [&](const EvidenceRow& row) { return row.kind != kind || row.policy != policy; });
  return out;
}

}  // namespace aipg::attest
