// SPDX-License-Identifier: Apache-2.0
// What the filter lets through and what it does not, one test for each family of calls that an intruder makes.
#include "program/syscall_filter.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <thread>

#include "program/confined_test.h"

namespace aipg::program {
namespace {

using enum SyscallGroup;

const SandboxProfile kServer{"server", {memory, threads, time, self, descriptors, reading, writing, streams}};
const SandboxProfile kClient{"client", {memory, threads, time, self, descriptors, reading, streams, connecting}};
const SandboxProfile kEngine{
    "engine",
    {memory, threads, time, self, descriptors, reading, writing, streams, programs, unix_listening},
    Intruder::is_refused};

// The filter alone, so that nothing else is why something fails.
Ending filtered(const SandboxProfile& profile, const std::function<int()>& run) { return confined(profile, run, 0); }

int call(std::string_view name) {
  const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
  return error_of(syscall(number, 0, 0, 0, 0, 0, 0));
}

// Each call of the family ends a program of ours, and is not there for an engine.
void expect_forbidden(std::string_view family_name) {
  const auto families = forbidden_families();
  const auto family = std::ranges::find(families, family_name, &ForbiddenFamily::name);
  ASSERT_NE(family, families.end());
  for (const std::string_view name : family->calls) {
    if (seccomp_syscall_resolve_name(std::string(name).c_str()) < 0) continue;  // not on this kind of machine
    EXPECT_EQ(filtered(kServer, [&] { return call(name); }), kIntruder) << name;
    EXPECT_EQ(filtered(kClient, [&] { return call(name); }), kIntruder) << name;
    EXPECT_EQ(filtered(kEngine, [&] { return call(name); }), (Ending{ENOSYS, -1})) << name;
  }
}

class ForbiddenCalls : public testing::Test {
 protected:
  void SetUp() override { SKIP_WITH_SANITIZER(); }
};

TEST_F(ForbiddenCalls, TracingAndReadingOthersMemory) { expect_forbidden("tracing"); }
TEST_F(ForbiddenCalls, Keyrings) { expect_forbidden("keyrings"); }
TEST_F(ForbiddenCalls, LoadingCodeIntoTheKernel) { expect_forbidden("kernel code"); }
TEST_F(ForbiddenCalls, FaultsAndRings) { expect_forbidden("faults and rings"); }
TEST_F(ForbiddenCalls, Mounts) { expect_forbidden("mounts"); }
TEST_F(ForbiddenCalls, FileHandles) { expect_forbidden("file handles"); }
TEST_F(ForbiddenCalls, Namespaces) { expect_forbidden("namespaces"); }
TEST_F(ForbiddenCalls, ExecutionDomains) { expect_forbidden("execution domains"); }
TEST_F(ForbiddenCalls, ChangingTheMachine) { expect_forbidden("the machine"); }

TEST_F(ForbiddenCalls, ACloneIntoAnyNamespace) {
  for (const long flag :
       {CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS}) {
    const auto clone = [flag] {
      const long child = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
      if (child == 0) _exit(0);
      return error_of(child);
    };
    EXPECT_EQ(filtered(kServer, clone), kIntruder) << flag;
    EXPECT_EQ(filtered(kEngine, clone), (Ending{ENOSYS, -1})) << flag;
  }
}

TEST(SyscallGroups, NameCallsThatThereAre) {
  for (int i = 0; i <= static_cast<int>(sanitizing); ++i) {
    for (const Call& each : syscall_group(static_cast<SyscallGroup>(i)).calls) {
      EXPECT_TRUE(is_system_call(each.name)) << each.name;
    }
  }
  for (const ForbiddenFamily& family : forbidden_families()) {
    for (const std::string_view name : family.calls) EXPECT_TRUE(is_system_call(name)) << name;
  }
}

// Or the forbidden ones would be let through.
TEST(SyscallGroups, LetThroughNothingThatIsForbidden) {
  for (int i = 0; i < static_cast<int>(sanitizing); ++i) {
    for (const Call& each : syscall_group(static_cast<SyscallGroup>(i)).calls) {
      for (const ForbiddenFamily& family : forbidden_families()) {
        EXPECT_EQ(std::ranges::find(family.calls, each.name), family.calls.end()) << each.name;
      }
    }
  }
}

TEST(SyscallFilter, CallsThatAreOnNoListAreNotThere) {
  SKIP_WITH_SANITIZER();
  for (const char* name :
       {"execve",   "execveat", "fork",       "vfork",        "kill",          "socket",  "connect",
        "bind",     "listen",   "socketpair", "memfd_create", "inotify_init1", "symlink", "link",
        "truncate", "setuid",   "capset",     "seccomp",      "shmget",        "mq_open", "clone3"}) {
    EXPECT_EQ(filtered(kServer, [&] { return call(name); }), (Ending{ENOSYS, -1})) << name;
  }
}

TEST(SyscallFilter, WhatTheEventLoopAsksForIsThere) {
  for (const char* name :
       {"epoll_create1", "epoll_ctl", "epoll_wait", "eventfd2", "timerfd_create", "timerfd_settime", "accept4"}) {
    for (const SandboxProfile& profile : {kServer, kClient, kEngine}) {
      EXPECT_NE(filtered(profile, [&] { return call(name); }), (Ending{ENOSYS, -1})) << name << " " << profile.program;
    }
  }
}

TEST(SyscallFilter, ThreadsStart) {
  EXPECT_EQ(filtered(kServer,
                     [] {
                       int sum = 0;
                       std::thread([&sum] { sum = 42; }).join();
                       return sum - 42;
                     }),
            kDidIt);
}

TEST(SyscallFilter, ProcessesDoNot) {
  SKIP_WITH_SANITIZER();
  EXPECT_EQ(filtered(kServer, [] { return fork() < 0 ? 0 : EEXIST; }), kDidIt);
}

TEST(SyscallFilter, HoldsForThreadsThatStartLater) {
  SKIP_WITH_SANITIZER();
  EXPECT_EQ(filtered(kServer,
                     [] {
                       int error = 0;
                       std::thread([&error] { error = call("execve"); }).join();
                       return error;
                     }),
            (Ending{ENOSYS, -1}));
}

TEST(SyscallFilter, MemoryIsNeverMadeExecutable) {
  SKIP_WITH_SANITIZER();
  const auto map = [](int protection) { return mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); };
  EXPECT_EQ(filtered(kServer, [&] { return map(PROT_READ | PROT_WRITE) != MAP_FAILED ? 0 : 1; }), kDidIt);
  EXPECT_EQ(filtered(kServer, [&] { return map(PROT_READ | PROT_EXEC) == MAP_FAILED ? 0 : 1; }), kDidIt);
  EXPECT_EQ(filtered(kServer,
                     [&] {
                       void* page = map(PROT_READ | PROT_WRITE);
                       return mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? 0 : 1;
                     }),
            kDidIt);
  EXPECT_EQ(filtered(kServer, [] { return dlopen("libresolv.so.2", RTLD_NOW) == nullptr ? 0 : 1; }), kDidIt);
}

TEST(SyscallFilter, AServerOpensNoSocketAndAClientOnlyThoseOfInternetAndUnix) {
  SKIP_WITH_SANITIZER();
  const auto open = [](int family) { return error_of(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)); };
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    EXPECT_EQ(filtered(kServer, [&] { return open(family); }), (Ending{ENOSYS, -1})) << family;
    EXPECT_EQ(filtered(kClient, [&] { return open(family); }), kDidIt) << family;
  }
  for (const int family : {AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(filtered(kClient, [&] { return open(family); }), (Ending{ENOSYS, -1})) << family;
  }
}

