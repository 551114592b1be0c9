#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/plot/csv.h"
#include "core/plot/layout.h"
#include "core/views/laboratory_group.h"
#include "observations.h"

namespace gatescope::views {
namespace {

TextExtent measure(std::string_view text, const TextStyle& style) {
  return {0.6F * style.size * static_cast<float>(text.size()), 0.93F * style.size, 0.24F * style.size};
}

void expect_layable(const Figure& figure, const std::string& what) {
  for (const ThemeName theme : {ThemeName::light, ThemeName::dark, ThemeName::projector})
    EXPECT_FALSE(layout(figure, {800, 560}, make_theme(theme), measure).items.empty()) << what;
  EXPECT_FALSE(figure.title.empty());
  EXPECT_FALSE(figure.headlines.empty()) << what;
}

void expect_all_views(const Example& example, const ViewOptions& options, const std::string& what) {
  for (const View& view : all_views())
    expect_layable(example.draw(view.id, options), what + " " + std::string(view.id));
}

TEST(Views, HaveIdsOfTheirOwn) {
  std::set<std::string_view> ids;
  for (const View& view : all_views()) {
    EXPECT_TRUE(ids.insert(view.id).second);
    EXPECT_EQ(&find_view(view.id), &view);
  }
  EXPECT_EQ(ids.size(), all_views().size());
}

TEST(Views, HaveTabsInTheirOwnPlaces) {
  std::set<int> places;
  for (const View* view : tabs()) {
    EXPECT_TRUE(places.insert(view->tab.place).second) << view->id;
    EXPECT_FALSE(view->tab.name.empty() || view->tab.brief.empty()) << view->id;
    EXPECT_LE(view->tab.brief.size(), view->tab.name.size()) << view->id;
  }
  EXPECT_EQ(*places.begin(), 1);
  EXPECT_EQ(*places.rbegin(), static_cast<int>(tabs().size())) << "without gaps";
}

TEST(Views, HaveEverythingFromWhatTheyNeed) {
  const Example example("lstm", {.rules = {"f@3-5=0"}});
  Example poisoned("lstm", {.rules = {"f@3-5=0"}});
  for (trace::SequenceTrace<float>* text : {&poisoned.text, &poisoned.natural}) {
    nn::LayerTape<float>& tape = text->trace.tapes[0];
    for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k)
      tape.gradients(k).setConstant(std::numeric_limits<float>::quiet_NaN());
    text->trace.output_gradients.setConstant(std::numeric_limits<float>::quiet_NaN());
  }
  for (const View& view : all_views()) {
    Observation given = view.needs.gradients ? example.observation : poisoned.observation;
    if (!view.needs.tape) given.sequence = nullptr;
    if (!view.needs.natural) given.natural = nullptr;
    if (!view.needs.metrics) given.metrics.clear();
    const auto made = [&](const Observation& o) { return to_csv(view.make(std::span(&o, 1), {})); };
    EXPECT_EQ(made(given), made(example.observation)) << view.id;
  }
}

TEST(Views, ComputeNothingASecondTime) {
  for (const bool forced : {false, true})
    for (const View& view : all_views()) {
      Example example("lstm",
                      {.rules = forced ? std::vector<std::string>{"f@3-5=0"} : std::vector<std::string>{}});
      example.observation.memo = std::make_shared<observe::Memo>();
      std::vector<ViewOptions> all;
      for (int step = 0; step < 12; ++step) {
        if (!view.needs.one_loss) all.push_back({.step = step});  // one trace is kept of those read once more
        if (view.animates) all.push_back({.frame = step});
      }
      for (const std::string_view quantity : view.quantities)
        all.push_back({.channel = std::string(quantity)});
      if (all.empty()) all.emplace_back();
      std::vector<std::string> first;
      for (const ViewOptions& options : all) first.push_back(to_csv(example.draw(view.id, options)));
      const std::uint64_t computed = example.observation.memo->computations();
      for (std::size_t k = 0; k < all.size(); ++k)
        EXPECT_EQ(to_csv(example.draw(view.id, all[k])), first[k]) << view.id;
      EXPECT_EQ(example.observation.memo->computations(), computed) << view.id;
      // No training led to the example, and an LSTM has no matrix.
      EXPECT_EQ(computed > 0, !view.needs.metrics && view.id != "over_training" && view.id != "memory")
          << view.id;
    }
}

TEST(Views, ReadOnceMoreForOneLossNoMatterHowManyFrames) {
  Example example("lstm");
  example.observation.memo = std::make_shared<observe::Memo>();
  for (const std::string_view view : {"gradient", "unrolled"})
    for (int frame = 0; frame < 12; ++frame) example.draw(view, {.frame = frame});
  EXPECT_EQ(example.observation.memo->computations("one loss"), 1u);
}

TEST(Views, WorkForEveryCellLayerAndDirectionForcedOrNot) {
  for (const std::string& cell : cells())
    for (const bool forced : {false, true}) {
      Example::Options options{.layers = 2, .bidirectional = true};
      if (forced) options.rules = {"h[1,3-4]@2-5=*0.5+0.1", "1.h@9-=0"};
      const Example example(cell, options);
      for (int layer = 0; layer < 2; ++layer)
        for (const bool backward : {false, true})
          expect_all_views(example, {.layer = layer, .backward_direction = backward}, cell);
    }
}

TEST(Views, WorkForOneStepAndOneUnit) {
  for (const std::string& cell : cells()) {
    expect_all_views(Example(cell, {.characters = 2}), {}, cell + ", one step");
    expect_all_views(Example(cell, {.hidden = 1}), {.step = 0, .unit = 0}, cell + ", one unit");
  }
}

TEST(Views, WorkAtEveryFrame) {
  const Example example("lstm", {.rules = {"f=0"}});
  for (const View& view : all_views()) {
    if (!view.animates) continue;
    for (const int frame : {-1, 0, 5, 11, 12})
      expect_layable(example.draw(view.id, {.frame = frame}), std::string(view.id));
  }
}

TEST(Views, WorkWhereValuesAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const std::string& cell : cells()) {
      Example some(cell), all(cell);
      for (auto& tape : some.text.trace.tapes) {
        tape.value(tape.info().output, 3)[2] = bad;
        tape.gradient(tape.info().output, 5)[1] = bad;
      }
      some.text.trace.outputs.col(4).setConstant(bad);
      expect_all_views(some, {}, cell);
      for (auto& tape : all.text.trace.tapes)
        for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k) {
          tape.values(k).setConstant(bad);
          tape.gradients(k).setConstant(bad);
        }
      all.text.trace.outputs.setConstant(bad);
      all.text.trace.loss.setConstant(bad);
      for (train::MetricsRow& row : all.observation.metrics)
        row.loss = row.norm_before = row.norm_after = bad;
      expect_all_views(all, {}, cell);
    }
  }
}

