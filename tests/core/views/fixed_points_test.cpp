#include "core/analysis/fixed_points.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "observations.h"

namespace gatescope::views {
namespace {

TEST(FixedPointsView, DrawsEachPointByItsKindAndSaysHowManyThereAre) {
  const Example example("lstm", {.characters = 30});
  const auto all = analysis::fixed_points(example.observation, 9);
  ASSERT_FALSE(all.points.empty());
  const Figure figure = example.draw("fixed_points", {.step = 9});
  const auto fixed = std::ranges::count_if(all.points, [](const auto& p) { return p.fixed; });
  EXPECT_EQ(
      figure.title.rfind("LSTM held on “" + example.observation.read(9) + "”: " + std::to_string(fixed), 0),
      0U)
      << figure.title;
  ASSERT_EQ(figure.panels.size(), 2U);
  std::size_t points = 0, eigenvalues = 0;
  for (const Scatter& drawn : marks_of<Scatter>(figure.panels[0])) {
    for (std::size_t k = 0; k < drawn.x.size(); ++k) {
      const auto same = std::ranges::find_if(
          all.points, [&](const auto& p) { return p.plane[0] == drawn.x[k] && p.plane[1] == drawn.y[k]; });
      ASSERT_NE(same, all.points.end());
      EXPECT_EQ(drawn.marker, !same->fixed         ? Marker::diamond
                              : same->unstable > 0 ? Marker::ring
                                                   : Marker::disc);
      ++points;
    }
  }
  EXPECT_EQ(points, all.points.size());
  for (const Scatter& drawn : marks_of<Scatter>(figure.panels[1])) eigenvalues += drawn.x.size();
  EXPECT_EQ(eigenvalues, 12 * all.points.size());
  const Line path = marks_of<Line>(figure.panels[0]).at(0);
  EXPECT_EQ(path.x.size(), 29U);
  EXPECT_EQ(path.x[9], all.path[9][0]);
}

TEST(FixedPointsView, SaysWhatAModelHasNot) {
  EXPECT_NE(Example("lstm", {.bidirectional = true})
                .draw("fixed_points")
                .panels.at(0)
                .empty_text.find("it reads in both directions"),
            std::string::npos);
  EXPECT_EQ(Example("gru", {.characters = 2}).draw("fixed_points").panels.at(0).empty_text,
            "it read 1 step; a plane of its states takes 3");
}

}  // namespace
}  // namespace gatescope::views
