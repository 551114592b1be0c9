#include "core/plot/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/plot/csv.h"
#include "tests/core/plot/layout_parts.h"

namespace gatescope::plot {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

Scene lay(const Figure& figure, Size size = {800, 500}, ThemeName theme = ThemeName::dark) {
  return layout(figure, size, make_theme(theme), measure);
}

std::vector<std::string> texts(const Scene& scene) {
  std::vector<std::string> out;
  for (const auto& text : all<Text>(scene)) out.push_back(text.text);
  return out;
}

bool says(const Scene& scene, const std::string& text) {
  const auto found = texts(scene);
  return std::find(found.begin(), found.end(), text) != found.end();
}

// The ink of a text: no ascenders above capitals, no descenders.
Rect ink(const Text& text) {
  const float width = measure(text.text, text.style).width, height = 0.7f * text.style.size;
  if (text.rotation == 90) return {text.at.x - height, text.at.y - width, height, width};
  return {text.at.x, text.at.y - height, width, height};
}

std::string overlap(const Scene& scene) {
  const auto list = all<Text>(scene);
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t k = i + 1; k < list.size(); ++k) {
      const Rect a = ink(list[i]), b = ink(list[k]);
      constexpr float slack = 0.01f;
      if (a.x + slack < b.right() && b.x + slack < a.right() && a.y + slack < b.bottom() &&
          b.y + slack < a.bottom())
        return "'" + list[i].text + "' and '" + list[k].text + "'";
    }
  return "";
}

std::string outside(const Scene& scene) {
  for (const auto& text : all<Text>(scene)) {
    const Rect box = ink(text);
    if (box.x < 0 || box.y < 0 || box.right() > scene.size.width || box.bottom() > scene.size.height)
      return text.text;
  }
  return "";
}

Matrix wave(int rows, int columns, float height = 0.5f) {
  std::vector<float> values;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      values.push_back(0.5f + height * std::sin(0.3f * static_cast<float>(c + 7 * r)));
  return {rows, columns, values};
}

std::vector<std::string> letters(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(std::string(1, static_cast<char>('a' + i % 26)));
  return out;
}

Figure gates(int units = 64, int steps = 80) {
  Figure figure;
  figure.title = "Gates of layer 1";
  figure.headlines = {{"0.86", "forget gate open on average"}};
  figure.caption = "Natural values at update 4,180; steps 40 to 54 forced.";
  figure.share_x = true;
  for (const char* name : {"forget gate", "input gate", "cell state"})
    figure.panels.push_back(
        {.title = name,
         .title_ink = {InkRole::forget_gate},
         .remark = "mean 0.86",
         .x = {.title = "step", .whole = true, .characters = letters(steps)},
         .y = {.title = "unit", .whole = true},
         .marks = {Heatmap{.name = name, .values = wave(units, steps)},
                   Spans{.name = "forced", .intervals = {{39.5, 54.5}}}, Cursor{.x = 3, .y = 4}}});
  return figure;
}

Figure curves() {
  Figure figure;
  figure.title = "Training";
  figure.columns = 2;
  for (auto kind : {ScaleKind::linear, ScaleKind::log, ScaleKind::symlog}) {
    Panel panel{.title = "loss",
                .x = {.title = "update", .whole = true},
                .y = {.title = "loss", .unit = "bits", .kind = kind}};
    for (const char* name : {"LSTM", "GRU", "RNN"}) {
      Line line{.name = name};
      for (int i = 0; i < 3000; ++i)
        line.x.push_back(i * 13.7), line.y.push_back(2 + 1e4 * std::exp(-i / 100.0));
      panel.marks.push_back(line);
    }
    figure.panels.push_back(panel);
  }
  figure.panels.push_back({.title = "next character",
                           .x = {.title = "probability"},
                           .marks = {Bars{.name = "natural",
                                          .categories = letters(5),
                                          .values = {0.5, 0.3, 0.1, 0.05, 0.01},
                                          .horizontal = true}}});
  return figure;
}

