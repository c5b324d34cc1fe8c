// SPDX-License-Identifier: Apache-2.0
// Where commands leave what they take while describe_commands() asks them; private to this folder.
#pragma once

#include "program/description.h"

namespace aipg::program {

// nullptr: nobody asks, the command is to run.
[[nodiscard]] std::vector<CommandDescription>* description_sink();

}  // namespace aipg::program
