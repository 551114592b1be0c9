#include "core/observe/given_sequence.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/json/json_reader.h"
#include "core/task/temporal_order.h"
#include "tests/error_of.h"

namespace gatescope::observe {
namespace {

const nn::Interface kSeries{nn::InputKind::values, 2, nn::Readout::linear, 1};
const nn::Interface kMarks{nn::InputKind::values, 1, nn::Readout::softmax, 2};
const nn::Interface kSymbols{nn::InputKind::characters, 4, nn::Readout::softmax, 2};
const Alphabet kLabels{{"B", " ", "|", "\n"}, {"X Y", "|"}, &task::kLabel, false};

Alphabet of(const nn::Interface& interface) {
  return alphabet_of(interface, {});
}

TEST(GivenSequence, IsReadOneStepALine) {
  const auto series = parse_given("0.5 -1 | 0.25\n\n 0,2;|\r\n1e-3\t7", of(kSeries), kSeries, "the file");
  EXPECT_EQ(series.values, (std::vector<std::vector<double>>{{0.5, -1}, {0, 2}, {0.001, 7}}));
  EXPECT_EQ(series.expected, (std::vector<std::vector<double>>{{0.25}, {}, {}}));
  const auto alone = parse_given("1 2\n3 4\n", of(kSeries), kSeries, "the file");
  EXPECT_TRUE(alone.expected.empty()) << "nothing is expected at all";
  const auto symbols = parse_given("B\n\\s | X\\sY\n\\|\n\\n | \\|\n", kLabels, kSymbols, "the file");
  EXPECT_EQ(symbols.characters, (std::vector<std::string>{"B", " ", "|", "\n"}));
  EXPECT_EQ(symbols.labels, (std::vector<int>{-1, 0, -1, 1}));
  const auto marks = parse_given("0.5 | 1\n2", of(kMarks), kMarks, "the file");
  EXPECT_EQ(marks.labels, (std::vector<int>{1, -1})) << "classes without names are called by their numbers";
  for (const auto& [given, alphabet, interface] : {std::tuple{series, of(kSeries), kSeries},
                                                   {alone, of(kSeries), kSeries},
                                                   {symbols, kLabels, kSymbols},
                                                   {marks, of(kMarks), kMarks}}) {
    EXPECT_EQ(parse_given(to_text(given), alphabet, interface, ""), given) << to_text(given);
    EXPECT_EQ(read_given(JsonReader(to_json(given), "/sequence")), given) << to_json(given);
    EXPECT_EQ(given_sequence(numbers_of(given, alphabet, interface, "m"), alphabet, interface), given);
  }
}

TEST(GivenSequence, WhatCannotBeReadSaysItsLineAndWhatWouldBe) {
  const auto series = [](std::string_view text) {
    return error_of([&] { parse_given(text, of(kSeries), kSeries, "a.txt"); });
  };
  EXPECT_EQ(series("1 2\n\n3"), "a.txt: line 3 has 1 number, expected 2 numbers that go in");
  EXPECT_EQ(series("1 x"), "a.txt: line 1 has \"x\", expected 2 numbers that go in");
  EXPECT_NE(series("1 nan"), "no error");
  EXPECT_NE(series("1 1e39"), "no error") << "no float";
  EXPECT_EQ(series("1 2 | 3 4"), "a.txt: line 1 has 2 numbers, expected 1 number that should come out");
  EXPECT_EQ(series(" \n"),
            "a.txt has no steps, expected one a line: 2 numbers, and after a bar what should come out");
  const auto symbols = [](std::string_view text) {
    return error_of([&] { parse_given(text, kLabels, kSymbols, "a.txt"); });
  };
  EXPECT_EQ(symbols("B\nQ"), "a.txt: line 2 has \"Q\", expected one of B, \\s, \\|, \\\\n");
  EXPECT_NE(symbols("B | Z").find("expected a class, one of X\\sY, \\|"), std::string::npos);
  EXPECT_NE(symbols("\\q").find("expected a backslash before"), std::string::npos);
}

TEST(GivenSequence, AModelThatCannotReadItSaysWhatItReads) {
  const auto numbers = [](const GivenSequence& given, const Alphabet& alphabet, const nn::Interface& to) {
    return error_of([&] { numbers_of(given, alphabet, to, "the GRU"); });
  };
  const GivenSequence series{.values = {{0.5, -1}, {1}}}, symbols{.characters = {"B", "Q"}};
  EXPECT_EQ(numbers(series, of(kSeries), kSeries),
            "step 1 of the sequence has 1 value that go in, but the GRU reads 2");
  EXPECT_EQ(numbers(symbols, of(kSeries), kSeries),
            "the sequence is one of characters, but the GRU reads 2 values a step");
  EXPECT_EQ(numbers(series, kLabels, kSymbols),
            "the sequence is one of values, but the GRU reads characters");
  EXPECT_EQ(numbers(symbols, kLabels, kSymbols),
            "the sequence has \"Q\" at step 1, which the GRU does not know");
  GivenSequence labelled{.labels = {0}, .classes = {"X", "Y"}, .values = {{0.5, 1}}};
  EXPECT_EQ(numbers(labelled, of(kSeries), kSeries),
            "the sequence expects classes, but the GRU gives 1 value");
  labelled.values = {{0.5}};
  EXPECT_EQ(numbers(labelled, of(kMarks), kMarks), "no error");
  labelled.classes = {"X"};
  EXPECT_EQ(numbers(labelled, of(kMarks), kMarks), "the sequence has 1 classes, but the GRU names 2");
  EXPECT_NE(numbers({.values = {{1}}, .expected = {{2}}}, of(kMarks), kMarks), "no error");
  EXPECT_NE(numbers({}, of(kSeries), kSeries), "no error");
  const nn::Interface text{nn::InputKind::characters, 2, nn::Readout::softmax, 2};
  EXPECT_NE(numbers({.characters = {"a"}}, alphabet_of(text, {"a", "b"}), text).find("expected a text"),
            std::string::npos);
}

TEST(GivenSequence, OfATaskIsItsHeldOutOne) {
  const task::TemporalOrder task({.batch = 4, .seed = 7}, 20);
  const Pair pair = task::held_out_sequence(task, 3);
  const GivenSequence given = given_sequence(pair, alphabet_of(task), task.interface(), 3);
  EXPECT_EQ(given.number, 3u);
  const Pair again = numbers_of(given, alphabet_of(task), task.interface(), "m");
  EXPECT_EQ(again.tokens, pair.tokens);
  EXPECT_EQ(again.targets, pair.targets);
}

TEST(GivenSequence, JsonThatIsNoneIsRefusedWithItsPlace) {
  const auto refused = [](const char* json) {
    return error_of([&] { read_given(JsonReader(nlohmann::json::parse(json), "/given")); });
  };
  for (const auto& [json, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({})", "/given/characters"},
           {R"({"values": [[1], [1, 2]]})", "/given/values"},
           {R"({"values": [[]]})", "/given/values"},
           {R"({"values": [["a"]]})", "/given/values"},
           {R"({"values": [[1]], "characters": ["a"]})", "/given/characters"},
           {R"({"values": [[1]], "expected": []})", "/given/expected"},
           {R"({"values": [[1]], "labels": [0]})", "/given/classes"},
           {R"({"values": [[1]], "labels": [1], "classes": ["a"]})", "/given/labels"},
           {R"({"values": [[1]], "labels": [0], "classes": ["a"], "expected": [[1]]})", "/given"},
           {R"({"values": [[1]], "colour": 1})", "/given/colour"}})
    EXPECT_NE(refused(json).find(place), std::string::npos) << json << ": " << refused(json);
}

}  // namespace
}  // namespace gatescope::observe
