// SPDX-License-Identifier: Apache-2.0
// What the gateway costs beside nginx and HAProxy, all on one core: the engine's
// stand-in and the clients are in this process, on another.
//
// Usage: bench_relay [FILE.json [NGINX HAPROXY [QUESTION]]]
// Questions: requests, streams, memory, growth, leaving, overload; all without one.
#include <cstdio>
#include <string>

#include "measurements.h"
#include "program/process.h"

int main(int argc, char** argv) {
  using namespace aipg::bench;
  const auto argument = [&](int i) { return argc > i ? std::string(argv[i]) : std::string(); };
  aipg::program::raise_file_limit();  // the servers inherit it
  relay::stay_on(relay::kOurCore);
  Report report("relay");
  relay::Bench bench({.nginx = argument(2), .haproxy = argument(3)});
  if (argument(2).empty() || argument(3).empty()) report.note("SKIPPED: nginx or HAProxy, which cannot be had here.");
  const struct {
    const char* name;
    void (*measure)(relay::Bench&, Report&);
  } questions[] = {{"leaving", relay::measure_leaving}, {"requests", relay::measure_requests},
                   {"streams", relay::measure_streams}, {"memory", relay::measure_memory},
                   {"growth", relay::measure_growth},   {"overload", relay::measure_overload}};
  for (const auto& [name, measure] : questions) {
    if (argument(4).empty() || argument(4) == name) measure(bench, report);
  }
  return report.publish(argument(1)) ? 0 : 1;
}
