#include "core/plot/color.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gatescope::plot {

TEST(Color, GoesToLabAndBack) {
  for (unsigned hex : {0x000000u, 0xffffffu, 0xd55e00u, 0x0072b2u, 0x123456u}) {
    const Color color = rgb(hex), back = from_lab(to_lab(color));
    EXPECT_NEAR(color.red, back.red, 1e-4);
    EXPECT_NEAR(color.green, back.green, 1e-4);
    EXPECT_NEAR(color.blue, back.blue, 1e-4);
  }
}

TEST(Color, LabOfWhiteAndRedIsThePublishedOne) {
  EXPECT_NEAR(to_lab(rgb(0xffffff)).lightness, 100, 1e-3);
  const Lab red = to_lab(rgb(0xff0000));
  EXPECT_NEAR(red.lightness, 53.24, 0.01);
  EXPECT_NEAR(red.a, 80.09, 0.01);
  EXPECT_NEAR(red.b, 67.20, 0.01);
}

// Pairs 1, 7, 14, 17, 20 and 25 of the data published with Sharma, Wu and Dalal 2005.
TEST(Color, DifferenceIsThatOfThePublishedPairs) {
  struct Pair {
    Lab first, second;
    double difference;
  };
  for (const Pair& p : {Pair{{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
                        {{50, 0, 0}, {50, -1, 2}, 2.3669},
                        {{50, -0.0010, 2.4900}, {50, 0.0011, -2.4900}, 4.7461},
                        {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
                        {{50, 2.5, 0}, {58, 24, 15}, 19.4535},
                        {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644}})
    EXPECT_NEAR(color_difference(p.first, p.second), p.difference, 1e-4);
}

TEST(Color, DifferenceIsSymmetric) {
  const Lab a = to_lab(rgb(0xd55e00)), b = to_lab(rgb(0x56b4e9));
  EXPECT_DOUBLE_EQ(color_difference(a, b), color_difference(b, a));
}

TEST(Color, ContrastOfBlackOnWhiteIs21) {
  EXPECT_NEAR(contrast(rgb(0x000000), rgb(0xffffff)), 21, 1e-3);
}

TEST(Color, SimulationKeepsGreysAndBringsRedAndGreenTogether) {
  for (Vision vision : {Vision::protanopia, Vision::deuteranopia}) {
    EXPECT_LT(color_difference(to_lab(simulate(rgb(0x808080), vision)), to_lab(rgb(0x808080))), 0.5);
    auto distance = [&](Vision v) {
      return color_difference(to_lab(simulate(rgb(0xa04030), v)), to_lab(simulate(rgb(0x407030), v)));
    };
    EXPECT_LT(distance(vision), distance(Vision::normal) * 0.6);
  }
}

}  // namespace gatescope::plot
