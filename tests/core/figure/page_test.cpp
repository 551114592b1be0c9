// Figures on the pages that people print.

#include "core/figure/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/plot/print.h"
#include "tests/core/plot/layout_parts.h"

namespace gatescope::figure {
namespace {

constexpr float centimetre = 72 / 2.54f;

Figure four_gates() {
  Figure figure{.title = "LSTM, layer 0", .caption = "Dark is closed, light is open.", .share_x = true};
  std::vector<float> values;
  for (int i = 0; i < 8 * 20; ++i) values.push_back(static_cast<float>(i % 7) / 7);
  for (const char* name : {"input gate", "forget gate", "output gate", "candidate"}) {
    Panel panel{.title = name, .x = {.title = "step", .whole = true}, .y = {.title = "unit", .whole = true}};
    panel.x.characters.assign(20, "a");
    Heatmap heatmap{.name = name, .values = Matrix(8, 20, values)};
    if (panel.title == "candidate") heatmap.colors = signed_colors();
    panel.marks.push_back(std::move(heatmap));
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

FigureRequest page(float width, float height) {
  FigureRequest request;
  request.size = {width, height};
  return request;
}

// The tables of the ramps that stand on the page: one row of colours, or one column.
std::set<int> ramps(const Scene& scene) {
  std::set<int> tables;
  for (const Image& image : all<Image>(scene))
    if ((image.rows == 1 && image.columns >= 100) || (image.columns == 1 && image.rows >= 100))
      tables.insert(image.table);
  return tables;
}

}  // namespace

TEST(Page, ColourScalesStandOnEveryPage) {
  for (const Size size : {Size{800, 500}, {241, 170}, {493, 227}, {170, 241}, {85, 57}, {57, 85}})
    for (const bool whole : {true, false}) {
      Figure figure = four_gates();
      if (!whole) figure.panels.resize(1);
      const Scene scene = lay_out(figure, page(size.width, size.height), measure);
      EXPECT_EQ(ramps(scene).size(), whole ? 2U : 1U) << size.width << "x" << size.height;
      for (const Image& image : all<Image>(scene)) {
        EXPECT_GE(image.rect.x, -0.01f);
        EXPECT_LE(image.rect.right(), size.width + 0.01f);
        EXPECT_LE(image.rect.bottom(), size.height + 0.01f);
      }
    }
}

TEST(Page, SaysWhatFoundNoRoomAndNothingWhereAllDid) {
  EXPECT_TRUE(lay_out(four_gates(), page(800, 500), measure).left_out.empty());
  const auto left_out = lay_out(four_gates(), page(85, 57), measure).left_out;
  EXPECT_NE(std::find(left_out.begin(), left_out.end(), "the caption"), left_out.end());
  EXPECT_NE(std::find(left_out.begin(), left_out.end(), "the title"), left_out.end());
  EXPECT_EQ(about_left_out({"the caption"}, {}),
            "no room for the caption; a larger page or smaller type would make room");
  EXPECT_EQ(about_left_out({"the caption", "the legend", "titles of axes"},
                           {Size{10 * centimetre, 7.1f * centimetre}, 6.5}),
            "no room for the caption, the legend and titles of axes; a page of 10cmx7.1cm or type of 6.5 "
            "points would make room");
  EXPECT_EQ(about_left_out({}, {}), "");
}

TEST(Page, SaysWhatPageOrTypeWouldLeaveNothingOut) {
  FigureRequest request = page(241, 170);
  request.font_size = 11;
  ASSERT_FALSE(lay_out(four_gates(), request, measure).left_out.empty());
  const Roomier found = roomier(four_gates(), request, measure);
  ASSERT_TRUE(found.size);
  EXPECT_LT(found.size->width, 4 * request.size.width);
  EXPECT_NEAR(found.size->width / found.size->height, 241 / 170.0, 0.02) << "of the same shape";
  FigureRequest larger = request, smaller = request;
  larger.size = *found.size;
  EXPECT_TRUE(lay_out(four_gates(), larger, measure).left_out.empty());
  if (found.font_size) {
    smaller.font_size = *found.font_size;
    EXPECT_TRUE(lay_out(four_gates(), smaller, measure).left_out.empty());
  }
}

// A column of a paper: what the figure is, which panel is which and what was read stay.
TEST(Page, GatesInAColumnKeepTitleNamesAndCharacters) {
  for (const double font : {6.0, 7.0, 8.0}) {
    FigureRequest request = page(241, 170);
    request.font_size = font;
    std::multiset<std::string> words;
    for (const Text& text : all<Text>(lay_out(four_gates(), request, measure))) words.insert(text.text);
    for (const char* word : {"LSTM, layer 0", "input gate", "forget gate", "output gate", "candidate"})
      EXPECT_TRUE(words.contains(word)) << word << " at " << font;
    EXPECT_EQ(words.count("a"), 20U) << font;
  }
}

TEST(Page, AColumnHasSmallerTypeThanAWholePage) {
  const float whole = font_size_of(four_gates(), page(800, 500), measure),
              column = font_size_of(four_gates(), page(8.5f * centimetre, 6 * centimetre), measure);
  EXPECT_FLOAT_EQ(whole, usual_font_size(ThemeName::light));
  EXPECT_LE(column, 8);
  EXPECT_GE(column, 5.5f) << "it can still be read";
}

TEST(Page, AFontSizeThatIsAskedForIsKept) {
  FigureRequest request = page(241, 170);
  request.font_size = 8;
  std::set<float> sizes;
  for (const Text& text : all<Text>(lay_out(four_gates(), request, measure))) sizes.insert(text.style.size);
  EXPECT_LE(*sizes.rbegin(), 8 * 17.0f / 13 + 0.01f) << "the title's";
  request.font_size = 20;
  request.size = {1200, 900};
  sizes.clear();
  for (const Text& text : all<Text>(lay_out(four_gates(), request, measure))) sizes.insert(text.style.size);
  EXPECT_TRUE(sizes.contains(20));
}

TEST(Page, HalfTheTypeOnHalfThePageIsTheSamePicture) {
  FigureRequest whole = page(800, 500), half = page(400, 250);
  whole.font_size = 13, half.font_size = 6.5;
  const Scene a = lay_out(four_gates(), whole, measure), b = lay_out(four_gates(), half, measure);
  const auto large = all<Text>(a), small = all<Text>(b);
  ASSERT_EQ(large.size(), small.size());
  for (std::size_t i = 0; i < large.size(); ++i) {
    EXPECT_EQ(large[i].text, small[i].text);
    EXPECT_NEAR(large[i].at.x, 2 * small[i].at.x, 0.05) << large[i].text;
    EXPECT_NEAR(large[i].at.y, 2 * small[i].at.y, 0.05) << large[i].text;
    EXPECT_NEAR(large[i].style.size, 2 * small[i].style.size, 0.01) << large[i].text;
  }
}

TEST(Print, SignedValuesGetLighterAllTheWay) {
  for (const ThemeName name : {ThemeName::light, ThemeName::dark, ThemeName::projector}) {
    const Theme theme = make_theme(name, {.font_size = {}, .print = true});
    const ColorTable& table = theme.table(Colormap::diverging);
    const auto luminance = [](Color c) { return 0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue; };
    for (std::size_t i = 1; i < table.size(); ++i) {
      EXPECT_GT(to_lab(table[i]).lightness, to_lab(table[i - 1]).lightness) << i;
      EXPECT_GT(luminance(table[i]), luminance(table[i - 1])) << "as programs turn colours to grey, " << i;
    }
    EXPECT_GT(to_lab(table.back()).lightness - to_lab(table.front()).lightness, 70);
    const double zero = to_lab(table[table.size() / 2]).lightness;
    EXPECT_GT(zero - to_lab(table.front()).lightness, 35) << "zero is far from both ends";
    EXPECT_GT(to_lab(table.back()).lightness - zero, 35);
  }
}

TEST(Print, LinesOfDifferentColoursHaveDifferentDashesAndOneColourHasOne) {
  Figure figure;
  for (int panel = 0; panel < 2; ++panel) {
    Panel& each = figure.panels.emplace_back();
    for (const InkRole role : {InkRole::lstm, InkRole::gru, InkRole::rnn})
      each.marks.push_back(Line{.name = "m", .y = {0, 1, 2}, .ink = {role}});
    each.marks.push_back(
        Line{.name = "natural", .y = {2, 1, 0}, .ink = {InkRole::lstm}, .dash = Dash::dashed});
  }
  const Figure printed = for_print(figure);
  std::set<Dash> dashes;
  for (std::size_t m = 0; m < 4; ++m) {
    const auto& first = std::get<Line>(printed.panels[0].marks[m]);
    EXPECT_EQ(first.dash, std::get<Line>(printed.panels[1].marks[m]).dash);
    dashes.insert(first.dash);
  }
  EXPECT_EQ(dashes.size(), 4U);
  EXPECT_EQ(std::get<Line>(printed.panels[0].marks[3]).dash, Dash::dashed) << "it stays as it was";
  EXPECT_EQ(std::get<Line>(printed.panels[0].marks[0]).dash, Dash::solid);
}

}  // namespace gatescope::figure
