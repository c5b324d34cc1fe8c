// SPDX-License-Identifier: Apache-2.0
// The two halves of the seal benchmark; each adds its rows.
#pragma once

#include "report.h"

namespace aipg::bench {

// Requests with a 4 KiB body: sealing and opening, both suites, one recipient and two.
void measure_requests(Report& report);
// Answers at 16 KiB chunks: the chunk sequence, and the whole answer with its receipt's hashes.
void measure_streams(Report& report);

}  // namespace aipg::bench
