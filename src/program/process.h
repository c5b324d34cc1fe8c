// SPDX-License-Identifier: Apache-2.0
// What a program that holds secrets does to itself before it touches any.
#pragma once

#include <cstddef>

namespace aipg::program {

// The core limit at which the kernel dumps neither to a file nor to a handler
// (a core_pattern that begins with a pipe): one byte. It ignores 0 for those.
inline constexpr unsigned kNoDumpToHandlers = 1;

// No core dumps (RLIMIT_CORE 0 for itself and kNoDumpToHandlers for children, PR_SET_DUMPABLE 0: no ptrace by the same
// user either), no writes to a closed socket ending the process. Stops the program when the system refuses: running on
// would be a silent fallback.
void harden_process();

// Raises the soft limit of open files to the hard one.
void raise_file_limit();
// The soft one.
[[nodiscard]] std::size_t file_limit();

// From now on, blocks of 96 KiB and more go back to the system when they are freed. Left alone, the allocator takes
// the first such block for a sign that more will come, and keeps them, in pieces.
void give_back_large_blocks();

}  // namespace aipg::program
