// Every language is complete: what the window really draws, in all of its views, menus, dialogs and tooltips,
// is told, and no file has a key that nothing says any more.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "app/language/figure_words.h"
#include "app/panels/view_tabs.h"
#include "core/analysis/terms.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/nn/blocks.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path kSource(GATESCOPE_SOURCE_DIR);
const fs::path kLanguages = kSource / "assets/languages";

using Words = std::set<std::string>;

/// Small letters of three or more.
Words words_of(std::string_view text) {
  Words words;
  std::string word;
  bool escaped = false;  // "\nDim" in a source
  for (const char c : std::string(text) + " ") {
    if (std::exchange(escaped, c == '\\' && !escaped)) continue;
    if (std::isalpha(static_cast<unsigned char>(c))) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (word.size() >= 3) words.insert(word);
    word.clear();
  }
  return words;
}

class Language : public testing::TestWithParam<std::string> {
 protected:
  const language::Phrases phrases_ = language::load_phrases(kLanguages / (GetParam() + ".json"));

  void expect_told(std::string_view text) const {
    std::vector<std::string> unknown;
    phrases_.told(text, &unknown);
    EXPECT_THAT(unknown, IsEmpty()) << text;
  }
};

TEST_P(Language, HasAllTermsViewsPresetsTasksAndQuantities) {
  for (const analysis::Term& term : analysis::all_terms()) {
    expect_told(term.name);
    expect_told(term.sentence);
  }
  for (const views::View& view : views::all_views())
    for (const std::string_view text :
         {view.title, view.sentence, view.reading, view.reading_of_band, view.tab.name, view.tab.brief})
      expect_told(text);
  for (const fs::path& file : files_in(kSource / "presets", ".json")) {
    const auto preset = experiment::load_experiment(file);
    expect_told(preset.title);
    expect_told(preset.look_for);
  }
  for (const nn::CellInfo* cell : nn::all_cells())
    for (const nn::Channel& channel : cell->channels) expect_told(channel.name);
  for (const nn::Block& block : nn::all_blocks()) expect_told(block.sentence);
}

// A key is of use where some file says all of its words.
TEST_P(Language, HasNoKeyThatNothingSays) {
  std::vector<Words> said;
  for (const char* folder : {"app", "core", "presets"})
    for (const auto& file : fs::recursive_directory_iterator(kSource / folder))
      if (const std::string ending = file.path().extension().string();
          ending == ".cpp" || ending == ".h" || ending == ".json")
        said.push_back(words_of(read_file(file.path(), 1 << 22)));
  for (const auto& [key, group] : phrases_.keys()) {
    const Words words = words_of(key);
    EXPECT_TRUE(
        std::ranges::any_of(said, [&](const Words& all) { return std::ranges::includes(all, words); }))
        << group << ": " << key;
  }
}

std::vector<std::string> languages() {
  return language::languages_in(kLanguages);
}
INSTANTIATE_TEST_SUITE_P(All, Language, testing::ValuesIn(languages()),
                         [](const auto& param) { return param.param; });

// A person chooses a language in the menu; a session keeps it, and labels stay what tests and lessons call
// them by.
TEST(Speaking, ALanguageIsChosenInTheMenuAndKept) {
  WindowDriver w;
  w.open_tiny();
  EXPECT_TRUE(w.has("▶  Train###train"));
  const auto says = [&](std::string_view text) {
    return std::ranges::any_of(w.gui.items().texts,
                               [&](const ui::ItemLog::Text& each) { return each.text == text; });
  };
  EXPECT_TRUE(says("▶  Train"));
  w.menu("View", "Deutsch");
  EXPECT_EQ(w.view().language, "de");
  EXPECT_TRUE(w.has("▶  Train###train"));
  EXPECT_TRUE(says("▶  Trainieren"));
  EXPECT_FALSE(says("▶  Train"));
  EXPECT_EQ(ui::view_state_from_json(ui::to_json(w.view()), "test").language, "de");
  w.menu("View", "English");
  EXPECT_TRUE(says("▶  Train"));
}

}  // namespace
}  // namespace gatescope::test
