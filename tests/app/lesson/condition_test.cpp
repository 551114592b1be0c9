#include "app/lesson/condition.h"

#include "core/json/json_reader.h"
#include "tests/app/lesson/bench.h"
#include "tests/error_of.h"

namespace gatescope::lesson {
namespace {

Condition condition(const char* text) {
  return condition_from_json(parse_json(text, "test"), "/do", "test");
}

TEST(LessonConditions, WhatDoesNotReadNamesItsPlace) {
  const auto error = [](const char* text) { return error_of([&] { condition(text); }); };
  EXPECT_NE(error("{}").find("'test': /do is"), std::string::npos) << error("{}");
  EXPECT_NE(error(R"({"view": "gatess"})").find("/do/view"), std::string::npos);
  EXPECT_NE(error(R"({"number": "mean f"})").find("/do/below"), std::string::npos);
  EXPECT_NE(error(R"({"number": "meen f", "below": 1})").find("/do/number"), std::string::npos);
  EXPECT_NE(error(R"({"all": []})").find("/do/all"), std::string::npos);
  EXPECT_NE(error(R"({"any": [{"step": 1}, {"stepp": 1}]})").find("/do/any/1"), std::string::npos);
  EXPECT_NE(error(R"({"step": 1, "unit": 2})").find("no second condition"), std::string::npos);
  EXPECT_NE(error(R"({"step": 1, "below": 2})").find("below"), std::string::npos);
}

class LessonCondition : public OnTheBench {
 protected:
  bool holds_now(const char* text) const { return holds(condition(text), bench); }
};

TEST_F(LessonCondition, RulesCountWhicheverWayTheyAreWritten) {
  const char* closed = R"({"forced": "f", "to": 0, "at": 8})";
  EXPECT_FALSE(holds_now(closed));
  EXPECT_TRUE(holds_now(R"({"released": true})"));
  for (const char* rule : {"f=0", "f=closed", "f@3-9=0", "0.f[1]@8=0"}) {
    bench.act(ui::ReleaseAll{});
    bench.act(ui::AddRule{nn::parse_force_rule(rule)});
    EXPECT_TRUE(holds_now(closed)) << rule;
  }
  for (const char* rule : {"f=0.5", "f@9=0", "i=0", "f=*0.5", "f~=0"}) {
    bench.act(ui::ReleaseAll{});
    bench.act(ui::AddRule{nn::parse_force_rule(rule)});
    EXPECT_FALSE(holds_now(closed)) << rule;
  }
}

TEST_F(LessonCondition, ChoicesAndViews) {
  EXPECT_TRUE(holds_now(R"({"step": 5})"));
  EXPECT_FALSE(holds_now(R"({"unit": 1})"));
  bench.act(ui::ChooseUnit{1});
  EXPECT_TRUE(holds_now(R"({"all": [{"unit": 1}, {"model": 1}, {"probe": "cat sat"}]})"));
  EXPECT_FALSE(holds_now(R"({"any": [{"view": "cell"}, {"training": true}]})"));
  bench.act(ui::ShowBeside{"cell"});
  EXPECT_TRUE(holds_now(R"({"any": [{"view": "cell"}, {"training": true}]})"));
}

TEST_F(LessonCondition, ANumberCountsOnceWhatIsChosenWasRead) {
  const char* closed = R"({"number": "mean f", "below": 0.1})";
  EXPECT_FALSE(holds_now(closed));
  EXPECT_NE(wanted_and_is(condition(closed), bench).find("mean f below 0.1, it is 0."), std::string::npos);
  bench.act(ui::Force{nn::parse_force_rule("f=0")});
  EXPECT_FALSE(holds_now(closed)) << "not read yet";
  settle();
  EXPECT_TRUE(holds_now(closed));
}

}  // namespace
}  // namespace gatescope::lesson
