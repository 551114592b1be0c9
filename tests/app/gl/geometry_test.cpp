#include "app/gl/geometry.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gatescope::gl {
namespace {

using plot::Polyline;

constexpr Frame page{.scale = 1, .visible = {0, 0, 100, 100}, .clip = {0, 0, 100, 100}};

float length(const Segment& s) {
  return std::hypot(s.to.x - s.from.x, s.to.y - s.from.y);
}

TEST(Strokes, SegmentsThatCannotBeSeenAreLeftOut) {
  const auto found =
      strokes(Polyline{.points = {{-500, -50}, {-10, -50}, {50, 50}, {60, 500}, {900, 500}}}, page);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].segments.size(), 2u);
  for (const Segment& s : found[0].segments) EXPECT_LT(length(s), 150);
}

TEST(Strokes, LongDashedLineKeepsItsPhase) {
  const auto found = strokes(Polyline{.points = {{-1e6f, 50}, {1e6f, 50}}, .dash = {6, 4}}, page);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].apart);
  EXPECT_NEAR(static_cast<double>(found[0].segments.size()), 11, 1);
  for (const Segment& s : found[0].segments) {
    if (s.from.x < 5 || s.to.x > 95) continue;
    EXPECT_NEAR(std::fmod(s.from.x, 10.0f), 0, 1e-3f);
    EXPECT_NEAR(length(s), 6, 1e-3f);
  }
}

TEST(Strokes, OddDashPatternsAlternate) {
  const auto found = strokes(Polyline{.points = {{0, 50}, {12, 50}}, .dash = {3}}, page);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].segments.size(), 2u);
}

TEST(Strokes, DashesThatAddUpToNothingAreSolid) {
  const auto found = strokes(Polyline{.points = {{0, 50}, {12, 50}}, .dash = {0, 0}}, page);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].segments.size(), 1u);
}

TEST(Strokes, RunsOfOneColourAreOneShape) {
  const plot::Color red{1, 0, 0, 1}, blue{0, 0, 1, 1};
  const auto found = strokes(
      Polyline{.points = {{0, 0}, {10, 0}, {20, 10}, {30, 0}, {40, 0}}, .colors = {red, red, blue, red}},
      page);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].segments.size(), 2u);
  EXPECT_FALSE(found[0].apart);
  EXPECT_TRUE(found[1].apart);
  EXPECT_EQ(found[1].segments[0].color, blue);
}

float area(const std::vector<Strip>& strips) {
  float sum = 0;
  for (const Strip& s : strips)
    sum += (s.right - s.left) * 0.5f * ((s.lower_left - s.upper_left) + (s.lower_right - s.upper_right));
  return sum;
}

TEST(Strips, PolygonKeepsItsArea) {
  EXPECT_NEAR(area(strips(plot::Polygon{.points = {{10, 10}, {30, 10}, {30, 20}, {10, 20}}}, page)), 200,
              1e-3f);
  EXPECT_NEAR(area(strips(plot::Polygon{.points = {{50, 10}, {80, 40}, {50, 70}, {20, 40}}}, page)), 1800,
              1e-2f);
  EXPECT_NEAR(area(strips(plot::Polygon{.points = {{20, 10}, {60, 30}, {20, 50}}}, page)), 800, 1e-2f);
}

TEST(Strips, AreaWhoseLinesCrossIsCutThere) {
  const auto found = strips(plot::Area{.upper = {{0, 0}, {10, 10}}, .lower = {{0, 10}, {10, 0}}}, page);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FLOAT_EQ(found[0].right, 5);
  EXPECT_FLOAT_EQ(found[1].left, 5);
}

TEST(Boxes, RadiusIsAtMostHalfTheSmallerSide) {
  const auto found = boxes(plot::Box{.rect = {0, 0, 20, 8}, .radius = 50, .fill = {0, 0, 0, 1}}, page);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FLOAT_EQ(found[0].radius, 4);
}

}  // namespace
}  // namespace gatescope::gl