// Values beyond the ends of a colour bar have the colours of its ends; a point says so.
TEST(Layout, AColourBarIsPointedWhereValuesLieBeyond) {
  const auto points = [](std::vector<float> values, ColorScale::Bar bar, int panels) {
    Figure figure;
    for (int k = 0; k < panels; ++k) {
      Panel panel{.title = "c"};
      ColorScale colors = signed_colors();
      colors.low = -1;
      colors.high = 1;
      colors.bar = bar;
      panel.marks.push_back(
          Heatmap{.values = Matrix(1, static_cast<int>(values.size()), values), .colors = colors});
      figure.panels.push_back(panel);
    }
    return all<Polygon>(lay(figure)).size();
  };
  const float gap = std::numeric_limits<float>::quiet_NaN(), far = std::numeric_limits<float>::infinity();
  for (const auto bar : {ColorScale::Bar::right, ColorScale::Bar::compact}) {
    EXPECT_EQ(points({-1, 0, 1}, bar, 1), 0U);
    EXPECT_EQ(points({-1, 0, 1.5F}, bar, 1), 1U);
    EXPECT_EQ(points({-4, 0, 1.5F}, bar, 1), 2U);
    EXPECT_EQ(points({-1, gap, far}, bar, 1), 0U) << "a gap is no value";
    EXPECT_EQ(points({-4, 0, 1}, bar, 2), 2U) << "each has its bar";
  }
}

}  // namespace

TEST(Layout, LabelsNeverOverlapAndNothingLeavesThePageAtAnySizeOrTheme) {
  for (const Figure& figure : {gates(), gates(1, 1), gates(1024, 600), curves()})
    for (ThemeName theme : {ThemeName::dark, ThemeName::projector})
      for (Size size : {Size{1600, 1000}, {960, 700}, {700, 900}, {500, 400}, {360, 300}}) {
        const Scene scene = lay(figure, size, theme);
        EXPECT_EQ(overlap(scene), "") << size.width << "x" << size.height << " " << to_string(theme);
        EXPECT_EQ(outside(scene), "") << size.width << "x" << size.height << " " << to_string(theme);
      }
}

TEST(Layout, EveryPlaceIsFiniteEvenForTheSmallestPage) {
  for (Size size : {Size{800, 500}, {60, 40}, {1, 1}})
    for (const Figure& figure : {gates(), curves()})
      for (const auto& item : lay(figure, size).items) {
        if (const auto* line = std::get_if<Polyline>(&item.shape)) {
          for (Point p : line->points) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
        } else if (const auto* text = std::get_if<Text>(&item.shape)) {
          EXPECT_TRUE(std::isfinite(text->at.x));
        } else if (const auto* image = std::get_if<Image>(&item.shape)) {
          EXPECT_EQ(image->values->size(), std::size_t(image->rows) * std::size_t(image->columns));
        }
      }
}

TEST(Layout, DataIsClippedToItsPlot) {
  Figure figure;
  figure.panels.push_back({.y = {.low = 0, .high = 1}, .marks = {Line{.y = {0.5, 1e30, -4, 0.5}}}});
  const Scene scene = lay(figure);
  ASSERT_EQ(scene.placements.size(), 1u);
  int found = 0;
  for (const auto& item : scene.items)
    if (item.clip) {
      ++found;
      EXPECT_EQ(*item.clip, scene.placements[0].plot);
    }
  EXPECT_EQ(found, 1);
}

TEST(Layout, AHeadlineLongerThanThePageIsASentenceInLines) {
  Figure figure = gates();
  figure.headlines = {
      {"after 20 steps: gain 0.9 6.0 %, gain 1.0 30 %, gain 1.2 90 %, and so on and so on and so "
       "on until the page is full and more than full",
       "left"}};
  const Scene scene = lay(figure);
  int lines = 0;
  for (const auto& item : scene.items)
    if (const auto* text = std::get_if<Text>(&item.shape)) {
      if (figure.headlines[0].value.find(text->text) == std::string::npos || text->text.size() < 12) continue;
      ++lines;
      EXPECT_LE(text->at.x + measure(text->text, text->style).width, scene.size.width) << text->text;
    }
  EXPECT_GE(lines, 2);
}

TEST(Layout, PlotsOfAColumnStandFlushAndSharedAxesAreLabelledOnce) {
  const Scene scene = lay(gates());
  ASSERT_EQ(scene.placements.size(), 3u);
  for (const auto& placement : scene.placements) {
    EXPECT_FLOAT_EQ(placement.plot.x, scene.placements[0].plot.x);
    EXPECT_FLOAT_EQ(placement.plot.width, scene.placements[0].plot.width);
    EXPECT_FLOAT_EQ(placement.plot.height, scene.placements[0].plot.height);
  }
  const auto found = texts(scene);
  EXPECT_EQ(std::count(found.begin(), found.end(), "step"), 1);
  EXPECT_EQ(std::count(found.begin(), found.end(), "unit"), 3);
}

