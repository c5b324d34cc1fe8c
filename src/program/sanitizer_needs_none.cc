// SPDX-License-Identifier: Apache-2.0
#include "program/sanitizer_needs.h"

namespace aipg::program {

bool add_sanitizer_needs(SandboxProfile&) { return false; }
bool sanitizer_has_threads() { return false; }

}  // namespace aipg::program
