// SPDX-License-Identifier: Apache-2.0
// What `aipg up` writes before it starts anything: where things are, and the
// measured workload file of each worker. Pure but for looking for files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/folder_lock.h"
#include "program/complaint.h"
#include "program/options.h"

namespace aipg::client {

struct UpConfig {
  std::string state;          // default: $XDG_STATE_HOME/aipg/up
  std::uint64_t port = 8443;  // 0: any free one
  std::uint64_t workers = 1;
  std::uint64_t max_jobs = 64;        // of each worker
  std::optional<std::string> engine;  // an engine that runs already
  std::optional<std::string> engine_program, model_file;
  std::string model = "smollm2-135m";
  std::string cpu = "tdx";  // of the simulated machines
  milliseconds rotate_every{60 * 60 * 1000};
};

void declare_options(program::Options& options, UpConfig& config);

struct UpPlan {
  std::string bin;    // folder of our programs
  std::string state;  // absolute
  std::uint16_t port = 0;
  std::vector<std::string> workload_files;  // one per worker
  FolderLock lock;                          // of the state folder
};

// Finds programs, engine and model, takes the state folder, and writes the workload files.
// Complaints: up_program_missing, up_engine_missing, up_model_missing, up_state, up_state_in_use, up_port.
[[nodiscard]] std::expected<UpPlan, program::Complaint> make_plan(const UpConfig& config,
                                                                  const program::Environment& environment);

// The TOML of one worker's workload file.
[[nodiscard]] std::string workload_toml(const UpConfig& config, const std::string& state, std::size_t worker,
                                        const std::string& engine_program, const std::string& model_file);

}  // namespace aipg::client
