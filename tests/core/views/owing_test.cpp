// Views of what losses owe to steps: the triangle, the terms of the weights' gradient, one prediction.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/analysis/diagnoses.h"
#include "core/analysis/interventions.h"
#include "core/analysis/replacements.h"
#include "core/analysis/taught.h"
#include "core/analysis/triangle.h"
#include "core/observe/trained_steps.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

TEST(TriangleView, DrawsBothTrianglesOnOneScaleAndSaysThatTheyAgree) {
  for (const std::string& cell : cells()) {
    const Example example(cell, {.rules = {"h@4=*0.5"}});
    const Figure figure = example.draw("triangle", {.step = 6});
    ASSERT_EQ(figure.panels.size(), 4U);
    const auto triangle = analysis::triangle(example.observation, 0, analysis::kMeasureShown);
    const Heatmap computed = marks_of<Heatmap>(figure.panels[0]).at(0),
                  measured = marks_of<Heatmap>(figure.panels[1]).at(0);
    EXPECT_EQ(computed.colors.low, measured.colors.low);
    EXPECT_EQ(computed.colors.high, measured.colors.high);
    const double least = *computed.colors.low;  // what is smaller has the lowest colour
    EXPECT_EQ(computed.values.at(9, 2), static_cast<float>(std::max(least, triangle.loss_to_hidden(9, 2))));
    EXPECT_EQ(measured.values.at(9, 2), static_cast<float>(std::max(least, triangle.measured(9, 2))));
    EXPECT_EQ(computed.values.at(9, 9), static_cast<float>(triangle.loss_to_hidden(9, 9)));
    EXPECT_EQ(figure.panels[1].remark, "all 78 cells agree");
    EXPECT_TRUE(marks_of<Scatter>(figure.panels[1]).empty());
    EXPECT_EQ(marks_of<Line>(figure.panels[2]).at(0).y, triangle.column_sums);
    EXPECT_EQ(marks_of<Line>(figure.panels[3]).at(0).y, triangle.row_sums);
    EXPECT_NE(figure.headlines[0].label.find("natural"), std::string::npos);
  }
}

TEST(TaughtView, StacksTheTermsOfTheGatesAndShowsWhereTrainingCuts) {
  Example example("lstm");
  const Figure whole = example.draw("taught");
  ASSERT_EQ(whole.panels.size(), 2U) << "recurrent weights, and those of the input";
  const auto bands = marks_of<Band>(whole.panels[0]);
  ASSERT_EQ(bands.size(), 4U);
  const analysis::Taught taught = analysis::taught(example.observation, 0, false, {});
  for (std::size_t t = 0; t < 12; ++t) {
    double sum = 0;
    for (const analysis::TaughtTerm& term : taught.terms)
      if (term.recurrent) sum += term.norms[t];
    EXPECT_NEAR(bands[3].high[t], sum, 1e-12);
    EXPECT_EQ(bands[1].low[t], bands[0].high[t]);
  }
  EXPECT_TRUE(marks_of<Rule>(whole.panels[0]).empty());
  EXPECT_NE(whole.headlines[0].value.find("of 12 steps"), std::string::npos) << whole.headlines[0].value;

  example.observation.memo = std::make_shared<observe::Memo>();
  EXPECT_EQ(observe::trained_steps(example.observation), 0);
  observe::say_trained_steps(example.observation, 5);
  EXPECT_EQ(observe::trained_steps(example.observation), 5);
  const Figure cut = example.draw("taught");
  const auto borders = marks_of<Rule>(cut.panels[1]);
  ASSERT_EQ(borders.size(), 2U);
  EXPECT_EQ(borders[0].at, 4.5);
  EXPECT_EQ(borders[1].at, 9.5);
  EXPECT_EQ(cut.headlines[0].value, quoted(analysis::taught(example.observation, 0, false, 5).direction));
}

