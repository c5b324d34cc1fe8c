// SPDX-License-Identifier: Apache-2.0
// What the Python SDK and `aipg proxy` cost over plain clients that call the
// same scripted engine directly, in real processes on this machine.
//
// Usage: bench_client FILE.json PYTHON SITE_FOLDER [NGINX]
#include <cstdio>

#include "client_measurements.h"
#include "program/process.h"
#include "scripted_engine.h"

namespace aipg::bench {
namespace {

net::Task<bool> measure(net::Runtime& runtime, LocalNetwork& network, const ClientPeers& peers, Report& report) {
  const std::string model(kClientModel);
  // As many requests at once as the crowd of streams has.
  if (!co_await network.start_scripted(runtime, model, {"--max-jobs", "1024"})) co_return false;
  if (!co_await network.start_proxy(runtime, {"--padding", "p0", "--model", model})) co_return false;
  co_return co_await measure_python_calls(runtime, network, peers, report) &&
      co_await measure_proxy_first_token(runtime, network, report) &&
      co_await measure_proxy_streams(runtime, network, peers, report);
}

}  // namespace
}  // namespace aipg::bench

int main(int argc, char** argv) {
  using namespace aipg::bench;
  const auto argument = [&](int i) { return argc > i ? std::string(argv[i]) : std::string(); };
  aipg::program::raise_file_limit();
  if (argument(1) == "--scripted-engine") return run_scripted_engine(argument(2)) ? 0 : 1;
  if (argc < 4) return std::fputs("usage: bench_client FILE.json PYTHON SITE_FOLDER [NGINX]\n", stderr), 2;
  const ClientPeers peers{argument(2), argument(3), argument(4)};
  Report report("client");
  const bool good =
      measure_import(peers, report) && on_network([&](aipg::net::Runtime& runtime, LocalNetwork& network) {
        return measure(runtime, network, peers, report);
      });
  return good && report.publish(argument(1)) ? 0 : 1;
}
