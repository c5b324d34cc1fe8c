// SPDX-License-Identifier: Apache-2.0
#include "api/directory.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::api {
namespace {

Hash256 filled(std::uint8_t byte) {
  Hash256 out;
  out.fill(byte);
  return out;
}

Directory some_directory() {
  Directory directory{.number = 7, .issued = {1'795'348'800'123}, .entries = {}};
  directory.entries.push_back({.keyset_id = filled(1),
                               .worker_id = "w-01",
                               .stake_id = "",
                               .suites = {1, 2},
                               .models = {{"smollm2-135m", {"/v1/chat/completions", "/v1/completions"}, {20, 60}}},
                               .evidence_digest = filled(3)});
  directory.entries.push_back({.keyset_id = filled(2),
                               .worker_id = "w-02",
                               .stake_id = "Stake-9",
                               .suites = {2},
                               .models = {{"a/b:c", {"/v1/embeddings"}, {0, UINT64_MAX}}, {"z", {"/v1/responses"}, {}}},
                               .evidence_digest = filled(4)});
  return directory;
}

// `document` with its first `from` replaced.
std::string edited(std::string document, std::string_view from, std::string_view to) {
  const std::size_t at = document.find(from);
  if (at == std::string::npos) __builtin_trap();
  return document.replace(at, from.size(), to);
}

Literal code_of(const std::string& document) {
  const auto parsed = parse_directory(document);
  return parsed ? Literal("") : parsed.error().code;
}

TEST(Directory, IsTheseBytes) {
  Directory directory = some_directory();
  directory.entries.pop_back();
  EXPECT_EQ(write_directory(directory),
            R"({"entries":[{"evidence_digest":"AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM",)"
            R"("keyset_id":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",)"
            R"("models":[{"name":"smollm2-135m","paths":["/v1/chat/completions","/v1/completions"],)"
            R"("price":{"input":"20","output":"60"}}],"stake_id":"","suites":[1,2],"worker_id":"w-01"}],)"
            R"("issued_ms":1795348800123,"number":7,"v":1})");
}

TEST(Directory, ReadsBackWhatItWrote) {
  EXPECT_EQ(parse_directory(write_directory(some_directory())).value(), some_directory());
  EXPECT_EQ(parse_directory(write_directory({})).value(), Directory{});
}

TEST(Directory, IsTheSameWhateverOrderItsPartsCameIn) {
  Directory shuffled = some_directory();
  std::swap(shuffled.entries[0], shuffled.entries[1]);
  std::swap(shuffled.entries[0].models[0], shuffled.entries[0].models[1]);
  std::swap(shuffled.entries[1].suites[0], shuffled.entries[1].suites[1]);
  std::swap(shuffled.entries[1].models[0].paths[0], shuffled.entries[1].models[0].paths[1]);
  EXPECT_EQ(write_directory(shuffled), write_directory(some_directory()));
}

