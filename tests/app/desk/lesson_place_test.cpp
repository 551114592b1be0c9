#include "app/desk/lesson_place.h"

#include <gtest/gtest.h>

#include "app/desk/intent.h"
#include "tests/error_of.h"

namespace gatescope::ui {
namespace {

TEST(ALessonPlace, IsReadAsItIsWritten) {
  LessonPlace place{.lesson = "cell", .language = "de", .step = 3, .entered = true};
  place.answer({.step = "why", .choice = "a"});
  place.answer({.step = "guess", .number = 0.5});
  place.answer({.step = "why", .choice = "b"});
  EXPECT_EQ(place.answers.size(), 2u) << "another answer takes the place of the first";
  EXPECT_EQ(lesson_place_from_json(to_json(place), "s"), place);
  EXPECT_NE(error_of([] {
              lesson_place_from_json({{"step", -1}}, "s");
            }).find("/lesson/step"),
            std::string::npos);
  EXPECT_NE(error_of([] {
              lesson_place_from_json({{"answers", {{{"stp", "a"}}}}}, "s");
            }).find("/lesson/answers/0"),
            std::string::npos);
}

TEST(ALessonPlace, MovesByIntentsAloneWhereALessonIsOpen) {
  Document document;
  EXPECT_EQ(reduce(document, GoOnLesson{1}), document) << "none is open";
  document = reduce(document, OpenLesson{"cell", "de"});
  document = reduce(document, GoOnLesson{-1});
  EXPECT_EQ(document.lesson.step, 0);
  document.lesson.entered = true;
  document = reduce(document, GoOnLesson{1});
  EXPECT_EQ(document.lesson.step, 1);
  EXPECT_FALSE(document.lesson.entered);
  document = reduce(document, AnswerLesson{.step = "why", .choice = "a", .number = {}});
  EXPECT_EQ(document.lesson.answer_at("why")->choice, "a");
  document = reduce(document, CloseLesson{});
  EXPECT_FALSE(document.lesson.open());
  EXPECT_EQ(document.lesson.language, "de");
  EXPECT_TRUE(undo_name(OpenLesson{}).empty());
}

}  // namespace
}  // namespace gatescope::ui
