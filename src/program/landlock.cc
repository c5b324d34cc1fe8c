// SPDX-License-Identifier: Apache-2.0
#include "program/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace aipg::program {
namespace {

namespace fs = std::filesystem;

// Debian 12's <linux/landlock.h> ends at version 2. From the kernel's userspace-api/landlock.rst.
constexpr std::uint64_t kTruncate = 1ULL << 14, kIoctlDevice = 1ULL << 15;
constexpr std::uint64_t kBindTcp = 1ULL << 0, kConnectTcp = 1ULL << 1;
constexpr std::uint64_t kScopeAbstractUnix = 1ULL << 0, kScopeSignals = 1ULL << 1;
constexpr int kRuleForPort = 2;
struct RulesetAttributes {
  std::uint64_t files, ports, scopes;
};
struct PortAttributes {
  std::uint64_t access, port;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite =
    kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | kTruncate;
constexpr std::uint64_t kOwn = kWrite | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                               LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                               LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_REFER;
// What a rule for a file, and not a folder, may hold.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kIoctlDevice;

constexpr std::uint64_t rights_of(PathUse use) {
  switch (use) {
    case PathUse::read:
      return kRead;
    case PathUse::run:
      return kRead | LANDLOCK_ACCESS_FS_EXECUTE;
    case PathUse::write:
      return kWrite;
    case PathUse::own:
      return kOwn;
    case PathUse::sockets:
      return LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    case PathUse::device:
      return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kIoctlDevice;
  }
  __builtin_unreachable();
}

// All that a version can take away, in how many bytes its kernel reads that.
struct Taken {
  RulesetAttributes attributes;
  std::size_t bytes;
};
Taken taken_by(int version) {
  std::uint64_t files = LANDLOCK_ACCESS_FS_REFER - 1;
  if (version >= 2) files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) files |= kTruncate;
  if (version >= 5) files |= kIoctlDevice;
  const std::uint64_t ports = version >= kLandlockPorts ? kBindTcp | kConnectTcp : 0;
  const std::uint64_t scopes = version >= kLandlockSignals ? kScopeAbstractUnix | kScopeSignals : 0;
  const std::size_t bytes = (version >= kLandlockSignals ? 3 : version >= kLandlockPorts ? 2 : 1) * sizeof files;
  return {{files, ports, scopes}, bytes};
}

class Descriptor {
 public:
  explicit Descriptor(long fd) : fd_(static_cast<int>(fd)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

bool add_path(const Descriptor& ruleset, const PathRule& rule, std::uint64_t known) {
  const Descriptor path(open(rule.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat about{};
  // What is not there, or not for this user, cannot be used anyway.
  if (path.get() < 0) return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
  if (fstat(path.get(), &about) != 0) return false;
  const std::uint64_t possible = S_ISDIR(about.st_mode) ? known : known & kOfFiles;
  landlock_path_beneath_attr attributes{};
  attributes.allowed_access = rights_of(rule.use) & possible;
  attributes.parent_fd = path.get();
  return attributes.allowed_access == 0 ||
         syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &attributes, 0) == 0;
}

bool add_port(const Descriptor& ruleset, std::uint16_t port, std::uint64_t access) {
  const PortAttributes attributes{access, port};
  return syscall(SYS_landlock_add_rule, ruleset.get(), kRuleForPort, &attributes, 0) == 0;
}

}  // namespace

std::string_view to_text(PathUse use) {
  constexpr std::array<std::string_view, 6> kNames = {"read", "run", "write", "own", "sockets", "device"};
  return kNames[static_cast<std::size_t>(use)];
}

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<void> apply_landlock(const LandlockRules& rules, int version) {
  const Taken taken = taken_by(version);
  const Descriptor ruleset(syscall(SYS_landlock_create_ruleset, &taken.attributes, taken.bytes, 0));
  const bool made =
      ruleset.get() >= 0 &&
      std::ranges::all_of(rules.paths,
                          [&](const PathRule& rule) { return add_path(ruleset, rule, taken.attributes.files); }) &&
      (taken.attributes.ports == 0 ||
       (std::ranges::all_of(rules.connects, [&](auto port) { return add_port(ruleset, port, kConnectTcp); }) &&
        std::ranges::all_of(rules.listens, [&](auto port) { return add_port(ruleset, port, kBindTcp); })));
  if (!made || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return fail("sandbox_refused", "files");
  }
  return {};
}

std::vector<std::string> folders_of(const std::string& file) {
  std::error_code failed;
  std::vector<std::string> out;
  const fs::path named = fs::absolute(file, failed);
  for (const fs::path& each : {named, fs::canonical(named, failed)}) {
    if (each.empty()) continue;
    const fs::path folder = each.parent_path();
    std::string granted = folder == folder.root_path() ? each.string() : folder.string();
    if (std::ranges::find(out, granted) == out.end()) out.push_back(std::move(granted));
  }
  return out;
}

}  // namespace aipg::program