TEST(Layout, AUnitIsAsLongOnBothAxesOfAnEqualPanelAtEverySize) {
  Figure figure;
  figure.columns = 2;
  Line circle;
  for (int k = 0; k <= 60; ++k) {
    circle.x.push_back(std::cos(0.1047 * k));
    circle.y.push_back(std::sin(0.1047 * k));
  }
  figure.panels.push_back({.title = "circle", .equal = true});
  figure.panels[0].x = figure.panels[0].y = {.title = "part", .low = -1.1, .high = 1.1};
  figure.panels[0].marks = {circle, Scatter{.x = {0}, .y = {0.5}, .marker = Marker::ring}};
  figure.panels.push_back(curves().panels[0]);
  for (const Size size : {Size{800, 500}, Size{500, 800}, Size{300, 200}}) {
    const Scene scene = lay(figure, size);
    const Placement& placed = scene.placements[0];
    const double across = placed.plot.width / (placed.x.high - placed.x.low),
                 up = placed.plot.height / (placed.y.high - placed.y.low);
    EXPECT_NEAR(across, up, 1e-6 * up);
    EXPECT_LE(placed.x.low, -1.1);
    EXPECT_GE(placed.y.high, 1.1);
    // The ring stands about its point, open in the middle.
    const auto boxes = all<Box>(scene);
    const auto ring = std::find_if(boxes.begin(), boxes.end(), [](const Box& box) {
      return box.fill.alpha == 0 && box.radius > 0 && box.rect.width == 2 * box.radius;
    });
    ASSERT_NE(ring, boxes.end());
    EXPECT_NEAR(ring->rect.x + ring->radius, placed.plot.x + placed.x.fraction(0) * placed.plot.width, 0.01);
    EXPECT_GT(ring->stroke_width, 0);
  }
}

TEST(Layout, EveryLowBarHasItsNameInTypeThatCanBeRead) {
  const std::vector<std::string> names{"q", "w", "e", "r", "t"};
  Figure figure;
  figure.panels.push_back(
      {.marks = {Bars{.categories = names, .values = {5, 4, 3, 2, 1}, .horizontal = true}}});
  int smaller = 0;
  for (float height = 400; height > 60; height -= 4) {
    const Scene scene = lay(figure, {400, height});
    EXPECT_EQ(overlap(scene), "") << height;
    // From 12 points a bar on they have room, at least as small as can be read.
    if (scene.placements[0].plot.height < 12 * 5) continue;
    const auto found = texts(scene);
    for (const auto& name : names)
      EXPECT_EQ(std::count(found.begin(), found.end(), name), 1) << name << " at " << height;
    for (const auto& text : all<Text>(scene)) {
      if (std::find(names.begin(), names.end(), text.text) == names.end()) continue;
      EXPECT_GE(text.style.size, 9);
      smaller += text.style.size < 11;
    }
  }
  EXPECT_GT(smaller, 0) << "none was so low";
}

TEST(Layout, CharactersStandUnderTheirStepsWhereTheyFitElseNumbers) {
  Figure figure;
  figure.panels.push_back(
      {.x = {.whole = true, .characters = {"F", " ", "\n"}}, .marks = {Heatmap{.values = wave(4, 3)}}});
  const Scene few = lay(figure);
  EXPECT_TRUE(says(few, "F"));
  EXPECT_TRUE(says(few, "·")) << "a space is visible";
  EXPECT_TRUE(says(few, "⏎"));
  for (const auto& text : all<Text>(few))
    if (text.text == "F") {
      const auto& place = few.placements[0];
      const float centre = place.plot.x + static_cast<float>(place.x.fraction(0)) * place.plot.width;
      EXPECT_NEAR(text.at.x + 0.3f * text.style.size, centre, 0.01);
    }
  const Scene many = lay(gates(4, 2000));
  EXPECT_FALSE(says(many, "a"));
  EXPECT_TRUE(says(many, "1,000"));
}

