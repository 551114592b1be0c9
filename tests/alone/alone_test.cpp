// A page in a browser in small: one thread, and no library that needs more of a machine.
#include <gtest/gtest.h>

#include <string>

#include "app/type/fonts.h"
#include "core/experiment/experiment.h"
#include "core/plot/layout.h"
#include "core/session/session.h"
#include "core/views/views.h"

namespace gatescope {
namespace {

const std::string source = GATESCOPE_SOURCE_DIR;

session::SessionOptions options() {
  return {.corpora = source + "/assets/corpora"};
}

experiment::Experiment preset() {
  auto experiment = experiment::load_experiment(source + "/presets/brackets.json");
  experiment.training.batch = 4;
  experiment.training.steps = 16;
  experiment.training.evaluate_every = 0;
  return experiment;
}

TEST(Alone, ALearnerAdvancesAndAFigureOfItIsLaidOut) {
  session::Learner learner(options());
  learner.set_watched(true);
  learner.carry_out(session::Open{preset(), nullptr, false});
  learner.carry_out(session::Train{true, 3});
  while (learner.advance({})) {
  }
  const auto seen = learner.snapshot();
  ASSERT_EQ(seen->problem, "");
  EXPECT_EQ(seen->updates, 3u);
  ASSERT_TRUE(seen->readings);
  const plot::Figure figure = views::find_view("gates").make(seen->readings->observations, {});
  const plot::Scene scene =
      plot::layout(figure, {700, 500}, plot::make_theme(plot::ThemeName::dark), app::Fonts().measure());
  EXPECT_GT(scene.items.size(), 20u);
}

TEST(Alone, ASessionWorksWhenItIsAdvanced) {
  session::Session session(options());
  session.send(session::Open{preset(), nullptr, false});
  session.send(session::Train{true, 2});
  EXPECT_EQ(session.latest()->updates, 0u);
  for (int frame = 0; frame < 1000 && session.latest()->updates < 2; ++frame)
    session.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(session.latest()->updates, 2u);
  EXPECT_FALSE(session.settle(true)->training);
  EXPECT_TRUE(session.capture().get().training);
}

}  // namespace
}  // namespace gatescope
