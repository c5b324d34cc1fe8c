// SPDX-License-Identifier: Apache-2.0
#include "gateway/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace aipg::gateway {
namespace {

using testing::ElementsAre;

class PlacesTest : public testing::Test {
 protected:
  explicit PlacesTest(std::size_t seats = 4) : places(seats) { places.set(2); }

  // Asks for a place for a key, and runs with it when it has one.
  struct Asker final : Places::Waiter {
    Asker(PlacesTest& test, std::string name, std::string whose)
        : t(test), name(std::move(name)), key(std::move(whose)) {}
    void on_place(const Places&) override {
      place = t.places.take(key);
      t.told.push_back(name);
    }
    void on_displaced(const Places&) override { t.told.push_back(name + " out"); }
    PlacesTest& t;
    std::string name, key;
    Places::Place place;
  };
  Asker& asks(const std::string& name, const std::string& key) {
    return *askers.emplace_back(std::make_unique<Asker>(*this, name, key));
  }
  bool waits(const std::string& name, const std::string& key) { return places.wait(asks(name, key), key); }
  // Another's job ends.
  void ends(Places::Place& place) {
    place = {};
    while (places.serve_one()) {
    }
  }

  Places places;
  std::vector<std::string> told;
  std::vector<std::unique_ptr<Asker>> askers;
};

TEST_F(PlacesTest, AreFreeAsLongAsThereAreSome) {
  EXPECT_TRUE(places.has_free());
  const Places::Place one = places.take("a");
  Places::Place two = places.take("b");
  EXPECT_FALSE(places.has_free());
  two = {};
  EXPECT_TRUE(places.has_free());
  EXPECT_EQ(places.running(), 1U);
}

TEST_F(PlacesTest, HaveRoomUntilAllAreTakenAndAllSeatsToo) {
  EXPECT_TRUE(places.has_room());
  Places::Place one = places.take("a");
  const Places::Place two = places.take("a");
  for (const char* name : {"b1", "b2", "b3", "b4"}) {
    EXPECT_TRUE(places.has_room()) << name;
    EXPECT_TRUE(waits(name, "b"));
  }
  EXPECT_FALSE(places.has_room());
  ends(one);
  EXPECT_TRUE(places.has_room());
}

TEST_F(PlacesTest, MovingAPlaceGivesNothingBack) {
  Places::Place one = places.take("a");
  Places::Place two = std::move(one);
  EXPECT_EQ(places.running(), 1U);
  one = std::move(two);
  EXPECT_EQ(places.running(), 1U);
}

TEST_F(PlacesTest, GoToWhoWaitsFirst) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  EXPECT_TRUE(waits("b1", "b"));
  EXPECT_TRUE(waits("c1", "c"));
  EXPECT_FALSE(places.serve_one()) << "all are taken";
  ends(one);
  EXPECT_THAT(told, ElementsAre("b1"));
  ends(two);
  EXPECT_THAT(told, ElementsAre("b1", "c1"));
}

TEST_F(PlacesTest, NobodyOvertakesWhoWaits) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  EXPECT_TRUE(waits("b1", "b"));
  one = {};
  EXPECT_FALSE(places.has_free()) << "it is b's, who has not been told yet";
  EXPECT_TRUE(places.serve_one());
  EXPECT_THAT(told, ElementsAre("b1"));
}

TEST_F(PlacesTest, GoToTheKeyWithTheFewestJobs) {
  places.set(3);
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  Places::Place three = places.take("b");
  EXPECT_TRUE(waits("a3", "a"));
  EXPECT_TRUE(waits("b2", "b"));
  EXPECT_TRUE(waits("c1", "c"));
  ends(three);
  EXPECT_THAT(told, ElementsAre("b2")) << "it has none either now, and came before c";
  ends(one);
  EXPECT_THAT(told, ElementsAre("b2", "c1")) << "a still has one";
  ends(two);
  EXPECT_THAT(told, ElementsAre("b2", "c1", "a3"));
}

TEST_F(PlacesTest, GoRoundAmongKeysThatHaveAsMany) {
  places.set(1);
  Places::Place first = places.take("x");
  for (const char* name : {"a1", "a2"}) EXPECT_TRUE(waits(name, "a"));
  for (const char* name : {"b1", "b2"}) EXPECT_TRUE(waits(name, "b"));
  ends(first);
  for (const std::size_t whose : {0U, 2U, 1U}) ends(askers[whose]->place);
  EXPECT_THAT(told, ElementsAre("a1", "b1", "a2", "b2"));
}

// Keys that come once and are forgotten must not pass for ever before one that is waiting.
TEST_F(PlacesTest, ANewKeyDoesNotPassOneThatWaitsAsLong) {
  places.set(1);
  Places::Place first = places.take("a");
  EXPECT_TRUE(waits("b1", "b"));
  EXPECT_TRUE(waits("c1", "c"));
  ends(first);
  EXPECT_TRUE(waits("d1", "d"));
  ends(askers[0]->place);
  EXPECT_THAT(told, ElementsAre("b1", "c1"));
}

TEST_F(PlacesTest, OneKeyThatFillsTheLineLosesItsLastSeatToAnother) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  for (const char* name : {"a1", "a2", "a3", "a4"}) EXPECT_TRUE(waits(name, "a"));
  EXPECT_FALSE(waits("a5", "a")) << "full, and all of it is a's own";
  EXPECT_TRUE(waits("b1", "b"));
  EXPECT_TRUE(waits("b2", "b"));
  EXPECT_THAT(told, ElementsAre("a4 out", "a3 out"));
  EXPECT_FALSE(waits("b3", "b")) << "it would have more than a then";
  EXPECT_TRUE(waits("c1", "c"));
  EXPECT_EQ(places.waiting(), 4U);
}

TEST_F(PlacesTest, WhoLeavesIsNotServed) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  EXPECT_TRUE(waits("b1", "b"));
  EXPECT_TRUE(waits("b2", "b"));
  places.leave(*askers[0], "b");
  places.leave(*askers[0], "b");
  EXPECT_EQ(places.waiting(), 1U);
  ends(one);
  EXPECT_THAT(told, ElementsAre("b2"));
}

TEST_F(PlacesTest, DisplaceAllThatWaitAndKeepWhatRuns) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("b");
  EXPECT_TRUE(waits("b1", "b"));
  EXPECT_TRUE(waits("c1", "c"));
  places.displace_all();
  EXPECT_THAT(told, testing::UnorderedElementsAre("b1 out", "c1 out"));
  EXPECT_EQ(places.running(), 2U);
  ends(one);
  ends(two);
  EXPECT_EQ(places.running(), 0U);
  EXPECT_TRUE(places.has_free());
}

class NoSeatsTest : public PlacesTest {
 protected:
  NoSeatsTest() : PlacesTest(0) {}
};

TEST_F(NoSeatsTest, NobodyWaits) {
  Places::Place one = places.take("a");
  Places::Place two = places.take("a");
  EXPECT_FALSE(waits("b1", "b"));
  ends(one);
  EXPECT_THAT(told, ElementsAre());
}

}  // namespace
}  // namespace aipg::gateway
