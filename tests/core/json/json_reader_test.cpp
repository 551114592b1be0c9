#include "core/json/json_reader.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/error_of.h"

namespace gatescope {
namespace {

using nlohmann::json;

TEST(JsonReader, ReadsValuesAndDefaults) {
  const json object =
      json::parse(R"({"hidden":5,"rate":1e-3,"on":true,"name":"x","list":["a","b"],"bias":null})");
  JsonReader reader(object, "");
  EXPECT_EQ(reader.get("hidden", 1), 5);
  EXPECT_EQ(reader.get("layers", 2), 2);
  EXPECT_EQ(reader.get("rate", 0.5), 1e-3);
  EXPECT_TRUE(reader.get("on", false));
  EXPECT_EQ(reader.get("name", ""), "x");
  EXPECT_EQ(reader.get("list", std::vector<std::string>{}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader.get("bias", std::optional<double>(1)), std::nullopt);
  reader.object("inner").finish();
  reader.finish();
}

TEST(JsonReader, NamesAMisspelledKeyAndTheNearestOne) {
  const json object = {{"hiden", 5}};
  JsonReader reader(object, "/models/0", "race.json");
  reader.get("hidden", 1);
  reader.get("cell", "");
  EXPECT_EQ(
      error_of([&] { reader.finish(); }),
      "'race.json': /models/0/hiden is not known; did you mean \"hidden\"? Allowed there: hidden, cell");
  const json other = {{"zzz", 5}};
  JsonReader far(other, "");
  far.get("cell", "");
  EXPECT_EQ(error_of([&] { far.finish(); }), "/zzz is not known. Allowed there: cell");
}

TEST(JsonReader, ListsAKeyOnceHoweverOftenItWasAskedFor) {
  const json object = {{"cell", "gru"}, {"zzz", 5}};
  JsonReader reader(object, "");
  reader.find("cell");
  reader.get("cell", "");
  EXPECT_EQ(error_of([&] { reader.finish(); }), "/zzz is not known. Allowed there: cell");
}

TEST(JsonReader, SaysWhatAValueShouldBe) {
  const json object = json::parse(
      R"({"n":1.5,"big":1e30,"huge":18446744073709551615,"p":1.0,"word":"GRU","on":1,"s":[],"list":["a",3],"a/b":"x"})");
  JsonReader r(object, "/x", "f");
  EXPECT_EQ(error_of([&] { r.get("n", 1, 1, 9); }), "'f': /x/n is 1.5, expected a whole number from 1 to 9");
  EXPECT_EQ(error_of([&] { r.get("huge", 1, 0); }),
            "'f': /x/huge is 18446744073709551615, expected a whole number of at least 0");
  EXPECT_EQ(error_of([&] { r.get("p", 0.5, 0, 1, true); }),
            "'f': /x/p is 1.0, expected a number from 0 to below 1");
  EXPECT_EQ(error_of([&] { r.get("on", false); }), "'f': /x/on is 1, expected true or false");
  EXPECT_EQ(error_of([&] { r.get("s", ""); }), "'f': /x/s is an array, expected a string");
  EXPECT_EQ(error_of([&] { r.get("list", std::vector<std::string>{}); }),
            "'f': /x/list/1 is 3, expected a string");
  EXPECT_EQ(error_of([&] { r.get("a/b", 1.0); }), "'f': /x/a~1b is \"x\", expected a number");
  EXPECT_EQ(error_of([&] { r.object("n"); }), "'f': /x/n is 1.5, expected an object");
  constexpr std::array<std::pair<std::string_view, int>, 2> words{{{"gru", 0}, {"lstm", 1}}};
  EXPECT_EQ(error_of([&] { r.get("word", 0, Words<int>(words)); }),
            "'f': /x/word is \"GRU\", expected one of \"gru\", \"lstm\"");
}

TEST(JsonReader, RejectsAMissingKeyAsMissing) {
  const json nothing = json::object();
  EXPECT_EQ(error_of([&] { JsonReader(nothing, "/x", "f").reject("size", "two numbers"); }),
            "'f': /x/size is missing, expected two numbers");
}

TEST(ParseJson, RefusesWhatIsNoPlainJson) {
  EXPECT_EQ(error_of([] { parse_json("{\"a\":1,\n\"a\":2}", "f"); }),
            "'f': the JSON has the key \"a\" twice in one object");
  EXPECT_EQ(error_of([] { parse_json("{\n\"a\":}", "f"); }), "'f': not valid JSON at byte 7, line 2");
  EXPECT_EQ(error_of([] { parse_json("", "f"); }), "'f': not valid JSON at byte 1, line 1");
  EXPECT_EQ(error_of([] { parse_json("[1e999]", "f"); }), "'f': the JSON holds a number that is too large");
  EXPECT_EQ(error_of([] { parse_json(std::string(100000, '['), "f"); }),
            "'f': the JSON nests deeper than 64 levels");
  EXPECT_EQ(parse_json("{\"a\":{\"a\":[1]}}", "f").at("a").at("a").at(0), 1);
}

TEST(ParseJson, SaysWhatIsUsuallyWrong) {
  const auto says = [](std::string_view text) { return error_of([&] { parse_json(text, "f"); }); };
  EXPECT_EQ(says("{\"a\": 1, // one\n}"), "'f': not valid JSON at byte 10, line 1: JSON has no comments");
  EXPECT_EQ(says("# one\n{}"), "'f': not valid JSON at byte 1, line 1: JSON has no comments");
  EXPECT_EQ(says("{\"a\": 1,\n}"), "'f': not valid JSON at byte 10, line 2: a comma before }");
  EXPECT_EQ(says("[1, ]"), "'f': not valid JSON at byte 5, line 1: a comma before ]");
  EXPECT_EQ(says("{'a': 1}"), "'f': not valid JSON at byte 2, line 1: expected double quotes");
  EXPECT_EQ(says("{\"a\": 1"), "'f': not valid JSON at byte 8, line 1: it ends too early");
  EXPECT_EQ(says("{\"a\": \"caf\xe9\"}"), "'f': not valid JSON at byte 11, line 1: a byte that is not UTF-8");
  EXPECT_NE(says("[NaN]").find("NaN is no JSON value"), std::string::npos) << says("[NaN]");
  EXPECT_NE(says("[True]").find("True is no JSON value"), std::string::npos) << says("[True]");
  EXPECT_NE(says(std::string_view("{}\0 ", 4)).find("a zero byte"), std::string::npos);
  EXPECT_EQ(parse_json("\xef\xbb\xbf{\"a\": 1}", "f").at("a"), 1);
}

}  // namespace
}  // namespace gatescope
