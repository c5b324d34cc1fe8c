// SPDX-License-Identifier: Apache-2.0
// An engine of ours as a process: a shell stands for it; where one has to answer, the test does.
#include "worker/engine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>

#include "net/loopback_test.h"
#include "program/process.h"

namespace aipg::worker {
namespace {

std::vector<std::string> shell(std::string script) { return {"/bin/sh", "-c", std::move(script)}; }

std::unique_ptr<EngineLauncher> launcher_of(const std::string& script) {
  return EngineLauncher::start({shell(script), {}, ""}, std::nullopt).value();
}

std::string last_line_of(const std::string& script) {
  const auto launcher = launcher_of(script);
  std::promise<void> ended;
  auto process = EngineProcess::start(*launcher, [&ended] { ended.set_value(); });
  ended.get_future().wait();
  return (*process)->last_line();
}

TEST(EngineProcess, KeepsTheLastLineOfAStartThatFailed) {
  EXPECT_EQ(last_line_of("echo first; echo no such model >&2; exit 3"), "no such model");
}

TEST(EngineProcess, HasNoDescriptorsAndNoVariablesOfOurs) {
  setenv("AIPG_TEST_CANARY", "inherited", 1);
  EXPECT_EQ(last_line_of("exec 3>&- && set -- /proc/self/fd/* && echo $# ${AIPG_TEST_CANARY:-none}"), "4 none")
      << "the shell's own look into the folder is the fourth";
}

TEST(EngineProcess, DumpsToNoFileAndNoHandler) {
  rlimit ours{};
  getrlimit(RLIMIT_CORE, &ours);
  if (ours.rlim_max < program::kNoDumpToHandlers) GTEST_SKIP() << "SKIPPED: the hard limit here is 0";
  EXPECT_EQ(last_line_of("while read -r line; do case $line in 'Max core'*) echo $line; esac; done </proc/self/limits"),
            "Max core file size 1 1 bytes");
}

TEST(EngineProcess, SeesTheEndOfAnEngineThatLeftAHelperBehind) {
  const net::TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // The helper leaves the group and keeps the output open.
  const auto launcher = launcher_of("setsid sh -c 'read x < " + fifo + "' & echo gone; exit 1");
  std::promise<void> ended;
  auto process = EngineProcess::start(*launcher, [&ended] { ended.set_value(); });
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ((*process)->last_line(), "gone");
  close(open(fifo.c_str(), O_WRONLY | O_CLOEXEC));  // the helper goes too
}

class EngineTest : public net::Loopback {
 protected:
  // Soft, so that it can be put back.
  static void limit_files(rlim_t n) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min(n, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
  }
  static rlim_t file_limit() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur;
  }
};

TEST_F(EngineTest, IsStartedAgainAlsoAfterAStartThatWasNotPossible) {
  const net::TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  run([](EngineTest& t, const std::string& until) -> net::Task<void> {
    auto server = t.serve([](net::Exchange& exchange) -> net::Task<void> {
      (void)co_await exchange.respond(200, "application/json", "{}");
    });
    EngineSettings settings;
    settings.argv = shell("read x < " + until);
    settings.address = at(*server);
    settings.restart_pause = milliseconds(1);
    const program::Log log(program::LogLevel::error);
    const auto launcher = EngineLauncher::start({settings.argv, {}, ""}, std::nullopt).value();
    Engine engine(t.runtime, settings, log, launcher.get());
    EXPECT_TRUE(co_await engine.start());
    const int end = open(until.c_str(), O_WRONLY | O_CLOEXEC);
    const rlim_t files = file_limit();
    limit_files(3);  // no place for the next one's descriptors
    close(end);
    while (engine.ready()) co_await t.runtime.sleep(milliseconds(1));
    while (engine.tries() < 2) co_await t.runtime.sleep(milliseconds(1));
    limit_files(files);
    while (!engine.ready()) co_await t.runtime.sleep(milliseconds(1));
    engine.stop();
    co_await server->drain(milliseconds(0));
  }(*this, fifo));
}

TEST_F(EngineTest, IsNotReadyWhenItIsStoppedBeforeItsAnswer) {
  run([](EngineTest& t) -> net::Task<void> {
    EngineSettings settings;
    const program::Log log(program::LogLevel::error);
    std::optional<Engine> engine;
    auto server = t.serve([&engine](net::Exchange& exchange) -> net::Task<void> {
      engine->stop();
      (void)co_await exchange.respond(200, "application/json", "{}");
    });
    settings.address = at(*server);
    engine.emplace(t.runtime, settings, log, nullptr);
    EXPECT_FALSE(co_await engine->start());
    EXPECT_FALSE(engine->ready());
    co_await server->drain(milliseconds(0));
  }(*this));
}

}  // namespace
}  // namespace aipg::worker
