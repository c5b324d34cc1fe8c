// SPDX-License-Identifier: Apache-2.0
// What judging evidence costs, held against the signature checks that no
// verifier can leave out, with the same crypto library in the same run.
// Usage: bench_verify [FILE.json [PEERS_FOLDER]]
#include <csignal>

#include "verify_measurements.h"

int main(int argc, char** argv) {
  using namespace aipg::bench;
  (void)std::signal(SIGPIPE, SIG_IGN);  // a peer may go
  Report report("verify");
  const auto real = real_cases();
  if (!real) report.note("SKIPPED: real evidence and other verifiers, for there is no ../shared/evidence");
  if (!measure_in_memory(report, real, argc > 2 ? argv[2] : "") || !measure_processes(report, real)) return 1;
  return report.publish(argc > 1 ? argv[1] : "") ? 0 : 1;
}
