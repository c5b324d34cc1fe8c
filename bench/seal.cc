// SPDX-License-Identifier: Apache-2.0
// What sealing costs: requests against the public-key work that no protocol
// could avoid, streams against raw AES-256-GCM and SHA-256 over the same bytes
// with the same library. Usage: bench_seal [FILE.json]
#include "seal_measurements.h"

int main(int argc, char** argv) {
  aipg::bench::Report report("seal");
  aipg::bench::measure_requests(report);
  aipg::bench::measure_streams(report);
  return report.publish(argc > 1 ? argv[1] : "") ? 0 : 1;
}
