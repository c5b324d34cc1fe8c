// SPDX-License-Identifier: Apache-2.0
// What was said before, to be brought back by the arrows: in memory that is
// wiped, and in a file only when one is named, which its owner alone may read.
// Such a file holds prompts in clear, one JSON string a line.
// Errors: history_malformed, and those of program/whole_file.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::client {

inline constexpr std::size_t kMaxHistoryEntries = 1000;

// The entries of a file, oldest first: the last kMaxHistoryEntries. Error: history_malformed.
[[nodiscard]] Result<std::vector<SecretBytes>> parse_history(std::string_view file);

class InputHistory {
 public:
  // From now on each entry is added to the file as well; a missing one is made.
  [[nodiscard]] Result<void> keep_in(const std::string& path);
  // Says the same thing twice only once. Error: of the file; in memory it is kept anyhow.
  Result<void> add(std::string_view text);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // 0 is the newest.
  [[nodiscard]] std::string_view entry(std::size_t age) const {
    return entries_[entries_.size() - 1 - age].reveal_text();
  }

 private:
  void keep(SecretBytes entry);

  std::vector<SecretBytes> entries_;  // oldest first
  std::string path_;
};

}  // namespace aipg::client
