// SPDX-License-Identifier: Apache-2.0
// What every program's exit status means.
#pragma once

namespace aipg::program {

enum class ExitCode : int {
  done = 0,
  refused = 1,      // failed, or the answer is no
  usage = 2,        // flags or configuration
  cannot_read = 3,  // an input file, a server that cannot be reached
};

}  // namespace aipg::program