TEST(Layout, RowZeroLiesAtTheTopAndPointingFindsIt) {
  Figure figure;
  figure.panels.push_back({.marks = {Heatmap{.values = Matrix(3, 2, {0, 0, 0.5f, 0.5f, 1, 1})}}});
  const Scene scene = lay(figure);
  const auto image = all<Image>(scene).front();
  EXPECT_EQ(image.values->front(), 0);
  EXPECT_EQ(image.values->back(), 1);
  const auto& place = scene.placements[0];
  EXPECT_NEAR(place.y.value(5.0 / 6), 0, 1e-9) << "the middle of the top third";
  EXPECT_NEAR(place.x.value(0.25), 0, 1e-9);
}

TEST(Layout, SignedColoursAreCentredOnZeroAndGatesFixed) {
  Figure figure;
  figure.panels.push_back(
      {.marks = {Heatmap{.values = Matrix(1, 2, {-0.25f, 3}), .colors = signed_colors()}}});
  figure.panels.push_back({.marks = {Heatmap{.values = Matrix(1, 2, {0.4f, 0.6f})}}});
  std::vector<Image> images;
  for (const auto& image : all<Image>(lay(figure)))
    if (image.columns == 2) images.push_back(image);
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].low, -3);
  EXPECT_EQ(images[0].high, 3);
  EXPECT_EQ(images[1].low, 0);
  EXPECT_EQ(images[1].high, 1);
}

TEST(Layout, WhatIsNotFiniteIsAGapAndSaidInTheLegend) {
  Figure figure;
  figure.panels.push_back({.marks = {Line{.name = "loss", .y = {1, 2, nan, 2, infinity, 1, 1}}}});
  const Scene scene = lay(figure);
  EXPECT_TRUE(says(scene, "2 values not finite"));
  int lines = 0;
  for (const auto& item : scene.items)
    if (item.clip && std::holds_alternative<Polyline>(item.shape)) ++lines;
  EXPECT_EQ(lines, 2) << "steps 0-1 and 5-6; step 3 alone is a dot";
  ASSERT_FALSE(all<Markers>(scene).empty());

  Figure heat;
  heat.panels.push_back({.marks = {Heatmap{.values = Matrix(1, 3, {0, std::nanf(""), 1})}}});
  EXPECT_TRUE(says(lay(heat), "1 value not finite"));
  EXPECT_FALSE(says(lay(gates()), "0 values not finite"));
}

TEST(Layout, EndsOfAnAxisThatAreNotFiniteAreNone) {
  for (const ScaleKind kind : {ScaleKind::linear, ScaleKind::log, ScaleKind::symlog}) {
    const auto texts = [&](std::optional<double> low, std::optional<double> high) {
      Figure figure;
      figure.panels.push_back(
          {.y = {.kind = kind, .low = low, .high = high}, .marks = {Line{.y = {1, 20, 300}}}});
      std::vector<std::string> said;
      for (const Text& text : all<Text>(lay(figure))) said.push_back(text.text);
      return said;
    };
    const auto without = texts({}, {});
    EXPECT_FALSE(without.empty());
    for (const double end : {infinity, -infinity, nan}) {
      EXPECT_EQ(texts(end, {}), without);
      EXPECT_EQ(texts({}, end), without);
      EXPECT_EQ(texts(end, end), without);
    }
    EXPECT_NE(texts(0.001, 1e6), without);
  }
}

TEST(Layout, EmptyOneStepAndOneUnitAreDesigned) {
  Figure figure;
  figure.panels.push_back({.title = "gates", .marks = {Heatmap{}}, .empty_text = "no steps yet"});
  figure.panels.push_back({.title = "loss", .marks = {Line{.name = "loss"}, Line{.y = {nan}}}});
  figure.panels.push_back({.title = "text", .marks = {TextStrip{}}});
  const Scene empty = lay(figure);
  EXPECT_TRUE(says(empty, "no steps yet"));
  EXPECT_TRUE(says(empty, "no data yet"));
  EXPECT_EQ(overlap(empty), "");

  Figure one;
  one.panels.push_back({.marks = {Line{.y = {2.5}}}});
  const auto dots = all<Markers>(lay(one));
  ASSERT_EQ(dots.size(), 1u) << "a single step is a dot, not nothing";
  EXPECT_TRUE(texts(lay(Figure{})).empty());
}

