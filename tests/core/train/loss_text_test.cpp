#include "core/train/loss_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gatescope::train {
namespace {

TEST(LossText, IsShortHoweverLargeTheLoss) {
  EXPECT_EQ(loss_text(1.8349, 2), "1.83");
  EXPECT_EQ(loss_text(0, 3), "0.000");
  EXPECT_EQ(loss_text(999999, 2), "999999.00");
  EXPECT_EQ(loss_text(1e6, 2), "1.0e6");
  EXPECT_EQ(loss_text(1.23e300, 3), "1.2e300");
  EXPECT_EQ(loss_text(-2.5e10, 3), "-2.5e10");
  EXPECT_EQ(loss_text(std::numeric_limits<double>::max(), 4), "1.8e308");
}

TEST(LossText, SaysInWordsWhatIsNoNumber) {
  EXPECT_EQ(loss_text(std::nan(""), 2), "not a number");
  EXPECT_EQ(loss_text(-std::nan(""), 2), "not a number");
  EXPECT_EQ(loss_text(std::numeric_limits<double>::infinity(), 2), "infinite");
  EXPECT_EQ(perplexity_text(std::nan("")), "not a number");
}

TEST(LossText, PerplexityHasNoHundredsOfDigits) {
  EXPECT_EQ(perplexity_text(0), "1.00");
  EXPECT_EQ(perplexity_text(std::log(18.25)), "18.25");
  EXPECT_EQ(perplexity_text(700), "1.0e304");
  EXPECT_EQ(perplexity_text(710), "above 1e308");
}

}  // namespace
}  // namespace gatescope::train
