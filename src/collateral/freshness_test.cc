// SPDX-License-Identifier: Apache-2.0
#include "collateral/freshness.h"

#include <gtest/gtest.h>

#include "attest/tdx/tcb_info.h"
#include "tee/test_intel.h"

namespace aipg::collateral {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Freshness : public testing::Test {
 protected:
  tee::TestIntel intel;
  Bytes document = intel.collateral().tcb_info;
  attest::tdx::Window window = attest::tdx::parse_tcb_info(document)->window;

  [[nodiscard]] bool fresh(Instant fetched, Instant now, ResourceKind kind = ResourceKind::tcb_info) const {
    return is_fresh(kind, {.url = "https://vendor.example/", .fetched = fetched, .items = {document}}, now);
  }
};

TEST_F(Freshness, LastsADayForIntelsDocuments) {
  EXPECT_TRUE(fresh(window.issue_date, window.issue_date + hours(23)));
  EXPECT_FALSE(fresh(window.issue_date, window.issue_date + hours(24)));
}

TEST_F(Freshness, EndsWithTheDocumentsOwnWindow) {
  EXPECT_TRUE(fresh(window.next_update - minutes(10), window.next_update - minutes(1)));
  EXPECT_FALSE(fresh(window.next_update - minutes(10), window.next_update));
}

TEST_F(Freshness, OfADocumentOlderThanNetworkPolicyAllowsLastsAnHour) {
  const Instant now = window.issue_date + hours(72);
  EXPECT_FALSE(fresh(now - hours(2), now));
  EXPECT_TRUE(fresh(now - minutes(59), now)) << "the service has nothing newer";
  EXPECT_TRUE(fresh(now - hours(2), now, ResourceKind::intel_root_crl)) << "of a list that is made once a year";
}

TEST_F(Freshness, IsNotThatOfTheFuture) {
  EXPECT_FALSE(fresh(window.issue_date + hours(2), window.issue_date + hours(1)));
}

TEST_F(Freshness, IsNotThatOfDamage) {
  document.pop_back();
  EXPECT_FALSE(fresh(window.issue_date, window.issue_date + hours(1)));
}

}  // namespace
}  // namespace aipg::collateral
