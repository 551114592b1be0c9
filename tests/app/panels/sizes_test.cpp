// No text is cut, overlapped or shrunken, whatever the window's size, the monitor's scale, the theme and the
// size of the text: measured from what is drawn.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/view_tabs.h"
#include "app/type/fonts.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

struct Piece {
  std::string text;
  double left, top, right, bottom;

  bool overlaps(const Piece& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// Every two that lie over each other.
std::vector<std::string> overlapping(const std::vector<Piece>& pieces) {
  std::vector<std::string> all;
  for (std::size_t a = 0; a < pieces.size(); ++a)
    for (std::size_t b = a + 1; b < pieces.size(); ++b)
      if (pieces[a].overlaps(pieces[b]))
        all.push_back(fmt::format("'{}' and '{}'", pieces[a].text, pieces[b].text));
  return all;
}

/// What is wrong with the panels' texts. A line is higher than its letters: a fifth of it above and below is
/// air.
std::vector<std::string> faults_of_window(const ui::ItemLog& log) {
  std::vector<std::string> faults;
  std::vector<Piece> pieces;
  for (const auto& text : log.texts) {
    const double low = std::max(text.low.y, text.clip_low.y), high = std::min(text.high.y, text.clip_high.y);
    if (high - low < 2) continue;  // scrolled away
    const double air = text.size * 0.22;
    if (text.low.x < text.clip_low.x - 1 || text.high.x > text.clip_high.x + 1)
      faults.push_back(fmt::format("'{}' is cut at its side", text.text));
    if (!text.scrolls && (text.low.y + air < text.clip_low.y || text.high.y - air > text.clip_high.y))
      faults.push_back(fmt::format("'{}' is cut above or below", text.text));
    pieces.push_back({text.text, text.low.x + 1.0, low + air, text.high.x - 1.0, high - air});
  }
  for (const std::string& each : overlapping(pieces)) faults.push_back(each);
  return faults;
}

/// The same of a figure's.
std::vector<std::string> faults_of_figure(const plot::Scene& scene, const plot::TextMeasure& measure) {
  std::vector<std::string> faults;
  std::vector<Piece> pieces;
  for (const plot::Item& item : scene.items) {
    const auto* text = std::get_if<plot::Text>(&item.shape);
    if (!text || text->style.mono) continue;  // those of strips stand in cells
    const double width = measure(text->text, text->style).width, em = text->style.size;
    Piece piece{text->text, text->at.x, text->at.y - 0.72 * em, text->at.x + width, text->at.y + 0.02 * em};
    if (text->rotation != 0) {  // upwards or downwards
      if (std::abs(std::abs(text->rotation) - 90) > 1) continue;
      const bool up = text->rotation > 0;
      piece.left = text->at.x - (up ? 0.72 : 0.02) * em;
      piece.right = text->at.x + (up ? 0.02 : 0.72) * em;
      piece.top = text->at.y - (up ? width : 0);
      piece.bottom = text->at.y + (up ? 0 : width);
    }
    if (piece.left < -1 || piece.top < -1 || piece.right > scene.size.width + 1 ||
        piece.bottom > scene.size.height + 1)
      faults.push_back(fmt::format("'{}' leaves the figure", piece.text));
    piece.left += 0.5, piece.right -= 0.5;
    pieces.push_back(piece);
  }
  for (const std::string& each : overlapping(pieces)) faults.push_back("figure: " + each);
  return faults;
}

/// Texts that end in an ellipsis though the window is large enough for them.
std::vector<std::string> shortened(const ui::ItemLog& log) {
  std::vector<std::string> all;
  for (const auto& text : log.texts)
    if (text.text.ends_with("…") && text.text.size() < 60) all.push_back(text.text);
  return all;
}

struct Screen {
  int width, height;
};
constexpr Screen kScreens[]{{1024, 700}, {1280, 800}, {1600, 1000}, {2560, 1440}, {3840, 2160}};

void look_at_views(WindowDriver& w, const plot::TextMeasure& measure, const std::string& where) {
  for (const ui::ViewTab& tab : ui::view_tabs()) {
    const std::string view(tab.view->id);
    w.bench().act(ui::ShowViews{{view}});
    w.settle();
    EXPECT_THAT(faults_of_window(w.gui.items()), testing::IsEmpty()) << where << ", " << view;
    const auto built = w.bench().figures().get(view);
    if (built && built->problem.empty()) {
      EXPECT_THAT(faults_of_figure(built->scene, measure), testing::IsEmpty()) << where << ", " << view;
    }
  }
}

using Sizes = testing::TestWithParam<std::tuple<plot::ThemeName, float>>;

class WindowSizes : public Sizes {};

TEST_P(WindowSizes, NothingIsCutOrOverlapped) {
  const auto [theme, scale] = GetParam();
  const app::Fonts fonts;
  const plot::TextMeasure measure = fonts.measure();
  WindowDriver w{{1280, 800, theme, scale}};
  w.open_tiny();
  w.train_until(3);
  w.bench().act(ui::SetTheme{theme});
  for (const bool forced : {false, true}) {
    if (forced) w.bench().forcing().force("f", 0);
    for (const Screen& screen : kScreens) {
      if (forced && screen.width > 1600) continue;
      w.resize_only(screen.width, screen.height);
      const std::string where = fmt::format("{}x{} at {}, {}{}", screen.width, screen.height, scale,
                                            plot::to_string(theme), forced ? ", forced" : "");
      look_at_views(w, measure, where);
      const double points = static_cast<double>(w.gui.look().scale);
      if (screen.width / points >= 1280 && !forced) {
        EXPECT_THAT(shortened(w.gui.items()), testing::IsEmpty()) << where;
      }
    }
  }
}

std::string screen_name(const testing::TestParamInfo<Sizes::ParamType>& info) {
  const auto [theme, scale] = info.param;
  return fmt::format("{}At{}", plot::to_string(theme), static_cast<int>(std::lround(scale * 10)));
}
INSTANTIATE_TEST_SUITE_P(Screens, WindowSizes,
                         testing::Combine(testing::Values(plot::ThemeName::dark, plot::ThemeName::light,
                                                          plot::ThemeName::projector),
                                          testing::Values(1.0F, 1.5F, 2.0F)),
                         screen_name);

class LanguageSizes : public testing::TestWithParam<std::string> {};

// Words are longer there: none is cut, and none ends in an ellipsis, in the usual window and presented.
TEST_P(LanguageSizes, NothingIsCutOrShortenedAt1280x800) {
  const app::Fonts fonts;
  const plot::TextMeasure measure = fonts.measure();
  WindowDriver w{{1280, 800, plot::ThemeName::dark, 1}};
  w.open_tiny({"lstm", "gru"});
  w.train_until(3);
  w.bench().act(ui::SetLanguage{GetParam()});
  for (const bool presented : {false, true}) {
    w.bench().act(ui::ShowPresenter{presented});
    for (const bool forced : {false, true}) {
      if (forced)
        w.bench().forcing().force("f", 0);
      else
        w.bench().act(ui::ReleaseAll{});
      const std::string where =
          fmt::format("{}{}{}", GetParam(), presented ? ", presented" : "", forced ? ", forced" : "");
      look_at_views(w, measure, where);
      if (!forced) {
        EXPECT_THAT(shortened(w.gui.items()), testing::IsEmpty()) << where;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, LanguageSizes, testing::Values("en", "de"),
                         [](const auto& param) { return param.param; });

TEST(TextSize, LargerTextIsNotCutEither) {
  const app::Fonts fonts;
  const plot::TextMeasure measure = fonts.measure();
  WindowDriver w{{1600, 1000, plot::ThemeName::dark, 1}};
  w.open_tiny();
  w.train_until(3);
  const double usual = w.gui.items().texts.front().size;
  for (const double size : {0.8, 1.25, 1.5, 2.0}) {
    w.bench().act(ui::SetTextSize{size});
    w.settle();
    EXPECT_NEAR(w.gui.items().texts.front().size, usual * size, 1);
    for (const Screen& screen : {Screen{1280, 800}, Screen{1600, 1000}}) {
      w.resize_only(screen.width, screen.height);
      look_at_views(w, measure, fmt::format("{}x{}, text {}", screen.width, screen.height, size));
    }
  }
}

// Long names have a line of their own there.
TEST(TextSize, TheForcePanelShortensNoWordOfAnyCell) {
  WindowDriver w{{1600, 1000, plot::ThemeName::dark, 1}};
  for (const double size : {1.0, 1.25}) {
    for (const nn::CellInfo* cell : nn::all_cells()) {
      w.open_tiny({std::string(cell->key)});
      w.bench().act(ui::SetTextSize{size});
      w.settle();
      const ui::ItemLog& log = w.gui.items();
      const auto place_of = [&](std::string_view text) {
        const auto found = std::ranges::find(log.texts, text, &ui::ItemLog::Text::text);
        return found == log.texts.end() ? ImVec2{-1, -1} : found->low;
      };
      const ImVec2 first = place_of("free"), last = place_of("Only units");
      const bool forces = std::ranges::any_of(
          cell->channels, [](const nn::Channel& channel) { return channel.role == nn::Role::gate; });
      if (!forces && first.y < 0) continue;  // an RNN without anything to force
      ASSERT_GT(first.y, 0) << cell->key;
      ASSERT_GT(last.y, first.y) << cell->key;
      int words = 0;
      for (const auto& text : log.texts) {
        if (text.low.y < first.y - text.size || text.low.y >= last.y || text.low.x > first.x + 100) continue;
        ++words;
        EXPECT_EQ(text.text.find("…"), std::string::npos) << cell->key << ": " << text.text;
      }
      EXPECT_GT(words, 4) << cell->key;
      for (const nn::Channel& channel : cell->channels) {
        if (channel.extent != nn::kHeads) continue;
        EXPECT_TRUE(std::ranges::any_of(log.items,
                                        [&](const ui::ItemLog::Item& item) {
                                          return item.label.starts_with("free##") &&
                                                 item.label.ends_with(
                                                     fmt::format("##force {}", channel.symbol));
                                        }))
            << cell->key << " " << channel.symbol;
      }
    }
  }
}

}  // namespace
}  // namespace gatescope::test
