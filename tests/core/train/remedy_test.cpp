#include "core/train/remedy.h"

#include <gtest/gtest.h>

#include "tests/rules.h"

namespace gatescope::train {
namespace {

TEST(Remedy, FitsTheSettingsInForce) {
  experiment::Experiment experiment;
  experiment.training.optimizer.rate = 0.5;
  experiment.training.clip_norm = 5;
  EXPECT_EQ(in_words(remedies(experiment), true),
            "a smaller learning rate than 0.5 (--rate) or a smaller clip norm than 5 (--clip)");
  EXPECT_EQ(in_words(remedies(experiment), false),
            "a smaller learning rate than 0.5 or a smaller clip norm than 5");
}

TEST(Remedy, SwitchesClippingOnWhereItIsOff) {
  experiment::Experiment experiment;
  experiment.training.clip_norm = 0;
  const std::string words = in_words(remedies(experiment), true);
  EXPECT_NE(words.find("which is off (--clip 1)"), std::string::npos) << words;
  EXPECT_EQ(words.find("smaller clip"), std::string::npos) << words;
}

TEST(Remedy, NamesALargeForcedValueAndALargeGainFirst) {
  experiment::Experiment experiment;
  experiment.force = rules({"f=1", "c=100000"});
  experiment.models[0].init.gain = 50;
  const auto list = remedies(experiment);
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0].words, "a weaker rule than c=100000");
  EXPECT_EQ(list[1].words, "a smaller gain than 50");
}

}  // namespace
}  // namespace gatescope::train
