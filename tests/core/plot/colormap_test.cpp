#include "core/plot/colormap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/plot/scene.h"
#include "core/plot/theme.h"

namespace gatescope::plot {
namespace {

const Color dark = make_theme(ThemeName::dark).panel, light = make_theme(ThemeName::light).panel;

double step(const ColorTable& table, int i) {
  return color_difference(to_lab(table[std::size_t(i)]), to_lab(table[std::size_t(i) + 1]));
}

}  // namespace

TEST(Colormap, EqualStepsOfTheValueAreEqualStepsToTheEye) {
  for (Colormap map : {Colormap::sequential, Colormap::sequence, Colormap::diverging})
    for (Color panel : {dark, light}) {
      const auto table = color_table(map, panel);
      ASSERT_EQ(table.size(), std::size_t(color_table_size));
      double least = 1e9, greatest = 0;
      for (int i = 0; i + 1 < color_table_size; ++i) {
        if (map == Colormap::diverging && i == color_table_size / 2 - 1) continue;  // bends in the middle
        least = std::min(least, step(table, i));
        greatest = std::max(greatest, step(table, i));
      }
      EXPECT_LT(greatest / least, 1.03) << int(map);
      EXPECT_GT(least, 0.2) << int(map);
    }
}

TEST(Colormap, SequentialGetsLighterAllTheWayFromDarkToLight) {
  const auto table = color_table(Colormap::sequential, dark);
  for (std::size_t i = 1; i < table.size(); ++i)
    EXPECT_GT(to_lab(table[i]).lightness, to_lab(table[i - 1]).lightness);
  EXPECT_LT(to_lab(table.front()).lightness, 12);
  EXPECT_GT(to_lab(table.back()).lightness, 93);
  EXPECT_EQ(table, color_table(Colormap::sequential, light)) << "a gate looks the same in every theme";
}

TEST(Colormap, MiddleOfDivergingIsThePanelsTone) {
  for (Color panel : {dark, light}) {
    const auto table = color_table(Colormap::diverging, panel);
    for (int i : {color_table_size / 2 - 1, color_table_size / 2})
      EXPECT_LT(color_difference(to_lab(table[std::size_t(i)]), to_lab(panel)), 0.3);
  }
}

TEST(Colormap, DivergingGoesEquallyFarOnBothSidesAndStaysTellableForDichromats) {
  for (Color panel : {dark, light}) {
    const auto table = color_table(Colormap::diverging, panel);
    double negative = 0, positive = 0;
    for (int i = 0; i + 1 < color_table_size / 2; ++i) negative += step(table, i);
    for (int i = color_table_size / 2; i + 1 < color_table_size; ++i) positive += step(table, i);
    EXPECT_NEAR(negative, positive, 0.5);
    for (Vision vision : {Vision::normal, Vision::protanopia, Vision::deuteranopia})
      EXPECT_GT(
          color_difference(to_lab(simulate(table.front(), vision)), to_lab(simulate(table.back(), vision))),
          40);
  }
}

TEST(Colormap, SignedValuesHaveTheHueOfTheirQuantityAndNoOther) {
  const auto hue = [](Color color) {
    const Lab lab = to_lab(color);
    return std::atan2(lab.b, lab.a);
  };
  for (const ThemeName name : {ThemeName::dark, ThemeName::light}) {
    const Theme theme = make_theme(name);
    for (const InkRole quantity : {InkRole::candidate, InkRole::cell_state, InkRole::hidden_state}) {
      const ColorTable& table = theme.table(Colormap::diverging, quantity);
      const Color own = role_color(name, quantity);
      for (const std::size_t end : {std::size_t(0), table.size() - 1})
        EXPECT_LT(std::abs(std::remainder(hue(table[end]) - hue(own), 2 * 3.14159265)), 0.2)
            << to_string(name) << int(quantity) << " end " << end;
      EXPECT_LT(color_difference(to_lab(table[table.size() / 2]), to_lab(theme.panel)), 0.5) << "zero";
      EXPECT_LT(color_difference(to_lab(table.back()), to_lab(own)), 2);
      // Where cells are too small for the line through them, tone alone tells the sign.
      for (const Vision vision : {Vision::normal, Vision::protanopia, Vision::deuteranopia})
        EXPECT_GT(
            color_difference(to_lab(simulate(table.front(), vision)), to_lab(simulate(table.back(), vision))),
            8)
            << to_string(name) << int(quantity) << " vision " << int(vision);
      EXPECT_GT(color_difference(to_lab(table.front()), to_lab(table.back())), 15);
    }
  }
}

TEST(Colormap, SequenceStandsOutFromItsPanel) {
  for (Color panel : {dark, light})
    for (Color color : color_table(Colormap::sequence, panel)) EXPECT_GE(contrast(color, panel), 2.15);
}

TEST(Colormap, NoMapContainsTheGapColour) {
  for (ThemeName name : {ThemeName::dark, ThemeName::light, ThemeName::projector}) {
    for (const bool print : {false, true}) {
      const Theme theme = make_theme(name, {.font_size = {}, .print = print});
      for (const InkRole quantity : {InkRole::candidate, InkRole::cell_state, InkRole::hidden_state})
        for (Color color : theme.table(Colormap::diverging, quantity))
          EXPECT_GT(color_difference(to_lab(color), to_lab(theme.gap)), print ? 3 : 6)
              << to_string(name) << " quantity " << int(quantity);
      for (Colormap map : {Colormap::sequential, Colormap::diverging, Colormap::sequence})
        for (Color color : theme.table(map))
          EXPECT_GT(color_difference(to_lab(color), to_lab(theme.gap)), print ? 3 : 6)
              << to_string(name) << int(map);
    }
  }
}

TEST(Colormap, TableIndexCoversTheRangeAndStaysInside) {
  EXPECT_EQ(table_index(0, 0, 1), 0);
  EXPECT_EQ(table_index(1, 0, 1), 255);
  EXPECT_EQ(table_index(0.5f, 0, 1), 128);
  EXPECT_EQ(table_index(-9, 0, 1), 0);
  EXPECT_EQ(table_index(1e30f, 0, 1), 255);
  EXPECT_EQ(table_index(3, 3, 3), 128) << "a range of nothing";
  constexpr float most = std::numeric_limits<float>::max(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(table_index(most, -most, most), 255);
  EXPECT_EQ(table_index(0, -most, most), 128);
  EXPECT_EQ(table_index(-most, -most, most), 0);
  EXPECT_EQ(table_index(infinity, 0, infinity), 0) << "no number, but a place in the table";
}

}  // namespace gatescope::plot
