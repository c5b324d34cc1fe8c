// SPDX-License-Identifier: Apache-2.0
// Files, ports and signals, as each version of Landlock knows them.
#include "program/landlock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

#include "program/confined_test.h"

namespace aipg::program {
namespace {

// Landlock alone, so that nothing else is why something fails.
Ending landlocked(const LandlockRules& rules, const std::function<int()>& run, int version = landlock_version()) {
  return in_child([&] { return apply_landlock(rules, version) ? run() : kNotConfined.exit; });
}

int open_to(const std::string& path, int flags) { return error_of(open(path.c_str(), flags | O_CLOEXEC, 0600)); }

class Landlock : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_LANDLOCK(1);
    std::filesystem::create_directory(folder.file("state"));
    std::filesystem::create_directory(folder.file("settings"));
    for (const char* name : {"outside", "state/data", "settings/server.toml"}) std::ofstream(folder.file(name)) << "x";
    rules.paths = {{folder.file("state"), PathUse::write, ""}, {folder.file("settings"), PathUse::read, ""}};
  }
  TestFolder folder;
  LandlockRules rules;
};

TEST_F(Landlock, OpensWhatTheRulesName) {
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("state/data"), O_RDWR); }), kDidIt);
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("state/new"), O_WRONLY | O_CREAT); }), kDidIt);
  EXPECT_EQ(landlocked(rules, [&] { return error_of(unlink(folder.file("state/data").c_str())); }), kDidIt);
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("settings/server.toml"), O_RDONLY); }), kDidIt);
}

TEST_F(Landlock, OpensNothingElse) {
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("outside"), O_RDONLY); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return open_to("/etc/hostname", O_RDONLY); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.path(), O_RDONLY | O_DIRECTORY); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked({}, [&] { return open_to(folder.file("state/data"), O_RDONLY); }), (Ending{EACCES, -1}));
}

TEST_F(Landlock, WritesWhereItMayAndNowhereElse) {
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("settings/server.toml"), O_WRONLY); }),
            (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("settings/new"), O_WRONLY | O_CREAT); }),
            (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("new"), O_WRONLY | O_CREAT); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return error_of(unlink(folder.file("outside").c_str())); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return error_of(mkdir(folder.file("state/sub").c_str(), 0700)); }),
            (Ending{EACCES, -1}))
      << "a folder of data has no folders in it";
}

TEST_F(Landlock, RunsOnlyWhatItMay) {
  const auto run = [] {
    execl("/bin/true", "true", nullptr);
    return errno;
  };
  EXPECT_EQ(landlocked(rules, run), (Ending{EACCES, -1}));
  LandlockRules with_programs = rules;
  for (const char* system : {"/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"}) {
    with_programs.paths.push_back({system, PathUse::run, ""});
  }
  EXPECT_EQ(landlocked(with_programs, run), kDidIt);
}

// What the child can do after somebody who is not confined did something.
Ending landlocked_after(const LandlockRules& rules, const std::function<void()>& outside,
                        const std::function<int()>& run) {
  int confined_now[2], go[2];
  EXPECT_EQ(pipe(confined_now) + pipe(go), 0);
  const pid_t child = fork();
  char byte = 0;
  if (child == 0) {
    if (!apply_landlock(rules, landlock_version()) || write(confined_now[1], "x", 1) != 1) _exit(kNotConfined.exit);
    _exit(read(go[0], &byte, 1) == 1 ? run() : kNotConfined.exit);
  }
  EXPECT_EQ(read(confined_now[0], &byte, 1), 1);
  outside();
  EXPECT_EQ(write(go[1], "x", 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  for (const int end : {confined_now[0], confined_now[1], go[0], go[1]}) close(end);
  return {WEXITSTATUS(status), -1};
}

TEST_F(Landlock, AFileThatReplacesAnotherIsAnotherUnlessItsFolderMayBeRead) {
  const std::string file = folder.file("settings/server.toml");
  const auto replace = [&] {
    std::ofstream(file + ".new") << "y";
    std::filesystem::rename(file + ".new", file);
  };
  const auto read_it = [&] { return open_to(file, O_RDONLY); };
  EXPECT_EQ(landlocked_after({.paths = {{file, PathUse::read, ""}}}, replace, read_it), (Ending{EACCES, -1}));
  LandlockRules with_folders;
  for (const std::string& path : folders_of(file)) with_folders.paths.push_back({path, PathUse::read, ""});
  EXPECT_EQ(landlocked_after(with_folders, replace, read_it), kDidIt);
}

TEST_F(Landlock, FoldersOfALinkAreItsOwnAndItsTargets) {
  std::filesystem::create_symlink("../state/data", folder.file("settings/link.pem"));
  EXPECT_EQ(folders_of(folder.file("settings/link.pem")),
            (std::vector<std::string>{folder.file("settings"), folder.file("state")}));
  EXPECT_EQ(folders_of(folder.file("settings/not-there")), (std::vector<std::string>{folder.file("settings")}));
  EXPECT_EQ(folders_of("/at-the-root"), (std::vector<std::string>{"/at-the-root"}));
}

TEST_F(Landlock, WhatIsNotThereIsNoTrouble) {
  rules.paths.push_back({folder.file("not/there"), PathUse::read, ""});
  EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("state/data"), O_RDONLY); }), kDidIt);
}

