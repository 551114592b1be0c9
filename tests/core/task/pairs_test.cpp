// Pairs of a source and a target: what is made up is right, held-out sources are never learnt, files are read
// or refused with their line.

#include "core/task/pairs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "core/error.h"
#include "core/task/made_pairs.h"
#include "core/task/pair_lines.h"
#include "tests/error_of.h"

namespace gatescope::task {
namespace {

struct ReadPair {
  std::string source, target;
};

/// Entry b of a batch as people read it, and that it is laid out as pairs are.
ReadPair read_pair(const Pairs& task, const Batch& batch, Index b) {
  const std::vector<std::string> vocabulary = task.vocabulary();
  ReadPair pair;
  const auto at = [&](Index t) { return static_cast<std::size_t>(t * batch.size + b); };
  Index t = 0;
  while (batch.tokens[at(t)] == nn::kFill) ++t;
  for (; batch.tokens[at(t)] != nn::kStart; ++t) {
    pair.source += vocabulary[static_cast<std::size_t>(batch.tokens[at(t)])];
    EXPECT_EQ(batch.classes[at(t)], -1);
  }
  EXPECT_EQ(t, task.longest_source()) << "all targets begin at the same step";
  for (; batch.classes[at(t)] != nn::kEnd; ++t) {
    pair.target += vocabulary[static_cast<std::size_t>(batch.classes[at(t)])];
    EXPECT_EQ(batch.tokens[at(t + 1)], batch.classes[at(t)]) << "it is read one step later";
  }
  for (++t; t < batch.steps; ++t) {
    EXPECT_EQ(batch.tokens[at(t)], nn::kFill);
    EXPECT_EQ(batch.classes[at(t)], -1);
  }
  return pair;
}

std::vector<ReadPair> learnt_pairs(const Pairs& task, std::uint64_t updates) {
  std::vector<ReadPair> all;
  Batch batch;
  for (std::uint64_t update = 0; update < updates; ++update) {
    task.training_batch(update, batch);
    for (Index b = 0; b < batch.size; ++b) all.push_back(read_pair(task, batch, b));
  }
  return all;
}

std::vector<ReadPair> held_out_pairs(const Pairs& task) {
  std::vector<ReadPair> all;
  Batch batch;
  for (Index number = 0; number < task.held_out_batches(); ++number) {
    task.held_out_batch(number, batch);
    for (Index b = 0; b < batch.size; ++b) {
      bool any = false;
      for (Index t = 0; t < batch.steps; ++t)
        any = any || batch.classes[static_cast<std::size_t>(t * batch.size + b)] >= 0;
      if (!any) continue;
      all.push_back(read_pair(task, batch, b));
    }
  }
  return all;
}

TEST(Pairs, WordsAreReversedCopiedAndSorted) {
  const Data data{.batch = 16};
  const std::map<const PairMaker*, std::function<std::string(std::string)>> makers{
      {&kReversed, [](std::string s) { return std::string(s.rbegin(), s.rend()); }},
      {&kCopied, [](std::string s) { return s; }},
      {&kSorted, [](std::string s) {
         std::ranges::sort(s);
         return s;
       }}};
  for (const auto& [maker, becomes] : makers) {
    const MadePairs task(data, *maker, 6);
    std::set<std::size_t> lengths;
    for (const ReadPair& pair : learnt_pairs(task, 20)) {
      EXPECT_EQ(pair.target, becomes(pair.source));
      lengths.insert(pair.source.size());
    }
    EXPECT_EQ(lengths, (std::set<std::size_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(task.steps(), 13);
  }
}

TEST(Pairs, DatesAreThatDayInEveryWriting) {
  const MadePairs task({.batch = 32}, kDates, 1);
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::set<std::string> shapes;
  for (const ReadPair& pair : learnt_pairs(task, 40)) {
    int year = 0, month = 0, day = 0;
    ASSERT_EQ(std::sscanf(pair.target.c_str(), "%4d-%2d-%2d", &year, &month, &day), 3) << pair.target;
    EXPECT_EQ(pair.target.size(), 10U);
    std::string shape;
    for (const char c : pair.source)
      if (const char kind = std::isdigit(c)   ? '0'
                            : std::isalpha(c) ? 'a'
                                              : c;
          shape.empty() || shape.back() != kind)
        shape += kind;
    shapes.insert(shape);
    // Its numbers in any order, and its month's name where there is one.
    const auto has = [&](const std::string& part) { return pair.source.find(part) != std::string::npos; };
    EXPECT_TRUE(has(std::to_string(day))) << pair.source;
    EXPECT_TRUE(has(std::to_string(year)) || has(pair.target.substr(2, 2))) << pair.source;
    const bool named = std::ranges::any_of(pair.source, [](char c) { return std::isalpha(c) != 0; });
    EXPECT_TRUE(has(named ? months[static_cast<std::size_t>(month - 1)] : std::to_string(month)))
        << pair.source << " " << pair.target;
  }
  EXPECT_GE(shapes.size(), 6U);
  // Known days of the week.
  Rng rng(3);
  for (int k = 0; k < 2000; ++k) {
    const Pair pair = kDates.make(rng, 1);
    if (pair.target == U"1969-07-20" && pair.source.find(U"day") != std::u32string::npos) {
      EXPECT_TRUE(pair.source.starts_with(U"Sunday"));
    }
    EXPECT_LE(std::ssize(pair.source), kDates.longest_source(1));
  }
}

TEST(Pairs, NumbersAreWordsAndRomanNumeralsAddUp) {
  const MadePairs words({.batch = 32}, kNumberWords, 3);
  std::map<std::string, std::string> of;
  for (const ReadPair& pair : learnt_pairs(words, 400)) of[pair.target] = pair.source;
  const std::map<std::string, std::string> known{{"0", "zero"},
                                                 {"13", "thirteen"},
                                                 {"40", "forty"},
                                                 {"100", "one hundred"},
                                                 {"21", "twenty-one"},
                                                 {"8", "eight"},
                                                 {"305", "three hundred five"}};
  int found = 0;
  for (const auto& [number, text] : known)
    if (of.contains(number)) {
      ++found;
      EXPECT_EQ(of[number], text);
    }
  EXPECT_GE(found, 4) << "an eighth is held out";
  Rng rng(1);
  std::size_t longest = 0;
  for (int k = 0; k < 100000; ++k) longest = std::max(longest, kNumberWords.make(rng, 6).source.size());
  EXPECT_LE(static_cast<Index>(longest), kNumberWords.longest_source(6));
  EXPECT_GE(static_cast<Index>(longest), kNumberWords.longest_source(6) - 6);

  const std::map<char32_t, int> values{{U'I', 1},   {U'V', 5},   {U'X', 10},  {U'L', 50},
                                       {U'C', 100}, {U'D', 500}, {U'M', 1000}};
  const std::set<std::u32string> four{U"IIII", U"VV", U"XXXX", U"LL", U"CCCC", U"DD", U"MMMM"};
  for (int k = 0; k < 4000; ++k) {
    const Pair pair = kRomanNumerals.make(rng, 1);
    int sum = 0;
    for (std::size_t c = 0; c < pair.target.size(); ++c) {
      const int value = values.at(pair.target[c]);
      const bool before_more = c + 1 < pair.target.size() && values.at(pair.target[c + 1]) > value;
      sum += before_more ? -value : value;
    }
    EXPECT_EQ(std::to_string(sum), std::string(pair.source.begin(), pair.source.end()));
    for (const std::u32string& wrong : four) EXPECT_EQ(pair.target.find(wrong), std::u32string::npos);
    EXPECT_LE(std::ssize(pair.target), kRomanNumerals.longest_target(1));
  }
}

TEST(Pairs, HeldOutSourcesAreNeverLearnt) {
  for (const PairMaker* maker : {&kReversed, &kDates, &kNumberWords, &kRomanNumerals}) {
    const MadePairs task({.batch = 16, .held_out_batches = 4}, *maker, 3);
    std::set<std::string> apart;
    for (const ReadPair& pair : held_out_pairs(task)) apart.insert(pair.source);
    EXPECT_GE(apart.size(), 10U);
    for (const ReadPair& pair : learnt_pairs(task, 100))
      EXPECT_FALSE(apart.contains(pair.source)) << pair.source;
  }
}

TEST(Pairs, EverySourceThatCanBeMadeIsThereOnce) {
  struct Kind {
    const PairMaker* maker;
    Index size, sources;
  };
  for (const Kind& kind :
       {Kind{&kReversed, 2, 110}, Kind{&kCopied, 3, 1110}, Kind{&kSorted, 1, 10}, Kind{&kNumberWords, 2, 100},
        Kind{&kRomanNumerals, 1, 3999}, Kind{&kDates, 1, 36525 * 9}}) {
    ASSERT_EQ(kind.maker->sources(kind.size), kind.sources) << kind.maker->name;
    std::map<std::u32string, std::u32string> all;
    for (Index number = 0; number < kind.sources; ++number) {
      const Pair pair = kind.maker->at(kind.size, number);
      const bool is_new = all.emplace(pair.source, pair.target).second;
      EXPECT_TRUE(is_new || pair.source.find(U"May") != std::u32string::npos)
          << kind.maker->name << " " << number << ": May alone is as long as its first three letters";
    }
    Rng rng(7);
    for (int k = 0; k < 2000; ++k) {
      const Pair pair = kind.maker->make(rng, kind.size);
      ASSERT_TRUE(all.contains(pair.source)) << kind.maker->name;
      EXPECT_EQ(all[pair.source], pair.target);
    }
  }
  EXPECT_GT(kReversed.sources(1000), Index{1} << 20) << "and no overflow";
}

TEST(Pairs, OfFewHeldOutSourcesEachComesOnce) {
  struct Kind {
    const PairMaker* maker;
    Index size;
    bool all;  // fewer than 256: every one that is held out
  };
  for (const Kind& kind :
       {Kind{&kNumberWords, 3, true}, Kind{&kNumberWords, 2, true}, Kind{&kReversed, 3, true},
        Kind{&kRomanNumerals, 1, false}, Kind{&kNumberWords, 4, false}, Kind{&kDates, 1, false}}) {
    const MadePairs task({.batch = 32}, *kind.maker, kind.size);
    std::multiset<std::string> held;
    for (const ReadPair& pair : held_out_pairs(task)) held.insert(pair.source);
    EXPECT_EQ(std::set<std::string>(held.begin(), held.end()).size(), held.size()) << kind.maker->name;
    if (kind.all) {
      const double expected = static_cast<double>(kind.maker->sources(kind.size)) / 8;
      EXPECT_LT(held.size(), 256u);
      EXPECT_NEAR(static_cast<double>(held.size()), expected, 5 * std::sqrt(expected));
      EXPECT_EQ(task.held_out_count(), std::ssize(held));
      EXPECT_EQ(held_out_sequences(task), held.size());
      // What is not held out is learnt: together they are all there is.
      std::set<std::string> sources(held.begin(), held.end());
      for (const ReadPair& pair : learnt_pairs(task, 1500)) sources.insert(pair.source);
      EXPECT_GE(std::ssize(sources), kind.maker->sources(kind.size) * 99 / 100);
    } else {
      EXPECT_EQ(held.size(), 256u) << kind.maker->name;
    }
  }
  // Of very many they are drawn as before.
  const MadePairs many({.batch = 32}, kReversed, 20);
  EXPECT_EQ(many.held_out_batches(), 8);
  EXPECT_EQ(many.held_out_count(), std::nullopt);
}

TEST(Pairs, ChanceIsThatOfHowOftenCharactersCome) {
  const MadePairs task({.batch = 16}, kCopied, 2);
  // One or two of ten letters, then the end: two of five characters are ends.
  EXPECT_NEAR(*task.chance(), -0.4 * std::log(0.4) - 0.6 * std::log(0.06), 0.08);
}

TEST(Pairs, AHeldOutSequenceHasNoFilling) {
  const MadePairs task({.batch = 4, .held_out_batches = 2}, kReversed, 8);
  for (std::uint64_t number = 0; number < 8; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    EXPECT_EQ(sequence.tokens.size(), sequence.targets.size());
    EXPECT_NE(sequence.tokens.front(), nn::kFill);
    EXPECT_EQ(sequence.targets.back(), nn::kEnd);
    EXPECT_EQ(std::ranges::count(sequence.tokens, nn::kStart), 1);
  }
}

TEST(PairLines, AreReadOfTabsAndCommas) {
  for (const auto& [name, text] : {std::pair{"x.tsv", "hund\tdog\r\nkatze\tcat, tom\n\nmaus\tmouse\n"},
                                   {"x.txt", "hund\tdog\nkatze\tcat, tom\nmaus\tmouse\n"},
                                   {"x.csv", "source,target\nhund,dog\nkatze,\"cat, tom\"\nmaus,mouse"},
                                   {"x.CSV", "hund;dog\nkatze;\"cat, tom\"\nmaus;mouse\n"},
                                   {"x.csv", "hund;dog\nkatze;cat, tom\nmaus;mouse\n"},
                                   {"x.csv", "hund\tdog\nkatze\tcat, tom\nmaus\tmouse\n"},
                                   {"x", "hund,dog\nkatze,\"cat, tom\"\nmaus,mouse"}}) {
    const PairText read = parse_pairs(text, name, 100);
    ASSERT_EQ(read.pairs.size(), 3U) << text;
    EXPECT_EQ(read.pairs[1], (Pair{U"katze", U"cat, tom"})) << text;
    EXPECT_TRUE(looks_like_pairs(text, name));
  }
  const PairText cut = parse_pairs("a\tb\nlonger\tb\n", "x", 3);
  EXPECT_EQ(cut.pairs.size(), 1U);
  EXPECT_EQ(cut.left_out, 1);
}

TEST(PairLines, OddFilesAreRefusedWithTheirLine) {
  const auto error = [](std::string_view text, const char* name = "x.tsv") {
    return error_of([&] { parse_pairs(text, name, 10); });
  };
  EXPECT_EQ(error("a\tb\nc\n"),
            "'x.tsv', line 2 has one field alone, \"c\", expected a source, a tab and a target");
  EXPECT_EQ(error("a,b\nc,d,e\n", "x.csv"),
            "'x.csv', line 2 has 3 fields, expected a source, a comma and a target");
  EXPECT_EQ(error("a\tb\n\tc\n"), "'x.tsv', line 2 has no source, expected a source, a tab and a target");
  EXPECT_EQ(error("a\tb\nc\t\n"), "'x.tsv', line 2 has no target, expected a source, a tab and a target");
  EXPECT_NE(error("a\tb\nc\tx→y\n").find("line 2 has \"→\""), std::string::npos);
  EXPECT_NE(error("").find("no pairs"), std::string::npos);
  EXPECT_NE(error("aaaaaaaaaaaaaaaaaaaaaaa\tb\n").find("at most 10 characters"), std::string::npos);
  EXPECT_NE(error("a,\"b\n", "x.csv").find("never closed"), std::string::npos);
  EXPECT_TRUE(error("\xff\ta\n").starts_with("'x.tsv': the byte 0xFF at offset 0")) << error("\xff\ta\n");
  EXPECT_EQ(error(std::string_view("a\tb\nc\0\td\n", 9)),
            "'x.tsv', line 2 has a zero byte, which no text has, expected a source, a tab and a target");
  EXPECT_NE(error_of([] { PairLines({}, parse_pairs("a\tb\na\tc\n", "x", 10), {}); }).find("one source"),
            std::string::npos);
}

TEST(PairLines, OneOddRowDoesNotChangeWhatStandsBetweenOfTheOthers) {
  std::string one_lacks = "yes, sir, ok\toui\n", one_has_two;
  for (int k = 2; k <= 60; ++k) one_lacks += k == 22 ? "alone\n" : fmt::format("x{0}, x\tX{0}\n", k);
  for (int k = 1; k <= 60; ++k) one_has_two += fmt::format("x{0}, x\tX{0}\n", k);
  one_has_two += "x\tX\tX\n";
  for (const char* name : {"x.tsv", "x.txt"}) {
    EXPECT_NE(
        error_of([&] { parse_pairs(one_lacks, name, 20); }).find("line 22 has one field alone, \"alone\""),
        std::string::npos);
    EXPECT_NE(error_of([&] { parse_pairs(one_has_two, name, 20); }).find("line 61 has 3 fields"),
              std::string::npos);
    EXPECT_TRUE(looks_like_pairs(one_lacks, name)) << "the window says the line, too";
    EXPECT_TRUE(looks_like_pairs(one_has_two, name));
  }
  std::string semicolons;
  for (int k = 1; k <= 20; ++k) semicolons += fmt::format("a{}, b, c; x\n", k);
  EXPECT_EQ(parse_pairs(semicolons, "x.csv", 20).pairs[0], (Pair{U"a1, b, c", U"x"}));
  EXPECT_NE(error_of([&] {
              parse_pairs(semicolons + "a, b\n", "x.csv", 20);
            }).find("line 21 has one field alone, \"a, b\", expected a source, a semicolon and a target"),
            std::string::npos);
}

TEST(PairLines, QuotesBetweenTabsAreOrdinary) {
  const PairText read = parse_pairs("\"abc,\" he said.\tX\n\"\ta \"b\nc\t\"\"\n", "x.tsv", 20);
  ASSERT_EQ(read.pairs.size(), 3U);
  EXPECT_EQ(read.pairs[0], (Pair{U"\"abc,\" he said.", U"X"}));
  EXPECT_EQ(read.pairs[1], (Pair{U"\"", U"a \"b"}));
  EXPECT_EQ(read.pairs[2], (Pair{U"c", U"\"\""}));
}

TEST(PairLines, WhatIsNotUtf8IsReplacedWhereOneAsks) {
  const PairText read = parse_pairs("a\xff\tb\n", "x.tsv", 20, InvalidUtf8::replace);
  EXPECT_EQ(read.pairs[0], (Pair{U"a\uFFFD", U"b"}));
}

TEST(PairLines, KeepTheNumbersOfAModelsCharacters) {
  const auto read = [](std::string_view text) {
    return parse_pairs(text, "t.tsv", 20, InvalidUtf8::error, std::u32string(U"zxa"));
  };
  EXPECT_EQ(read("a\tz\n").characters, U"zxa");
  EXPECT_EQ(error_of([&] { read("a\tz\nx\tß\n"); }),
            "'t.tsv', line 2 has the character \"ß\", which the model does not know");
}

TEST(PairLines, ATableOfNumbersIsNone) {
  EXPECT_FALSE(looks_like_pairs("time,value\n2001-01,3\n2001-02,4\n2001-03,5\n", "x.csv"));
  EXPECT_FALSE(looks_like_pairs("Datum;Wert\n2020-01-01;1,5\n2020-01-02;2,5\n2020-01-03;0,5\n", "x.csv"));
  EXPECT_FALSE(looks_like_pairs("a,b,c\nd,e,f\n", "x.csv"));
  EXPECT_FALSE(looks_like_pairs("a,b\nd,e\ng,h,i\n", "x.csv")) << "a third is odd";
  EXPECT_FALSE(looks_like_pairs("one line of text, and no more", "x.csv"));
  EXPECT_TRUE(looks_like_pairs("1\tI\n2\tII\n3\tIII\n", "x.tsv"));
}

std::set<std::string> held_out_sources(const PairLines& task) {
  std::set<std::string> sources;
  for (const ReadPair& pair : held_out_pairs(task)) sources.insert(pair.source);
  return sources;
}

std::string numbered(int count) {
  std::string text;
  for (int k = 0; k < count; ++k)
    for (const char* target : {"x", "y"}) text += std::to_string(k) + "\t" + target + "\n";
  return text;
}

TEST(PairLines, ASourceIsLearntOrHeldOutWithAllItsTargets) {
  const PairLines task({.batch = 8}, parse_pairs(numbered(40), "x", 10), {SplitBy::share, 0.25});
  EXPECT_EQ(*task.held_out_count(), 20);
  EXPECT_EQ(held_out_pairs(task).size(), 20U);
  const std::set<std::string> sources = held_out_sources(task);
  EXPECT_EQ(sources.size(), 10U);
  for (const ReadPair& pair : learnt_pairs(task, 60)) EXPECT_FALSE(sources.contains(pair.source));
  EXPECT_EQ(held_out_sequences(task), 20U);
}

TEST(PairLines, WhatWasLearntStaysLearntWhenRowsAreAddedAndTaken) {
  const PairLines before({.batch = 8, .seed = 5}, parse_pairs(numbered(40), "x", 10), {SplitBy::share, 0.25});
  const std::set<std::string> was = held_out_sources(before);
  std::string changed = numbered(80);
  changed.erase(0, changed.find("10\t"));  // ten sources are gone, forty new
  const PairLines after({.batch = 8, .seed = 5}, parse_pairs(changed, "x", 10),
                        {SplitBy::bound, *before.bound()});
  const std::set<std::string> is = held_out_sources(after);
  int fresh = 0;
  for (const std::string& source : is) {
    if (std::stoi(source) >= 40) {
      ++fresh;
    } else {
      EXPECT_TRUE(was.contains(source)) << source << " was learnt";
    }
  }
  for (const std::string& source : was) {
    if (std::stoi(source) >= 10) {
      EXPECT_TRUE(is.contains(source)) << source;
    }
  }
  EXPECT_GT(fresh, 0) << "new ones fall by their own places";
  EXPECT_LT(fresh, 40);
}

TEST(PairLines, OfAnotherFileAllIsMeasured) {
  const PairLines task({.batch = 8}, parse_pairs("a\tb\n", "x", 10), {SplitBy::none, 0});
  EXPECT_EQ(*task.held_out_count(), 1);
  EXPECT_EQ(held_out_pairs(task).size(), 1U);
  EXPECT_GT(*task.chance(), 0);
}

}  // namespace
}  // namespace gatescope::task
