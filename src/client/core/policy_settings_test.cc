// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "client/core/policy_file.h"
#include "codec/base64.h"
#include "tee/simulated_pki.h"

namespace aipg::client {
namespace {

std::string hex(std::size_t bytes, char digit) { return "\"" + std::string(2 * bytes, digit) + "\""; }

// A value of each setting, none of them a default.
std::string value_for(const PolicySetting& setting) {
  const std::string form = setting.form();
  if (setting.key == "minimum_level") return R"("L3")";
  if (setting.key == "reference.file") return R"("reference.json")";
  if (setting.key == "reference.release_keys")
    return "[" + hex(32, '1') + ", " + hex(32, '2') + ", " + hex(32, '3') + "]";
  if (setting.key == "reference.quorum") return "3";
  if (setting.key == "snp.minimum_family") return R"("turin")";
  if (setting.key == "snp.policy.cxl") return R"("set")";
  if (setting.key == "snp.platform.alias_check") return R"("clear")";
  if (setting.key == "gpu.method") return R"("both")";
  if (setting.key == "nras.issuer") return R"("https://nras.example")";
  if (setting.key == "nras.intermediates") {
    const Bytes der = tee::make_pki(*parse_instant("2026-11-22T12:00:00Z")).roots().intel.front();
    return "[\"" + codec::to_base64(der) + "\"]";
  }
  if (form == "true or false") return *setting.write(attest::Policy{}) == "true" ? "false" : "true";
  if (form.starts_with("a number")) return "3";
  if (form.starts_with("a duration")) return "\"17s\"";
  if (form.starts_with("an instant")) return "\"2026-11-22T12:00:00Z\"";
  if (form.starts_with("a word")) return hex(8, '7');
  if (form.starts_with("one of any")) return R"("set")";
  if (form.starts_with("a list, each one of hopper")) return R"(["hopper", "ls10"])";
  if (form.starts_with("a list, each one of")) return R"(["SWHardeningNeeded", "OutOfDate"])";
  if (form.starts_with("{ firmware")) {
    return "{ firmware = { boot_loader = 10, tee = 0, snp = 23, microcode = 255 }, "
           "launch = { fmc = 1, boot_loader = 9, tee = 0, snp = 22, microcode = 83 } }";
  }
  const bool list = form.starts_with("a list, each ");
  const std::size_t bytes = std::stoul(list ? form.substr(13) : form);
  return list ? "[" + hex(bytes, '5') + ", " + hex(bytes, '6') + "]" : hex(bytes, '4');
}

std::string whole_file(std::string_view base) {
  std::string out = "base = \"" + std::string(base) + "\"\n", table;
  for (const PolicySetting& setting : policy_settings()) {
    if (setting.table() != table) out += "[" + (table = setting.table()) + "]\n";
    out += std::string(setting.name()) + " = " + value_for(setting) + "\n";
  }
  return out;
}

attest::Policy read(const std::string& text) {
  std::string complaint;
  auto policy = parse_policy(text, &complaint);
  EXPECT_TRUE(policy) << complaint << "\n" << text;
  return policy ? *std::move(policy) : attest::Policy{};
}

std::string complaint_about(std::string_view text) {
  std::string complaint;
  EXPECT_FALSE(parse_policy(text, &complaint)) << text;
  return complaint;
}

TEST(PolicySettings, EachIsReadAndWrittenBack) {
  const attest::Policy policy = read(whole_file("vendor"));
  const attest::Policy base = *attest::ready_policy("vendor");
  for (const PolicySetting& setting : policy_settings()) {
    EXPECT_NE(setting.write(policy), setting.write(base)) << setting.key << " was not read";
  }
  EXPECT_EQ(read(write_policy(policy)), policy);
}

TEST(PolicySettings, EachRefusesAnotherForm) {
  for (const PolicySetting& setting : policy_settings()) {
    const std::string table = setting.table().empty() ? "" : "[" + std::string(setting.table()) + "]\n";
    for (const char* wrong : {"-1", "1.5", "[[1]]", "{ a = 1 }", "2026-11-22T12:00:00Z", "\"\"", "\"?\""}) {
      const std::string complaint = complaint_about(table + std::string(setting.name()) + " = " + wrong + "\n");
      EXPECT_THAT(complaint, testing::HasSubstr(std::string(setting.key) + " must be " + setting.form()));
      EXPECT_THAT(complaint, testing::StartsWith(table.empty() ? "line 1: " : "line 2: "));
      if (setting.key == "nras.issuer" || setting.key == "reference.file") break;  // any text will do
    }
  }
}

TEST(PolicySettings, StandOnceEachAndTheirTablesTogether) {
  std::set<std::string_view> keys, tables;
  std::string_view table;
  for (const PolicySetting& setting : policy_settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    if (setting.table() != table) EXPECT_TRUE(tables.insert(table = setting.table()).second) << setting.key;
    EXPECT_FALSE(setting.meaning.empty());
  }
}

TEST(PolicyTemplate, ReadsAsTheReadyPolicyThatItIsMadeFrom) {
  for (const std::string_view name : attest::kReadyPolicies) {
    const attest::Policy base = *attest::ready_policy(name);
    EXPECT_EQ(read(policy_template(base)), base) << name;
    EXPECT_EQ(read(write_policy(base)), base) << name;
  }
}

// Every value that it shows is the base's, in a form that is taken.
TEST(PolicyTemplate, ShowsValuesThatMayBeUncommented) {
  for (const std::string_view name : attest::kReadyPolicies) {
    const attest::Policy base = *attest::ready_policy(name);
    std::istringstream lines(policy_template(base));
    std::string all;
    std::size_t uncommented = 0;
    for (std::string line; std::getline(lines, line);) {
      const bool value = line.starts_with("# ") && line.find(" = ") != line.npos && line.find(": ") == line.npos;
      const bool set = value && !line.ends_with("…");
      uncommented += set ? 1 : 0;
      all += (set ? line.substr(2) : line) + "\n";
    }
    EXPECT_GE(uncommented, attest::relaxable_rules().size() + 20);
    EXPECT_EQ(read(all), base) << all;
  }
}

TEST(PolicyJson, IsTheSamePolicyInAnotherLanguage) {
  const attest::Policy toml = read(
      "base = \"vendor\"\n[rules]\ntdx_debug = \"warn\"\n[intel]\nmaximum_age = \"24h\"\n"
      "[snp.minimum_tcb]\ngenoa = { firmware = { boot_loader = 1, tee = 0, snp = 2, microcode = 3 }, "
      "launch = { boot_loader = 1, tee = 0, snp = 2, microcode = 3 } }\n[gpu]\nminimum_driver = 580\n");
  const attest::Policy json = read(
      R"({"base":"vendor","rules":{"tdx_debug":"warn"},"intel":{"maximum_age":"24h"},
          "snp":{"minimum_tcb":{"genoa":{"firmware":{"boot_loader":1,"tee":0,"snp":2,"microcode":3},
                                         "launch":{"boot_loader":1,"tee":0,"snp":2,"microcode":3}}}},
          "gpu":{"minimum_driver":580}})");
  EXPECT_EQ(json, toml);
}

TEST(PolicyJson, IsRefusedAsStrictly) {
  EXPECT_EQ(complaint_about("{\"base\":\"vendor\",\n\"tdx\":{\n\"mrtdd\":\"00\"}}"),
            "line 3: there is no key \"mrtdd\"; did you mean mrtd?");
  EXPECT_EQ(complaint_about("{\n\"require_pq\": 1}"), "line 2: require_pq must be true or false");
  EXPECT_EQ(complaint_about("{\n\n\"require_pq\": true,}"), "line 3 is not JSON");
  EXPECT_EQ(complaint_about("{\"require_pq\":true,\"require_pq\":true}"), "line 1 is not JSON") << "named twice";
  EXPECT_EQ(complaint_about("{\"tdx\":[]}"), "line 1: tdx must be a table");
}

TEST(PolicyFile, SaysWhereAMisplacedKeyBelongs) {
  EXPECT_EQ(complaint_about("mrconfigid = \"00\"\n"),
            "line 1: there is no key \"mrconfigid\" here; it belongs into [tdx]");
  EXPECT_EQ(complaint_about("[intel]\nmaximum_agee = \"1h\"\n"),
            "line 2: there is no key \"maximum_agee\"; did you mean maximum_age?");
  EXPECT_EQ(complaint_about("[nvidia]\n"), "line 1: there is no key \"nvidia\"");
}

TEST(PolicyFile, TakesReferenceValuesOnlyWithEnoughDifferentKeys) {
  const std::string head = "[reference]\nfile = \"r.json\"\n", one = hex(32, '1'), two = hex(32, '2');
  EXPECT_EQ(read(head + "release_keys = [" + one + ", " + two + "]\n").reference->release_keys.quorum, 2U);
  const std::string wrong = "line 1: reference.release_keys must be at least reference.quorum different keys";
  EXPECT_EQ(complaint_about(head + "release_keys = [" + one + "]\n"), wrong);
  EXPECT_EQ(complaint_about(head + "release_keys = [" + one + ", " + one + "]\n"), wrong);
  EXPECT_EQ(complaint_about(head), wrong);
  EXPECT_EQ(complaint_about("[reference]\nrelease_keys = [" + one + ", " + two + "]\n"),
            "line 1: reference.file is missing");
}

}  // namespace
}  // namespace aipg::client
