// Files of one's own after something learnt them: what was learnt stays learnt, labels and characters keep
// their numbers, other files are measured as a whole.

#include "core/experiment/learnt_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/experiment/open_lines.h"
#include "core/experiment/open_pairs.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/task/single_sequences.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace gatescope::experiment {
namespace {

class LearntFiles : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).native(); }

  /// What a model keeps of the file that it learnt.
  Experiment learnt(const std::string& name, bool of_pairs) {
    Experiment e;
    e.training.batch = 4;
    if (of_pairs)
      set_pairs(e.task, at(name));
    else
      set_lines(e.task, at(name));
    e.task.held_out = 0.25;
    e.models.front().bidirectional = false;
    open_task(e, {});
    return from_json(to_json(e), "the model");
  }

  /// Opened by the model: its own file, or another one.
  OpenTask opened(Experiment e, const std::string& another = {}) {
    e.task.has_learnt = true;
    if (!another.empty()) (e.task.kind == kPairsTask ? e.task.pair_file : e.task.lines) = at(another);
    return open_task(e, {});
  }

 private:
  TemporaryFolder folder_;
};

/// What a held-out sequence reads, as text.
std::set<std::string> sequences_held_out(const task::Task& task) {
  std::set<std::string> all;
  const auto names = task.vocabulary();
  for (std::uint64_t k = 0; k < task::held_out_sequences(task); ++k) {
    std::string text;
    for (const int token : task::held_out_sequence(task, k).tokens)
      text += names[static_cast<std::size_t>(token)];
    all.insert(text);
  }
  return all;
}

std::string pairs_of_digits(int from, int to) {
  std::string text;
  for (int k = from; k < to; ++k) text += fmt::format("{0:03}\t{0}\n", k);
  return text;
}

std::string lines_of_digits(int from, int to, const char* even = "even", const char* odd = "odd") {
  std::string text;
  for (int k = from; k < to; ++k) text += fmt::format("{}\t{:03}\n", k % 2 ? odd : even, k);
  return text;
}

TEST_F(LearntFiles, RowsThatWereLearntAreNotHeldOutWhenTheFileIsChanged) {
  for (const bool of_pairs : {true, false}) {
    const auto rows = [&](int from, int to) {
      return of_pairs ? pairs_of_digits(from, to) : lines_of_digits(from, to);
    };
    write_file(at("own.tsv"), rows(0, 100));
    const Experiment model = learnt("own.tsv", of_pairs);
    const OpenTask as_it_was = opened(model);
    EXPECT_TRUE(as_it_was.notes.empty());
    EXPECT_FALSE(as_it_was.whole);
    const std::set<std::string> was = sequences_held_out(*as_it_was.task);
    EXPECT_EQ(was.size(), 25U);
    write_file(at("own.tsv"), rows(0, 101));  // one more of known letters
    const OpenTask changed = opened(model);
    ASSERT_EQ(changed.notes.size(), 1U);
    EXPECT_NE(changed.notes[0].find("is not as it was when it was learnt"), std::string::npos);
    EXPECT_FALSE(changed.whole);
    const std::set<std::string> is = sequences_held_out(*changed.task);
    for (const std::string& each : was) EXPECT_TRUE(is.contains(each)) << each;
    EXPECT_LE(is.size(), 26U) << "nothing but the new one can have come to it";
    for (const std::string& each : is) EXPECT_TRUE(was.contains(each) || each.starts_with("100")) << each;
  }
}

TEST_F(LearntFiles, TheSameRowsElsewhereAreTheFile) {
  write_file(at("own.tsv"), pairs_of_digits(0, 40));
  write_file(at("moved.tsv"), pairs_of_digits(0, 40));
  const Experiment model = learnt("own.tsv", true);
  const OpenTask moved = opened(model, "moved.tsv");
  EXPECT_FALSE(moved.whole);
  EXPECT_TRUE(moved.notes.empty());
  EXPECT_EQ(sequences_held_out(*moved.task), sequences_held_out(*opened(model).task));
}

TEST_F(LearntFiles, AnotherFileIsMeasuredWholeWithTheModelsCharacters) {
  write_file(at("pairs.tsv"), pairs_of_digits(0, 40));
  write_file(at("lines.tsv"), lines_of_digits(0, 40));
  write_file(at("one_pair.tsv"), "011\t2\n");
  write_file(at("one_line.tsv"), "odd\t011\n");
  for (const auto& [own, other, of_pairs] :
       {std::tuple{"pairs.tsv", "one_pair.tsv", true}, {"lines.tsv", "one_line.tsv", false}}) {
    const Experiment model = learnt(own, of_pairs);
    const OpenTask test = opened(model, other);
    EXPECT_TRUE(test.whole);
    ASSERT_EQ(test.notes.size(), 1U);
    EXPECT_NE(test.notes[0].find("is not the file that was learnt, so that all of it is measured"),
              std::string::npos);
    EXPECT_EQ(test.task->held_out_count(), 1);
    EXPECT_EQ(test.task->vocabulary(), opened(model).task->vocabulary()) << "of which it has a part";
    EXPECT_EQ(test.task->classes(), opened(model).task->classes());
    EXPECT_EQ(test.task->interface(), opened(model).task->interface());
    write_file(at("odd.tsv"), of_pairs ? "011\t2\n0x1\t2\n" : "odd\t011\neven\t0x1\n");
    EXPECT_NE(
        error_of([&] { opened(model, "odd.tsv"); }).find("line 2 has the character \"x\", which the model"),
        std::string::npos);
  }
}

