#include "core/plot/link.h"

#include <gtest/gtest.h>

namespace gatescope::plot {
namespace {

TEST(AnAxis, TellsTheNumberOfAPlaceAndThePlaceOfANumber) {
  const Axis plain{.counts = Counts::units};
  EXPECT_EQ(number_at(plain, 3.4), 3);
  EXPECT_EQ(place_of(plain, 7), 7);
  const Axis sorted{.counts = Counts::units, .numbers = {4, 0, 2}};
  EXPECT_EQ(number_at(sorted, -0.4), 4);
  EXPECT_EQ(number_at(sorted, 2.4), 2);
  EXPECT_FALSE(number_at(sorted, 2.6));
  EXPECT_FALSE(number_at(sorted, -0.6));
  EXPECT_EQ(place_of(sorted, 0), 1);
  EXPECT_FALSE(place_of(sorted, 3));
  for (const int number : sorted.numbers) EXPECT_EQ(number_at(sorted, *place_of(sorted, number)), number);
  EXPECT_FALSE(number_at({}, 3)) << "an axis that counts nothing";
  EXPECT_FALSE(place_of({}, 3));
}

class APanelOfSortedRows : public testing::Test {
 protected:
  const Panel panel{.x = {.counts = Counts::steps}, .y = {.counts = Counts::units, .numbers = {4, 0, 2}}};
  /// 10 steps of 10 points each, 3 rows of 20, the first on top.
  const Placement placement{.plot = {50, 100, 100, 60},
                            .x = {.low = -0.5, .high = 9.5},
                            .y = {.low = -0.5, .high = 2.5, .reversed = true}};
};

TEST_F(APanelOfSortedRows, IsPointedAtByStepAndUnit) {
  EXPECT_EQ(pointed_at(panel, placement, {55, 110}, 5), (Pointed{0, 4}));
  EXPECT_EQ(pointed_at(panel, placement, {145, 159}, 5), (Pointed{9, 2}));
  EXPECT_EQ(pointed_at(panel, placement, {50, 100}, 5), (Pointed{0, 4})) << "the very corner";
  EXPECT_EQ(pointed_at(panel, placement, {49, 110}, 5), Pointed{}) << "beside it";
}

TEST_F(APanelOfSortedRows, HasACursorWhereTheStepAndTheUnitAre) {
  const auto marks = cursor_marks(panel, placement, {3, 2});
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].kind, CursorMark::Kind::line);
  EXPECT_FLOAT_EQ(marks[0].rect.x, 85);
  EXPECT_EQ(marks[1].kind, CursorMark::Kind::row);
  EXPECT_NEAR(marks[1].rect.y, 140, 1e-3);
  EXPECT_NEAR(marks[1].rect.height, 20, 1e-3);
  EXPECT_TRUE(cursor_marks(panel, placement, {20, 7}).empty()) << "neither is there";
}

TEST_F(APanelOfSortedRows, HasAFrameRoundAColumnWithWordsInIt) {
  Panel with_words = panel;
  with_words.marks = {
      Heatmap{.values = {3, 10, std::vector<float>(30)}, .labels = std::vector<std::string>(30, "e")}};
  const auto marks = cursor_marks(with_words, placement, {3, {}});
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].kind, CursorMark::Kind::frame) << "a line would strike them out";
  EXPECT_FLOAT_EQ(marks[0].rect.x, 80);
  EXPECT_FLOAT_EQ(marks[0].rect.width, 10);
  EXPECT_FLOAT_EQ(marks[0].rect.height, 60);
}

TEST(APanelOfPoints, IsPointedAtByTheNearestOneAndMarksTheChosenOne) {
  Panel panel{.points = Points{Counts::steps, {0, 5, 10}, {0, 5, 0}, {}}, .unit = 6};
  const Placement placement{
      .plot = {0, 0, 100, 100}, .x = {.low = 0, .high = 10}, .y = {.low = 0, .high = 10}};
  EXPECT_EQ(pointed_at(panel, placement, {52, 47}, 10), (Pointed{1, 6}));
  EXPECT_EQ(pointed_at(panel, placement, {52, 20}, 10), Pointed{}) << "far from all of them";
  const auto marks = cursor_marks(panel, placement, {2, 6});
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].kind, CursorMark::Kind::point);
  EXPECT_FLOAT_EQ(marks[0].rect.x, 100);
  panel.points->counts = Counts::units;
  panel.points->numbers = {8, 3, 5};
  panel.unit.reset();
  EXPECT_EQ(pointed_at(panel, placement, {52, 47}, 10), (Pointed{{}, 3}));
  EXPECT_EQ(cursor_marks(panel, placement, {2, 5}).size(), 1u);
  EXPECT_TRUE(cursor_marks(panel, placement, {2, 4}).empty());
}

TEST(ALineOfAUnit, IsPointedAtAndHasADotAtTheStep) {
  Panel panel{.x = {.counts = Counts::steps}};
  panel.marks = {Line{.y = {1, 1, 1}, .unit = 2}, Line{.y = {3, 3, 3}, .unit = 9}};
  const Placement placement{
      .plot = {0, 0, 90, 100}, .x = {.low = -0.5, .high = 2.5}, .y = {.low = 0, .high = 4}};
  EXPECT_EQ(pointed_at(panel, placement, {45, 72}, 10), (Pointed{1, 2}));
  EXPECT_EQ(pointed_at(panel, placement, {45, 30}, 10), (Pointed{1, 9}));
  EXPECT_EQ(pointed_at(panel, placement, {45, 50}, 10), (Pointed{1, {}})) << "between them";
  const auto marks = cursor_marks(panel, placement, {1, 9});
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[1].kind, CursorMark::Kind::point);
  EXPECT_FLOAT_EQ(marks[1].rect.y, 25);
}

}  // namespace
}  // namespace gatescope::plot
