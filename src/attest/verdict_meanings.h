// SPDX-License-Identifier: Apache-2.0
// What a rule says when it holds, and who can do something when it does not.
// Internal to the text of verdicts; docs/errors.md has the long form.
#pragma once

#include <string_view>
#include <vector>

namespace aipg::attest {

// "the guest cannot be debugged by its host"; empty for codes that are never passed.
[[nodiscard]] std::string_view meaning_of(std::string_view code);
// "the operator updates the driver; …"; empty where there is nothing to advise.
[[nodiscard]] std::string_view fix_for(std::string_view code);

// Every code that has a meaning: each rule that a verifier looks at.
[[nodiscard]] std::vector<std::string_view> rules_with_meaning();

}  // namespace aipg::attest
