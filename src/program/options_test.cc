// SPDX-License-Identifier: Apache-2.0
#include "program/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "program/toml_file.h"

namespace aipg::program {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A command with one entry of every kind.
class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    options.example("aipg-gateway serve --listen 127.0.0.1:8443", "on loopback, without TLS");
    options.example("aipg-gateway serve --config gateway.toml", "as the file says");
    options.example("aipg-gateway serve --check-config", "only look");
    options.group("Connections");
    options.text("listen", &listen, "where clients and workers connect")
        .env("AIPG_GATEWAY_LISTEN")
        .placeholder("ADDRESS");
    options.optional_text("token", &token, "shared with the other gateways").env("AIPG_GATEWAY_TOKEN").secret();
    options.text_list("origins", &origins, "who may call from a browser").env("AIPG_GATEWAY_ORIGINS");
    options.group("Limits");
    options.duration("drain.grace", &grace, "how long running jobs may take at shutdown").env("AIPG_GATEWAY_GRACE");
    options.bytes("limits.body", &body, "the largest request");
    options.number("limits.clients", &clients, "how many connections at once", 1000);
    options.real("sampling.share", &share, "share of jobs that are probed");
    options.flag("verbose_health", &verbose, "say more in /healthz");
    options.text("log.level", &level, "least level that is logged").choices({"debug", "info", "warn", "error"});
    options.text("dry", &dry, "for tests").flag_only();
    options.text("engine.argv", &argv, "what is measured").file_only();
    options.positional("NOTE", &note, "shown in the log");
    folder = std::filesystem::temp_directory_path() / "aipg-options-XXXXXX";
    std::string name = folder.string();
    folder = mkdtemp(name.data());
  }
  ~OptionsTest() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& text) {
    std::ofstream(folder / "gateway.toml") << text;
    return (folder / "gateway.toml").string();
  }
  std::optional<ExitCode> parse(const std::vector<std::string>& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto result = options.parse(args, environment);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return result;
  }
  std::optional<ExitCode> parse_file(const std::string& text) { return parse({"--config", file(text)}); }

  std::string listen = "127.0.0.1:8443", level = "info", dry, argv;
  std::optional<std::string> token, note;
  std::vector<std::string> origins;
  milliseconds grace{30'000};
  std::uint64_t body = 32 << 20, clients = 100;
  std::optional<double> share;
  bool verbose = false;
  Environment environment;
  std::filesystem::path folder;
  std::string out, err;
  Options options{"aipg-gateway serve", "Relays sealed requests to workers."};
};

TEST_F(OptionsTest, KeepsDefaultsWhenNothingIsSaid) {
  EXPECT_EQ(parse({}), std::nullopt);
  EXPECT_EQ(listen, "127.0.0.1:8443");
  EXPECT_EQ(grace, seconds(30));
  EXPECT_EQ(out + err, "");
}

TEST_F(OptionsTest, ReadsEveryKindFromFlags) {
  EXPECT_EQ(parse({"--listen", "[::1]:1", "--origins", "a", "--origins=b,c", "--drain-grace", "5m", "--limits-body",
                   "1KiB", "--limits-clients", "7", "--sampling-share", "-0.5", "--verbose-health", "--log-level",
                   "warn", "--dry", "[x,y]", "hello there"}),
            std::nullopt)
      << err;
  EXPECT_EQ(listen, "[::1]:1");
  EXPECT_THAT(origins, ElementsAre("a", "b,c"));
  EXPECT_EQ(grace, std::chrono::minutes(5));
  EXPECT_EQ(body, 1024U);
  EXPECT_EQ(clients, 7U);
  EXPECT_EQ(share, -0.5);
  EXPECT_TRUE(verbose);
  EXPECT_EQ(level, "warn");
  EXPECT_EQ(dry, "[x,y]");
  EXPECT_EQ(note, "hello there");
}

