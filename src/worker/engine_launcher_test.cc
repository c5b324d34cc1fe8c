// SPDX-License-Identifier: Apache-2.0
// Engines as a worker's launcher starts them: what they are confined to, and how they end. A shell stands for one.
#include "worker/engine_launcher.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "program/confined_test.h"
#include "worker/confinement.h"

namespace aipg::worker {
namespace {

using program::TestFolder;
using testing::HasSubstr;

class EngineLauncherTest : public testing::Test {
 protected:
  EngineLauncherTest() {
    std::filesystem::create_directory(folder.file("run"));
    std::ofstream(folder.file("secret")) << "not for engines\n";
    std::ofstream(folder.file("weights")) << "weights\n";
    workload.engine.address = net::parse_url("unix:" + folder.file("run/engine.sock")).value();
    workload.models = {{"m", folder.file("weights"), {"/v1/chat/completions"}}};
  }
  std::unique_ptr<EngineLauncher> launcher(const std::string& script) {
    workload.engine.argv = {"/bin/bash", "-c", script};
    return EngineLauncher::start({workload.engine.argv, {}, workload.engine.address.path}, engine_confinement(workload))
        .value();
  }
  // All that it writes until its end.
  static std::string output_of(EngineLauncher& launcher) {
    const auto started = launcher.launch();
    if (!started) return std::string(started.error().where.view());
    std::string out;
    char piece[4096];
    for (ssize_t n = 0; (n = read(started->output, piece, sizeof piece)) > 0;)
      out.append(piece, static_cast<std::size_t>(n));
    close(started->output);
    close(started->handle);
    launcher.end();
    return out;
  }
  std::string says(const std::string& script) { return output_of(*launcher(script)); }

  TestFolder folder;
  Workload workload;
};

TEST_F(EngineLauncherTest, AnEngineReadsWhatIsMeasuredAndTheSystem) {
  EXPECT_EQ(says("cat " + folder.file("weights")), "weights\n");
  EXPECT_EQ(says("head -c 9 /proc/cpuinfo"), "processor");
}

TEST_F(EngineLauncherTest, AnEngineOpensNothingElse) {
  SKIP_WITHOUT_LANDLOCK(1);
  EXPECT_THAT(says("cat " + folder.file("secret")), HasSubstr("Permission denied"));
  EXPECT_THAT(says("cat /etc/passwd"), HasSubstr("Permission denied"));
  EXPECT_THAT(says("echo x > " + folder.file("weights")), HasSubstr("Permission denied"));
  EXPECT_THAT(says("echo x > " + folder.file("run/file")), HasSubstr("Permission denied"));
}

TEST_F(EngineLauncherTest, AnEngineUsesWhatTheWorkloadNamesBesides) {
  std::filesystem::create_directory(folder.file("cache"));
  workload.engine.reads = {folder.file("secret")};
  workload.engine.writes = {folder.file("cache")};
  EXPECT_EQ(says("cd " + folder.file("cache") + " && mkdir sub && echo kept > sub/file && cat sub/file"), "kept\n");
  EXPECT_EQ(says("cat " + folder.file("secret")), "not for engines\n");
}

TEST_F(EngineLauncherTest, AnEngineHasNoNetwork) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const std::string script =
      "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(ntohs(address.sin_port)) + " && echo through";
  EXPECT_THAT(says(script), HasSubstr("Function not implemented"));
  const auto unconfined = EngineLauncher::start({{"/bin/bash", "-c", script}, {}, ""}, std::nullopt).value();
  EXPECT_EQ(output_of(*unconfined), "through\n") << "or the script shows nothing";
  close(listener);
}

TEST_F(EngineLauncherTest, AnEngineReachesNeitherTheMemoryNorTheLifeOfWhoStartedIt) {
  SKIP_WITHOUT_LANDLOCK(program::kLandlockSignals);
  const std::string self = std::to_string(getpid());
  EXPECT_THAT(says("kill -0 " + self), HasSubstr("not permitted"));
  EXPECT_THAT(says("cat /proc/" + self + "/mem"), HasSubstr("Permission denied"));
  EXPECT_THAT(says("cat /proc/" + self + "/environ"), HasSubstr("Permission denied"));
}

TEST_F(EngineLauncherTest, RemovesTheSocketOfAnEarlierRun) {
  std::ofstream(folder.file("run/engine.sock")) << "";
  EXPECT_EQ(says("test -e " + folder.file("run/engine.sock") + " || echo removed"), "removed\n");
}

// An engine that lives for long with a child of its own, and both hold this pipe open: its end is theirs.
class LongEngine : public EngineLauncherTest {
 protected:
  LongEngine() {
    workload.engine.writes = {folder.file("run")};
    EXPECT_EQ(mkfifo(held.c_str(), 0600), 0);
  }
  [[nodiscard]] std::string script() const { return "exec 3>" + held + "; sleep 1000 & echo up >&3; wait"; }
  // The pipe, once something is in it.
  [[nodiscard]] int opened() const {
    const int pipe = open(held.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    pollfd wait{pipe, POLLIN, 0};
    EXPECT_EQ(poll(&wait, 1, 10'000), 1) << "the engine did not start";
    fcntl(pipe, F_SETFL, 0);
    return pipe;
  }
  // What comes out of it before its end, which is awaited.
  [[nodiscard]] std::string rest_of(int pipe) const {
    std::string out;
    char piece[64];
    for (ssize_t n = 0; (n = read(pipe, piece, sizeof piece)) > 0;) out.append(piece, static_cast<std::size_t>(n));
    return out;
  }
  std::string held = folder.file("run/held");
};

TEST_F(LongEngine, EndsWithItsWholeGroup) {
  const auto launched = launcher(script());
  const auto started = launched->launch();
  ASSERT_TRUE(started.has_value());
  const int pipe = opened();
  char up[3];
  ASSERT_EQ(read(pipe, up, sizeof up), 3);
  launched->end();
  EXPECT_EQ(rest_of(pipe), "");
  for (const int mine : {pipe, started->handle, started->output}) close(mine);
}

TEST_F(LongEngine, EndsWithWhoStartedItHoweverThatEnds) {
  const pid_t worker = fork();
  if (worker == 0) {
    const auto launched = launcher(script());
    (void)launched->launch();
    pause();
  }
  const int pipe = opened();
  char up[3];
  ASSERT_EQ(read(pipe, up, sizeof up), 3);
  kill(worker, SIGKILL);
  EXPECT_EQ(rest_of(pipe), "");
  waitpid(worker, nullptr, 0);
  close(pipe);
}

TEST_F(LongEngine, EndsWithItsLauncherWhichIsSaidThen) {
  const auto launched = launcher(script());
  const auto started = launched->launch();
  ASSERT_TRUE(started.has_value());
  std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
  pid_t process = 0;
  ASSERT_TRUE(static_cast<bool>(children >> process));
  kill(process, SIGKILL);
  siginfo_t ended{};
  waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOWAIT);
  pollfd engine{started->handle, POLLIN, 0};
  EXPECT_EQ(poll(&engine, 1, 10'000), 1);
  EXPECT_EQ(launched->launch().error(), (Error{"engine_spawn", "launcher", 0}));
  for (const int mine : {started->handle, started->output}) close(mine);
}

}  // namespace
}  // namespace aipg::worker