TEST(Layout, TenThousandStepsOfAThousandUnitsBecomeASmallScene) {
  const Scene scene = lay(gates(1024, 10000), {900, 600});
  for (const auto& image : all<Image>(scene)) EXPECT_LE(image.values->size(), 900u * 600);
  Figure figure;
  Line line{.name = "c"};
  for (int i = 0; i < 1000000; ++i) line.y.push_back(std::sin(i * 0.1) + (i == 567891 ? 9 : 0));
  figure.panels.push_back({.marks = {line}});
  const Scene thinned = lay(figure, {900, 600});
  std::size_t points = 0;
  float highest = 1e9f;
  for (const auto& drawn : all<Polyline>(thinned)) {
    points += drawn.points.size();
    if (drawn.points.size() > 100)
      for (Point p : drawn.points) highest = std::min(highest, p.y);
  }
  EXPECT_LT(points, 8000u);
  const auto& place = thinned.placements[0];
  EXPECT_NEAR(highest, place.plot.bottom() - place.y.fraction(line.y[567891]) * place.plot.height, 0.5)
      << "the one outlier stays";
}

TEST(Layout, LegendAvoidsTheData) {
  Figure figure;
  Line rising{.name = "rising"}, falling{.name = "falling"};
  for (int i = 0; i <= 100; ++i) rising.y.push_back(i), falling.y.push_back(100 - i);
  figure.panels.push_back({.marks = {rising}});
  const Scene scene = lay(figure);
  for (const auto& text : all<Text>(scene))
    if (text.text == "rising") {
      const Rect& plot = scene.placements[0].plot;
      EXPECT_LT(text.at.x, plot.x + plot.width / 2) << "the line ends at the top right";
      EXPECT_LT(text.at.y, plot.y + plot.height / 2);
      EXPECT_GT(text.at.y, plot.y) << "inside";
    }
  figure.panels[0].marks = {rising, falling, Line{.name = "top", .x = {0, 100}, .y = {97, 97}},
                            Line{.x = {0, 100}, .y = {3, 3}}};
  const Scene full = lay(figure);
  for (const auto& text : all<Text>(full))
    if (text.text == "falling") {
      EXPECT_LT(text.at.y, full.placements[0].plot.y) << "no corner is free: above";
    }
}

TEST(Layout, TextStripWrapsAtWordsAndNewlinesAndSaysWhatIsMissing) {
  Figure figure;
  TextStrip strip;
  for (char c : std::string("hello wide world\nnext"))
    strip.characters.push_back(std::string(1, c)), strip.values.push_back(0.5);
  figure.panels.push_back({.marks = {strip, Cursor{.x = 2}}});
  const float narrow = 2 * 12 + 12 * 0.6f * 15;    // twelve characters a line
  const Scene scene = lay(figure, {narrow, 110});  // three lines of the theme's own size
  const auto& cells = scene.placements[0].cells;
  ASSERT_EQ(cells.size(), 21u);
  EXPECT_FLOAT_EQ(cells[0].y, cells[10].y);
  EXPECT_GT(cells[11].y, cells[10].y) << "'world' does not fit behind 'hello wide '";
  EXPECT_FLOAT_EQ(cells[11].x, cells[0].x);
  EXPECT_GT(cells[17].y, cells[16].y) << "after the newline";
  EXPECT_EQ(overlap(scene), "");
  const Scene large = lay(figure, {800, 300}), huge = lay(figure, {3000, 2000});
  EXPECT_GT(large.placements[0].cells[0].width, 2 * cells[0].width) << "a short text fills its panel";
  EXPECT_EQ(huge.placements[0].cells[0].width, large.placements[0].cells[0].width) << "up to a limit";

  strip.characters = letters(5000);
  strip.values.assign(5000, 0.5);
  figure.panels[0].marks = {strip};
  const Scene cut = lay(figure, {400, 120});
  const auto found = texts(cut);
  EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                          [](const std::string& t) { return t.ends_with("more characters"); }));
}

