// SPDX-License-Identifier: Apache-2.0
// The workload file: all that decides what this worker does with a request.
// The manifest has its hash, so it is measured; nothing in it can be set by
// flags or the environment. TOML; unknown keys are errors.
//
//   name = "smollm2-135m on llama.cpp"
//   max_jobs = 16
//   [engine]
//   argv = ["/opt/engine/llama-server", "--host", "/run/aipg/engine.sock", …]   absent: it runs already
//   address = "unix:/run/aipg/engine.sock"
//   prefix_cache = "off_per_request"
//   reads = ["/opt/engine"]                                                     besides what is measured, and the
//   system writes = ["/var/cache/engine"] [tee] kind = "simulated" state = "/var/lib/aipg-worker/tee" cpu = "snp-genoa"
//   absent: "tdx"
//   [[models]]
//   name = "smollm2-135m"
//   file = "/opt/models/smollm2-135m.gguf"
//   paths = ["/v1/chat/completions", "/v1/completions"]
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "net/address.h"
#include "program/complaint.h"
#include "tee/machine_content.h"
#include "worker/engine_request.h"
#include "worker/keysets.h"

namespace aipg::worker {

struct EngineSettings {
  std::vector<std::string> argv;         // empty: an engine that runs already
  std::vector<std::string> environment;  // NAME=value; nothing else is in it
  net::Address address;
  milliseconds start_within{60'000};
  milliseconds restart_pause{500};  // before it is started again; doubles with each try
  PrefixCache prefix_cache = PrefixCache::disabled;
  std::vector<std::string> reads, writes;  // files and folders that it may use besides: see confinement.h
};

struct WorkloadModel {
  std::string name;
  std::optional<std::string> file;  // the weights; absent only for an engine that runs already
  std::vector<std::string> paths;
};

struct NamedFile {
  std::string name, file;
};

struct TeeSettings {
  std::string kind;   // "simulated"
  std::string state;  // folder of the simulator's PKI
  tee::SimulatedCpu cpu = tee::SimulatedCpu::tdx;
  std::uint32_t gpus = 1;
  std::string driver = "570.124.06";
};

struct Workload {
  std::string name;
  std::string source_commit;
  std::uint64_t max_jobs = 16;
  milliseconds drain_within{60'000};
  KeysetTimes keysets;
  EngineSettings engine;
  TeeSettings tee;
  std::vector<WorkloadModel> models;
  std::vector<NamedFile> components;  // further files that are executed or loaded

  Bytes bytes;  // the exact file: what is hashed is what was parsed
  [[nodiscard]] bool offers(std::string_view model, std::string_view path) const;
};

// Complaints: workload_unreadable, workload_invalid, tee_unknown.
[[nodiscard]] std::expected<Workload, program::Complaint> read_workload(const std::string& file);
[[nodiscard]] std::expected<Workload, program::Complaint> parse_workload(Bytes bytes, const std::string& file);

}  // namespace aipg::worker
