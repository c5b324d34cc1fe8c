// SPDX-License-Identifier: Apache-2.0
// What `PROGRAM version` prints, and manual pages say.
#pragma once

namespace aipg::program {

inline constexpr const char* kVersion = "0.1.0";
inline constexpr const char* kVersionDate = "2026-11-27";  // set with kVersion; a build has no date of its own

}  // namespace aipg::program
