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

}  // namespace
}  // namespace gatescope::views
