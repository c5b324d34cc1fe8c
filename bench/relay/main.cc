// SPDX-License-Identifier: Apache-2.0
// What the gateway costs beside nginx and HAProxy, and beside gateways to models,
// all on one core: the engine's stand-in and the clients are in this process, on
// another.
//
// Usage: bench_relay [FILE.json [PEERS [QUESTION]]]
// PEERS: the folder that scripts/lib/peers.sh says; empty: there is none.
// Questions: requests, streams, memory, growth, gateways, leaving, overload; all without one.
#include <filesystem>
#include <string>

#include "measurements.h"
#include "program/process.h"

int main(int argc, char** argv) {
  using namespace aipg::bench;
  const auto argument = [&](int i) { return argc > i ? std::string(argv[i]) : std::string(); };
  aipg::program::raise_file_limit();  // the servers inherit it
  relay::stay_on(relay::kOurCore);
  Report report("relay");
  const auto peer = [&](const char* name, const char* program) {
    const std::string out = argument(2) + "/" + name + "/" + program;
    if (!argument(2).empty() && std::filesystem::exists(out)) return out;
    report.note(std::string("SKIPPED: ") + name + ", which cannot be had here.");
    return std::string();
  };
  relay::Bench bench({.nginx = peer("nginx", "usr/sbin/nginx"),
                      .haproxy = peer("haproxy", "usr/sbin/haproxy"),
                      .litellm = peer("litellm", "bin/litellm"),
                      .portkey = peer("portkey", "node_modules/@portkey-ai/gateway/build/start-server.js")});
  const struct {
    const char* name;
    void (*measure)(relay::Bench&, Report&);
  } questions[] = {{"leaving", relay::measure_leaving},  {"requests", relay::measure_requests},
                   {"streams", relay::measure_streams},  {"memory", relay::measure_memory},
                   {"growth", relay::measure_growth},    {"gateways", relay::measure_gateways},
                   {"overload", relay::measure_overload}};
  for (const auto& [name, measure] : questions) {
    if (argument(3).empty() || argument(3) == name) measure(bench, report);
  }
  return report.publish(argument(1)) ? 0 : 1;
}
