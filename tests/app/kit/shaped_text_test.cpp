#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "core/utf8.h"
#include "tests/app/kit/driver.h"

namespace gatescope::test {
namespace {

using ui::Letters;

bool is_piece(char32_t code) {
  return code >= Letters::first_piece && code <= Letters::last_piece;
}

/// Texts on a window, drawn until all glyphs are made. DejaVu has Hebrew and Arabic letters.
struct ShapedText : testing::Test {
  Driver driver;

  void draw(const std::vector<std::string>& texts) {
    driver.show_in_window([texts] {
      for (std::size_t k = 0; k < texts.size(); ++k)
        ui::draw_text(20, 30 + 30 * static_cast<float>(k), IM_COL32_WHITE, texts[k]);
    });
    driver.settle();
  }
  std::u32string drawable(const std::string& text, float width = 1e6f) {
    std::string seen;
    driver.show_in_window([&] { seen = ui::drawable(text, width); });
    return decode_utf8(seen, InvalidUtf8::error, "text");
  }
  /// How bright each column of a line of `draw` is.
  std::vector<int> columns(std::size_t line) {
    const plot::Raster picture = driver.picture();
    const int top = 15 + 30 * static_cast<int>(line);
    std::vector<int> sums(static_cast<std::size_t>(picture.width));
    for (int y = top; y < top + 30; ++y)
      for (int x = 0; x < picture.width; ++x)
        sums[x] += picture.rgba[static_cast<std::size_t>(y * picture.width + x) * 4];
    return sums;
  }
};

/// The first and the last column that differ from the ground.
std::pair<int, int> ink(const std::vector<int>& columns) {
  const int ground = columns.back();
  const auto differs = [&](int sum) { return sum > ground + 40; };
  const auto first = std::find_if(columns.begin(), columns.end(), differs);
  const auto last = std::find_if(columns.rbegin(), columns.rend(), differs);
  return {static_cast<int>(first - columns.begin()), static_cast<int>(columns.rend() - last) - 1};
}

TEST_F(ShapedText, IsAskedForWhereNeighboursMatter) {
  for (const char* text : {"שלום", "a ש", "عر", "हिन्दी", "ไทยก็", "👩\u200D👧", "🇩🇪", "x\u0327", "\u1112\u1161"})
    EXPECT_TRUE(ui::is_shaped(text)) << text;
  for (const char* text :
       {"", "plain", "größere Übung", "日本語", "한국어", "😀 🚀", "ẽ h\u0303", "ש", "π≈3", "мир"})
    EXPECT_FALSE(ui::is_shaped(text)) << text;
}

TEST_F(ShapedText, LeavesOtherTextsAsTheyAre) {
  EXPECT_EQ(drawable("größere Übung 日本"), U"größere Übung 日本");
  EXPECT_EQ(drawable("two\nlines"), U"two\nlines");
}

TEST_F(ShapedText, RunsFromRightToLeft) {
  // A wide letter and a thin one: the thin one, which is read last, stands at the left.
  draw({"שש", "וש", "שו", "ש"});
  const auto both = columns(1), turned = columns(2);
  const auto brightest_left = [](const std::vector<int>& sums) {
    const auto [first, last] = ink(sums);
    int gap = first;
    while (gap < last && sums[gap] > sums.back() + 40) ++gap;
    return gap - first;  // how wide what stands at the left is
  };
  EXPECT_GT(brightest_left(both), 1.5 * brightest_left(turned)) << "ו is thin, ש is wide";
}

TEST_F(ShapedText, KeepsLatinWordsAndNumbersFromTheLeft) {
  const std::u32string seen = drawable("שלום abc 123");
  EXPECT_NE(seen.find(U"abc"), std::u32string::npos);
  EXPECT_NE(seen.find(U"123"), std::u32string::npos);
  EXPECT_LT(seen.find(U"abc"), static_cast<std::size_t>(std::ranges::find_if(seen, is_piece) - seen.begin()))
      << "in a Hebrew line what comes later stands further left";
  const std::u32string file = drawable("/tmp/שלום.svg");
  EXPECT_TRUE(file.starts_with(U"/tmp/"));
  EXPECT_TRUE(file.ends_with(U".svg"));
}

TEST_F(ShapedText, JoinsArabicLetters) {
  draw({"سسس", "س س س"});
  const auto gaps = [](const std::vector<int>& sums) {
    const auto [first, last] = ink(sums);
    int count = 0;
    for (int x = first; x <= last; ++x) count += sums[x] <= sums.back() + 40;
    return count;
  };
  EXPECT_EQ(gaps(columns(0)), 0);
  EXPECT_GT(gaps(columns(1)), 4);
}

TEST_F(ShapedText, IsAsWideAsItIsMeasured) {
  for (const std::string text : {"שלום עולם", "مرحبا بالعالم", "abc שלום 12", "e\u0327e\u0327"}) {
    draw({text});
    float measured = 0, drawn = 0;
    driver.show_in_window([&] {
      measured = ui::text_size(text).x;
      drawn = ImGui::CalcTextSize(ui::drawable(text).c_str()).x;
    });
    EXPECT_NEAR(measured, drawn, 1) << text;
    EXPECT_GT(measured, 12) << text;
  }
}

TEST_F(ShapedText, BreaksLinesBeforeItTurnsThemRound) {
  const std::u32string all = drawable("אאאא בבבב גגגג"), broken = drawable("אאאא בבבב גגגג", 60);
  EXPECT_EQ(std::ranges::count(all, U'\n'), 0);
  ASSERT_GE(std::ranges::count(broken, U'\n'), 1);
  const std::u32string first = drawable("אאאא");
  EXPECT_TRUE(broken.starts_with(first.substr(0, 2)) || broken.find(first.back()) < broken.find(U'\n'))
      << "what is read first stands in the first line";
}

TEST_F(ShapedText, NeedsNoMoreGlyphsOnceItIsShown) {
  draw({"שלום עולם", "مرحبا", "x\u0327"});
  driver.frames(3);
  EXPECT_GT(driver.gui.next_frame_in(), 0);
}

TEST_F(ShapedText, IsEditedLetterByLetter) {
  std::string field;
  driver.show_in_window([&] { field = Letters::present().in_field("שלום\tx"); });
  std::u32string seen = decode_utf8(field, InvalidUtf8::error, "field");
  EXPECT_TRUE(seen.starts_with(U"שלום"));
  EXPECT_EQ(seen.size(), 6u);
  EXPECT_NE(seen[4], U'\t') << "ImGui would drop it";
}

}  // namespace
}  // namespace gatescope::test
