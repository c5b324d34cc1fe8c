// SPDX-License-Identifier: Apache-2.0
#include "client/core/drawn_senders.h"

#include <gtest/gtest.h>

#include "client/scripted_network_test.h"

namespace aipg::client {
namespace {

using crypto::hpke::Suite;

DrawnSenders::Wanted wanted_of(const ScriptedWorker& worker) {
  const attest::SuiteKey* key = worker.machine.keyset.find_suite(static_cast<std::uint16_t>(Suite::xwing));
  return {Suite::xwing, {key->kid, key->public_key, worker.machine.keyset.id, {}, {}}};
}

TEST(DrawnSenders, AreTakenOnce) {
  ScriptedWorker worker(1);
  const auto wanted = wanted_of(worker);
  crypto::SystemRng rng;
  DrawnSenders senders;
  EXPECT_FALSE(senders.take(wanted.key.kid));
  senders.draw({wanted}, rng);
  const auto taken = senders.take(wanted.key.kid);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->enc.size(), crypto::hpke::enc_bytes(Suite::xwing));
  EXPECT_FALSE(senders.take(wanted.key.kid));
  senders.draw({wanted}, rng);
  EXPECT_NE(senders.take(wanted.key.kid)->enc, taken->enc);
}

TEST(DrawnSenders, AreOnlyOfTheKeysThatAreWanted) {
  ScriptedWorker first(1), second(2);
  crypto::SystemRng rng;
  DrawnSenders senders;
  senders.draw({wanted_of(first)}, rng);
  senders.draw({wanted_of(second)}, rng);
  EXPECT_FALSE(senders.take(wanted_of(first).key.kid));
  EXPECT_TRUE(senders.take(wanted_of(second).key.kid));
}

// Whoever draws does so while others wait for it.
TEST(DrawnSenders, AreDrawnAsManyAtOnceAsOneRequestTakes) {
  std::vector<DrawnSenders::Wanted> wanted;
  for (std::uint8_t number = 1; number <= seal::kMaxRecipients + 1; ++number) {
    wanted.push_back(wanted_of(ScriptedWorker(number)));
  }
  crypto::SystemRng rng;
  DrawnSenders senders;
  senders.draw(wanted, rng);
  EXPECT_FALSE(senders.take(wanted.back().key.kid));
  senders.draw(wanted, rng);
  for (const auto& each : wanted) EXPECT_TRUE(senders.take(each.key.kid));
}

TEST(DrawnSenders, LeaveOutAKeyThatNothingCanBeSealedTo) {
  ScriptedWorker worker(1);
  auto wanted = wanted_of(worker);
  wanted.key.public_key.pop_back();
  crypto::SystemRng rng;
  DrawnSenders senders;
  senders.draw({wanted}, rng);
  EXPECT_FALSE(senders.take(wanted.key.kid));
}

}  // namespace
}  // namespace aipg::client