TEST(SyscallFilter, AnEngineHasNoNetwork) {
  const auto open = [](int family, int type) { return error_of(socket(family, type | SOCK_CLOEXEC, 0)); };
  EXPECT_EQ(filtered(kEngine, [&] { return open(AF_UNIX, SOCK_STREAM); }), kDidIt);
  EXPECT_EQ(filtered(kEngine, [&] { return open(AF_UNIX, SOCK_DGRAM); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kEngine, [&] { return open(AF_INET, SOCK_STREAM); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kEngine, [&] { return open(AF_INET6, SOCK_STREAM); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kEngine, [&] { return open(AF_NETLINK, SOCK_RAW); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kEngine, [] { return call("connect"); }), (Ending{ENOSYS, -1}));
}

TEST(SyscallFilter, AnEngineOnAPortHasTcpAndStillConnectsToNobody) {
  SandboxProfile engine = kEngine;
  engine.calls.push_back(tcp_listening);
  const auto open = [](int family, int type) { return error_of(socket(family, type | SOCK_CLOEXEC, 0)); };
  EXPECT_EQ(filtered(engine, [&] { return open(AF_INET, SOCK_STREAM); }), kDidIt);
  EXPECT_EQ(filtered(engine, [&] { return open(AF_INET, SOCK_DGRAM); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(engine, [] { return call("connect"); }), (Ending{ENOSYS, -1}));
}

TEST(SyscallFilter, SignalsGoToItselfOnly) {
  SKIP_WITH_SANITIZER();
  const auto send = [](pid_t process) { return error_of(syscall(SYS_tgkill, process, process, 0)); };
  EXPECT_EQ(filtered(kServer, [&] { return send(getpid()); }), kDidIt);
  EXPECT_EQ(filtered(kServer, [&] { return send(getppid()); }), (Ending{ENOSYS, -1}));
}

TEST(SyscallFilter, LimitsAreAskedForAndNotSet) {
  SKIP_WITH_SANITIZER();
  rlimit files{};
  EXPECT_EQ(filtered(kServer, [&] { return error_of(getrlimit(RLIMIT_NOFILE, &files)); }), kDidIt);
  EXPECT_EQ(filtered(kServer, [&] { return error_of(setrlimit(RLIMIT_NOFILE, &files)); }), (Ending{ENOSYS, -1}));
}

TEST(SyscallFilter, ProtectionsAreNotTakenBack) {
  SKIP_WITH_SANITIZER();
  EXPECT_EQ(filtered(kServer, [] { return error_of(prctl(PR_SET_DUMPABLE, 1)); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kServer, [] { return error_of(prctl(PR_SET_NAME, "renamed")); }), kDidIt);
}

TEST(SyscallFilter, TerminalsAndDevicesAreNotControlled) {
  SKIP_WITH_SANITIZER();
  int waiting = 0;
  char byte = 0;
  EXPECT_EQ(filtered(kServer, [&] { return error_of(ioctl(0, TIOCSTI, &byte)); }), (Ending{ENOSYS, -1}));
  EXPECT_EQ(filtered(kServer,
                     [&] {
                       int ends[2];
                       return pipe2(ends, O_CLOEXEC) != 0 ? 1 : error_of(ioctl(ends[0], FIONREAD, &waiting));
                     }),
            kDidIt);
}

TEST(SyscallFilter, NamesAreFoundWithoutNetlink) {
  EXPECT_EQ(filtered(kClient,
                     [] {
                       addrinfo hints{}, *found = nullptr;
                       hints.ai_socktype = SOCK_STREAM;
                       return getaddrinfo("localhost", "443", &hints, &found);
                     }),
            kDidIt);
}

TEST(SyscallFilter, AnEngineRunsPrograms) {
  EXPECT_EQ(filtered(kEngine,
                     [] {
                       const pid_t child = fork();
                       if (child == 0) {
                         execl("/bin/true", "true", nullptr);
                         _exit(1);
                       }
                       int status = 1;
                       return waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : 1;
                     }),
            kDidIt);
}

}  // namespace
}  // namespace aipg::program
