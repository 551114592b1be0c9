#include "app/lesson/text.h"

#include "tests/app/lesson/bench.h"
#include "tests/error_of.h"

namespace gatescope::lesson {
namespace {

TEST(LessonText, ReferencesStandBetweenWords) {
  const auto runs =
      parse_text("The {channel:f|gate} is {number:mean f after \")\"|3}: {control:closed##force f} {{x}");
  ASSERT_EQ(runs.size(), 7u);
  EXPECT_EQ(runs[1], (lesson::Run{.kind = lesson::Run::Kind::channel, .text = "gate", .what = "f"}));
  EXPECT_EQ(runs[3].kind, lesson::Run::Kind::number);
  EXPECT_EQ(runs[3].decimals, 3);
  EXPECT_EQ(runs[3].quantity->text, "mean f after \")\"");
  EXPECT_EQ(runs[5].text, "closed");
  EXPECT_EQ(runs[5].what, "closed##force f");
  EXPECT_EQ(runs[6].text, " {x}");
}

TEST(LessonText, WhatDoesNotReadSaysWhatWouldBeRight) {
  const auto error = [](const char* text) { return error_of([&] { parse_text(text); }); };
  EXPECT_NE(error("a {number:mean f").find("without an end"), std::string::npos);
  EXPECT_NE(error("{f}").find("{channel:f}"), std::string::npos);
  EXPECT_NE(error("{colour:f}").find("channel, number, percent or control"), std::string::npos);
  EXPECT_NE(error("{number:mean f|9}").find("0 to 6 decimals"), std::string::npos);
  EXPECT_NE(error("{control:|words}").find("both sides"), std::string::npos);
  EXPECT_NE(error("{number:mine}").find("mine"), std::string::npos);
}

TEST(LessonText, NumbersAreWrittenInTheLanguage) {
  EXPECT_EQ(written(0.375, 2, ","), "0,38");
  EXPECT_EQ(written(-1.5, 1, "."), "−1.5");
  EXPECT_EQ(written(-0.001, 2, "."), "0.00");
  EXPECT_EQ(written({}, 2, "."), "–");
}

class LessonTextOnTheBench : public OnTheBench {};

TEST_F(LessonTextOnTheBench, NumbersAreThoseOfNow) {
  bench.act(ui::Force{nn::parse_force_rule("f=0.25")});
  settle();
  EXPECT_EQ(plain(filled_in(parse_text("f is {number:mean f}, {percent:mean f}."), bench, ",")),
            "f is 0,25, 25 %.");
}

}  // namespace
}  // namespace gatescope::lesson