TEST_F(LearntFiles, LabelsAreComparedByName) {
  write_file(at("own.tsv"), lines_of_digits(0, 40));
  const Experiment model = learnt("own.tsv", false);
  const auto labels = [](const task::Task& task) {
    std::map<std::string, std::string> of_text;
    const auto names = task.vocabulary(), classes = task.classes();
    for (std::uint64_t k = 0; k < task::held_out_sequences(task); ++k) {
      const auto sequence = task::held_out_sequence(task, k);
      std::string text;
      for (const int token : sequence.tokens) text += names[static_cast<std::size_t>(token)];
      of_text[text] = classes[static_cast<std::size_t>(sequence.targets.back())];
    }
    return of_text;
  };
  // "zero" comes behind "odd": by numbers the two would be exchanged.
  write_file(at("own.tsv"), lines_of_digits(0, 40, "zero", "odd"));
  const std::string error = error_of([&] { opened(model); });
  EXPECT_NE(error.find("line 1 has the label \"zero\", which the model does not know: the file has \"odd\", "
                       "\"zero\", the model \"even\", \"odd\""),
            std::string::npos)
      << error;
  write_file(at("own.tsv"), lines_of_digits(0, 40, "odd", "even"));  // exchanged
  const auto exchanged = opened(model);
  for (const auto& [text, label] : labels(*exchanged.task))
    EXPECT_EQ(label, (text.back() - '0') % 2 ? "even" : "odd") << text;
  EXPECT_EQ(exchanged.task->classes(), (std::vector<std::string>{"even", "odd"}));
}

TEST_F(LearntFiles, ModelsOfOlderVersionsKeepTheirSplitAndSayWhatTheyDoNotKnow) {
  write_file(at("own.tsv"), lines_of_digits(0, 40));
  Experiment model = learnt("own.tsv", false);
  const std::vector<std::string> characters = single_characters(model.task.learnt_file->characters);
  model.task.learnt_file = known_by_characters(model.task.lines, characters);
  const OpenTask old = opened(model);
  EXPECT_FALSE(old.whole);
  ASSERT_EQ(old.notes.size(), 2U);
  EXPECT_NE(old.notes[0].find("names of its labels"), std::string::npos);
  EXPECT_NE(old.notes[1].find("older version that does not know whether it was changed"), std::string::npos);
  model.task.learnt_file.reset();
  EXPECT_EQ(sequences_held_out(*opened(model).task), sequences_held_out(*old.task));
  // A run that goes on with such a split says so, and is measured whole once the file is another.
  model.task.drawn_split = true;
  const OpenTask going_on = open_task(model, {});
  EXPECT_EQ(sequences_held_out(*going_on.task), sequences_held_out(*old.task));
  EXPECT_FALSE(model.task.learnt_file->bound);
  EXPECT_TRUE(task::is_of_drawing(going_on.task->fingerprint()));
  write_file(at("own.tsv"), lines_of_digits(0, 41));
  EXPECT_TRUE(opened(model).whole);
  EXPECT_FALSE(known_by_characters("", {"a", "word"})) << "entries of several characters";
}

TEST_F(LearntFiles, WhatIsNotUtf8IsReplacedWhereTheExperimentSaysSo) {
  write_file(at("lines.tsv"), lines_of_digits(0, 40) + "odd\t\xff\n");
  write_file(at("pairs.tsv"), pairs_of_digits(0, 40) + "\xff\t1\n");
  for (const bool of_pairs : {true, false}) {
    Experiment e;
    if (of_pairs)
      set_pairs(e.task, at("pairs.tsv"));
    else
      set_lines(e.task, at("lines.tsv"));
    EXPECT_NE(error_of([&] { open_task(e, {}); }).find("--invalid replace"), std::string::npos);
    e.task.replace_invalid = true;
    e = from_json(to_json(e), "the preset");
    EXPECT_EQ(open_task(e, {}).task->vocabulary().back(), "\uFFFD");
  }
}

TEST_F(LearntFiles, AreWrittenAndReadAgain) {
  for (const LearntFile& learnt : {LearntFile{"/a/b.tsv", "ab", 0.1 + 0.2, "a\tß", {"x", "y"}, 7},
                                   LearntFile{.file = "c.tsv", .data = "", .characters = "z"}}) {
    const nlohmann::json json = to_json(learnt);
    EXPECT_EQ(read_learnt_file({json, "/task/learnt"}), learnt);
  }
  const auto refused = [](const char* text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    return error_of([&] { read_learnt_file({json, "/task/learnt"}); });
  };
  EXPECT_NE(refused(R"({"characters": "aa"})").find("/task/learnt/characters"), std::string::npos);
  EXPECT_NE(refused(R"({"characters": ""})").find("different characters"), std::string::npos);
  EXPECT_NE(refused(R"({"characters": "a", "labels": ["x", "x"]})").find("/task/learnt/labels"),
            std::string::npos);
  EXPECT_NE(refused(R"({"characters": "a", "bound": 2})").find("/task/learnt/bound"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::experiment
