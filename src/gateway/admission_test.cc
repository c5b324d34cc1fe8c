// SPDX-License-Identifier: Apache-2.0
#include "gateway/admission.h"

#include <gtest/gtest.h>

namespace aipg::gateway {
namespace {

constexpr const char* kSealed = "application/vnd.aipg.sealed-request";

net::RequestHead head(std::initializer_list<std::pair<const char*, const char*>> headers) {
  net::RequestHead out;
  for (const auto& [name, value] : headers) out.headers.add(name, value);
  return out;
}

TEST(Admission, LetsASealedRequestUnderTheHeaderIn) {
  EXPECT_EQ(check_confidential_head(head({{"X-AIPG-Confidential", "required"}, {"Content-Type", kSealed}})),
            std::nullopt);
  EXPECT_EQ(check_confidential_head(head({{"x-aipg-confidential", "required"}, {"content-type", kSealed}})),
            std::nullopt);
}

TEST(Admission, RefusesPlaintextUnderTheHeader) {
  EXPECT_EQ(check_confidential_head(head({{"X-AIPG-Confidential", "required"}, {"Content-Type", "application/json"}})),
            api::ErrorCode::sealing_required);
  EXPECT_EQ(check_confidential_head(head({{"X-AIPG-Confidential", "required"}})), api::ErrorCode::sealing_required);
  EXPECT_EQ(
      check_confidential_head(
          head({{"X-AIPG-Confidential", "required"}, {"Content-Type", kSealed}, {"Content-Type", "application/json"}})),
      api::ErrorCode::sealing_required);
}

TEST(Admission, RefusesEveryOtherHeaderValue) {
  for (const char* value :
       {"", "Required", "REQUIRED", "true", "1", "preferred", "required, required", "required;q=1"}) {
    EXPECT_EQ(check_confidential_head(head({{"X-AIPG-Confidential", value}, {"Content-Type", kSealed}})),
              api::ErrorCode::invalid_confidential_header)
        << value;
  }
}

TEST(Admission, RefusesARepeatedHeader) {
  EXPECT_EQ(check_confidential_head(head(
                {{"X-AIPG-Confidential", "required"}, {"x-aipg-confidential", "required"}, {"Content-Type", kSealed}})),
            api::ErrorCode::invalid_confidential_header);
}

TEST(Admission, RefusesASealedBodyWithoutTheHeader) {
  EXPECT_EQ(check_confidential_head(head({{"Content-Type", kSealed}})), api::ErrorCode::invalid_confidential_header);
}

TEST(Admission, RefusesTheStandardTier) {
  EXPECT_EQ(check_confidential_head(head({{"Content-Type", "application/json"}})),
            api::ErrorCode::standard_tier_not_offered);
  EXPECT_EQ(check_confidential_head(head({})), api::ErrorCode::standard_tier_not_offered);
}

TEST(Admission, FindsTheKeyInEitherPlaceButNotInTwo) {
  EXPECT_EQ(presented_key(head({{"Authorization", "Bearer grid_a"}}).headers), "grid_a");
  EXPECT_EQ(presented_key(head({{"apikey", "grid_a"}}).headers), "grid_a");
  EXPECT_EQ(presented_key(head({{"Authorization", "Bearer grid_a"}, {"apikey", "grid_a"}}).headers), "");
  EXPECT_EQ(presented_key(head({{"Authorization", "Basic Z3JpZF9h"}}).headers), "");
  EXPECT_EQ(presented_key(head({{"Authorization", "PrivateToken grid_a"}}).headers), "");
  EXPECT_EQ(presented_key(head({}).headers), "");
}

}  // namespace
}  // namespace aipg::gateway
