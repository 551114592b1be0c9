#include "app/lesson/number.h"

#include <cmath>

#include "core/analysis/kept.h"
#include "tests/app/lesson/bench.h"
#include "tests/error_of.h"

namespace gatescope::lesson {
namespace {

TEST(LessonNumbers, WhatDoesNotReadSaysWhatWouldBeRight) {
  const auto error = [](const char* text) { return error_of([&] { parse_quantity(text); }); };
  EXPECT_NE(error("meen f").find("one of mean, size, here"), std::string::npos) << error("meen f");
  EXPECT_NE(error("mean").find("a channel"), std::string::npos);
  EXPECT_NE(error("left x").find("a number of steps"), std::string::npos);
  EXPECT_NE(error("mean f after )").find("a character in quotes"), std::string::npos);
  EXPECT_NE(error("mean f after \"").find("quote without an end"), std::string::npos);
  EXPECT_NE(error("mean f at 9-3").find("steps such as 3-9"), std::string::npos);
  EXPECT_NE(error("mean f of model 0").find("from 1"), std::string::npos);
  EXPECT_NE(error("mean f sometimes").find("in place of \"sometimes\""), std::string::npos);
  EXPECT_NE(error("").find("expected a number"), std::string::npos);
}

class LessonNumber : public OnTheBench {
 protected:
  std::optional<double> number(const char* text) const { return measured(parse_quantity(text), bench); }
  float tape(const char* symbol, Index unit, Index step) const {
    const auto& tape = *bench.shown().tape();
    return tape.values(tape.info().find(symbol))(unit, step);
  }
};

TEST_F(LessonNumber, ValuesAreThoseOfTheTape) {
  ASSERT_TRUE(bench.shown().tape());
  EXPECT_FLOAT_EQ(static_cast<float>(*number("here f")), tape("f", 2, 5));
  EXPECT_FLOAT_EQ(static_cast<float>(*number("before c")), tape("c", 2, 4));
  EXPECT_FLOAT_EQ(static_cast<float>(*number("mean c of unit 3 at 7")), tape("c", 3, 7));
  EXPECT_FLOAT_EQ(static_cast<float>(*number("size c of chosen at chosen")), std::abs(tape("c", 2, 5)));
  double sum = 0;
  const auto f = bench.shown().tape()->values(bench.shown().tape()->info().find("f"));
  for (Index t = 0; t < f.cols(); ++t) sum += static_cast<double>(f(1, t));
  EXPECT_NEAR(*number("mean f of unit 1"), sum / static_cast<double>(f.cols()), 1e-6);
}

TEST_F(LessonNumber, StepsAreThoseThatReadTheCharacter) {
  // "the cat sat on the mat" reads spaces at 3, 7, 11, 14 and 18.
  const auto at = [&](int step) { return *number(("mean f of unit 2 at " + std::to_string(step)).c_str()); };
  EXPECT_NEAR(*number("mean f of chosen after \" \""), (at(3) + at(7) + at(11) + at(14) + at(18)) / 5, 1e-6);
  const double all = *number("mean f of chosen") * 21, spaces = *number("mean f of chosen after \" \"") * 5;
  EXPECT_NEAR(*number("mean f of chosen not after \" \""), (all - spaces) / 16, 1e-6);
  EXPECT_FALSE(number("mean f after \"#\"")) << "nothing reads it";
}

TEST_F(LessonNumber, TwoAreDividedAndSubtracted) {
  EXPECT_NEAR(*number("mean f / mean i"), *number("mean f") / *number("mean i"), 1e-12);
  EXPECT_NEAR(*number("mean f - 0.25"), *number("mean f") - 0.25, 1e-12);
  EXPECT_FALSE(number("mean f / 0"));
}

TEST_F(LessonNumber, NaturalIsWithoutTheRules) {
  const double before = *number("loss"), f = *number("mean f");
  EXPECT_NEAR(*number("loss natural"), before, 1e-12) << "nothing is forced";
  bench.act(ui::Force{nn::parse_force_rule("f=0")});
  EXPECT_FALSE(is_settled(bench));
  settle();
  EXPECT_TRUE(is_settled(bench));
  EXPECT_EQ(number("mean f"), 0);
  EXPECT_NEAR(*number("mean f natural"), f, 1e-6);
  EXPECT_NEAR(*number("loss natural"), before, 1e-6);
  EXPECT_NE(*number("loss"), before);
  EXPECT_EQ(number("memory left"), 0);
}

TEST_F(LessonNumber, GradientsAreThoseOfTheViewAboutOneLoss) {
  EXPECT_FALSE(number("left 3")) << "no view asks for one";
  bench.act(ui::ShowViews{{"gradient"}});
  settle();
  EXPECT_EQ(number("left 0"), 1);
  EXPECT_GT(*number("left 1"), *number("left 8"));
  EXPECT_GT(*number("through memory 2"), 0);
  bench.act(ui::Force{nn::parse_force_rule("f=0")});
  settle();
  EXPECT_EQ(number("through memory 2"), 0);
  EXPECT_FALSE(number("left 500"));
}

TEST_F(LessonNumber, WhatIsNotThereIsNone) {
  EXPECT_FALSE(number("mean q"));
  EXPECT_FALSE(number("mean f of unit 99"));
  EXPECT_FALSE(number("mean f of model 2"));
  bench.act(ui::ChooseUnit{});
  settle();
  EXPECT_FALSE(number("here f")) << "no unit is chosen";
  EXPECT_FALSE(number("unit"));
  EXPECT_EQ(number("step"), 5);
  EXPECT_EQ(number("updates"), 0);
}

}  // namespace
}  // namespace gatescope::lesson
