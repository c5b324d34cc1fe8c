// SPDX-License-Identifier: Apache-2.0
// Manual pages, from the same table as --help: man(7) for groff and mandoc,
// which `man` reads. Whatever the table's texts hold is shown as it is. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "program/description.h"

namespace aipg::program {

// "aipg policy check" has the page aipg-policy-check(1).
[[nodiscard]] std::string page_name(const CommandDescription& command);

// The page of one of `all`.
[[nodiscard]] std::string manual_page(const CommandDescription& command, const std::vector<CommandDescription>& all);

// Text as roff that shows just this text, on a line of its own or within one.
[[nodiscard]] std::string roff_text(std::string_view text);

}  // namespace aipg::program
