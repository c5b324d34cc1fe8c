// SPDX-License-Identifier: Apache-2.0
#include "worker/kept_receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seal/receipt.h"

namespace aipg::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class KeptReceiptsTest : public testing::Test {
 protected:
  static std::string receipt(std::uint8_t job, std::uint8_t keyset = 1) {
    seal::Receipt out;
    out.job_id = {job};
    out.keyset_id = {keyset};
    out.model = "m";
    return seal::sign_receipt(out, crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{keyset})));
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& kept : receipts.all()) out.push_back(kept.jws);
    return out;
  }

  program::Log log{program::LogLevel::error};
  KeptReceipts receipts{log, 2};
};

TEST_F(KeptReceiptsTest, KeepsEachUntilItIsRecorded) {
  receipts.keep(receipt(1));
  receipts.keep(receipt(2));
  receipts.recorded({1});
  receipts.recorded({3});
  EXPECT_THAT(texts(), ElementsAre(receipt(2)));
}

TEST_F(KeptReceiptsTest, DropsTheOldestOfTooMany) {
  for (const std::uint8_t job : {1, 2, 3}) receipts.keep(receipt(job));
  EXPECT_THAT(texts(), ElementsAre(receipt(2), receipt(3)));
}

TEST_F(KeptReceiptsTest, GivesUpWhatNoRegisteredKeysetCanProve) {
  receipts.keep(receipt(1, 1));
  receipts.keep(receipt(2, 2));
  receipts.give_up_unless([](const Hash256& id) { return id == Hash256{2}; });
  EXPECT_THAT(texts(), ElementsAre(receipt(2, 2)));
  receipts.give_up_unless([](const Hash256&) { return false; });
  EXPECT_THAT(texts(), IsEmpty());
}

}  // namespace
}  // namespace aipg::worker
