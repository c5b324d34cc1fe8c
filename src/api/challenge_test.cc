// SPDX-License-Identifier: Apache-2.0
#include "api/challenge.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::api {
namespace {

Hash256 filled(std::uint8_t byte) {
  Hash256 out;
  out.fill(byte);
  return out;
}

std::string hash(std::uint8_t byte) { return "\"" + codec::to_base64url(filled(byte)) + "\""; }

std::string edited(std::string document, std::string_view from, std::string_view to) {
  const std::size_t at = document.find(from);
  if (at == std::string::npos) __builtin_trap();
  return document.replace(at, from.size(), to);
}

const ChallengeRequest kRequest{.nonce = filled(7), .keyset_ids = {filled(2), filled(1)}};

ChallengeAnswer some_answer() {
  ChallengeAnswer answer;
  answer.evidence.push_back(
      {filled(1), {.index = 1, .size = 3, .siblings = {filled(5), filled(6)}}, to_bytes("{\"bundle\":1}")});
  answer.evidence.push_back({filled(2), {.index = 0, .size = 1, .siblings = {}}, Bytes(1000, 0xff)});
  return answer;
}

Error request_error(const std::string& body) {
  const auto parsed = parse_challenge_request(body);
  return parsed ? Error{} : parsed.error();
}

Error answer_error(const std::string& body) {
  const auto parsed = parse_challenge_answer(body);
  return parsed ? Error{} : parsed.error();
}

TEST(ChallengeRequest, ReadsBackWhatItWroteInTheSameOrder) {
  const std::string body = write_challenge_request(kRequest);
  EXPECT_EQ(body, "{\"keysets\":[" + hash(2) + "," + hash(1) + "],\"nonce\":" + hash(7) + "}");
  const auto again = parse_challenge_request(body).value();
  EXPECT_EQ(again.nonce, kRequest.nonce);
  EXPECT_EQ(again.keyset_ids, kRequest.keyset_ids);
}

TEST(ChallengeRequest, TakesAnyJsonSpelling) {
  EXPECT_TRUE(parse_challenge_request(" {\"nonce\": " + hash(7) + ", \"keysets\": [" + hash(1) + "] }\n"));
}

TEST(ChallengeRequest, RefusesOtherThanOneToThreeDifferentKeysets) {
  const auto with = [](const std::string& keysets) {
    return request_error("{\"keysets\":[" + keysets + "],\"nonce\":" + hash(7) + "}");
  };
  EXPECT_EQ(with(hash(1) + "," + hash(2) + "," + hash(3)), Error{});
  EXPECT_EQ(with("").code, Literal("challenge_invalid"));
  EXPECT_EQ(with(hash(1) + "," + hash(2) + "," + hash(3) + "," + hash(4)).code, Literal("challenge_invalid"));
  EXPECT_EQ(with(hash(1) + "," + hash(2) + "," + hash(1)).code, Literal("challenge_invalid"));
  EXPECT_EQ(with("1").where, Literal("keysets"));
  EXPECT_EQ(with("\"AQ\"").where, Literal("keysets"));
  EXPECT_EQ(with("\"A\"").where, Literal("keysets"));
}

TEST(ChallengeRequest, RefusesMissingUnknownAndMistypedMembers) {
  const std::string good = write_challenge_request(kRequest);
  EXPECT_EQ(request_error("{}").code, Literal("json_missing_field"));
  EXPECT_EQ(request_error("[]").code, Literal("json_wrong_type"));
  EXPECT_EQ(request_error(edited(good, "\"nonce\"", "\"level\":\"L0\",\"nonce\"")).code, Literal("json_unknown_field"));
  EXPECT_EQ(request_error(edited(good, hash(7), "\"AQ\"")).code, Literal("json_wrong_type"));
  EXPECT_EQ(request_error(std::string(5000, ' ')).code, Literal("json_too_large"));
}

TEST(ChallengeAnswer, ReadsBackWhatItWrote) {
  const ChallengeAnswer answer = some_answer();
  const auto again = parse_challenge_answer(write_challenge_answer(answer)).value();
  ASSERT_EQ(again.evidence.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.evidence[i].keyset_id, answer.evidence[i].keyset_id);
    EXPECT_EQ(again.evidence[i].bundle, answer.evidence[i].bundle);
    EXPECT_EQ(again.evidence[i].path.index, answer.evidence[i].path.index);
    EXPECT_EQ(again.evidence[i].path.size, answer.evidence[i].path.size);
    EXPECT_EQ(again.evidence[i].path.siblings, answer.evidence[i].path.siblings);
  }
}

TEST(ChallengeAnswer, MayBeEmptyWhenNobodyAnsweredInTime) {
  EXPECT_EQ(write_challenge_answer({}), "{\"evidence\":[]}");
  EXPECT_TRUE(parse_challenge_answer("{\"evidence\":[]}").value().evidence.empty());
}

TEST(ChallengeAnswer, HoldsThreeBundlesOfTheLargestSize) {
  ChallengeAnswer answer;
  for (std::uint8_t i = 0; i < 3; ++i) {
    answer.evidence.push_back({filled(i),
                               {.index = 65'535, .size = 65'536, .siblings = std::vector<Hash256>(16)},
                               Bytes(attest::kMaxBundleBytes, i)});
  }
  EXPECT_TRUE(parse_challenge_answer(write_challenge_answer(answer)));
  answer.evidence[0].bundle.push_back(0);
  EXPECT_EQ(answer_error(write_challenge_answer(answer)).code, Literal("json_wrong_type"));
}

TEST(ChallengeAnswer, RefusesPathsThatNoTreeHas) {
  const std::string good = write_challenge_answer(some_answer());
  EXPECT_EQ(answer_error(edited(good, "\"index\":1", "\"index\":3")).where, Literal("index"));
  EXPECT_EQ(answer_error(edited(good, "\"size\":1", "\"size\":0")).where, Literal("index"));
  EXPECT_EQ(answer_error(edited(good, "\"size\":3", "\"size\":65537")).code, Literal("json_wrong_type"));
  EXPECT_EQ(answer_error(edited(good, hash(5), "7")).where, Literal("siblings"));
  ChallengeAnswer deep = some_answer();
  deep.evidence[0].path.siblings.resize(17);
  EXPECT_EQ(answer_error(write_challenge_answer(deep)).where, Literal("siblings"));
}

TEST(ChallengeAnswer, RefusesMoreThanWasAskedForAndTheSameKeysetTwice) {
  ChallengeAnswer answer = some_answer();
  answer.evidence[1].keyset_id = answer.evidence[0].keyset_id;
  EXPECT_EQ(answer_error(write_challenge_answer(answer)).where, Literal("evidence"));
  answer = some_answer();
  answer.evidence.resize(4, answer.evidence[0]);
  EXPECT_EQ(answer_error(write_challenge_answer(answer)), (Error{"challenge_invalid", "evidence", 12}));
}

TEST(ChallengeAnswer, RefusesAnEmptyBundleAndUnknownMembers) {
  ChallengeAnswer answer = some_answer();
  answer.evidence[0].bundle.clear();
  EXPECT_EQ(answer_error(write_challenge_answer(answer)).where, Literal("bundle"));
  EXPECT_EQ(answer_error(edited(write_challenge_answer(some_answer()), "\"path\"", "\"level\":2,\"path\"")).code,
            Literal("json_unknown_field"));
}

}  // namespace
}  // namespace aipg::api
