#include "core/session/moments.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatescope::session {
namespace {

Moment moment(std::uint64_t update, std::size_t bytes = 1000) {
  auto state = std::make_shared<checkpoint::Safetensors>();
  state->tensors.push_back({"model0.parameters", checkpoint::Dtype::f32, {}, std::string(bytes, 'x')});
  return {update, std::move(state)};
}

std::vector<std::uint64_t> updates_of(const Moments& moments) {
  std::vector<std::uint64_t> updates;
  for (const Moment& each : moments.all()) updates.push_back(each.update);
  return updates;
}

Moments after(std::uint64_t updates, std::size_t budget, bool wanted_alone) {
  Moments moments(budget);
  for (std::uint64_t update = 0; update <= updates; ++update)
    if (!wanted_alone || moments.wants(update)) moments.keep(moment(update));
  return moments;
}

TEST(Moments, LieDenseAtTheBeginningAndThinnerLater) {
  const Moments moments = after(2000, 1'000'000, true);
  const auto updates = updates_of(moments);
  EXPECT_EQ(updates.front(), 0u);
  EXPECT_TRUE(moments.find(1) && moments.find(2) && moments.find(63)) << "every one of the first";
  EXPECT_GT(updates.back(), 1950u);
  for (std::size_t k = 1; k + 1 < updates.size(); ++k)
    EXPECT_LE(updates[k] - updates[k - 1], updates[k + 1] - updates[k]) << "at update " << updates[k];
}

TEST(Moments, StayWithinTheirBudget) {
  for (const std::size_t budget : {3'000u, 50'000u, 200'000u}) {
    Moments moments(budget);
    for (std::uint64_t update = 0; update <= 20'000; ++update) {
      if (moments.wants(update)) moments.keep(moment(update));
      ASSERT_LE(moments.bytes(), budget) << "at update " << update;
    }
    EXPECT_EQ(moments.bytes(), 1000 * moments.all().size());
    EXPECT_GE(moments.bytes(), budget / 3) << "room that is there is used";
    EXPECT_TRUE(moments.find(0)) << "the first stays";
  }
}

TEST(Moments, WhatStaysDependsOnTheUpdatesAlone) {
  Moments all = after(3000, 60'000, false), wanted = after(3000, 60'000, true);
  // Those beside the pattern go with the next thinning.
  auto updates = updates_of(all);
  std::erase_if(updates, [&](std::uint64_t update) { return !wanted.wants(update) && update != 0; });
  EXPECT_EQ(updates, updates_of(wanted));
}

TEST(Moments, ThoseThatArePinnedStay) {
  Moments moments(50'000);
  for (std::uint64_t update = 0; update <= 5000; ++update) {
    if (update == 1501) {
      moments.pin({1501});
      moments.keep(moment(update));
    } else if (moments.wants(update)) {
      moments.keep(moment(update));
    }
  }
  EXPECT_TRUE(moments.find(1501));
  moments.cut(1500);
  EXPECT_FALSE(moments.find(1501));
  EXPECT_LE(moments.all().back().update, 1500u);
  EXPECT_EQ(moments.bytes(), 1000 * moments.all().size());
}

TEST(Moments, ThoseThatArePinnedStayWhereFewHaveRoom) {
  for (const std::size_t room : {2u, 3u, 4u}) {
    // A little less than a half, a third and a quarter of the budget each.
    const std::size_t bytes = 100'000 / room - 7;
    Moments moments(100'000);
    for (std::uint64_t update = 0; update <= 3000; ++update) {
      if (update == 37 || update == 1501) moments.pin({update});  // the better one takes the other's place
      if (update == 37 || update == 1501 || moments.wants(update)) moments.keep(moment(update, bytes));
      ASSERT_LE(moments.bytes(), 100'000u) << "at update " << update;
      if (update >= 37 && update < 1501) {
        ASSERT_TRUE(moments.find(37)) << room << " have room, at update " << update;
      }
    }
    EXPECT_TRUE(moments.find(1501)) << room << " have room";
    EXPECT_TRUE(moments.find(0)) << "and the first";
    EXPECT_EQ(moments.all().size(), room);
  }
}

TEST(Moments, WhereOneHasRoomItIsThePinnedOne) {
  Moments moments(1'500);
  for (std::uint64_t update = 0; update <= 8; ++update) {
    if (update == 5) moments.pin({5});
    moments.keep(moment(update));
  }
  EXPECT_EQ(updates_of(moments), std::vector<std::uint64_t>{5});
  moments.pin({});
  moments.keep(moment(9));
  EXPECT_EQ(updates_of(moments), std::vector<std::uint64_t>{5}) << "the first that is there";
}

TEST(Moments, AModelThatIsTooLargeIsNotKept) {
  Moments moments(2'500);
  moments.keep(moment(0, 5'000));
  EXPECT_TRUE(moments.all().empty());
  for (const std::uint64_t update : {1, 2, 3, 4}) moments.keep(moment(update));
  EXPECT_EQ(updates_of(moments), (std::vector<std::uint64_t>{1, 4})) << "the first and the newest";
}

}  // namespace
}  // namespace gatescope::session