TEST_F(Landlock, EveryOlderVersionHoldsToTheFilesToo) {
  for (int version = 1; version <= landlock_version(); ++version) {
    EXPECT_EQ(landlocked(rules, [&] { return open_to(folder.file("state/data"), O_RDWR | O_TRUNC); }, version), kDidIt);
    EXPECT_EQ(landlocked(
                  rules, [&] { return open_to(folder.file("outside"), O_RDONLY); }, version),
              (Ending{EACCES, -1}))
        << version;
  }
}

TEST_F(Landlock, SocketsAreMadeAndRemovedInTheirFolder) {
  rules.paths.push_back({folder.file("state"), PathUse::sockets, ""});
  const auto listen_in = [](const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (const int error = error_of(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address))) return error;
    return error_of(unlink(path.c_str()));
  };
  EXPECT_EQ(landlocked(rules, [&] { return listen_in(folder.file("state/s")); }), kDidIt);
  EXPECT_EQ(landlocked(rules, [&] { return listen_in(folder.file("settings/s")); }), (Ending{EACCES, -1}));
}

TEST_F(Landlock, PortsOfOthersAreOutOfReach) {
  SKIP_WITHOUT_LANDLOCK(kLandlockPorts);
  const auto with_port = [](std::uint16_t port, int (*use)(int, const sockaddr*, socklen_t)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return error_of(use(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&address), sizeof address));
  };
  // Nobody listens on port 1: who may connect is refused by nobody there.
  rules.connects = {1};
  EXPECT_EQ(landlocked(rules, [&] { return with_port(1, connect); }), (Ending{ECONNREFUSED, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return with_port(2, connect); }), (Ending{EACCES, -1}));
  EXPECT_EQ(landlocked(rules, [&] { return with_port(0, bind); }), (Ending{EACCES, -1}));
  rules.listens = {0};
  EXPECT_EQ(landlocked(rules, [&] { return with_port(0, bind); }), kDidIt);
  EXPECT_EQ(landlocked(
                rules, [&] { return with_port(2, connect); }, kLandlockPorts - 1),
            (Ending{ECONNREFUSED, -1}))
      << "an older Landlock does not know ports";
}

TEST_F(Landlock, SignalsOfOthersAreOutOfReach) {
  SKIP_WITHOUT_LANDLOCK(kLandlockSignals);
  EXPECT_EQ(landlocked(rules, [] { return error_of(kill(getppid(), 0)); }), (Ending{EPERM, -1}));
  EXPECT_EQ(landlocked(rules, [] { return error_of(kill(getpid(), 0)); }), kDidIt);
}

TEST_F(Landlock, ASecondCallOnlyTakesAway) {
  EXPECT_EQ(landlocked(rules,
                       [&] {
                         if (!apply_landlock({.paths = {{folder.path(), PathUse::read, ""}}}, landlock_version())) {
                           return kNotConfined.exit;
                         }
                         const int outside = open_to(folder.file("outside"), O_RDONLY);
                         return outside != EACCES ? 1 : open_to(folder.file("state/data"), O_WRONLY);
                       }),
            (Ending{EACCES, -1}));
}

}  // namespace
}  // namespace aipg::program
