// SPDX-License-Identifier: Apache-2.0
// The rows of the relay benchmark, one function a question.
#pragma once

#include "bench.h"
#include "report.h"

namespace aipg::bench::relay {

void measure_requests(Bench& bench, Report& report);  // CPU of small ones, large ones, and under TLS; latency
void measure_streams(Bench& bench, Report& report);   // CPU of an event, paced and not; jitter
void measure_memory(Bench& bench, Report& report);    // of an open stream; of a gateway that idles, and its start
void measure_growth(Bench& bench, Report& report);    // the same with 100 streams open and with 10,000
void measure_overload(Bench& bench, Report& report);  // three times as much as workers can do, and who is served then
void measure_gateways(Bench& bench, Report& report);  // beside gateways that read what they pass on
void measure_leaving(Bench& bench, Report& report);   // how soon upstream hears that a client left
void measure_leaving_whole(Report& report);           // and how soon the engine, with a real worker before it

}  // namespace aipg::bench::relay
