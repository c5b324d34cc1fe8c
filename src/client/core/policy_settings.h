// SPDX-License-Identifier: Apache-2.0
// Every value of a policy that a file can name: one table makes what is read,
// what is written, what `aipg policy explain` shows and what `aipg policy new`
// lists. Rules, releases and a simulator's roots have forms of their own
// (policy_file.h). Pure; a constant table.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "attest/policy.h"
#include "client/core/policy_tree.h"

namespace aipg::client {

struct PolicySetting {
  std::string_view key;      // "tdx.mrtd": the table, and the name in it; no dot: outside of any table
  std::string_view meaning;  // for people
  std::string (*form)();     // what it takes, in words
  // False: it is not of this form.
  bool (*read)(const PolicyNode& node, attest::Policy& out);
  // As TOML; nullopt when nothing is set.
  std::optional<std::string> (*write)(const attest::Policy& policy);

  [[nodiscard]] std::string_view table() const;
  [[nodiscard]] std::string_view name() const;
};

// Those of one table stand together, those of none first.
[[nodiscard]] std::span<const PolicySetting> policy_settings();
// nullptr when there is none.
[[nodiscard]] const PolicySetting* find_policy_setting(std::string_view key);

}  // namespace aipg::client
