#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/gradient_lag.h"
#include "core/analysis/keep_path.h"
#include "core/error.h"
#include "core/observe/trained_steps.h"
#include "core/plot/layout.h"
#include "core/views/gradient_lanes.h"
#include "observations.h"

namespace gatescope::views {
namespace {

constexpr trace::LossAt kAtNine{trace::LossAt::Kind::step, 9};

TextExtent measure(std::string_view text, const TextStyle& style) {
  return {0.6F * style.size * static_cast<float>(text.size()), 0.93F * style.size, 0.24F * style.size};
}

Columns columns_of(const Panel& panel) {
  return marks_of<Columns>(panel).at(0);
}

/// The marker of the reach, where there is one.
std::vector<Rule> reach_markers(const Panel& panel) {
  std::vector<Rule> rules = marks_of<Rule>(panel);
  std::erase_if(rules, [](const Rule& rule) { return !rule.vertical; });
  return rules;
}

Chain chain_of(const Panel& panel) {
  return marks_of<Chain>(panel).at(0);
}

/// The panels of the overview: a lane a state.
std::vector<Panel> lanes_of(const Figure& figure) {
  std::vector<Panel> lanes;
  for (const Panel& panel : figure.panels)
    if (!marks_of<Columns>(panel).empty()) lanes.push_back(panel);
  return lanes;
}

class UnrolledView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, UnrolledView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(UnrolledView, HasALaneAStateWhoseColumnsAreTheTapesNormsRelativeToTheLossStep) {
  for (const bool backward : {false, true}) {
    const Example example(GetParam(), {.layers = 2, .bidirectional = true, .loss = kAtNine});
    for (int layer = 0; layer < 2; ++layer) {
      const auto& tape = example.text.trace.tapes[2 * layer + backward];
      const nn::CellInfo& cell = tape.info();
      const Figure figure = example.draw("unrolled", {.layer = layer, .backward_direction = backward});
      std::size_t n = 0;
      for (const int state : cell.paths()) {
        const Columns columns = columns_of(lanes_of(figure).at(n));
        const auto gradients = tape.gradients(state);
        double at_loss = gradients.col(9).cast<double>().norm();
        const bool read_later = at_loss == 0;  // the loss reads what the step before it left
        if (read_later) at_loss = gradients.col(backward ? 10 : 8).cast<double>().norm();
        // Below the topmost layer gradients come from both sides, the others' having read both ways.
        const bool both = layer == 0;
        ASSERT_EQ(columns.x.size(), both ? 12U : backward ? 3U : 10U);
        for (std::size_t k = 0; k < columns.x.size(); ++k) {
          const double norm = gradients.col(static_cast<Index>(columns.x[k])).cast<double>().norm();
          EXPECT_EQ(columns.values[k], at_loss == 0 ? 0 : norm / at_loss);
        }
        EXPECT_EQ(columns.x.front(), !both ? 9 : backward ? 0 : 11);
        EXPECT_EQ(columns.x.back(), backward ? 11 : 0);
        EXPECT_EQ(std::ranges::count(columns.x, 9), 1);
        EXPECT_EQ(gradients.col(backward ? 8 : 10).norm() > 0, both) << "the tape has no others";
        if (state == cell.output) {  // no step reads what the memory is left with at the end
          EXPECT_EQ(gradients.col(backward ? 2 : 11).norm() > 0, both);
        }
        EXPECT_EQ(figure.caption.find("other side of the loss") != std::string::npos, both);
        EXPECT_EQ(columns.origin, 9);
        EXPECT_TRUE(columns.waiting.empty());
        EXPECT_FALSE(columns.front);
        ++n;
      }
      EXPECT_EQ(lanes_of(figure).size(), n);
      for (const Panel& panel : figure.panels) EXPECT_EQ(panel.x.counts, Counts::steps);
    }
  }
}

TEST_P(UnrolledView, PrintsTheReachOfTheAnalysis) {
  const Example example(GetParam(), {.loss = {trace::LossAt::Kind::last, 0}, .characters = 120});
  const auto& tape = example.text.trace.tapes[0];
  const nn::CellInfo& cell = tape.info();
  const Figure figure = example.draw("unrolled");
  std::size_t n = 0;
  for (const int state : cell.paths()) {
    const auto reach = analysis::gradient_reach(analysis::gradient_over_lag(tape, state, 118));
    const Panel panel = lanes_of(figure).at(n++);
    const auto markers = reach_markers(panel);
    if (!reach) {
      EXPECT_EQ(panel.remark, "reach: over 118 steps");
      EXPECT_TRUE(markers.empty());
      continue;
    }
    EXPECT_EQ(panel.remark, "reach: " + std::to_string(*reach) + (*reach == 1 ? " step" : " steps"));
    ASSERT_EQ(markers.size(), 1U);
    EXPECT_EQ(markers[0].label, panel.remark);
    const Columns columns = columns_of(panel);
    for (std::size_t k = 0; k < columns.x.size(); ++k)
      if (columns.x[k] > markers[0].at && (k > 0 || columns.values[k] != 0)) {
        EXPECT_GE(columns.values[k], 1e-3);
      }
    const auto first = std::find(columns.x.begin(), columns.x.end(), markers[0].at - 0.5);
    ASSERT_NE(first, columns.x.end());
    EXPECT_LT(columns.values[first - columns.x.begin()], 1e-3);
  }
}

TEST(UnrolledFrame, HasTravelledBackToItAndTheRestWaits) {
  const Example example("lstm", {.loss = kAtNine});
  for (int frame = 9; frame >= 0; --frame) {
    const Figure figure = example.draw("unrolled", {.frame = frame});
    for (const Panel& panel : lanes_of(figure)) {
      const Columns columns = columns_of(panel);
      EXPECT_EQ(columns.x.size(), static_cast<std::size_t>(10 - frame));
      EXPECT_EQ(columns.waiting.size(), static_cast<std::size_t>(frame));
      EXPECT_EQ(columns.front, frame);
      EXPECT_EQ(columns.x.back(), frame);
    }
  }
  const Columns before = columns_of(lanes_of(example.draw("unrolled", {.frame = 11}))[0]);
  EXPECT_TRUE(before.x.empty()) << "the pass has not begun";
  EXPECT_EQ(before.waiting.size(), 10U);
  EXPECT_FALSE(before.front);
}

TEST(UnrolledFrame, MarksTheReachOnlyWhenThePulseHasBeenThere) {
  const Example example("rnn", {.loss = {trace::LossAt::Kind::last, 0}, .characters = 120});
  const auto reach = analysis::gradient_reach(
      analysis::gradient_over_lag(example.text.trace.tapes[0], example.network.cell().output, 118));
  ASSERT_TRUE(reach && *reach > 0);
  const int there = 118 - static_cast<int>(*reach);
  EXPECT_TRUE(reach_markers(lanes_of(example.draw("unrolled", {.frame = there + 1}))[0]).empty());
  EXPECT_EQ(reach_markers(lanes_of(example.draw("unrolled", {.frame = there}))[0]).size(), 1U);
}

TEST(UnrolledModels, StandUnderEachOtherOnOneScale) {
  const Example lstm("lstm", {.loss = kAtNine}), gru("gru", {.loss = kAtNine}), rnn("rnn", {.loss = kAtNine});
  const std::vector<Observation> observations{lstm.observation, gru.observation, rnn.observation};
  const Figure figure = find_view("unrolled").make(observations, {});
  ASSERT_EQ(figure.panels.size(), 7U) << "the share that came through the memory between them";
  const std::vector<Panel> lanes = lanes_of(figure);
  ASSERT_EQ(lanes.size(), 3U) << "the memory of each";
  for (const Panel& panel : lanes) {
    EXPECT_EQ(panel.y.low, lanes[0].y.low);
    EXPECT_EQ(panel.y.high, lanes[0].y.high);
    EXPECT_EQ(columns_of(panel).colors.high, columns_of(lanes[0]).colors.high);
    ASSERT_EQ(panel.y.ticks.size(), 1U);
  }
  EXPECT_EQ(lanes[0].y.ticks[0].label, "LSTM cₜ");
  EXPECT_EQ(lanes[1].y.ticks[0].label, "GRU hₜ");
  EXPECT_EQ(lanes[2].y.ticks[0].label, "RNN hₜ");
  std::vector<std::string> ticks;
  const std::vector<Panel> single = lanes_of(lstm.draw("unrolled"));
  for (const Tick& tick : single[0].y.ticks) ticks.push_back(tick.label);
  EXPECT_EQ(ticks, (std::vector<std::string>{"10⁻⁶", "10⁻³", "1"}));
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_TRUE(figure.panels[k].title.starts_with(observations[k].name + ", through "));
    EXPECT_EQ(chain_of(figure.panels[k]).low, chain_of(figure.panels[0]).low);
    EXPECT_EQ(chain_of(figure.panels[k]).high, chain_of(figure.panels[0]).high) << "one scale";
  }
  ASSERT_EQ(figure.headlines.size(), 1U);
  EXPECT_TRUE(figure.headlines[0].value.starts_with("after 9 steps: LSTM "));
  for (const char* model : {", GRU ", ", RNN "})
    EXPECT_NE(figure.headlines[0].value.find(model), std::string::npos) << figure.headlines[0].value;
}

TEST(UnrolledFrame, OfTwoDirectionsTheOtherSideComesInAtTheSamePace) {
  const Example example("gru", {.layers = 2, .bidirectional = true, .loss = kAtNine});
  const Columns columns = columns_of(lanes_of(example.draw("unrolled", {.frame = 8}))[0]);
  EXPECT_EQ(columns.x, (std::vector<double>{10, 9, 8})) << "a step to either side";
  EXPECT_EQ(columns.waiting.size(), 9U);
}

TEST(UnrolledShare, StacksWhatCameThroughTheMemoryAloneAndTheDetoursToOneAsFarAsThePulseIs) {
  const Example example("lstm", {.rules = {"f@4-6=*0.5"}, .loss = kAtNine});
  const auto& tape = example.text.trace.tapes[0];
  const int c = tape.info().find("c"), f = tape.info().find("f");
  for (const int frame : {0, 5}) {
    const Figure figure = example.draw("unrolled", {.frame = frame});
    ASSERT_EQ(figure.panels.size(), 4U) << "the chain, the share, two lanes";
    const auto bands = marks_of<Band>(figure.panels[1]);
    ASSERT_EQ(bands.size(), 2U);
    const Band &detours = bands[0], &alone = bands[1];
    ASSERT_EQ(alone.x.size(), 2 * static_cast<std::size_t>(10 - frame)) << "two corners a step";
    EXPECT_EQ(detours.low, alone.high);
    Eigen::ArrayXd product = Eigen::ArrayXd::Ones(6);
    for (int t = 9; t >= frame; --t) {
      double kept = 0, rest = 0;
      for (int unit = 0; unit < 6; ++unit) {
        const double alone_here = product[unit] * static_cast<double>(tape.gradients(c)(unit, 9));
        kept += std::abs(alone_here);
        rest += std::abs(static_cast<double>(tape.gradients(c)(unit, t)) - alone_here);
      }
      const auto at = 2 * static_cast<std::size_t>(9 - t);
      EXPECT_NEAR(alone.high[at], kept / (kept + rest), 1e-12);
      EXPECT_EQ(alone.high[at], alone.high[at + 1]);
      EXPECT_EQ(alone.x[at], t + 0.5);
      EXPECT_EQ(alone.x[at + 1], t - 0.5);
      EXPECT_EQ(alone.low[at], 0);
      EXPECT_EQ(detours.high[at], 1);
      product *= tape.values(f).col(t).cast<double>().array();
    }
    EXPECT_EQ(alone.high.front(), 1) << "at the loss there is no detour yet";
  }
  const Example rnn("rnn", {.loss = kAtNine});
  EXPECT_EQ(rnn.draw("unrolled").panels.size(), 2U) << "it keeps nothing";
}

TEST(UnrolledTruncation, DrawsWhereTrainingCutsAndNothingWhereItDoesNot) {
  Example example("lstm", {.loss = kAtNine});
  const auto borders = [&](const ViewOptions& options = {}) {
    std::vector<double> at;
    std::vector<std::string> labels;
    for (const Panel& panel : example.draw("unrolled", options).panels) {
      for (const Rule& rule : marks_of<Rule>(panel)) {
        if (!rule.vertical || rule.dash == Dash::solid) continue;
        at.push_back(rule.at);
        if (!rule.label.empty()) labels.push_back(rule.label);
      }
    }
    EXPECT_EQ(labels.size(), at.empty() ? 0U : 1U) << "it is said once";
    return at;
  };
  EXPECT_TRUE(borders().empty()) << "nobody knows how it was trained";
  example.observation.memo = std::make_shared<observe::Memo>();
  observe::say_trained_steps(example.observation, 4);
  const std::vector<double> each{7.5, 3.5};
  std::vector<double> all;
  for (int panel = 0; panel < 4; ++panel) all.insert(all.end(), each.begin(), each.end());
  EXPECT_EQ(borders(), all) << "two borders before the loss, in every panel";
  EXPECT_NE(example.draw("unrolled").caption.find("4 steps at a time"), std::string::npos);
  const auto lags = marks_of<Rule>(example.draw("gradient").panels[1]);
  EXPECT_EQ(std::ranges::count_if(lags, [](const Rule& rule) { return rule.vertical; }), 2);
  EXPECT_EQ(lags.at(1).at, 1.5) << "between lags 1 and 2";
  example.observation.memo = std::make_shared<observe::Memo>();
  observe::say_trained_steps(example.observation, 12);
  EXPECT_TRUE(borders().empty()) << "the text is no longer than what training reads";
}

TEST(UnrolledUnderARule, KeepsTheNaturalNormsAsALineAndMarksTheForcedSteps) {
  const Example example("lstm", {.rules = {"f@4-6=0"}, .loss = kAtNine});
  const Figure figure = example.draw("unrolled");
  const auto lines = marks_of<Line>(lanes_of(figure)[0]);
  ASSERT_EQ(lines.size(), 1U);
  const auto natural = analysis::gradient_over_lag(example.natural.trace.tapes[0], 4, 9);
  for (std::size_t lag = 0; lag < natural.size(); ++lag)
    EXPECT_EQ(lines[0].y[lag], natural[lag] / natural[0]);
  EXPECT_EQ(marks_of<Spans>(lanes_of(figure)[0])[0].intervals, (std::vector{std::pair{3.5, 6.5}}));
}

TEST(UnrolledWithoutAGradient, SaysZeroOrNotFinite) {
  Example none("lstm", {.loss = kAtNine}), broken("lstm", {.loss = kAtNine});
  for (auto& tape : none.text.trace.tapes)
    for (const int state : tape.info().paths()) tape.gradients(state).setZero();
  const Figure zero = none.draw("unrolled");
  EXPECT_EQ(lanes_of(zero)[0].remark, "reach: no gradient");
  EXPECT_TRUE(reach_markers(lanes_of(zero)[0]).empty());
  EXPECT_EQ(zero.panels[0].remark, "no gradient");
  EXPECT_EQ(zero.headlines[0].value, "after 9 steps: LSTM no gradient");
  auto& tape = broken.text.trace.tapes[0];
  tape.gradient(tape.info().output, 7)[0] = std::numeric_limits<float>::infinity();
  const Figure figure = broken.draw("unrolled");
  EXPECT_EQ(lanes_of(figure)[1].remark, "reach: not finite");
  EXPECT_TRUE(std::isinf(columns_of(lanes_of(figure)[1]).values[2]));
  EXPECT_EQ(lanes_of(figure)[0].y.high, 1);
}

TEST(UnrolledView, OnAProjectorWhatIsLeftIsTheTitle) {
  const Example example("lstm", {.loss = kAtNine});
  ViewOptions options;
  const Figure usual = example.draw("unrolled", options);
  options.lanes = 4;
  const Figure figure = example.draw("unrolled", options);
  EXPECT_TRUE(figure.headlines.empty());
  ASSERT_FALSE(usual.headlines.empty());
  EXPECT_EQ(figure.title, "A" + usual.headlines[0].value.substr(1));
}

TEST(UnrolledOfALongText, ShowsWhereSomethingIsLeftAndSaysSo) {
  const Example forgets("rnn", {.loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  const Figure short_reach = forgets.draw("unrolled");
  EXPECT_EQ(lanes_of(short_reach)[0].x.high, 9999.5);
  EXPECT_GT(lanes_of(short_reach)[0].x.low, 9000);
  EXPECT_NE(short_reach.caption.find("Of 10000 steps"), std::string::npos);
  const Example keeps("lstm",
                      {.rules = {"f=1", "i=0"}, .loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  const Figure all = keeps.draw("unrolled");
  EXPECT_EQ(lanes_of(all)[0].x.low, -0.5);
  EXPECT_LT(layout(all, {800, 560}, make_theme(ThemeName::dark), measure).items.size(), 8000U);
}

TEST_P(UnrolledView, HasACellAStepAndArrowsThatAreTheAnalysisWays) {
  const Example example(GetParam(), {.loss = kAtNine});
  const auto& tape = example.text.trace.tapes[0];
  const analysis::KeepPath path = analysis::keep_path(tape, 9, {}, 0);
  const Figure figure = example.draw("unrolled");
  const Chain chain = chain_of(figure.panels[0]);
  ASSERT_EQ(chain.x.size(), 10U);
  ASSERT_EQ(chain.lanes.size(), 2U);
  for (std::size_t lag = 0; lag < chain.x.size(); ++lag) {
    EXPECT_EQ(chain.x[lag], 9 - static_cast<double>(lag));
    const double first = path.total[0] == 0 ? path.total[1] : path.total[0];
    const bool gated = !std::isnan(path.product[0]);
    EXPECT_EQ(chain.lanes[0].flows[lag], first == 0 || !gated ? 0 : path.kept[lag] / first);
    EXPECT_EQ(chain.lanes[1].flows[lag], first == 0 ? 0 : (gated ? path.rest[lag] : path.total[lag]) / first);
  }
  EXPECT_EQ(chain.notes.size(), std::isnan(path.product[0]) ? 0U : 10U);
  EXPECT_EQ(chain.origin, 9);
  EXPECT_EQ(figure.panels[0].x.counts, Counts::steps);
  EXPECT_EQ(figure.panels[0].x.characters.size(), 12U) << "characters beneath";
}

TEST(UnrolledCells, OfALongTextAreTheLastBeforeTheLoss) {
  const Example example("lstm", {.loss = {trace::LossAt::Kind::step, 80}, .characters = 120});
  const Figure figure = example.draw("unrolled");
  EXPECT_EQ(figure.panels[0].x.low, 56.5);
  EXPECT_EQ(figure.panels[0].x.high, 80.5);
  EXPECT_EQ(chain_of(figure.panels[0]).x.back(), 57);
}

TEST(UnrolledCells, StayWhereStepsAreAskedForThatTheyAreNotOf) {
  const Example example("lstm", {.loss = {trace::LossAt::Kind::step, 80}, .characters = 120});
  const Figure some =
      find_view("unrolled")
          .make(std::span(&example.observation, 1), {.steps = Steps{10, 30}, .loss_step = 80});
  const Scene scene = layout(some, {900, 600}, make_theme(ThemeName::dark), measure);
  ASSERT_GE(scene.placements.size(), 2U);
  EXPECT_EQ(scene.placements[0].x.low, 56.5);
  EXPECT_EQ(scene.placements[0].x.high, 80.5);
  EXPECT_EQ(scene.placements[1].x.low, 9.5) << "the overview shows them";
  EXPECT_EQ(scene.placements[1].x.high, 30.5);
}

TEST(UnrolledFrame, ReachesTheCellsOneByOne) {
  const Example example("lstm", {.loss = kAtNine});
  const Chain chain = chain_of(example.draw("unrolled", {.frame = 6}).panels[0]);
  EXPECT_EQ(chain.x, (std::vector<double>{9, 8, 7, 6}));
  EXPECT_EQ(chain.waiting.size(), 6U);
  EXPECT_EQ(chain.front, 6);
}

TEST(UnrolledScale, IsLinearWhereThatIsAskedFor) {
  const Example example("lstm", {.loss = kAtNine});
  EXPECT_EQ(chain_of(example.draw("unrolled").panels[0]).kind, ScaleKind::log);
  const Figure linear = example.draw("unrolled", {.linear_gradient = true});
  EXPECT_EQ(chain_of(linear.panels[0]).kind, ScaleKind::linear);
  EXPECT_EQ(lanes_of(linear)[0].y.kind, ScaleKind::linear);
  EXPECT_EQ(lanes_of(linear)[0].y.low, 0);
  EXPECT_NE(linear.caption.find("linear scale"), std::string::npos);
}

TEST(ShareLeft, IsTheNormTwentyStepsEarlierOverThatAtTheLoss) {
  const Example example("gru", {.loss = {trace::LossAt::Kind::step, 60}, .characters = 120});
  const auto norms =
      analysis::gradient_over_lag(example.text.trace.tapes[0], example.network.cell().output, 60);
  EXPECT_EQ(example.draw("unrolled").headlines[0].value,
            "after 20 steps: GRU " + share_text(norms[20] / norms[0]));
}

TEST(ShareLeft, SaysHowManyTimesLargerItIsWhereItExplodes) {
  Example example("rnn", {.loss = {trace::LossAt::Kind::step, 60}, .characters = 120});
  auto& tape = example.text.trace.tapes[0];
  const int h = tape.info().output;
  tape.gradients(h).setZero();
  for (Index t = 0; t <= 60; ++t) tape.gradient(h, t)[0] = std::pow(10.0F, static_cast<float>(60 - t) / 5);
  EXPECT_EQ(example.draw("unrolled").headlines[0].value, "after 20 steps: RNN 10¹² times as large at step 0");
}

TEST(ShareLeft, IsWrittenAsAPersonWould) {
  EXPECT_EQ(share_text(0.314), "31 %");
  EXPECT_EQ(share_text(0.0312), "3.1 %");
  EXPECT_EQ(share_text(0.00002), "0.002 %");
  EXPECT_EQ(share_text(1e-11), "10⁻⁹ %");
  EXPECT_EQ(share_text(0), "0 %");
  EXPECT_EQ(share_text(1), "100 %");
  EXPECT_EQ(share_text(3.2), "3.2 times as large");
  EXPECT_EQ(share_text(1e12), "10¹² times as large");
}

TEST(UnrolledNetwork, ModelsThatReadFewerStepsThanTheLossIsAtAreRefused) {
  const Example characters("lstm", {.characters = 13}), words("gru", {.characters = 5});
  const std::vector<Observation> observations{characters.observation, words.observation};
  for (const char* view : {"unrolled", "gradient"}) {
    try {
      find_view(view).make(observations, {});
      ADD_FAILURE() << view;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("GRU"), std::string::npos) << error.what();
    }
  }
}

TEST(UnrolledNetwork, TellsOfTheWayThroughTheMemoryOnlyWhereThereIsOne) {
  const auto tells = [](const Figure& figure) {
    return figure.caption.find("memory alone") != std::string::npos;
  };
  EXPECT_TRUE(tells(Example("lstm").draw("unrolled")));
  EXPECT_FALSE(tells(Example("rnn").draw("unrolled")));
}

}  // namespace
}  // namespace gatescope::views
