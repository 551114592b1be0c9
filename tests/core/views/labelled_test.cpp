#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/next_characters.h"
#include "core/views/parts.h"
#include "observations.h"

namespace gatescope::views {
namespace {

/// A sequence with one label at its end, read by a model with random weights, with a rule and without.
struct Labelled {
  explicit Labelled(const std::string& cell, const std::string& rule = "")
      : network(spec(cell), {nn::InputKind::characters, 4, nn::Readout::softmax, 3}) {
    network.initialise(Rng(7));
    network.prepare_all();
    const std::vector<int> tokens{0, 1, 2, 3, 2, 1, 0, 1, 3}, classes{-1, -1, -1, -1, -1, -1, -1, -1, 2};
    natural = trace::trace_sequence<float>(network, tokens, classes);
    if (!rule.empty()) {
      observation.rules.push_back(nn::parse_force_rule(rule));
      network.force(observation.rules);
      observation.natural = borrowed(natural);
    }
    text = trace::trace_sequence<float>(network, tokens, classes);
    observation.name = "model";
    observation.network = borrowed(network);
    observation.alphabet = {{"a", "b", "X", "Y"}, {"first", "second", "third"}, &task::kLabel, false};
    observation.sequence = borrowed(text);
  }

  static nn::ModelSpec spec(const std::string& cell) {
    nn::ModelSpec spec;
    spec.cell = cell;
    spec.hidden = 6;
    return spec;
  }

  Figure draw(std::string_view view, const ViewOptions& options = {}) const {
    return find_view(view).make(std::span(&observation, 1), options);
  }

  nn::Network<float> network;
  trace::SequenceTrace<float> text, natural;
  Observation observation;
};

void expect_known(const std::string& text, std::string_view view) {
  EXPECT_EQ(text.find("�"), std::string::npos) << view << ": " << text;
  EXPECT_EQ(text.find("character"), std::string::npos) << view << ": " << text;
}

TEST(LabelledSequence, IsDrawnByEveryViewOfATextWithoutTheWordsOfOne) {
  for (const std::string& cell : cells())
    for (const std::string rule : {"", "h=*0.5"}) {
      const Labelled example(cell, rule);
      for (const View& view : all_views()) {
        if (view.needs.metrics) continue;
        for (const std::optional<int> step : {std::optional<int>(), std::optional<int>(3)}) {
          const Figure figure = example.draw(view.id, {.step = step, .unit = 2});
          expect_known(figure.title, view.id);
          for (const Headline& headline : figure.headlines) expect_known(headline.label, view.id);
          for (const Panel& panel : figure.panels) {
            expect_known(panel.title, view.id);
            expect_known(panel.remark, view.id);
            for (const std::string& name : panel.x.characters) expect_known(name, view.id);
          }
        }
      }
    }
}

TEST(NextOfALabelledSequence, ShowsTheBeliefInEveryClass) {
  const Labelled example("lstm");
  const Figure figure = example.draw("next", {.step = 3});
  const Heatmap map = marks_of<Heatmap>(figure.panels[0]).at(0);
  ASSERT_EQ(map.values.rows, 3);
  ASSERT_EQ(map.values.columns, 9);
  for (int t = 0; t < 9; ++t) {
    const auto p = analysis::probabilities(example.text.trace.outputs.col(t));
    for (int k = 0; k < 3; ++k) EXPECT_EQ(map.values.at(k, t), static_cast<float>(p[k]));
  }
  ASSERT_EQ(figure.panels[0].y.ticks.size(), 3U);
  EXPECT_EQ(figure.panels[0].y.ticks[2].label, "third");
  EXPECT_EQ(figure.panels[1].title, "after step 3, ‘Y’");
  EXPECT_EQ(figure.panels[1].remark, "no label at this step");
  const Bars bars = marks_of<Bars>(figure.panels[1]).at(0);
  for (const std::string& name : bars.categories)
    EXPECT_NE(std::ranges::find(example.observation.alphabet.outputs, name),
              example.observation.alphabet.outputs.end());
  EXPECT_EQ(example.draw("next", {.step = 8}).panels[1].remark, "label: third");
  EXPECT_EQ(figure.headlines[0].value, percent(static_cast<double>(map.values.at(2, 8))));
}

TEST(EffectOnALabelledSequence, HasTheLossOfItsLabelAlone) {
  const Labelled example("gru", "z@2-4=1");
  const Figure figure = example.draw("effect");
  EXPECT_EQ(figure.headlines[0].label, "bits per label");
  for (const Line& line : marks_of<Line>(figure.panels[0])) {
    EXPECT_EQ(line.marker, Marker::disc);
    EXPECT_EQ(line.x, std::vector<double>{8});
    ASSERT_EQ(line.y.size(), 1U);
    EXPECT_TRUE(std::isfinite(line.y[0]));
  }
}

TEST(CellOfALabelledSequence, EndsInAClass) {
  const Labelled example("lstm");
  const auto best = analysis::next_characters(example.text.trace.outputs.col(8), 1);
  const Figure figure = example.draw("cell", {.step = 8});
  const Diagram diagram = marks_of<Diagram>(figure.panels[0]).at(0);
  const std::string& wanted = example.observation.alphabet.outputs[best[0].character];
  EXPECT_TRUE(std::ranges::any_of(diagram.nodes, [&](const auto& node) { return node.text == wanted; }));
}

TEST(GradientOfALabelledSequence, BeginsAtTheLabel) {
  Labelled example("lstm");
  const Figure figure = example.draw("unrolled", {.loss_step = 3});
  EXPECT_EQ(marks_of<Columns>(figure.panels.at(2)).at(0).origin, 8);
}

}  // namespace
}  // namespace gatescope::views
