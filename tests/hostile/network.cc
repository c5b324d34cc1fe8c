// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <fstream>

namespace aipg::hostile {

std::string write_workload(const net::TemporaryFolder& folder, const std::string& engine_socket) {
  std::string file = folder.file("workload.toml");
  std::ofstream(file) << "name = \"hostile peers\"\nmax_jobs = " << kWorkerPlaces
                      << "\n[engine]\naddress = \"unix:" << engine_socket
                      << "\"\nprefix_cache = \"disabled\"\n[tee]\nkind = \"simulated\"\nstate = \""
                      << folder.file("tee") << "\"\n[[models]]\nname = \"" << kHonestModel << R"("
paths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/messages", "/v1/responses"]
)";
  return file;
}

std::vector<std::string> worker_command(const std::string& workload, std::uint16_t gateway_port) {
  return {
      "aipg-worker", "serve",  "--workload",  workload, "--gateway", "http://127.0.0.1:" + std::to_string(gateway_port),
      "--name",      "honest", "--log-level", "info"};
}

void Held::expect_let_go(std::size_t most_kib) const {
  EXPECT_TRUE(wait_until([this] { return program_.descriptors() <= descriptors_; }))
      << program_.descriptors() << " descriptors, before " << descriptors_;
  if (!program_.sanitized()) {
    EXPECT_LT(program_.memory_kib(), memory_ + most_kib);
  }
  const std::string logged = log();
  EXPECT_FALSE(logged.contains(kQuestionCanary) || logged.contains(kAnswerCanary)) << logged;
}

}  // namespace aipg::hostile
