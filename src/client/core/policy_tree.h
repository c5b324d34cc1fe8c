// SPDX-License-Identifier: Apache-2.0
// A policy file as a tree, whichever of the two languages it is written in:
// TOML, or JSON when it begins with '{'. What it means is policy_file.h's
// business. Pure. Errors: policy_syntax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aipg::client {

struct PolicyNode {
  enum class Kind : std::uint8_t { text, integer, boolean, list, table, other };
  Kind kind = Kind::other;
  std::size_t line = 0;
  std::string name;  // of a table's member
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<PolicyNode> children;  // of a list, in order; of a table, each name once

  // nullptr when absent.
  [[nodiscard]] const PolicyNode* find(std::string_view member) const;
};

// At most 1 MiB. On failure `complaint`, when given, says what is wrong and where.
[[nodiscard]] Result<PolicyNode> read_policy_tree(std::string_view text, std::string* complaint);

}  // namespace aipg::client
