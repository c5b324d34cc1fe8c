// SPDX-License-Identifier: Apache-2.0
// What a shell may complete a command line with. The scripts for the shells
// are small: each asks the program itself (`PROGRAM completion words …`), so
// that they never differ from what it takes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/description.h"

namespace aipg::program {

// For the last of `words`, which follow the program's name: lines of a value and, behind a tab, what it is for.
// ":files" and ":folders" stand for names in the file system. `all` begins with the program itself.
// A value is what stands behind `--flag=` or after `--flag`, without the flag.
[[nodiscard]] std::vector<std::string> complete(const std::vector<CommandDescription>& all,
                                                const std::vector<std::string>& words);

// For "bash", "zsh" or "fish"; nullopt for another.
[[nodiscard]] std::optional<std::string> completion_script(std::string_view shell, const std::string& program);

}  // namespace aipg::program
