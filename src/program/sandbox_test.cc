// SPDX-License-Identifier: Apache-2.0
// A whole profile: what is applied, when, and what is said of it.
#include "program/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "program/confined_test.h"

namespace aipg::program {
namespace {

using enum SyscallGroup;
using testing::HasSubstr;
using testing::Not;

class Sandbox : public testing::Test {
 protected:
  Sandbox() {
    std::ofstream(folder.file("outside")) << "x";
    std::filesystem::create_directory(folder.file("state"));
    std::ofstream(folder.file("state/data")) << "x";
    profile.rules.paths = {{folder.file("state"), PathUse::write, "its state"}};
  }
  int open_to(std::string_view name, int flags) const {
    return error_of(open(folder.file(name).c_str(), flags | O_CLOEXEC, 0600));
  }
  // What log_sandbox() writes.
  std::string logged(int landlock) const {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    log_sandbox(Log(LogLevel::info, LogFormat::json, ends[1]), profile, landlock);
    close(ends[1]);
    std::string out(4096, '\0');
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(ends[0], out.data(), out.size()))));
    close(ends[0]);
    return out;
  }
  TestFolder folder;
  SandboxProfile profile{"server", {memory, threads, time, self, descriptors, reading, writing, streams}};
};

TEST_F(Sandbox, HoldsToFilesAndCallsAtOnce) {
  SKIP_WITHOUT_LANDLOCK(1);
  EXPECT_EQ(confined(profile, [&] { return open_to("state/data", O_RDWR); }), kDidIt);
  EXPECT_EQ(confined(profile, [&] { return open_to("outside", O_RDONLY); }), (Ending{EACCES, -1}));
  SKIP_WITH_SANITIZER();
  EXPECT_EQ(confined(profile, [] { return error_of(execl("/bin/true", "true", nullptr)); }), (Ending{ENOSYS, -1}));
}

TEST_F(Sandbox, WithoutLandlockHoldsToTheCallsAlone) {
  EXPECT_EQ(confined(profile, [&] { return open_to("outside", O_RDONLY); }, 0), kDidIt);
  SKIP_WITH_SANITIZER();
  EXPECT_EQ(confined(profile, [] { return error_of(execl("/bin/true", "true", nullptr)); }, 0), (Ending{ENOSYS, -1}));
}

TEST_F(Sandbox, HoldsForThreadsThatStartLater) {
  SKIP_WITHOUT_LANDLOCK(1);
  EXPECT_EQ(confined(profile,
                     [&] {
                       int error = 0;
                       std::thread([&] { error = open_to("outside", O_RDONLY); }).join();
                       return error;
                     }),
            (Ending{EACCES, -1}));
}

TEST_F(Sandbox, IsRefusedOnceThereAreThreads) {
  EXPECT_EQ(in_child([&] {
              bool ended = false;
              std::thread other([&ended] {
                while (!std::atomic_ref(ended).load()) std::this_thread::yield();
              });
              const Result<void> applied = apply_sandbox(profile, landlock_version());
              std::atomic_ref(ended).store(true);
              other.join();
              return !applied && applied.error() == Error{"sandbox_refused", "threads"} ? 0 : 1;
            }),
            kDidIt);
}

TEST_F(Sandbox, LeavesNoCapabilityAndNoWayToGainOne) {
  EXPECT_EQ(confined(
                profile,
                [] {
                  int found = 0;
                  std::ifstream status("/proc/self/status");
                  for (std::string line; std::getline(status, line);) {
                    const bool none = line.ends_with("\t0000000000000000");
                    if (line.starts_with("CapPrm") || line.starts_with("CapEff") || line.starts_with("CapAmb"))
                      found += none;
                    if (line == "NoNewPrivs:\t1") ++found;
                  }
                  return found == 4 ? 0 : 1;
                },
                0),
            kDidIt);
}

TEST_F(Sandbox, SaysWhatItApplies) {
  const std::string text = sandbox_text(profile, 7);
  EXPECT_THAT(text, HasSubstr("server confines itself"));
  EXPECT_THAT(text, HasSubstr("mmap (never executable)"));
  // With a sanitizer one of these is let through, which it says.
  EXPECT_THAT(text, AnyOf(HasSubstr("ptrace, process_vm_readv"), HasSubstr("THIS BUILD HAS A SANITIZER")));
  EXPECT_THAT(text, HasSubstr(folder.file("state") + "   its state"));
  EXPECT_THAT(text, HasSubstr("connects to       none"));
  EXPECT_THAT(text, Not(HasSubstr("NOT CONFINED")));
}

TEST_F(Sandbox, NamesEachCallThatItLetsThrough) {
  const std::string text = sandbox_text(profile, 7);
  for (const SyscallGroup group : profile.calls) {
    for (const Call& call : syscall_group(group).calls) EXPECT_THAT(text, HasSubstr(std::string(call.name)));
  }
}

TEST_F(Sandbox, SaysWhatThisKernelCannotHoldItTo) {
  EXPECT_THAT(sandbox_text(profile, 0), HasSubstr("files: NOT CONFINED, as this kernel has no Landlock"));
  EXPECT_THAT(sandbox_text(profile, 3), HasSubstr("TCP ports: NOT CONFINED"));
  EXPECT_THAT(sandbox_text(profile, 3), Not(HasSubstr("files: NOT CONFINED")));
  EXPECT_THAT(logged(0), HasSubstr("landlock_missing"));
  EXPECT_THAT(logged(3), HasSubstr("landlock_without_ports"));
  EXPECT_THAT(logged(7), Not(HasSubstr("warn")));
}

TEST_F(Sandbox, SaysWhatIsNotThere) {
  profile.rules.paths.push_back({folder.file("missing"), PathUse::read, "settings"});
  EXPECT_THAT(sandbox_text(profile, 7), HasSubstr(folder.file("missing") + " (not there)"));
}

}  // namespace
}  // namespace aipg::program
