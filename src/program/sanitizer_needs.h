// SPDX-License-Identifier: Apache-2.0
// What a sanitizer in the program does that the program does not: two files,
// one of which is built (AIPG_SANITIZE). Private to sandbox.h's implementation.
#pragma once

#include "program/sandbox.h"

namespace aipg::program {

// Adds it to what the profile lets through. True when there is one.
bool add_sanitizer_needs(SandboxProfile& profile);
// ThreadSanitizer may have one in any process, whatever the program does.
bool sanitizer_has_threads();

}  // namespace aipg::program
