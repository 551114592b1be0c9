// The views of forecasts: what they draw of a series, forced and not, and what they say where there is none.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/forecasts.h"
#include "core/observe/observe.h"
#include "core/series/known.h"
#include "core/task/forecasting.h"
#include "core/views/view.h"
#include "tests/rules.h"

namespace gatescope::views {
namespace {

constexpr Index kWindow = 24, kHorizon = 10;

struct Shown {
  std::shared_ptr<const task::Forecasting> task;
  Observation observation;

  Figure draw(std::string_view view, const ViewOptions& options = {}) const {
    return find_view(view).make(std::span(&observation, 1), options);
  }
};

Shown shown(std::string_view key, const std::vector<nn::ForceRule>& rules = {},
            std::optional<Index> gap = {}) {
  series::Series series = series::find_known_series(key)->make(1);
  if (gap) series.values[static_cast<std::size_t>(*gap * series.width())] = std::nan("");
  Shown made;
  made.task = std::make_shared<const task::Forecasting>(
      task::Data{.batch = 4}, std::string(key),
      std::make_shared<const series::Windows>(series, series::Cut{.window = kWindow, .horizon = kHorizon}));
  nn::ModelSpec spec;
  spec.hidden = 6;
  auto network = std::make_shared<nn::Network<float>>(spec, made.task->interface());
  network->initialise(Rng{4});
  network->prepare_all();
  made.observation = observe::observe<float>(
      {.name = "LSTM", .network = network, .alphabet = observe::alphabet_of(*made.task)},
      observe::HeldOut{made.task.get(), 3}, rules, {});
  return made;
}

const Line* line_of(const Panel& panel, std::string_view name) {
  for (const Mark& mark : panel.marks)
    if (const Line* line = std::get_if<Line>(&mark); line && line->name == name) return line;
  return nullptr;
}

TEST(ForecastView, BeginsAtTheChosenStepFromTheLastKnownRow) {
  const Shown sunspots = shown("sunspots");
  const series::Windows& windows = *sunspots.task->series();
  const Index place = windows.split() + 3 - kWindow;
  for (const int step : {static_cast<int>(kWindow) - 1, 10}) {
    const Figure figure = sunspots.draw("forecast", {.step = step});
    const Line* const forecast = line_of(figure.panels[0], "forecast");
    ASSERT_NE(forecast, nullptr);
    ASSERT_EQ(forecast->x.size(), static_cast<std::size_t>(kHorizon + 1));
    EXPECT_EQ(forecast->x[0], step);
    EXPECT_EQ(forecast->y[0], windows.series().at(place + step, 0));
    const Index origins[] = {place + step + 1};
    const auto run = analysis::free_run(*sunspots.observation.network, windows, origins, step + 1, kHorizon);
    for (Index h = 0; h < kHorizon; ++h)
      EXPECT_EQ(forecast->y[static_cast<std::size_t>(h + 1)], run.at(0, h, 0));
    for (const char* name : {"the series", "one row ahead", "naive", "seasonal naive", "drift"})
      EXPECT_NE(line_of(figure.panels[0], name), nullptr) << name;
    // Who feeds it turns behind that step, and the gates go on to the last row that is read.
    const Line* const feed = line_of(figure.panels[1], "feed");
    ASSERT_NE(feed, nullptr);
    EXPECT_EQ(feed->x[1], step + 0.5);
    const Line* const gate = line_of(figure.panels[2], "forget gate");
    ASSERT_NE(gate, nullptr);
    EXPECT_EQ(gate->y.size(), static_cast<std::size_t>(step + kHorizon));
  }
}

TEST(ForecastView, OneRowAheadIsWhatTheTraceTells) {
  const Shown lynx = shown("lynx");
  const series::Windows& windows = *lynx.task->series();
  const Figure figure = lynx.draw("forecast");
  const Line* const line = line_of(figure.panels[0], "one row ahead");
  ASSERT_NE(line, nullptr);
  for (std::size_t t = 0; t < line->y.size(); ++t) {
    EXPECT_EQ(line->x[t], static_cast<double>(t + 1));
    const auto told = static_cast<double>(lynx.observation.sequence->trace.outputs(0, static_cast<Index>(t)));
    EXPECT_NEAR(line->y[t], windows.scale(0).value(told, 0), 1e-9);
  }
}

TEST(ForecastView, ForcedStandsBesideNatural) {
  const Figure figure = shown("sunspots", rules({"f=0"})).draw("forecast");
  const Line *const forced = line_of(figure.panels[0], "forecast, forced"), *const natural =
                                                                                line_of(figure.panels[0],
                                                                                        "forecast, natural");
  ASSERT_TRUE(forced && natural);
  EXPECT_EQ(forced->ink.role, InkRole::forced);
  EXPECT_NE(forced->y, natural->y);
  EXPECT_EQ(natural->y, line_of(shown("sunspots").draw("forecast").panels[0], "forecast")->y);
}

TEST(ForecastView, AGapIsAGapAndIsSaid) {
  const Shown gap = shown("sunspots", {}, 240);
  const Figure figure = gap.draw("forecast");
  EXPECT_NE(figure.caption.find("Gaps: 1 value is missing"), std::string::npos) << figure.caption;
  const Line* const seen = line_of(figure.panels[0], "the series");
  EXPECT_EQ(std::ranges::count_if(seen->y, [](double y) { return std::isnan(y); }), 1);
}

TEST(ForecastView, SeveralColumnsStandBelowEachOther) {
  const Figure figure = shown("lorenz").draw("forecast");
  EXPECT_EQ(figure.panels.size(), 5u);
  const Figure narma = shown("narma10").draw("forecast");
  EXPECT_EQ(narma.panels.size(), 3u) << "u is given";
  EXPECT_EQ(narma.panels[0].title, "y");
  EXPECT_EQ(line_of(narma.panels[0], "seasonal naive"), nullptr) << "it has no season";
}

TEST(ForecastView, HasNoBandAfterFewerRowsThanItWasMeasuredWith) {
  const auto has_band = [](const Figure& figure) {
    return std::ranges::any_of(figure.panels[0].marks,
                               [](const Mark& mark) { return std::holds_alternative<Band>(mark); });
  };
  const Shown sunspots = shown("sunspots");
  EXPECT_TRUE(has_band(sunspots.draw("forecast", {.step = static_cast<int>(kWindow) - 1})));
  const Figure early = sunspots.draw("forecast", {.step = 5});
  EXPECT_FALSE(has_band(early));
  EXPECT_NE(early.caption.find("no band after fewer than 24 rows"), std::string::npos) << early.caption;
}

TEST(ForecastErrors, OtherSeriesStandOnNoCommonScale) {
  const std::vector<Observation> both{shown("sunspots").observation, shown("lynx").observation};
  EXPECT_NE(find_view("forecast_errors").make(both, {}).panels[0].empty_text.find("other series"),
            std::string::npos);
}

TEST(ForecastErrors, DrawsEveryMethodByRowsAhead) {
  const Shown sunspots = shown("sunspots");
  const Figure figure = sunspots.draw("forecast_errors");
  const auto quality = analysis::forecast_quality(*sunspots.observation.network, *sunspots.task->series());
  const Line* const forecast = line_of(figure.panels[0], "forecast");
  ASSERT_NE(forecast, nullptr);
  for (std::size_t h = 0; h < static_cast<std::size_t>(kHorizon); ++h)
    EXPECT_EQ(forecast->y[h], quality.columns[0].methods[0].ahead[h].mean_absolute);
  for (const char* name : {"naive", "seasonal naive", "drift"})
    EXPECT_NE(line_of(figure.panels[0], name), nullptr) << name;
}

TEST(ForecastViews, SayWhyThereIsNone) {
  Shown other = shown("sunspots");
  for (const char* view : {"forecast", "forecast_errors"}) {
    Shown bare = other;
    bare.observation.alphabet.series = nullptr;
    EXPECT_NE(bare.draw(view).panels[0].empty_text.find("did not learn a series"), std::string::npos);
    bare.observation.alphabet.series = shown("lorenz").task->series();
    EXPECT_NE(bare.draw(view).panels[0].empty_text.find("another number of columns"), std::string::npos);
  }
  other.observation.alphabet.series = shown("lynx").task->series();
  EXPECT_NE(other.draw("forecast").panels[0].empty_text.find("no part of its series"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::views
