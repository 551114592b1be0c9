#include "core/plot/between.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gatescope::plot {
namespace {

Panel lane(const std::string& key, std::vector<float> values) {
  Panel panel{.key = key};
  const auto columns = static_cast<int>(values.size());
  panel.marks.push_back(Heatmap{.name = key, .values = {1, columns, std::move(values)}});
  return panel;
}

float value(const Figure& figure, std::size_t panel, int column) {
  return std::get<Heatmap>(figure.panels[panel].marks[0]).values.at(0, column);
}

TEST(Between, LanesOfTheSameKeyMoveWhereverTheyStand) {
  const Figure from{.panels = {lane("f", {1, 1}), lane("c", {4, 4})}};
  const Figure to{.panels = {lane("f", {0, 1}), lane("c natural", {4, 4}), lane("c", {0, 2})}};
  const Figure half = between(from, to, 0.5);
  ASSERT_EQ(half.panels.size(), 3U);
  EXPECT_EQ(value(half, 0, 0), 0.5F);
  EXPECT_EQ(value(half, 0, 1), 1);
  EXPECT_EQ(value(half, 1, 0), 4) << "it has no counterpart";
  EXPECT_EQ(value(half, 2, 0), 2);
  EXPECT_EQ(value(half, 2, 1), 3);
  EXPECT_EQ(value(between(from, to, 0), 2, 0), 4);
  EXPECT_EQ(value(between(from, to, 1), 2, 0), 0);
  EXPECT_EQ(value(to, 2, 0), 0) << "figures are values: it is as it was";
}

TEST(Between, AValveClosesAndTheFlowBehindItThins) {
  const auto cell = [](double opening, double flow) {
    Diagram diagram;
    diagram.valves.push_back({.name = "f", .opening = opening});
    diagram.wires.push_back({.flow = flow});
    Figure figure;
    figure.panels.emplace_back().marks.push_back(diagram);
    return figure;
  };
  const auto quarter = std::get<Diagram>(between(cell(1, 0.8), cell(0, 0), 0.25).panels[0].marks[0]);
  EXPECT_DOUBLE_EQ(quarter.valves[0].opening, 0.75);
  EXPECT_DOUBLE_EQ(*quarter.wires[0].flow, 0.6);
}

TEST(Between, WhatIsOfAnotherSizeOrNotFiniteIsAsInTheSecond) {
  const Figure from{.panels = {lane("f", {1, NAN})}};
  EXPECT_EQ(value(between(from, {.panels = {lane("f", {0, 0.5F, 1})}}, 0.5), 0, 1), 0.5F);
  EXPECT_EQ(value(between(from, {.panels = {lane("f", {0, 0.5F})}}, 0.5), 0, 1), 0.5F);
}

}  // namespace
}  // namespace gatescope::plot
