// SPDX-License-Identifier: Apache-2.0
#include "worker/workload_manifest.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace aipg::worker {
namespace {

using program::Complaint;

constexpr std::size_t kPiece = 1U << 20;

struct FileHash {
  std::uint64_t size = 0;
  crypto::Hash384 sha384{};
};

std::unexpected<Complaint> unreadable(const std::string& file) {
  return std::unexpected(Complaint{.code = "component_unreadable",
                                   .happened = "cannot read " + file + ", which the workload file names",
                                   .next = {},
                                   .exit = program::ExitCode::cannot_read});
}

std::expected<FileHash, Complaint> hash_file(const std::string& file, const HashProgress& progress) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return unreadable(file);
  const std::streamoff size = in.tellg();
  in.seekg(0);
  FileHash out;
  crypto::Sha384 hash;
  Bytes piece(kPiece);
  while (in) {
    in.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    const auto n = static_cast<std::size_t>(in.gcount());
    hash.update(ByteView(piece).first(n));
    out.size += n;
    progress(file, out.size, static_cast<std::uint64_t>(size));
  }
  // A folder opens, and then reads nothing.
  if (!in.eof() || out.size != static_cast<std::uint64_t>(size)) return unreadable(file);
  out.sha384 = hash.finish();
  return out;
}

// Gathers components; remembers the first file that cannot be read.
class Components {
 public:
  explicit Components(const HashProgress& progress) : progress_(progress) {}

  crypto::Hash384 add(std::string name, const std::string& file) {
    if (complaint) return {};
    auto hashed = hash_file(file, progress_);
    if (!hashed) {
      complaint = hashed.error();
      return {};
    }
    all.push_back({.name = std::move(name), .size = hashed->size, .sha384 = hashed->sha384, .verity_root = {}});
    return hashed->sha384;
  }

  std::vector<attest::Component> all;
  std::optional<Complaint> complaint;

 private:
  const HashProgress& progress_;
};

attest::DeviceMode mode_of(std::uint32_t gpus) {
  if (gpus == 0) return attest::DeviceMode::none;
  return gpus == 1 ? attest::DeviceMode::spt : attest::DeviceMode::ppcie;
}

}  // namespace

std::expected<attest::Manifest, Complaint> make_workload_manifest(const Workload& workload, const std::string& self,
                                                                  const HashProgress& progress) {
  attest::Manifest content;
  Components components(progress);
  components.add("worker", self);
  components.all.push_back(
      {.name = "workload", .size = workload.bytes.size(), .sha384 = crypto::sha384(workload.bytes), .verity_root = {}});
  if (!workload.engine.argv.empty()) components.add("engine", workload.engine.argv[0]);
  for (const WorkloadModel& model : workload.models) {
    // Whose weights an engine has that runs already is not known here: a digest of zeros says so.
    const crypto::Hash384 digest =
        model.file ? components.add("weights " + model.name, *model.file) : crypto::Hash384{};
    content.models.push_back({.name = model.name, .sha384 = digest, .paths = model.paths});
  }
  for (const NamedFile& component : workload.components) components.add(component.name, component.file);
  if (components.complaint) return std::unexpected(*components.complaint);

  content.name = workload.name;
  content.components = std::move(components.all);
  content.engine_argv = workload.engine.argv;
  content.engine_environment = workload.engine.environment;
  content.device_arch = workload.tee.gpus == 0 ? "none" : "hopper";
  content.device_count = workload.tee.gpus;
  content.device_mode = mode_of(workload.tee.gpus);
  content.source_commit = workload.source_commit;
  return attest::make_manifest(std::move(content));
}

HashProgress terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return [](const std::string&, std::uint64_t, std::uint64_t) {};
  return [](const std::string& file, std::uint64_t done, std::uint64_t size) {
    constexpr std::uint64_t kWorthShowing = 64U << 20;
    if (size < kWorthShowing) return;
    if (done == size) {
      std::fprintf(stderr, "\r\033[K");
    } else if (done % (16U << 20) == 0) {
      std::fprintf(stderr, "\rhashing %s  %3u %%", file.c_str(), static_cast<unsigned>(done * 100 / size));
    }
  };
}

}  // namespace aipg::worker