TEST(Layout, TextStripSetsACharacterAfterItsGapAndBreaksLinesByIt) {
  Figure figure;
  TextStrip strip;
  strip.characters = letters(6);
  strip.values = {0, 0.1, 0.2, 0.3, 0.4, 0.5};
  strip.gaps = {0, 1, std::nan(""), 2.5, -3, 40};
  figure.panels.push_back({.marks = {strip}});
  const Scene scene = lay(figure, {2 * 12 + 12 * 0.6f * 15, 110});  // as above, twelve characters a line
  const auto& cells = scene.placements[0].cells;
  ASSERT_EQ(cells.size(), 6u);
  const float letter = cells[0].width;
  EXPECT_FLOAT_EQ(cells[1].width, 2 * letter);
  EXPECT_FLOAT_EQ(cells[2].x, cells[1].right());
  EXPECT_FLOAT_EQ(cells[2].width, letter) << "no gap where there is no number";
  EXPECT_FLOAT_EQ(cells[3].width, 3.5f * letter);
  EXPECT_FLOAT_EQ(cells[4].width, letter) << "none that is negative";
  EXPECT_GT(cells[5].y, cells[4].y) << "a gap that is longer than the line begins one";
  EXPECT_FLOAT_EQ(cells[5].x, cells[0].x);
  EXPECT_LE(cells[5].right(), scene.placements[0].plot.right() + 0.01f);
  for (const auto& text : all<Text>(scene))
    if (text.text == strip.characters[3]) {
      EXPECT_NEAR(text.at.x, cells[3].right() - letter, 0.01f) << "the character stands at the end";
    }
  strip.gaps.clear();
  figure.panels[0].marks = {strip};
  const Scene plain = lay(figure, {2 * 12 + 12 * 0.6f * 15, 110});
  EXPECT_EQ(plain.placements[0].cells[5].width, plain.placements[0].cells[0].width);
}

TEST(Layout, ForcedSpansAreAmberDashedAndOverHeatmapsNeverTint) {
  const Theme theme = make_theme(ThemeName::dark);
  const Color amber = theme.color({InkRole::forced});
  int found = 0;
  for (const auto& item : lay(gates()).items)
    if (const auto* box = std::get_if<Box>(&item.shape); box && item.clip && box->stroke == amber) {
      ++found;
      EXPECT_FALSE(box->dash.empty());
      EXPECT_EQ(box->fill.alpha, 0);
    }
  EXPECT_EQ(found, 3);
}

TEST(Layout, BarsOfSeveralMarksStandBesideEachOther) {
  Figure figure;
  figure.panels.push_back({.marks = {Bars{.categories = {"e"}, .values = {2}, .horizontal = true},
                                     Bars{.categories = {"e"}, .values = {1}, .horizontal = true}}});
  std::vector<Box> bars;
  for (const auto& item : lay(figure).items)
    if (const auto* box = std::get_if<Box>(&item.shape); box && item.clip) bars.push_back(*box);
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_GE(bars[1].rect.y, bars[0].rect.bottom()) << "the first on top";
  EXPECT_NEAR(bars[0].rect.width, 2 * bars[1].rect.width, 0.01);
  EXPECT_FLOAT_EQ(bars[0].rect.x, bars[1].rect.x);
}

TEST(Layout, ALineRunsThroughEveryStretchBelowZeroAndThroughNothingElse) {
  Figure figure;
  figure.panels.push_back({.marks = {Heatmap{.values = Matrix(2, 4, {-1, -0.5f, 1, -1, 0, 1, nan, 0.5f}),
                                             .colors = signed_colors(InkRole::cell_state)}},
                           .legend = Legend::none});
  figure.panels[0].marks.push_back(Cursor{});
  const auto lines_of = [&](const Figure& shown) {
    std::vector<Rect> lines;
    const Scene scene = lay(shown);
    const Rect plot = scene.placements[0].plot;
    const Color ink = with_alpha(make_theme(ThemeName::dark).panel, 0.75f);
    for (const Box& box : all<Box>(scene))
      if (box.fill == ink && box.rect.x >= plot.x && box.rect.right() <= plot.right() + 0.01f)
        lines.push_back({(box.rect.x - plot.x) / plot.width, (box.rect.y - plot.y) / plot.height,
                         box.rect.width / plot.width, box.rect.height / plot.height});
    return lines;
  };
  const auto lines = lines_of(figure);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NEAR(lines[0].x, 0, 0.02);
  EXPECT_NEAR(lines[0].width, 0.5, 0.02);
  EXPECT_NEAR(lines[0].y + lines[0].height / 2, 0.25, 0.01) << "the middle of the first row";
  EXPECT_NEAR(lines[1].x, 0.75, 0.02);
  std::get<Heatmap>(figure.panels[0].marks[0]).colors = gate_colors();
  EXPECT_TRUE(lines_of(figure).empty()) << "a gate has no sign";
}