TEST(Views, WorkWhereValuesAreAsLargeAsNumbersGo) {
  constexpr float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  for (const auto& [even, odd] :
       {std::pair{most, -most}, {most, least}, {-least, least}, {0.6f * most, 1.0f}}) {
    for (const std::string& cell : cells()) {
      Example huge(cell);
      const auto fill = [&, even = even, odd = odd](auto&& values) {
        for (Index t = 0; t < values.cols(); ++t)
          for (Index u = 0; u < values.rows(); ++u) values(u, t) = (u + t) % 2 == 0 ? even : odd;
      };
      for (auto& tape : huge.text.trace.tapes)
        for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k) {
          fill(tape.values(k));
          fill(tape.gradients(k));
        }
      fill(huge.text.trace.outputs);
      huge.text.trace.loss.setConstant(even);
      for (train::MetricsRow& row : huge.observation.metrics)
        row.loss = row.norm_before = row.norm_after = row.update % 2 == 0 ? 1e300 : 1e-300;
      expect_all_views(huge, {}, cell);
      expect_all_views(huge, {.unit = 1}, cell);
    }
  }
}

TEST(Views, AreTheSameEveryTime) {
  for (const std::string& cell : cells()) {
    const Example a(cell, {.layers = 2, .rules = {"h[1]@3-5=0"}}),
        b(cell, {.layers = 2, .rules = {"h[1]@3-5=0"}});
    for (const View& view : all_views())
      EXPECT_EQ(to_csv(a.draw(view.id)), to_csv(b.draw(view.id))) << view.id;
  }
}

TEST(Views, OverTimeCountStepsSoThatOneChosenStepLinksThem) {
  const Example example("lstm", {.rules = {"f@4-6=0"}});
  for (const auto& [view, panels] :
       {std::pair{"gates", 8}, {"states", 3}, {"text", 2}, {"next", 1}, {"unrolled", 4}, {"effect", 3}}) {
    const Figure figure = example.draw(view);
    EXPECT_EQ(std::ranges::count(figure.panels, Counts::steps, [](const Panel& p) { return p.x.counts; }),
              panels)
        << view;
  }
}

TEST(Views, SayWhatIsMissing) {
  for (const View& view : all_views()) {
    EXPECT_THROW(view.make({}, {}), Error) << view.id;
    Example example("lstm");
    example.observation.sequence = nullptr;
    if (!view.needs.metrics) {
      EXPECT_THROW(example.draw(view.id), Error) << view.id;
    }
  }
}

TEST(Views, ShowTenThousandStepsOfAThousandUnits) {
  const Example example("rnn", {.hidden = 1024, .loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  // What the laboratory measures costs up to the units' third power a step: above so many the window asks.
  const Example smaller("lstm", {.hidden = 16, .loss = {trace::LossAt::Kind::last, 0}, .characters = 10001});
  for (const View& view : all_views()) {
    const Figure figure = (in_laboratory(view) ? smaller : example).draw(view.id);
    EXPECT_LT(layout(figure, {800, 560}, make_theme(ThemeName::dark), measure).items.size(), 20000U)
        << view.id;
  }
}

}  // namespace
}  // namespace gatescope::views
