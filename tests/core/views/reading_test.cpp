#include "core/views/reading.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/views/view.h"

namespace gatescope::views {
namespace {

TEST(Reading, EveryViewIsExplainedInOneShortSentence) {
  for (const View& view : all_views()) {
    const std::string_view reading = reading_of(view.id);
    ASSERT_FALSE(reading.empty()) << view.id;
    EXPECT_LE(reading.size(), 110u) << view.id;
    EXPECT_TRUE(reading.ends_with('.')) << view.id;
    EXPECT_EQ(std::ranges::count(reading, '.'), 1) << view.id;
  }
  EXPECT_EQ(reading_of("nothing of the kind"), "");
}

TEST(Reading, StandsBeforeTheCaption) {
  Figure figure;
  figure.caption = "Forced: f=0.";
  EXPECT_EQ(with_reading(figure, "gates").caption, std::string(reading_of("gates")) + " Forced: f=0.");
  figure.caption.clear();
  EXPECT_EQ(with_reading(figure, "gates").caption, reading_of("gates"));
}

TEST(Reading, TellsOnlyOfWhatIsDrawn) {
  Figure figure;
  figure.panels.emplace_back();
  EXPECT_EQ(with_reading(figure, "states").caption, reading_of("states"));
  EXPECT_EQ(with_reading(figure, "next").caption, "") << "no bars";
  figure.panels[0].marks.push_back(Band{});
  EXPECT_NE(with_reading(figure, "states").caption.find("band"), std::string::npos);
  figure.panels[0].marks.push_back(Bars{});
  EXPECT_EQ(with_reading(figure, "next").caption, reading_of("next"));
}

}  // namespace
}  // namespace gatescope::views
