// SPDX-License-Identifier: Apache-2.0
// Whether a test and what it starts have a sanitizer, which needs calls, memory and time of its own.
#pragma once

namespace aipg {

#ifdef __has_feature  // clang's, whose sanitizers are used
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace aipg