TEST(Layout, ColumnsRiseByTheirValueAndWaitingPlacesAreEmptySlots) {
  Figure figure;
  Panel panel{.x = {.low = -0.5, .high = 5.5}, .y = {.kind = ScaleKind::log, .low = 1e-6, .high = 1}};
  panel.marks = {
      Columns{.x = {5, 4, 3, 2},
              .values = {1, 1e-3, 0, nan},
              .waiting = {1, 0},
              .colors = {.map = Colormap::sequence, .low = 1e-6, .high = 1, .kind = ScaleKind::log},
              .origin = 5,
              .front = 2}};
  figure.panels = {panel};
  const Scene scene = lay(figure);
  const Rect plot = scene.placements[0].plot;
  const auto height_at = [&](double x, const Theme& theme) {  // of the last filled box there: the column
    float height = 0;
    for (const Box& box : all<Box>(scene)) {
      const float middle = plot.x + static_cast<float>(scene.placements[0].x.fraction(x)) * plot.width;
      if (std::abs(box.rect.x + box.rect.width / 2 - middle) < 1 && box.fill.alpha == 1 &&
          !(box.fill == theme.gap))
        height = box.rect.height;
    }
    return height;
  };
  const Theme theme = make_theme(ThemeName::dark);
  EXPECT_NEAR(height_at(5, theme), plot.height, 0.01);
  EXPECT_NEAR(height_at(4, theme), plot.height / 2, 0.01);
  EXPECT_GT(height_at(3, theme), 0) << "nothing is left, but the pass has been there";
  EXPECT_LT(height_at(3, theme), 3);
  EXPECT_EQ(height_at(1, theme), 0);
  const auto boxes = all<Box>(scene);
  EXPECT_EQ(std::count_if(boxes.begin(), boxes.end(), [&](const Box& b) { return b.fill == theme.gap; }), 2)
      << "the value that is not finite, and its legend";
  EXPECT_EQ(all<Polygon>(scene).size(), 1U) << "the arrow above the origin";
}

TEST(Layout, TitlesStandWholeOnSmallPages) {
  for (ThemeName theme : {ThemeName::light, ThemeName::dark, ThemeName::projector})
    for (const Size size : {Size{480, 320}, Size{360, 300}}) {
      Figure figure{.title = "Gates of an LSTM with a long name, layer 1, backward"};
      figure.headlines = {{"0.83", "mean of the forget gate"}};
      figure.caption = "Forced: f=0.";
      figure.share_x = true;
      for (const char* title : {"forget gate", "input gate", "output gate", "candidate", "cell state"})
        figure.panels.push_back({.title = title,
                                 .x = {.title = "step", .characters = letters(30)},
                                 .y = {.title = "unit"},
                                 .marks = {Heatmap{.values = wave(10, 30)}}});
      const Scene scene = lay(figure, size, theme);
      for (const Panel& panel : figure.panels)
        EXPECT_TRUE(says(scene, panel.title)) << panel.title << " " << to_string(theme);
      std::string words;
      for (const std::string& text : texts(scene)) words += text + " ";
      EXPECT_NE(words.find(figure.title), std::string::npos) << "wrapped or shrunk, never cut: " << words;
      for (const Text& text : all<Text>(scene)) EXPECT_GE(text.style.size, 6.5f) << text.text;
      EXPECT_EQ(outside(scene), "");
      EXPECT_EQ(overlap(scene), "");
    }
}

