// SPDX-License-Identifier: Apache-2.0
// What the way through client, gateway and worker costs over calling the
// engine directly: time to the first token, and throughput of four streams.
// Real processes on loopback; the engine is scripted, a real one is reported
// beside it when it is named.
//
// Usage: bench_path [FILE.json [ENGINE_PROGRAM MODEL_FILE]]
#include "path_measurements.h"
#include "scripted_engine.h"

int main(int argc, char** argv) {
  using namespace aipg::bench;
  const auto argument = [&](int i) { return argc > i ? std::string(argv[i]) : std::string(); };
  if (argument(1) == "--scripted-engine") return run_scripted_engine(argument(2)) ? 0 : 1;
  Report report("path");
  if (!measure_path(report)) return 1;
  if (argc > 3 && !measure_real_engine(report, {argument(2), argument(3)})) return 1;
  return report.publish(argument(1)) ? 0 : 1;
}
