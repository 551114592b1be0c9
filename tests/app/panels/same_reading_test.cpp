// The diagram and the inspector never show the numbers of two readings.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

TEST(SameReading, InspectorAndDiagramAreOfOneStepWhileThePictureIsBehind) {
  WindowDriver w;
  w.open_tiny();
  w.bench().act(ui::ShowViews{{"cell"}});
  w.bench().act(ui::ChooseUnit{3});
  w.settle();
  int behind = 0;
  for (int step = 1; step < 20; ++step) {
    w.bench().act(ui::ChooseStep{step});
    for (int frame = 0; frame < 3; ++frame) {
      w.frames(1);
      ASSERT_TRUE(w.desk().diagram);
      const int drawn = w.desk().diagram->order.options.step.value_or(-1);
      behind += drawn != step;
      const std::string heading = fmt::format("STEP {}", drawn);
      const bool same = std::ranges::any_of(w.gui.items().texts, [&](const auto& text) {
        return text.text.starts_with("UNIT 3") && text.text.ends_with(heading);
      });
      EXPECT_TRUE(same) << "the picture shows step " << drawn;
    }
  }
  EXPECT_GT(behind, 0) << "pictures are made beside the frames";
  w.settle();
  EXPECT_EQ(w.desk().diagram->order.options.step, 19);
}

}  // namespace
}  // namespace gatescope::test