TEST(SaliencyView, TellsTheReplacementThatChangesMost) {
  const Example example("gru");
  const Figure figure = example.draw("saliency", {.step = 8});
  const auto found = analysis::prediction_saliency<float>(example.observation, 8, 100);
  const auto lines = marks_of<Line>(figure.panels.at(0));
  ASSERT_EQ(lines.size(), 2U);
  ASSERT_EQ(lines[0].y.size(), 9U);
  std::size_t most = 0;
  for (std::size_t t = 0; t < 9; ++t) {
    EXPECT_EQ(lines[0].y[t], -found.strongest[t]);
    if (std::abs(found.strongest[t]) > std::abs(found.strongest[most])) most = t;
  }
  EXPECT_NE(figure.headlines[0].label.find("at step " + std::to_string(most)), std::string::npos);
}

TEST(InterventionsView, DrawsEveryGateClosedAndOpened) {
  const Example example("lstm", {.layers = 2});
  const Figure figure = example.draw("interventions", {.layer = 1, .step = 7});
  const auto found = analysis::interventions<float>(example.observation, 7, 1);
  ASSERT_EQ(figure.panels.size(), 2U);
  const Heatmap closed = marks_of<Heatmap>(figure.panels[0]).at(0),
                opened = marks_of<Heatmap>(figure.panels[1]).at(0);
  EXPECT_EQ(closed.values.rows, 3);
  EXPECT_EQ(closed.values.columns, 8);
  EXPECT_EQ(closed.values.at(1, 5), static_cast<float>(found.closed(1, 5)));
  EXPECT_EQ(opened.values.at(2, 6), static_cast<float>(found.opened(2, 6)));
  EXPECT_EQ(closed.colors.high, opened.colors.high);
}

TEST(DiagnosesView, HasACardForTheFirstOnesAndTellsTheOthersByCount) {
  const Example example("lstm", {.layers = 2});
  const auto all = analysis::diagnoses<float>(example.observation, 7, 1);
  ASSERT_GE(all.found.size(), 1U);
  for (const std::optional<int> lanes : {std::optional<int>(), std::optional<int>(4)}) {
    const Figure figure = example.draw("diagnoses", {.layer = 1, .step = 7, .lanes = lanes});
    const std::size_t cards = std::min<std::size_t>(all.found.size(), lanes ? 3 : 4);
    ASSERT_EQ(figure.panels.size(), 2 * cards);
    EXPECT_EQ(figure.columns, 2);
    for (std::size_t k = 0; k < cards; ++k) {
      const analysis::Diagnosis& one = all.found[k];
      const Panel &words = figure.panels[2 * k], &bars = figure.panels[2 * k + 1];
      EXPECT_EQ(words.key, one.key);
      EXPECT_TRUE(words.title.starts_with(one.confirmed ? "● confirmed: " : "○ not confirmed: "));
      EXPECT_EQ(marks_of<Note>(words).at(0).text, one.sentence);
      const auto pair = marks_of<Bars>(bars);
      ASSERT_EQ(pair.size(), 2U);
      EXPECT_EQ(pair[0].values.at(0), one.counterfactual.before);
      EXPECT_EQ(pair[1].values.at(0), one.counterfactual.after);
      EXPECT_EQ(pair[1].name, one.counterfactual.rule);
    }
    if (all.found.size() > cards) {
      EXPECT_TRUE(figure.caption.starts_with(std::to_string(all.found.size() - cards) + " more:"))
          << figure.caption;
    }
    const auto confirmed = std::ranges::count_if(all.found, &analysis::Diagnosis::confirmed);
    EXPECT_EQ(figure.headlines.at(0).value,
              std::to_string(confirmed) + " of " + std::to_string(all.found.size()));
  }
}

TEST(ViewsOfWhatLossesOwe, SayWhatAModelHasNot) {
  const Example both("lstm", {.bidirectional = true}), plain("rnn");
  for (const std::string_view view : {"triangle", "saliency", "interventions", "diagnoses"})
    EXPECT_EQ(both.draw(view).panels.at(0).empty_text, "it reads in both directions") << view;
  EXPECT_EQ(plain.draw("interventions").panels.at(0).empty_text, "RNN has no gates");
}

}  // namespace
}  // namespace gatescope::views
