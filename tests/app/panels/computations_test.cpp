// What the window computes, and how often: figures, inspector and probe read the same results, and looking
// computes nothing twice.

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <string>

#include "app/panels/view_tabs.h"
#include "core/analysis/kept.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using testing::HasSubstr;

class Computations : public testing::Test {
 protected:
  Computations() {
    w.open_tiny({"lstm", "gru"});
    w.bench().editor().edit("everything", [](ui::Document& d) {
      d.view.open.clear();
      for (const views::View* view : views::tabs()) d.view.open.emplace_back(view->id);
      d.view.unit = 3;
      d.probe.rules = {nn::parse_force_rule("0.h[0-2]@4-6=0")};
    });
    w.settle();
  }

  const session::Readings& readings() const { return *w.now().readings; }
  std::uint64_t computed() const {
    std::uint64_t all = 0;
    for (const auto* list : {&readings().observations, &readings().at_step})
      for (const views::Observation& observation : *list) all += observation.memo->computations();
    return all;
  }
  std::uint64_t computed(std::string_view name, std::size_t model = 0) const {
    return readings().observations[model].memo->computations(name);
  }
  /// Every step, one after the other.
  void walk() {
    for (int step = 0; step < w.bench().shown().steps(); ++step) {
      w.bench().replay().choose_step(step);
      w.settle();
    }
  }

  WindowDriver w;
};

TEST_F(Computations, AreMadeOnceForFiguresInspectorAndProbeTogether) {
  const views::Observation& observation = *w.bench().shown().observation();
  ASSERT_TRUE(observation.natural);
  EXPECT_EQ(computed("scores"), 2u) << "with and without rules";
  EXPECT_EQ(computed("mean score"), 2u);
  EXPECT_EQ(computed("memory left"), 2u);
  EXPECT_EQ(computed("equations"), 1u);
  EXPECT_EQ(computed("scores", 1), 0u) << "of a model that is not shown";
  // What they say is the same: the effect's headline is the inspector's number.
  const auto effect = w.bench().figures().get("effect");
  ASSERT_TRUE(effect && effect->figure);
  const int memory = observation.network->cell().memory();
  const views::Left left = views::left_of(observation, {.channel = memory}, observation.steps());
  EXPECT_EQ(effect->figure->headlines.at(1).value, left.value);
  EXPECT_EQ(effect->figure->headlines.at(1).label, left.label);
  EXPECT_EQ(w.text("memory left"), left.value);
}

TEST_F(Computations, AreNotMadeForAnotherSizeOrTheme) {
  const std::uint64_t before = computed(), made = w.bench().figures().made(),
                      laid_out = w.bench().figures().laid_out();
  w.resize(1350, 1200);
  w.settle();
  w.bench().act(ui::SetTheme{plot::ThemeName::light});
  w.settle();
  w.bench().act(ui::SetTheme{plot::ThemeName::dark});
  w.resize(1500, 1400);
  w.settle();
  EXPECT_EQ(computed(), before);
  EXPECT_EQ(w.bench().figures().made(), made);
  EXPECT_GE(w.bench().figures().laid_out(), laid_out + 3 * views::tabs().size());
}

TEST_F(Computations, AreNotMadeByZoomingAndPanning) {
  w.bench().act(ui::ChooseStep{6});
  w.settle();
  const std::uint64_t before = computed(), made = w.bench().figures().made(),
                      laid_out = w.bench().figures().laid_out();
  for (int first = 0; first < 8; ++first) {
    w.bench().act(ui::ShowSteps{first, first + 10});
    w.settle();
  }
  w.bench().act(ui::ShowSteps{});
  w.settle();
  EXPECT_EQ(computed(), before);
  EXPECT_EQ(w.bench().figures().made(), made) << "figures are laid out anew, not made anew";
  EXPECT_GE(w.bench().figures().laid_out(), laid_out + 8);
}

TEST_F(Computations, AreNotMadeByFramesThatStandStill) {
  const std::uint64_t before = computed(), made = w.bench().figures().laid_out();
  w.frames(30);
  EXPECT_EQ(computed(), before);
  EXPECT_EQ(w.bench().figures().laid_out(), made);
}

TEST_F(Computations, OfAWholeTextAreNotMadeByAReplayAndOfAStepOnce) {
  w.bench().editor().edit("alone", [](ui::Document& d) {
    d.view.open = {"gates", "states", "effect", "next", "cell"};
  });
  w.settle();
  std::map<std::string, std::uint64_t> before;
  const auto of_texts = {"scores",        "mean score",    "memory left",   "summary",
                         "mean sizes",    "telling units", "share guessed", "summaries of steps",
                         "relative step", "unit series",   "unit means",    "belief in right",
                         "saliency"};
  for (const char* name : of_texts) before[name] = computed(name);
  const std::uint64_t figures = w.bench().figures().made();
  walk();
  for (const char* name : of_texts) EXPECT_EQ(computed(name), before[name]) << name;
  EXPECT_EQ(computed("equations"), static_cast<std::uint64_t>(w.bench().shown().steps()));
  const auto steps = static_cast<std::uint64_t>(w.bench().shown().steps());
  EXPECT_LE(w.bench().figures().made() - figures, 2 * steps) << "only what shows a step: next and cell";
  const std::uint64_t after = computed();
  walk();
  EXPECT_EQ(computed(), after);
}

TEST_F(Computations, OfTheGradientAreNotMadeByItsPulse) {
  w.bench().editor().edit("alone", [](ui::Document& d) { d.view.open = {"unrolled", "gradient"}; });
  w.settle();
  const std::uint64_t before = computed();
  for (int back = 0; back < w.bench().replay().pulse_length(); ++back) {
    w.bench().replay().set_pulse(back);
    w.settle();
  }
  EXPECT_EQ(computed(), before);
}

TEST_F(Computations, AreMadeOnceMoreForANewReading) {
  const std::uint64_t before = computed(), version = readings().version;
  const std::uint64_t scores = computed("scores");
  w.train_until(1);
  ASSERT_GT(readings().version, version);
  EXPECT_EQ(computed("scores"), scores);
  EXPECT_EQ(computed("equations"), 1u);
  EXPECT_GT(computed(), 0u);
  EXPECT_LE(computed(), before);
}

TEST_F(Computations, ColourTheProbeAsTheViewText) {
  for (const char* quantity : {"loss", "saliency", "f", "c"}) {
    w.bench().act(ui::ColourBy{quantity});
    w.settle();
    const views::Observation& observation = *w.bench().shown().observation();
    views::ViewOptions options = w.bench().shown().order("text", {400, 300}, {}).options;
    const plot::Figure figure = views::find_view("text").make(std::span(&observation, 1), options);
    const auto& strip = std::get<plot::TextStrip>(figure.panels.at(0).marks.at(0));
    const views::TextColours& probe = w.desk().colouring.by;
    EXPECT_THAT(*probe.values, testing::Pointwise(testing::NanSensitiveDoubleEq(), strip.values)) << quantity;
    EXPECT_EQ(probe.colors.low, strip.colors.low) << quantity;
    EXPECT_EQ(probe.colors.high, strip.colors.high) << quantity;
    EXPECT_EQ(probe.colors.kind, strip.colors.kind) << quantity;
    EXPECT_EQ(probe.colors.map, strip.colors.map) << quantity;
  }
}

}  // namespace
}  // namespace gatescope::test