TEST_F(OptionsTest, ReadsEveryKindFromAFile) {
  EXPECT_EQ(parse_file("listen = \"[::1]:1\"\ntoken = \"t\"\norigins = [\"a\", \"b,c\"]\nverbose_health = true\n"
                       "[drain]\ngrace = \"5m\"\n[limits]\nbody = \"1KiB\"\nclients = 7\n[sampling]\nshare = 0.25\n"
                       "[log]\nlevel = \"warn\"\n[engine]\nargv = \"x\"\n"),
            std::nullopt)
      << err;
  EXPECT_EQ(listen, "[::1]:1");
  EXPECT_EQ(token, "t");
  EXPECT_THAT(origins, ElementsAre("a", "b,c"));
  EXPECT_TRUE(verbose);
  EXPECT_EQ(grace, std::chrono::minutes(5));
  EXPECT_EQ(body, 1024U);
  EXPECT_EQ(clients, 7U);
  EXPECT_EQ(share, 0.25);
  EXPECT_EQ(level, "warn");
  EXPECT_EQ(argv, "x");
}

TEST_F(OptionsTest, AFlagBeatsTheEnvironmentWhichBeatsTheFile) {
  const std::string path = file("listen = \"file\"\norigins = [\"file\"]\n[drain]\ngrace = \"1s\"\n");
  environment = {{"AIPG_GATEWAY_LISTEN", "environment"}, {"AIPG_GATEWAY_GRACE", "2s"}, {"AIPG_GATEWAY_ORIGINS", "a,b"}};
  EXPECT_EQ(parse({"--config", path, "--listen", "flag"}), std::nullopt) << err;
  EXPECT_EQ(listen, "flag");
  EXPECT_EQ(grace, seconds(2));
  EXPECT_THAT(origins, ElementsAre("a", "b"));
}

TEST_F(OptionsTest, AnEmptyVariableCountsAsAbsent) {
  environment = {{"AIPG_GATEWAY_LISTEN", ""}};
  EXPECT_EQ(parse({}), std::nullopt);
  EXPECT_EQ(listen, "127.0.0.1:8443");
}

TEST_F(OptionsTest, RefusesAnUnknownKeyWithItsPlaceAndTheNearestKnownOne) {
  const std::string path = file("listen = \"a\"\n\n[drain]\ngrce = \"5m\"\n");
  EXPECT_EQ(parse({"--config", path}), ExitCode::usage);
  EXPECT_EQ(err, "aipg-gateway serve: " + path +
                     " line 4: there is no key \"drain.grce\"\n"
                     "  did you mean drain.grace? --print-config lists every key\n"
                     "(unknown_key)\n");
}

TEST_F(OptionsTest, RefusesAnUnknownTableEvenWhenItIsEmpty) {
  EXPECT_EQ(parse_file("[drian]\n"), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("there is no key \"drian\""));
  EXPECT_EQ(parse_file("[drain]\n"), std::nullopt) << err;
}

