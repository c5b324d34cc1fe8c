// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/hex.h"
#include "client/core/policy_file.h"
#include "spawned.h"
#include "verify_measurements.h"

namespace aipg::bench {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "aipg-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) __builtin_trap();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

// One case's files in a folder of its own, and the command line that judges them.
class OnDisk {
 public:
  OnDisk(fs::path folder, const EvidenceCase& about, const char* flag) : folder_(std::move(folder)) {
    fs::create_directories(folder_ / "collateral");
    command_ = {program(),  "verify",
                flag,       write("evidence", about.bytes),
                "--policy", write("policy.toml", as_bytes(client::write_policy(about.policy))),
                "--at",     to_text(about.at)};
    if (!about.chain.empty()) add({"--gpu-chain", write("chain.pem", about.chain)});
    if (about.nonce) add({"--nonce", to_hex(*about.nonce)});
    const attest::Endorsements& beside = about.endorsements;
    std::size_t files = 0;
    for (const auto* list : {&beside.crls, &beside.intel, &beside.rims, &beside.ocsp_responses}) {
      for (const Bytes& each : *list) (void)write("collateral/" + std::to_string(files++), each);
    }
    add({"--collateral", (folder_ / "collateral").string()});
  }

  [[nodiscard]] const std::vector<std::string>& command() const { return command_; }

 private:
  static std::string program() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "bin/aipg"; }
  void add(std::initializer_list<std::string> more) { command_.insert(command_.end(), more); }
  [[nodiscard]] std::string write(const std::string& name, ByteView bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << as_text(bytes);
    return (folder_ / name).string();
  }

  fs::path folder_;
  std::vector<std::string> command_;
};

struct Timed {
  std::string what;
  std::vector<std::string> command;
  double most_ms = 0;  // 0: only reported
};

bool accepts(const Timed& about) {
  const int status = run_to_end(about.command).status;
  if (status != 0) fmt::print(stderr, "bench: {} ended with {}\n", about.what, status);
  return status == 0;
}

void add_times(Report& report, const std::vector<Timed>& all) {
  std::vector<Case> turns;
  for (const Timed& each : all) {
    turns.push_back({[&each](std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) (void)run_to_end(each.command);
    }});
  }
  const Timings took = take_turns(turns, {.rounds = 41, .slice = milliseconds(20)});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Spread ms = took[i].times(1e3);
    Row row{.what = all[i].what, .value = ms, .unit = "ms"};
    if (all[i].most_ms > 0) {
      row.compared = Comparison{"start to verdict", ms.median, "ms", Target{all[i].most_ms, Target::Side::at_most}};
    }
    report.add(std::move(row));
  }
}

void add_memory(Report& report, const Timed& about) {
  std::vector<double> samples;
  for (int i = 0; i < 5; ++i) {
    constexpr double kMiB = 1024.0 * 1024;
    samples.push_back(static_cast<double>(run_to_end(about.command).peak_bytes) / kMiB);
  }
  const Spread peak = spread_of(samples);
  report.add({.what = about.what + ", peak memory",
              .value = peak,
              .unit = "MiB",
              .compared = Comparison{"resident", peak.median, "MiB", Target{30, Target::Side::at_most}}});
}

}  // namespace

bool measure_processes(Report& report, const std::optional<RealCases>& real) {
  const TemporaryFolder folder;
  std::vector<Timed> all{{"a program that does nothing", {"/bin/true"}}};
  if (real) {
    all.push_back({"aipg verify, TDX v4", OnDisk(folder.path() / "tdx", real->tdx_v4, "--tdx-quote").command(), 2.5});
  }
  all.push_back({"aipg verify, H100", OnDisk(folder.path() / "h100", simulated_h100(), "--gpu-report").command(), 12});
  all.push_back({"aipg verify, 8 GPUs, 4 switches",
                 OnDisk(folder.path() / "fabric", simulated_fabric(), "--nvidia-evidence").command()});
  if (!std::ranges::all_of(all, accepts)) return false;
  add_times(report, all);
  add_memory(report, all.back());
  return true;
}

}  // namespace aipg::bench
