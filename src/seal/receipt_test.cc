// SPDX-License-Identifier: Apache-2.0
#include "seal/receipt.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace aipg::seal {
namespace {

crypto::Ed25519PrivateKey key() { return crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{5})); }

Receipt valid() {
  Receipt out;
  out.job_id = {1};
  out.request_id = {2};
  out.keyset_id = {3};
  out.workload_hash = {4};
  out.model = "smollm2";
  out.request_hash = {5};
  out.response_hash = {6};
  out.response_chunks = 7;
  out.question = {8};
  out.answer = {9};
  out.tokens_in = 32;
  out.tokens_out = 64;
  out.issued = Instant{1'800'000'000'000};
  out.duration_ms = 300;
  out.epoch = {10};
  return out;
}

// The claims as text, edited and signed again.
std::string resigned(std::string_view from, std::string_view to) {
  const std::string jws = sign_receipt(valid(), key());
  const std::size_t first = jws.find('.'), second = jws.rfind('.');
  std::string claims = to_text(*codec::from_base64url(std::string_view(jws).substr(first + 1, second - first - 1)));
  const std::size_t at = claims.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  claims.replace(at, from.size(), to);
  const std::string input = jws.substr(0, first + 1) + codec::to_base64url(as_bytes(claims));
  return input + "." + codec::to_base64url(key().sign(as_bytes(input)));
}

TEST(Receipt, SurvivesSigningAndVerifying) {
  const auto read = verify_receipt(sign_receipt(valid(), key()), key().public_key());
  ASSERT_TRUE(read);
  EXPECT_EQ(receipt_signing_input(*read), receipt_signing_input(valid()));
  EXPECT_EQ(read->model, "smollm2");
  EXPECT_EQ(read->response_chunks, 7U);
  EXPECT_EQ(read->issued.ms, 1'800'000'000'000);
}

TEST(Receipt, StartsWithTheConstantHeader) {
  const std::string jws = sign_receipt(valid(), key());
  EXPECT_EQ(to_text(*codec::from_base64url(jws.substr(0, jws.find('.')))),
            R"({"alg":"Ed25519","typ":"aipg-receipt+jwt"})");
}

TEST(Receipt, IsRefusedUnderAnotherKey) {
  const auto other = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{6}));
  EXPECT_EQ(verify_receipt(sign_receipt(valid(), key()), other.public_key()).error().code.view(), "receipt_signature");
  EXPECT_TRUE(parse_receipt(sign_receipt(valid(), key())));
}

TEST(Receipt, IsRefusedWithAnyCharacterChanged) {
  const std::string jws = sign_receipt(valid(), key());
  for (std::size_t i = 0; i < jws.size(); ++i) {
    std::string edited = jws;
    edited[i] = edited[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_receipt(edited, key().public_key())) << i;
  }
}

TEST(Receipt, IsRefusedWhenCut) {
  const std::string jws = sign_receipt(valid(), key());
  for (std::size_t n = 0; n < jws.size(); ++n) {
    EXPECT_EQ(verify_receipt(jws.substr(0, n), key().public_key()).error().code.view(), "receipt_invalid") << n;
  }
}

TEST(Receipt, RefusesAnotherHeaderThoughItIsSigned) {
  const std::string input = codec::to_base64url(as_bytes(R"({"alg":"EdDSA","typ":"aipg-receipt+jwt"})")) +
                            receipt_signing_input(valid()).substr(receipt_signing_input(valid()).find('.'));
  const std::string jws = input + "." + codec::to_base64url(key().sign(as_bytes(input)));
  EXPECT_EQ(verify_receipt(jws, key().public_key()).error().where.view(), "header");
}

TEST(Receipt, RefusesEachBrokenClaim) {
  const std::pair<std::string_view, std::string_view> edits[] = {
      {R"("v":1)", R"("v":2)"},         {R"(,"v":1)", R"(,"v":1,"w":1)"},   {R"("n":7,)", ""},
      {R"("n":7)", R"("n":"7")"},       {R"("in":32)", R"("in":"32")"},     {R"("in":32,)", ""},
      {R"("out":64)", R"("out":64.0)"}, {R"("n":7,)", R"("n":7, )"},        {R"("out":64)", R"("out":64,"x":1)"},
      {R"("jti":"AQ)", R"("jti":")"},   {R"("usage":{)", R"("usage":[],{)"}};
  for (const auto& [from, to] : edits) {
    const auto read = verify_receipt(resigned(from, to), key().public_key());
    ASSERT_FALSE(read) << to;
    EXPECT_EQ(read.error().code.view(), "receipt_invalid") << to;
  }
}

}  // namespace
}  // namespace aipg::seal
