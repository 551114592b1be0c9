// Whole lines and their labels: what is read, refused, learnt and held out.

#include "core/task/labelled_lines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/error_of.h"

namespace gatescope::task {
namespace {

LabelledText parsed(std::string_view text, Index longest = 100) {
  return parse_labelled_lines(text, "t.tsv", longest);
}
std::string refused(std::string_view text) {
  return error_of([&] { parsed(text); });
}
std::string many(int count) {
  std::string text;
  for (int k = 0; k < count; ++k)
    text += fmt::format("{}\tline {}{}\n", k % 3 == 0 ? "no" : "yes", k, std::string(k % 5, 'x'));
  return text;
}

TEST(LabelledLines, AreReadLineByLine) {
  const LabelledText text = parsed("\xEF\xBB\xBFyes\tab\r\n\nno\tb\tä\nyes\t a");
  EXPECT_EQ(text.labels, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(text.characters, (std::vector<std::string>{"\t", " ", "a", "b", "ä"}));
  ASSERT_EQ(text.lines.size(), 3u);
  EXPECT_EQ(text.lines[0].label, 1);
  EXPECT_EQ(text.lines[0].tokens, (std::vector<int>{2, 3}));
  EXPECT_EQ(text.lines[1].tokens, (std::vector<int>{3, 0, 4})) << "a second tab is of the text";
  EXPECT_EQ(text.lines[2].tokens, (std::vector<int>{1, 2}));
  EXPECT_EQ(text.cut, 0);
  const LabelledText cut = parsed("a\t12345\nb\t12\n", 3);
  EXPECT_EQ(cut.cut, 1);
  EXPECT_EQ(cut.lines[0].tokens.size(), 3u);
}

TEST(LabelledLines, AreRefusedAtTheirLine) {
  EXPECT_EQ(refused("a\tx\nb y\n"),
            "'t.tsv', line 2 has no tab, expected a label, a tab and a text: \"b y\"");
  EXPECT_NE(refused("a\tx\n\tx\n").find("line 2 has no label"), std::string::npos);
  EXPECT_NE(refused("a\tx\nb\t\n").find("line 2 has no text"), std::string::npos);
  EXPECT_NE(refused("a\tx\na\ty\n").find("has the label \"a\" alone"), std::string::npos);
  EXPECT_NE(refused("").find("has no lines"), std::string::npos);
  EXPECT_NE(refused("a\t\xff\n").find("'t.tsv'"), std::string::npos);
  EXPECT_NE(refused(std::string(300, 'a') + "\tx\n").find("a label of more than 200 bytes"),
            std::string::npos);
  EXPECT_NE(refused(std::string_view("a\tx\nb\ty\0\n", 10)).find("line 2 has a zero byte"),
            std::string::npos);
  std::string labels;
  for (int k = 0; k < 1001; ++k) labels += fmt::format("{}\tx\n", k);
  EXPECT_NE(refused(labels).find("line 1001: there are more than 1000 labels"), std::string::npos);
}

TEST(LabelledLines, AreToldFromOtherFiles) {
  EXPECT_TRUE(looks_like_labelled_lines(many(20)));
  EXPECT_TRUE(looks_like_labelled_lines(many(20) + "cut of")) << "its beginning";
  EXPECT_TRUE(looks_like_labelled_lines(many(20) + "no tab\n")) << "reading it says the line";
  EXPECT_FALSE(looks_like_labelled_lines("a\t1\nb\t2\na\t3\nb\t4\n")) << "a table of numbers";
  EXPECT_FALSE(looks_like_labelled_lines("Once upon a time\nthere was a tab.\n"));
  EXPECT_FALSE(looks_like_labelled_lines("a\tx\nb\ty\nc\tz\n")) << "no label comes again";
  EXPECT_FALSE(looks_like_labelled_lines(""));
}

TEST(LabelledLines, AreAskedForTheirLabelAtTheirEnd) {
  const LabelledLines task({.batch = 4, .seed = 3}, parsed(many(50)), {SplitBy::share, 0.2});
  EXPECT_EQ(held_out_sequences(task), 10u);
  std::multiset<std::vector<int>> held;
  for (std::uint64_t number = 0; number < 10; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    ASSERT_FALSE(sequence.tokens.empty());
    ASSERT_EQ(sequence.tokens.size(), sequence.targets.size());
    for (std::size_t t = 0; t + 1 < sequence.targets.size(); ++t) EXPECT_EQ(sequence.targets[t], -1);
    EXPECT_GE(sequence.targets.back(), 0);
    held.insert(sequence.tokens);
  }
  EXPECT_EQ(std::set(held.begin(), held.end()).size(), 10u);
  EXPECT_EQ(held_out_sequence(task, 12).tokens, held_out_sequence(task, 2).tokens) << "they begin again";
  Index scored = 0;
  Batch batch;
  for (Index number = 0; number < task.held_out_batches(); ++number) {
    task.held_out_batch(number, batch);
    scored += batch.scored_steps();
  }
  EXPECT_EQ(scored, 10);
  // Nothing of it is ever learnt.
  std::set<std::vector<int>> learnt;
  for (std::uint64_t update = 0; update < 200; ++update) {
    task.training_batch(update, batch);
    EXPECT_EQ(batch.scored_steps(), 4);
    for (Index b = 0; b < 4; ++b) {
      std::vector<int> tokens;
      for (Index t = 0; t < batch.steps; ++t) {
        tokens.push_back(batch.tokens[static_cast<std::size_t>(t * 4 + b)]);
        if (batch.classes[static_cast<std::size_t>(t * 4 + b)] >= 0) break;
      }
      EXPECT_FALSE(held.contains(tokens));
      learnt.insert(tokens);
    }
  }
  EXPECT_EQ(learnt.size(), 40u);
}

TEST(LabelledLines, KnowTheChanceOfTheirLabels) {
  const LabelledLines task({}, parsed("a\tx1\na\tx2\na\tx3\nb\ty4\n"), {SplitBy::share, 0.25});
  const bool of_two = std::abs(*task.chance()) > 1e-9;  // the one that is held out may be that of b
  if (of_two)
    EXPECT_NEAR(*task.chance(), -(2.0 / 3 * std::log(2.0 / 3) + 1.0 / 3 * std::log(1.0 / 3)), 1e-12);
  EXPECT_NE(
      error_of([] {
        LabelledLines({}, {{"a", "b"}, {"x"}, {{0, {0}, 7}, {1, {0}, 7}}, "", 0}, {SplitBy::share, 0.5});
      }).find("is not enough"),
      std::string::npos);
}

TEST(LabelledLines, OfOneTextAreOnOneSide) {
  std::string text;
  for (int k = 0; k < 30; ++k) text += fmt::format("a\ttext {0}\nb\ttext {0}\na\ttext {0}\n", k);
  const LabelledLines task({.batch = 4}, parsed(text), {SplitBy::share, 0.2});
  EXPECT_EQ(*task.held_out_count(), 18) << "six of thirty texts";
  std::set<std::vector<int>> held;
  for (std::uint64_t k = 0; k < 18; ++k) held.insert(held_out_sequence(task, k).tokens);
  EXPECT_EQ(held.size(), 6u);
}

TEST(LabelledLines, LongOnesBelongWhereTheirBeginningDoes) {
  const LabelledText text = parsed("a\t12345\nb\t12399\n", 3);
  EXPECT_EQ(text.lines[0].hash, text.lines[1].hash) << "the same is read of both";
  const KnownLabels known{text.labels, text.characters, 3};
  const LabelledText more = parse_labelled_lines("a\t1232\nb\t32\n", "t.tsv", 100, InvalidUtf8::error, known);
  EXPECT_EQ(more.lines[0].hash, text.lines[0].hash) << "whatever is read of it now";
  EXPECT_EQ(more.lines[0].tokens.size(), 4u);
}

TEST(LabelledLines, HaveTheNumbersOfAModelsLabels) {
  const KnownLabels known{{"no", "maybe", "yes"}, {"b", "a"}, 100};
  const auto read = [&](std::string_view text) {
    return parse_labelled_lines(text, "t.tsv", 100, InvalidUtf8::error, known);
  };
  const LabelledText text = read("yes\ta\n");
  EXPECT_EQ(text.labels, known.labels);
  EXPECT_EQ(text.characters, known.characters);
  EXPECT_EQ(text.lines[0].label, 2);
  EXPECT_EQ(text.lines[0].tokens, (std::vector<int>{1}));
  EXPECT_EQ(error_of([&] { read("yes\ta\nperhaps\tb\n"); }),
            "'t.tsv', line 2 has the label \"perhaps\", which the model does not know: the file has "
            "\"perhaps\", \"yes\", the model \"no\", \"maybe\", \"yes\"");
  EXPECT_EQ(error_of([&] { read("yes\ta\nno\tabc\n"); }),
            "'t.tsv', line 2 has the character \"c\", which the model does not know");
}

TEST(LabelledLines, AreReplacedWhereTheyAreNotUtf8AndOneAsks) {
  const LabelledText text = parse_labelled_lines("a\tx\xff\nb\ty\n", "t.tsv", 100, InvalidUtf8::replace);
  EXPECT_EQ(text.characters, (std::vector<std::string>{"x", "y", "\uFFFD"}));
}

}  // namespace
}  // namespace gatescope::task