TEST(Directory, CanBeReadWhateverVisibleTextAWorkerRegistered) {
  Directory directory = some_directory();
  directory.entries[0].models[0].name = R"(quote"and\slash)";
  directory.entries[0].models[0].paths = {R"(/v1/"\)", "/v1/A?b", "/v1/A?b"};
  const auto again = parse_directory(write_directory(directory));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->entries[0].models[0].name, R"(quote"and\slash)");
  EXPECT_EQ(again->entries[0].models[0].paths, (std::vector<std::string>{R"(/v1/"\)", "/v1/A?b"}));
}

TEST(Directory, RefusesOtherThanCanonicalBytes) {
  const std::string good = write_directory(some_directory());
  EXPECT_EQ(code_of(edited(good, "\"v\":1", "\"v\": 1")), Literal("not_canonical"));
  EXPECT_EQ(code_of(good + "\n"), Literal("not_canonical"));
  EXPECT_EQ(code_of(edited(good, "\"v\":1", "\"v\":1,\"v\":1")), Literal("json_duplicate_name"));
}

TEST(Directory, RefusesAnotherVersionBeforeItsMembers) {
  const std::string good = write_directory(some_directory());
  EXPECT_EQ(code_of(edited(good, "\"v\":1", "\"v\":2,\"w\":1")), Literal("directory_version"));
  EXPECT_EQ(code_of("{}"), Literal("json_missing_field"));
}

TEST(Directory, RefusesUnknownMembersExceptExt) {
  const std::string good = write_directory(some_directory());
  EXPECT_EQ(code_of(edited(good, "\"v\":1", "\"v\":1,\"w\":1")), Literal("json_unknown_field"));
  EXPECT_EQ(code_of(edited(good, "\"keyset_id\"", "\"g\":1,\"keyset_id\"")), Literal("json_unknown_field"));
  EXPECT_EQ(code_of(edited(good, "\"keyset_id\"", "\"ext\":{\"a\":1},\"keyset_id\"")), Literal(""));
}

TEST(Directory, RefusesEntriesOutOfOrderOrTwice) {
  const std::string good = write_directory(some_directory());
  const std::string first = codec::to_base64url(filled(1)), second = codec::to_base64url(filled(2));
  EXPECT_EQ(parse_directory(edited(good, first, codec::to_base64url(filled(9)))).error().where, Literal("entries"));
  EXPECT_EQ(code_of(edited(good, first, second)), Literal("directory_invalid"));
}

TEST(Directory, RefusesFieldsOutOfForm) {
  const std::string good = write_directory(some_directory());
  const auto where = [&](std::string_view from, std::string_view to) {
    const auto parsed = parse_directory(edited(good, from, to));
    EXPECT_FALSE(parsed) << to;
    EXPECT_TRUE(parsed.error().code == Literal("directory_invalid") || parsed.error().code == Literal("model_invalid"));
    return parsed.error().where;
  };
  EXPECT_EQ(where("\"w-01\"", "\"W-01\""), Literal("worker_id"));
  EXPECT_EQ(where("\"w-01\"", "\"\""), Literal("worker_id"));
  EXPECT_EQ(where("\"Stake-9\"", "\"Stake 9\""), Literal("stake_id"));
  EXPECT_EQ(where("[1,2]", "[]"), Literal("suites"));
  EXPECT_EQ(where("[1,2]", "[2,1]"), Literal("suites"));
  EXPECT_EQ(where("[1,2]", "[1,1]"), Literal("suites"));
  EXPECT_EQ(where("[1,2]", "[65536]"), Literal("suites"));
  EXPECT_EQ(where("smollm2-135m", "smollm2 135m"), Literal("name"));
  EXPECT_EQ(where("smollm2-135m", ""), Literal("name"));
  EXPECT_EQ(where("[\"/v1/embeddings\"]", "[]"), Literal("paths"));
  EXPECT_EQ(where("/v1/embeddings", "v1/embeddings"), Literal("paths"));
  EXPECT_EQ(where("/v1/embeddings", "/v1/embed dings"), Literal("paths"));
  EXPECT_EQ(where("[\"/v1/embeddings\"]", "[\"/v1/b\",\"/v1/a\"]"), Literal("paths"));
  EXPECT_EQ(where("\"20\"", "\"020\""), Literal("price"));
  EXPECT_EQ(where("\"20\"", "\"-1\""), Literal("price"));
  EXPECT_EQ(where("\"20\"", "\"2.5\""), Literal("price"));
  EXPECT_EQ(where("\"20\"", "\"\""), Literal("price"));
  EXPECT_EQ(where("18446744073709551615", "18446744073709551616"), Literal("price"));
  EXPECT_EQ(where("\"name\":\"z\"", "\"name\":\"a\""), Literal("models"));
}

TEST(Directory, RefusesHashesOfAnotherSize) {
  const std::string good = write_directory(some_directory());
  EXPECT_EQ(code_of(edited(good, codec::to_base64url(filled(1)), codec::to_base64url(Bytes(31, 1)))),
            Literal("json_wrong_type"));
}

TEST(Directory, RefusesMoreEntriesThanItsLimit) {
  Directory directory;
  for (std::size_t i = 0; i <= kMaxDirectoryEntries; ++i) {
    DirectoryEntry entry{
        .keyset_id = filled(0), .worker_id = "w", .stake_id = "", .suites = {1}, .models = {}, .evidence_digest = {}};
    entry.keyset_id[0] = static_cast<std::uint8_t>(i >> 8);
    entry.keyset_id[1] = static_cast<std::uint8_t>(i);
    directory.entries.push_back(entry);
  }
  EXPECT_EQ(parse_directory(write_directory(directory)).error(), (Error{"directory_invalid", "entries", 11}));
  directory.entries.pop_back();
  EXPECT_TRUE(parse_directory(write_directory(directory)));
}

}  // namespace
}  // namespace aipg::api
