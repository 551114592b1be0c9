// Every language is complete: what the window really draws, in all of its views, menus, dialogs and tooltips,
// is told, and no file has a key that nothing says any more.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

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
  for (const char c : std::string(text) + " ") {
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

/// Drives a window that speaks, and gathers what it had no words for.
class Speaking {
 public:
  explicit Speaking(const std::string& code) : code_(code) {
    w.bench().act(ui::SetLanguage{code});
    w.settle();
  }

  void look() {
    for (const std::string& text : w.gui.untold()) note(text);
  }
  void look_at_figures() {
    for (const ui::ViewTab& tab : ui::view_tabs()) look_at(std::string(tab.view->id));
    for (const views::View* view : ui::laboratory_views()) look_at(std::string(view->id));
  }
  void look_at(const std::string& view) {
    w.bench().act(ui::ShowViews{{view}});
    w.settle();
    look();
    const auto built = w.bench().figures().get(view);
    if (!built) return;
    std::vector<std::string> unknown;
    const language::Phrases& phrases = *w.bench().language().phrases;
    phrases.told(built->problem, &unknown);
    if (built->figure) language::told(*built->figure, phrases, &unknown);
    for (const std::string& text : unknown) note(view + ": " + text);
  }
  /// Opens all menus, and rests on every entry of the window.
  void look_at_menus() {
    for (const ui::Menu menu :
         {ui::Menu::file, ui::Menu::edit, ui::Menu::train, ui::Menu::view, ui::Menu::replay, ui::Menu::help})
      open_menu(std::string(ui::title(menu)));
    open_menu("Presets");
    open_menu("Lessons");
  }
  void rest_everywhere() {
    std::vector<ImVec2> places;
    for (const ui::ItemLog::Item& item : w.gui.items().items)
      if (item.seen && item.label != "title") places.push_back(item.middle());
    for (const ImVec2& place : places) {
      w.move(place.x, place.y);
      w.frames(2, 0.6);
      look();
    }
    w.move(1, 1);
  }

  Words missing;
  WindowDriver w{{1600, 1400, plot::ThemeName::dark, 1}};

 private:
  void open_menu(const std::string& title) {
    w.click(title + "##menu");
    w.frames(2);
    look();
    w.key(ui::Key::escape);
  }
  /// But for names: of models, files, presets and what is read.
  void note(const std::string& text) {
    static constexpr std::array<std::string_view, 4> names{"Tiny", "tiny", "text.txt", "gatescope"};
    if (std::ranges::any_of(names, [&](std::string_view name) { return text.find(name) != text.npos; }))
      return;
    missing.insert(text);
  }

  std::string code_;
};

TEST_P(Language, TellsAllThatTheWindowShows) {
  Speaking speaking(GetParam());
  WindowDriver& w = speaking.w;
  w.open_tiny({"lstm", "gru"});
  w.train_until(6);
  speaking.look_at_figures();
  speaking.look_at_menus();
  speaking.rest_everywhere();
  w.bench().forcing().force("f", 0);
  w.settle();
  speaking.look_at_figures();
  speaking.rest_everywhere();
  for (const ui::Dialog dialog :
       {ui::Dialog::help, ui::Dialog::export_figure, ui::Dialog::open_file, ui::Dialog::save_session}) {
    w.bench().act(ui::OpenDialog{dialog});
    for (int page = 0; page < (dialog == ui::Dialog::help ? 3 : 1); ++page) {
      w.desk().help_page = page;
      w.frames(4);
      speaking.look();
    }
    w.bench().act(ui::CloseDialog{});
    w.frames(4);
  }
  w.bench().act(ui::ShowPresenter{true});
  w.settle();
  speaking.rest_everywhere();
  EXPECT_THAT(speaking.missing, IsEmpty());
}

TEST_P(Language, TellsTheFormsOfEveryCellAndTask) {
  Speaking speaking(GetParam());
  WindowDriver& w = speaking.w;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    w.open_tiny({std::string(cell->key)});
    speaking.look();
    w.bench().act(ui::ChooseUnit{0});
    speaking.look_at("gates");
    speaking.look_at("cell");
  }
  for (const char* preset : {"adding", "dates", "airline", "recall", "parity", "blocks", "brackets"}) {
    w.bench().act(ui::OpenPreset{preset});
    w.train_until(2);
    speaking.look();
    for (const std::string& view : std::vector<std::string>(w.view().open)) speaking.look_at(view);
  }
  EXPECT_THAT(speaking.missing, IsEmpty());
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
