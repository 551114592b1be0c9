// What the views draw of an encoder-decoder: weights as they are, no layer where it rests, and no picture of
// one stack.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/observe/observe.h"
#include "core/task/made_pairs.h"
#include "core/train/evaluation.h"
#include "core/views/view.h"
#include "tests/rules.h"

namespace gatescope::views {
namespace {

struct ShownPair {
  std::shared_ptr<const task::MadePairs> task;
  Observation observation;

  Figure draw(std::string_view view, const ViewOptions& options = {}) const {
    return find_view(view).make(std::span(&observation, 1), options);
  }
  Index start() const { return observation.sequence->trace.pair.start; }
};

ShownPair shown_pair(nn::Attention attention, const std::vector<nn::ForceRule>& rules = {},
                     std::optional<observe::Stimulus> stimulus = {}) {
  ShownPair made;
  made.task = std::make_shared<const task::MadePairs>(task::Data{.batch = 4}, task::kReversed, 6);
  nn::ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 6;
  spec.embedding = 5;
  spec.decoder = nn::DecoderSpec{attention};
  auto network = std::make_shared<nn::Network<float>>(spec, made.task->interface());
  network->initialise(Rng{4});
  network->prepare_all();
  made.observation = observe::observe<float>(
      {.name = "GRU", .network = network, .alphabet = observe::alphabet_of(*made.task)},
      stimulus.value_or(observe::HeldOut{made.task.get(), 3}), rules, {});
  return made;
}

const Heatmap* heatmap_of(const Panel& panel) {
  for (const Mark& mark : panel.marks)
    if (const Heatmap* map = std::get_if<Heatmap>(&mark)) return map;
  return nullptr;
}

TEST(PairViews, AlignmentIsTheWeightsStepByStep) {
  const ShownPair shown = shown_pair(nn::Attention::bahdanau);
  const Figure figure = shown.draw("alignment");
  const Heatmap* const map = heatmap_of(figure.panels.at(0));
  ASSERT_NE(map, nullptr);
  const Index steps = shown.observation.steps();
  ASSERT_EQ(map->values.rows, steps - shown.start());
  ASSERT_EQ(map->values.columns, shown.start());
  for (int row = 0; row < map->values.rows; ++row) {
    float sum = 0;
    for (int j = 0; j < map->values.columns; ++j) {
      EXPECT_EQ(map->values.at(row, j), shown.observation.sequence->trace.pair.alpha(j, shown.start() + row));
      sum += map->values.at(row, j);
    }
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_EQ(figure.panels[0].y.ticks.size(), static_cast<std::size_t>(map->values.rows));
  // The chosen step is the one whose ways are shown.
  const Figure chosen = shown.draw("alignment", {.step = static_cast<int>(shown.start())});
  EXPECT_EQ(std::ranges::count_if(chosen.panels[0].marks,
                                  [](const Mark& mark) { return std::holds_alternative<Cursor>(mark); }),
            1);
}

TEST(PairViews, WithoutAttentionTheStateAloneIsShown) {
  const Figure figure = shown_pair(nn::Attention::none).draw("alignment");
  ASSERT_EQ(figure.panels.size(), 1U);
  EXPECT_EQ(heatmap_of(figure.panels[0]), nullptr);
  EXPECT_NE(figure.headlines.at(0).label.find("no attention"), std::string::npos);
}

std::vector<Links> links_of(const Panel& panel) {
  std::vector<Links> all;
  for (const Mark& mark : panel.marks)
    if (const Links* links = std::get_if<Links>(&mark)) all.push_back(*links);
  return all;
}

TEST(PairViews, LinksAreTheWeightsAndTheWaysBackOfOneStep) {
  const ShownPair shown = shown_pair(nn::Attention::bahdanau);
  const Index start = shown.start(), steps = shown.observation.steps(), chosen = start + 1;
  const Figure figure = shown.draw("links", {.step = static_cast<int>(chosen)});
  ASSERT_EQ(figure.panels.size(), 2U);
  const std::vector<Links> lines = links_of(figure.panels[0]);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].links.size(), static_cast<std::size_t>(start)) << "those of the chosen step stand out";
  EXPECT_EQ(lines[0].links.size(), static_cast<std::size_t>(start * (steps - start - 1)));
  double sum = 0;
  for (Index j = 0; j < start; ++j) {
    EXPECT_EQ(lines[1].links[j].flow,
              static_cast<double>(shown.observation.sequence->trace.pair.alpha(j, chosen)));
    sum += lines[1].links[j].flow;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_EQ(lines[2].spots.size(), static_cast<std::size_t>(steps)) << "every symbol can be pointed at";
  EXPECT_EQ(figure.panels[0].points->numbers.size(), static_cast<std::size_t>(steps));
  const std::vector<Links> jumps = links_of(figure.panels[1]);
  ASSERT_EQ(jumps.size(), 1U);
  for (const Links::Link& link : jumps[0].links) {
    EXPECT_GE(link.x0, static_cast<double>(start));
    EXPECT_LE(link.x0, static_cast<double>(chosen));
    EXPECT_LT(link.x1, static_cast<double>(start));
    EXPECT_LE(link.flow, 1);
  }
  const Figure none = shown_pair(nn::Attention::none).draw("links");
  ASSERT_EQ(none.panels.size(), 1U);
  EXPECT_TRUE(links_of(none.panels[0]).empty());
}

TEST(PairViews, ALayerIsDrawnWhereItComputes) {
  const ShownPair shown = shown_pair(nn::Attention::general);
  for (const int layer : {0, 1}) {
    const Figure figure = shown.draw("gates", {.layer = layer});
    int maps = 0;
    for (const Panel& panel : figure.panels) {
      const Heatmap* const map = heatmap_of(panel);
      if (!map) continue;
      ++maps;
      EXPECT_EQ(map->x0, layer == 0 ? 0 : static_cast<double>(shown.start()));
      EXPECT_EQ(map->values.columns, layer == 0 ? shown.start() : shown.observation.steps() - shown.start());
      for (const float value : *map->values.values) EXPECT_TRUE(std::isfinite(value));
    }
    EXPECT_GE(maps, 3);
  }
}

TEST(PairViews, EveryViewDrawsOneOrSaysWhyNot) {
  for (const nn::Attention attention : {nn::Attention::none, nn::Attention::bahdanau})
    for (const std::vector<std::string>& forced :
         {std::vector<std::string>{}, {"1.z@0-1=0", "feed@1-=own"}}) {
      const ShownPair shown = shown_pair(attention, nn::parse_force_rules(forced));
      for (const View& view : all_views()) {
        if (view.needs.metrics) continue;
        SCOPED_TRACE(view.id);
        const Figure figure = shown.draw(view.id, {.layer = view.id == "text" || view.of_pairs ? 1 : 0,
                                                   .step = static_cast<int>(shown.start())});
        EXPECT_FALSE(figure.panels.empty());
        if (!view.of_pairs) {
          EXPECT_NE(figure.panels[0].empty_text.find("one stack"), std::string::npos);
        }
      }
    }
}

TEST(PairViews, LengthsShowWhereTheFirstErrorsAre) {
  const ShownPair shown = shown_pair(nn::Attention::bahdanau);
  const train::Evaluation result = *train::evaluate(*shown.observation.network, *shown.task);
  const Figure figure = shown.draw("lengths");
  ASSERT_EQ(figure.panels.size(), 3u);
  const Panel& first = figure.panels[2];
  EXPECT_EQ(first.title, "first errors");
  ASSERT_EQ(first.marks.size(), 1u);
  const Line& line = std::get<Line>(first.marks[0]);
  double sum = 0;
  for (std::size_t k = 0; k < line.x.size(); ++k) {
    EXPECT_EQ(line.x[k], static_cast<double>(k)) << "steps count from the target's first";
    EXPECT_EQ(line.y[k], static_cast<double>(result.free_running->first_errors[k]));
    sum += line.y[k];
  }
  EXPECT_DOUBLE_EQ(sum, static_cast<double>(result.sequences) * (1 - result.free_running->exact_match));
  EXPECT_GT(sum, 0);
}

TEST(PairViews, TrainingHasACurveOfTheExactMatch) {
  ShownPair shown = shown_pair(nn::Attention::dot);
  for (std::uint64_t update = 1; update <= 6; ++update) {
    train::MetricsRow row{"GRU", update, 1.0, {}, 1, 1, 10};
    if (update % 2 == 0) row.held_out = 0.5, row.exact_match = static_cast<double>(update) / 10;
    shown.observation.metrics.push_back(row);
  }
  const Figure figure = shown.draw("training");
  ASSERT_EQ(figure.panels.size(), 3u);
  const Line& line = std::get<Line>(figure.panels[1].marks.at(0));
  EXPECT_EQ(line.x, (std::vector<double>{2, 4, 6}));
  EXPECT_EQ(line.y, (std::vector<double>{0.2, 0.4, 0.6}));
  for (train::MetricsRow& row : shown.observation.metrics) row.exact_match.reset();
  EXPECT_EQ(shown.draw("training").panels.size(), 2u) << "of what has none";
}

TEST(PairViews, ASourceAloneIsReadWithWhatTheModelMakesOfIt) {
  // Both readings have the same steps, whatever the rules make of the source.
  const ShownPair shown =
      shown_pair(nn::Attention::bahdanau, rules({"z=0"}), observe::Stimulus(observe::Text{{3, 5, 4}}));
  ASSERT_NE(shown.observation.natural, nullptr);
  EXPECT_EQ(shown.observation.natural->trace.steps, shown.observation.steps());
  EXPECT_EQ(shown.observation.natural->tokens, shown.observation.sequence->tokens);
  EXPECT_EQ(shown.start(), 3);
  EXPECT_FALSE(shown.draw("alignment").panels.empty());
}

}  // namespace
}  // namespace gatescope::views
