// SPDX-License-Identifier: Apache-2.0
#include "worker/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/workload_manifest.h"

namespace aipg::worker {
namespace {

constexpr std::string_view kValid = R"(name = "test"
max_jobs = 4
rotate_every = "30m"
retire_after = "330s"
[engine]
argv = ["/bin/sh", "-c", "true"]
environment = ["LC_ALL=C"]
address = "unix:/run/engine.sock"
start_within = "5s"
prefix_cache = "off_per_request"
[tee]
kind = "simulated"
state = "/tmp/tee"
cpu = "snp-genoa"
gpus = 1
[[models]]
name = "m"
file = "/bin/sh"
paths = ["/v1/chat/completions"]
[[components]]
name = "template"
file = "/bin/sh"
)";

std::expected<Workload, program::Complaint> parse(std::string_view text) {
  return parse_workload(to_bytes(text), "w.toml");
}

// What is said about the valid file after one edit.
std::string complaint(std::string_view from, std::string_view to) {
  std::string text(kValid);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  const auto parsed = parse(text.replace(at, from.size(), to));
  return parsed ? "accepted" : std::string(parsed.error().code.view()) + ": " + parsed.error().happened;
}

TEST(Workload, ReadsEveryKey) {
  const auto parsed = parse(kValid);
  ASSERT_TRUE(parsed) << parsed.error().happened;
  EXPECT_EQ(parsed->max_jobs, 4U);
  EXPECT_EQ(parsed->engine.argv.size(), 3U);
  EXPECT_EQ(parsed->engine.address.path, "/run/engine.sock");
  EXPECT_EQ(parsed->engine.prefix_cache, PrefixCache::off_per_request);
  EXPECT_EQ(parsed->engine.start_within, milliseconds(5'000));
  EXPECT_EQ(parsed->tee.cpu, tee::SimulatedCpu::snp_genoa);
  EXPECT_EQ(parsed->keysets.rotate_every, milliseconds(30 * 60'000));
  EXPECT_TRUE(parsed->offers("m", "/v1/chat/completions"));
  EXPECT_FALSE(parsed->offers("m", "/v1/completions"));
  EXPECT_FALSE(parsed->offers("n", "/v1/chat/completions"));
  EXPECT_EQ(as_text(parsed->bytes), kValid);
}

TEST(Workload, RefusesUnknownKeysAnywhere) {
  EXPECT_EQ(complaint("max_jobs", "max_job"), "workload_invalid: w.toml line 2: max_job is not a known key");
  EXPECT_EQ(complaint("start_within", "start"), "workload_invalid: w.toml line 9: engine.start is not a known key");
  EXPECT_EQ(complaint("gpus", "gpu"), "workload_invalid: w.toml line 15: tee.gpu is not a known key");
  EXPECT_EQ(complaint("paths = [\"/v1/chat/completions\"]", "paths = [\"/v1/chat/completions\"]\nalias = \"x\""),
            "workload_invalid: w.toml line 20: models.alias is not a known key");
}

TEST(Workload, RefusesMissingAndMistypedValues) {
  EXPECT_EQ(complaint("name = \"test\"\n", ""), "workload_invalid: w.toml line 1: name is missing");
  EXPECT_NE(complaint("max_jobs = 4", "max_jobs = \"4\"").find("max_jobs is not a whole number"), std::string::npos);
  EXPECT_NE(complaint("max_jobs = 4", "max_jobs = 0").find("max_jobs is not a whole number"), std::string::npos);
  EXPECT_NE(complaint("\"30m\"", "30").find("rotate_every is not a time"), std::string::npos);
  EXPECT_NE(complaint("\"off_per_request\"", "\"on\"").find("engine.prefix_cache"), std::string::npos);
  EXPECT_NE(complaint("\"LC_ALL=C\"", "\"LC_ALL\"").find("engine.environment"), std::string::npos);
  EXPECT_NE(complaint("[tee]", "[te]").find("tee is missing"), std::string::npos);
  EXPECT_NE(complaint("name = \"test\"", "name = ").find("workload_invalid"), std::string::npos);
}

TEST(Workload, RefusesAnEngineElsewhere) {
  EXPECT_NE(complaint("unix:/run/engine.sock", "http://192.0.2.1:8000").find("is not on this machine"),
            std::string::npos);
}

TEST(Workload, RefusesPathsThatCannotBeSealed) {
  EXPECT_NE(complaint("/v1/chat/completions", "/v1/files").find("models.paths"), std::string::npos);
}

// Neither llama.cpp nor vLLM passes its cache's member on from there: one person's prompt could be found by timing.
TEST(Workload, RefusesMessagesWhereThePrefixCacheIsSetByEachRequest) {
  const auto with_messages = [](std::string_view cache) {
    std::string text(kValid);
    text.replace(text.find("off_per_request"), 15, cache);
    const auto parsed = parse(text.replace(text.find("/v1/chat/completions"), 20, "/v1/messages"));
    return parsed ? "accepted" : parsed.error().happened;
  };
  for (const std::string_view cache : {"off_per_request", "salted"}) {
    EXPECT_THAT(with_messages(cache), ::testing::HasSubstr("models.paths has /v1/messages")) << cache;
  }
  EXPECT_EQ(with_messages("disabled"), "accepted");
}

TEST(Workload, RefusesKeysetsThatLiveTooLong) {
  EXPECT_NE(complaint("\"30m\"", "\"61m\"").find("rotate_every"), std::string::npos);
}

// A gateway takes so many of one worker; the link would end at each rotation after that.
TEST(Workload, RefusesMoreKeysetsThanALinkHas) {
  EXPECT_EQ(complaint("\"30m\"", "\"60s\"").find("retire_after"), std::string::npos);
  EXPECT_NE(complaint("\"30m\"", "\"47s\"").find("retire_after keeps too many keysets"), std::string::npos);
}

TEST(Workload, RefusesAModelWithoutWeightsWhenTheEngineIsOurs) {
  EXPECT_NE(complaint("file = \"/bin/sh\"\npaths", "paths").find("models.file is missing"), std::string::npos);
}

TEST(Workload, IsOnTdxUnlessItSaysOtherwise) {
  std::string text(kValid);
  const std::string line = "cpu = \"snp-genoa\"\n";
  EXPECT_EQ(parse(text.erase(text.find(line), line.size()))->tee.cpu, tee::SimulatedCpu::tdx);
}

TEST(Workload, RefusesACpuThatHoldsNoGuest) {
  for (const char* cpu : {"\"sgx\"", "\"snp\"", "\"TDX\""}) {
    EXPECT_EQ(complaint("\"snp-genoa\"", cpu),
              "workload_invalid: w.toml line 14: tee.cpu is not tdx, tdx-v5, snp-milan, snp-genoa or snp-turin");
  }
}

TEST(Workload, RefusesATeeThatIsNotBuiltIn) {
  EXPECT_EQ(complaint("kind = \"simulated\"", "kind = \"tdx\"").substr(0, 11), "tee_unknown");
}

TEST(Workload, RefusesAFileThatIsNotThere) {
  EXPECT_EQ(read_workload("/nonexistent").error().code.view(), "workload_unreadable");
}

const HashProgress kQuiet = [](const std::string&, std::uint64_t, std::uint64_t) {};

TEST(WorkloadManifest, HasEveryComponentThatRunsOrIsLoaded) {
  const auto manifest = make_workload_manifest(parse(kValid).value(), "/proc/self/exe", kQuiet);
  ASSERT_TRUE(manifest);
  std::vector<std::string> names;
  for (const auto& component : manifest->components) names.push_back(component.name);
  EXPECT_EQ(names, (std::vector<std::string>{"worker", "workload", "engine", "weights m", "template"}));
  EXPECT_EQ(manifest->components[1].sha384, crypto::sha384(as_bytes(kValid)));
  EXPECT_EQ(manifest->components[2].sha384, manifest->models[0].sha384);
  EXPECT_EQ(attest::parse_manifest(manifest->bytes)->hash, manifest->hash);
}

TEST(WorkloadManifest, ChangesWithAnyByteOfTheWorkloadFile) {
  const auto first = make_workload_manifest(parse(kValid).value(), "/proc/self/exe", kQuiet);
  const auto second = make_workload_manifest(parse(std::string(kValid) + "# x\n").value(), "/proc/self/exe", kQuiet);
  EXPECT_NE(first->hash, second->hash);
}

TEST(WorkloadManifest, RefusesFilesThatCannotBeRead) {
  Workload workload = parse(kValid).value();
  for (const char* file : {"/nonexistent", "/tmp"}) {
    workload.components[0].file = file;
    EXPECT_EQ(make_workload_manifest(workload, "/proc/self/exe", kQuiet).error().code.view(), "component_unreadable");
  }
}

}  // namespace
}  // namespace aipg::worker