TEST_F(OptionsTest, AKeyThatIsOnlyAFlagIsUnknownInAFile) {
  EXPECT_EQ(parse_file("dry = \"x\"\n"), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(unknown_key)"));
}

TEST_F(OptionsTest, RefusesAFlagThatDoesNotExistWithoutRepeatingItsValue) {
  EXPECT_EQ(parse({"--lisen=hunter2"}), ExitCode::usage);
  EXPECT_EQ(err,
            "aipg-gateway serve: there is no flag --lisen\n"
            "  did you mean --listen? --help lists every flag\n"
            "(unknown_flag)\n");
}

TEST_F(OptionsTest, WhatOnlyTheFileMaySayIsNoFlagAndNoVariable) {
  EXPECT_EQ(parse({"--engine-argv", "x"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(unknown_flag)"));
  EXPECT_DEATH(options.text("engine.socket", &argv, "").file_only().env("AIPG_ENGINE_SOCKET"), "");
  EXPECT_DEATH(options.text("engine.socket", &argv, "").env("AIPG_ENGINE_SOCKET").file_only(), "");
}

TEST_F(OptionsTest, RefusesOtherVariablesWithAClosedPrefix) {
  options.refuse_other_variables("AIPG_GATEWAY_");
  environment = {{"AIPG_OTHER", "1"}, {"AIPG_GATEWAY_LISTENS", "x"}};
  EXPECT_EQ(parse({}), ExitCode::usage);
  EXPECT_EQ(err,
            "aipg-gateway serve: there is no setting for the environment variable AIPG_GATEWAY_LISTENS\n"
            "  did you mean AIPG_GATEWAY_LISTEN? --help lists every variable\n"
            "(unknown_variable)\n");
}

TEST_F(OptionsTest, RefusesAFlagWithoutItsValue) {
  EXPECT_EQ(parse({"--listen"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("--listen needs a value"));
  EXPECT_EQ(parse({"--listen", "--verbose-health"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(missing_value)"));
}

TEST_F(OptionsTest, RefusesAFlagGivenTwice) {
  EXPECT_EQ(parse({"--listen", "a", "--listen", "b"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("--listen is given more than once\n  keep one of them\n(repeated_flag)"));
}

TEST_F(OptionsTest, RefusesValuesWithoutTheirUnit) {
  const std::string path = file("[drain]\ngrace = \"30\"\n");
  EXPECT_EQ(parse({"--config", path}), ExitCode::usage);
  EXPECT_EQ(err, "aipg-gateway serve: " + path +
                     " line 2: drain.grace is \"30\"\n"
                     "  write a whole number with its unit: 250ms, 30s, 5m, 1h\n"
                     "(invalid_duration)\n");
  EXPECT_EQ(parse({"--limits-body", "16"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("--limits-body is \"16\"\n  write a whole number with its unit: 512B"));
  EXPECT_THAT(err, HasSubstr("(invalid_size)"));
}

TEST_F(OptionsTest, RefusesValuesOfAnotherType) {
  for (const char* text :
       {"listen = 1\n", "[drain]\ngrace = 30\n", "origins = \"a\"\n", "origins = [1]\n", "[limits]\nclients = \"7\"\n",
        "verbose_health = \"true\"\n", "[[listen]]\na = 1\n", "listen = 2026-11-22\n"}) {
    EXPECT_EQ(parse_file(text), ExitCode::usage) << text;
    EXPECT_THAT(err, HasSubstr("(wrong_type)")) << text;
  }
}

TEST_F(OptionsTest, RefusesNumbersOutOfRange) {
  EXPECT_EQ(parse({"--limits-clients", "1001"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("write a whole number from 0 to 1000\n(invalid_number)"));
  for (const char* text : {"-1", "1.5", "x", "", "7 "}) {
    EXPECT_EQ(parse({std::string("--limits-clients=") + text}), ExitCode::usage) << text;
  }
  EXPECT_EQ(parse({"--sampling-share", "inf"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(invalid_number)"));
}

TEST_F(OptionsTest, RefusesAFlagThatIsNeitherTrueNorFalse) {
  EXPECT_EQ(parse({"--verbose-health=false"}), std::nullopt);
  EXPECT_FALSE(verbose);
  EXPECT_EQ(parse({"--verbose-health=maybe"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(invalid_boolean)"));
}

TEST_F(OptionsTest, RefusesAChoiceThatIsNotOffered) {
  EXPECT_EQ(parse({"--log-level", "wran"}), ExitCode::usage);
  EXPECT_EQ(err,
            "aipg-gateway serve: --log-level is \"wran\"\n"
            "  did you mean warn? it is one of debug, info, warn, error\n"
            "(invalid_choice)\n");
}

TEST_F(OptionsTest, NeverShowsASecret) {
  const std::string path = file("token = [\"hunter2\"]\n");
  EXPECT_EQ(parse({"--config", path}), ExitCode::usage);
  EXPECT_THAT(err, Not(HasSubstr("hunter2")));
  environment = {{"AIPG_GATEWAY_TOKEN", "hunter2"}};
  EXPECT_EQ(parse({"--print-config"}), ExitCode::done);
  EXPECT_THAT(out, HasSubstr("token = \"<set>\"\n"));
  EXPECT_THAT(out, Not(HasSubstr("hunter2")));
}

// Every user of a machine can read the arguments of its programs.
TEST_F(OptionsTest, TakesNoSecretAsAFlag) {
  EXPECT_EQ(parse({"--token", "hunter2"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("(unknown_flag)"));
  EXPECT_THAT(err, Not(HasSubstr("hunter2")));
  EXPECT_THAT(options.help(), AllOf(Not(HasSubstr("--token")), HasSubstr("in the file, never a flag")));
}

TEST_F(OptionsTest, NamesAMissingSettingAndEveryWayToGiveIt) {
  std::string url;
  options.text("gateway.url", &url, "the gateway to dial").required().env("AIPG_WORKER_GATEWAY");
  EXPECT_EQ(parse({}), ExitCode::usage);
  EXPECT_EQ(err,
            "aipg-gateway serve: gateway.url is needed: the gateway to dial\n"
            "  pass --gateway-url, or set AIPG_WORKER_GATEWAY, or write gateway.url in the file given by --config\n"
            "(missing_setting)\n");
  environment = {{"AIPG_WORKER_GATEWAY", "x"}};
  EXPECT_EQ(parse({}), std::nullopt);
}

TEST_F(OptionsTest, RefusesArgumentsBeyondTheOneItTakes) {
  EXPECT_EQ(parse({"one", "two"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("takes one NOTE\n  put it in quotes when it has spaces\n(unexpected_argument)"));
}

TEST_F(OptionsTest, ReadsEverythingAfterTwoDashesAsArguments) {
  EXPECT_EQ(parse({"--verbose-health", "--", "--listen"}), std::nullopt) << err;
  EXPECT_EQ(note, "--listen");
  EXPECT_EQ(listen, "127.0.0.1:8443");
}

TEST_F(OptionsTest, AnUnreadableFileHasItsOwnExitCode) {
  EXPECT_EQ(parse({"--config", (folder / "absent.toml").string()}), ExitCode::cannot_read);
  EXPECT_THAT(err, HasSubstr("(config_unreadable)"));
  EXPECT_EQ(parse({"--config", folder.string()}), ExitCode::cannot_read);
  EXPECT_EQ(parse_file(std::string((1 << 20) + 1, '#')), ExitCode::cannot_read);
}

TEST_F(OptionsTest, SaysWhereAFileIsNotToml) {
  EXPECT_EQ(parse_file("listen = \"a\"\ntoken = hunter2\n"), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("is not TOML: line 2"));
  EXPECT_THAT(err, HasSubstr("(config_not_toml)"));
  EXPECT_THAT(err, Not(HasSubstr("hunter2")));
}

TEST_F(OptionsTest, CheckConfigSaysGoodOrWhatIsWrong) {
  EXPECT_EQ(parse({"--check-config"}), ExitCode::done);
  EXPECT_EQ(out, "configuration is good\n");
  EXPECT_EQ(parse({"--check-config", "--drain-grace", "x"}), ExitCode::usage);
  EXPECT_EQ(out, "");
}

TEST_F(OptionsTest, ARuleSeesTheValuesTogether) {
  options.rule([this]() -> std::optional<Complaint> {
    if (clients < 500 || grace > seconds(1)) return std::nullopt;
    return Complaint{"config_conflict", "many clients and a short grace", "raise drain.grace"};
  });
  EXPECT_EQ(parse({"--limits-clients", "500"}), std::nullopt);
  EXPECT_EQ(parse({"--limits-clients", "500", "--drain-grace", "1s", "--check-config"}), ExitCode::usage);
  EXPECT_THAT(err, HasSubstr("many clients and a short grace\n  raise drain.grace\n(config_conflict)\n"));
}

TEST_F(OptionsTest, PrintConfigIsAFileThatGivesTheSameValues) {
  EXPECT_EQ(parse({"--print-config", "--listen", "a\"b\\c\n\xc3\xa9", "--origins", "x", "--sampling-share", "0.5"}),
            ExitCode::done);
  EXPECT_EQ(out,
            "listen = \"a\\\"b\\\\c\\n\xc3\xa9\"\n"
            "# token is not set\n"
            "origins = [\"x\"]\n"
            "verbose_health = false\n"
            "\n[drain]\ngrace = \"30s\"\n"
            "\n[limits]\nbody = \"32MiB\"\nclients = 100\n"
            "\n[sampling]\nshare = 0.5\n"
            "\n[log]\nlevel = \"info\"\n"
            "\n[engine]\n# argv is not set\n");
  const std::string printed = out;
  listen = "";
  EXPECT_EQ(parse_file(printed), std::nullopt) << err;
  EXPECT_EQ(listen, "a\"b\\c\n\xc3\xa9");
}

TEST_F(OptionsTest, HelpIsOneSentenceThenExamplesThenGroups) {
  EXPECT_EQ(parse({"-h"}), ExitCode::done);
  EXPECT_EQ(err, "");
  EXPECT_TRUE(
      out.starts_with("Relays sealed requests to workers.\n\n"
                      "  aipg-gateway serve --listen 127.0.0.1:8443   on loopback, without TLS\n"))
      << out;
  EXPECT_THAT(out, HasSubstr("\nUsage: aipg-gateway serve [options] [NOTE]\n"));
  EXPECT_THAT(out, HasSubstr("\nConnections\n"
                             "  --listen ADDRESS          where clients and workers connect\n"
                             "                            (default 127.0.0.1:8443, env AIPG_GATEWAY_LISTEN)\n"));
  EXPECT_THAT(out, HasSubstr("\nLimits\n"
                             "  --drain-grace DURATION    how long running jobs may take at shutdown\n"
                             "                            (default 30s, env AIPG_GATEWAY_GRACE, key drain.grace)\n"));
  EXPECT_THAT(out, HasSubstr("  engine.argv = TEXT        what is measured\n"));
  EXPECT_THAT(out, HasSubstr("  --print-config            print the configuration in effect"));
  for (std::size_t from = 0, to; (to = out.find('\n', from)) != std::string::npos; from = to + 1) {
    EXPECT_LE(to - from, 100U) << out.substr(from, to - from);
  }
}

TEST_F(OptionsTest, HelpPutsWhatALongExampleDoesBelowIt) {
  const std::string line =
      "aipg-gateway serve --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-private-key k.pem";
  options.example(line, "for others; plain HTTP is for loopback only");
  EXPECT_THAT(options.help(), HasSubstr("  " + line + "\n      for others; plain HTTP is for loopback only\n\nUsage"));
}

TEST(Environment, OfTheProcessHasItsVariables) {
  setenv("AIPG_OPTIONS_TEST", "a=b", 1);
  EXPECT_EQ(process_environment().at("AIPG_OPTIONS_TEST"), "a=b");
}

TEST(TomlFile, FlattensTablesIntoDottedKeysInTheFilesOrder) {
  const auto values = read_toml("b = 1\n[t.u]\na = 'x'\n[t]\nc = [ ]\n", "f");
  ASSERT_TRUE(values);
  std::vector<std::string> keys;
  for (const TomlValue& value : *values) keys.push_back(value.key);
  EXPECT_THAT(keys, ElementsAre("b", "t.u.a", "t.c"));
  EXPECT_EQ(values->back().type, TomlValue::Type::strings);
}

}  // namespace
}  // namespace aipg::program