TEST(Layout, AChainsArrowsAreAsWideAsWhatFlowsAndBecomeRibbonsWhereCellsFindNoRoom) {
  Figure figure;
  Panel panel{.x = {.low = -0.5, .high = 5.5}, .y = {.low = 0, .high = 2, .grid = false}};
  Chain chain{
      .x = {5, 4, 3, 2}, .lanes = {{"kept", {InkRole::cell_state}, {1, 1, 1e-3, 0}}}, .waiting = {1, 0}};
  chain.lanes.push_back({"rest", {InkRole::muted}, {0, 0, 0, 0}});
  panel.marks = {chain};
  figure.panels = {panel};
  const auto shafts = [&] {  // of the first lane: full colour, four corners
    std::vector<float> heights;
    const Color ink = make_theme(ThemeName::dark).color({InkRole::cell_state});
    for (const Polygon& shape : all<Polygon>(lay(figure)))
      if (shape.fill == ink && shape.points.size() == 4)
        heights.push_back(shape.points[3].y - shape.points[0].y);
    return heights;
  };
  const auto log = shafts();
  ASSERT_EQ(log.size(), 2U) << "nothing leads to the cell that nothing reaches";
  EXPECT_NEAR(log[1], log[0] / 2, 0.01) << "a thousandth is half of the way to a millionth";
  std::get<Chain>(figure.panels[0].marks[0]).kind = ScaleKind::linear;
  EXPECT_LT(shafts().at(1), 0.02f * shafts()[0]);
  EXPECT_EQ(all<Box>(lay(figure)).size(), 6U) << "a box a cell";
  Chain& dense = std::get<Chain>(figure.panels[0].marks[0]);
  dense.x.clear(), dense.waiting.clear();
  for (Chain::Lane& lane : dense.lanes) lane.flows.assign(400, 0.5);
  for (int step = 399; step >= 0; --step) dense.x.push_back(step);
  figure.panels[0].x.high = 399.5;
  EXPECT_EQ(shafts().size(), 399U) << "ribbons, joined";
}

TEST(Layout, LinksAreAsWideAsWhatGoesOverThem) {
  Figure figure;
  Panel panel{.x = {.low = -0.5, .high = 9.5, .hidden = true}, .y = {.low = 0, .high = 1, .grid = false}};
  Links links{.links = {{0, 1, 4, 0, 1}, {1, 1, 4, 0, 0.5}, {2, 1, 4, 0, 0.001}, {0, 0, 8, 0, 0.25}},
              .ink = {InkRole::accent},
              .rise = 0.1,
              .spots = {{0, 0.5, "a", {}}, {9, 0.5, "b", {}}}};
  links.links.push_back({3, 1, 4, 0, std::nan("")});
  panel.marks = {links};
  figure.panels = {panel};
  const Scene scene = lay(figure);
  std::vector<Polyline> curves;
  for (const Polyline& line : all<Polyline>(scene))
    if (line.points.size() > 20) curves.push_back(line);
  ASSERT_EQ(curves.size(), 3U) << "what is next to nothing, or no number, is no line";
  EXPECT_NEAR(curves[2].width, 2 * curves[1].width, 1e-4) << "the widest lies on top";
  EXPECT_NEAR(curves[0].width, curves[2].width / 4, 1e-4);
  const Rect plot = scene.placements[0].plot;
  float top = plot.bottom();
  for (const Point& point : curves[0].points) top = std::min(top, point.y);
  EXPECT_NEAR(plot.bottom() - top, 0.8f * plot.height, 0.5f) << "an arc over eight steps";
  int words = 0;
  for (const Text& text : all<Text>(scene)) words += text.text == "a" || text.text == "b";
  EXPECT_EQ(words, 2);
  const std::string table = to_csv(figure);
  EXPECT_NE(table.find("link start"), std::string::npos);
  EXPECT_NE(table.find("link end"), std::string::npos);
}

TEST(Layout, DenseColumnsShowTheLeastAndTheGreatestOfEachPoint) {
  Figure figure;
  Columns columns;
  for (int t = 0; t < 10000; ++t) columns.x.push_back(t), columns.values.push_back(t == 5000 ? 1 : 0.01);
  columns.colors.low = 1e-6, columns.colors.high = 1, columns.colors.kind = ScaleKind::log;
  figure.panels = {{.y = {.kind = ScaleKind::log, .low = 1e-6, .high = 1}, .marks = {columns}}};
  const Scene scene = lay(figure);
  const Rect plot = scene.placements[0].plot;
  int full = 0, columns_drawn = 0;
  for (const Box& box : all<Box>(scene)) {
    if (box.rect.width > 2) continue;
    ++columns_drawn;
    full += box.rect.height > plot.height * 0.99f;
  }
  EXPECT_EQ(full, 1) << "a single spike stays visible";
  EXPECT_LT(columns_drawn, 2 * 800);
}

TEST(Layout, SameFigureGivesTheSameScene) {
  const Scene a = lay(curves()), b = lay(curves());
  ASSERT_EQ(a.items.size(), b.items.size());
  const auto lines_a = all<Polyline>(a), lines_b = all<Polyline>(b);
  for (std::size_t i = 0; i < lines_a.size(); ++i) EXPECT_EQ(lines_a[i].points, lines_b[i].points);
}

}  // namespace gatescope::plot
