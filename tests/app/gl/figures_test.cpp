#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/plot/layout.h"
#include "tests/app/gl/compare.h"
#include "tests/app/gl/offscreen.h"

// Whole figures, laid out once, painted by OpenGL and by cairo in every theme.

namespace gatescope {
namespace {

using namespace plot;
using test::Tolerance;

constexpr Tolerance figure_tolerance{.mean = 0.4, .share = 0.0025};

std::vector<double> walk(unsigned seed, int steps, double size) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> out(1, 0.0);
  for (int i = 1; i < steps; ++i) out.push_back(0.95 * out.back() + size * normal(random));
  return out;
}

Figure gates() {
  const std::string text = "the cat sat on the mat and the dog";
  const int steps = static_cast<int>(text.size()), units = 24;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values;
  for (int i = 0; i < units * steps; ++i) values.push_back(1 / (1 + std::exp(-2 * normal(random))));
  values[40] = std::numeric_limits<float>::quiet_NaN();
  Figure figure{
      .title = "Gates over time", .caption = "LSTM, 24 units, seed 1.", .columns = 1, .share_x = true};
  figure.headlines = {{"0.61", "mean forget gate"}};
  Panel heat{.title = "forget gate f", .title_ink = {InkRole::forget_gate}};
  heat.x.title = "step";
  heat.y.title = "unit";
  for (char c : text) heat.x.characters.emplace_back(1, c);
  heat.marks = {Heatmap{.name = "forget gate", .values = Matrix(units, steps, values)},
                Cursor{.x = 7, .y = 3}};
  Panel lines{.title = "cell state and hidden state"};
  lines.x.title = "step";
  lines.y.title = "value";
  const auto cell = walk(2, steps, 0.6);
  std::vector<double> low, high, hidden;
  for (double c : cell) {
    low.push_back(c - 0.4);
    high.push_back(c + 0.4);
    hidden.push_back(std::tanh(c));
  }
  lines.marks = {Band{.name = "spread", .low = low, .high = high, .ink = {InkRole::cell_state}},
                 Line{.name = "c", .y = cell, .ink = {InkRole::cell_state}},
                 Line{.name = "h",
                      .y = hidden,
                      .ink = {InkRole::hidden_state},
                      .dash = Dash::dashed,
                      .marker = Marker::disc},
                 Spans{.name = "forced", .intervals = {{10, 15}}}};
  figure.panels = {heat, lines};
  return figure;
}

Figure training() {
  Figure figure{.title = "Training", .columns = 2};
  Panel loss{.title = "loss"};
  loss.x = {.title = "update"};
  loss.y = {.title = "loss", .unit = "bits per character", .kind = ScaleKind::log};
  InkRole roles[] = {InkRole::lstm, InkRole::gru, InkRole::rnn};
  const char* names[] = {"LSTM", "GRU", "RNN"};
  for (int m = 0; m < 3; ++m) {
    std::vector<double> y;
    const auto noise = walk(static_cast<unsigned>(m + 5), 3000, 0.02);
    for (std::size_t i = 0; i < noise.size(); ++i)
      y.push_back(std::exp(noise[i]) * (1.2 + 0.4 * m + 4 * std::exp(-static_cast<double>(i) / 300)));
    loss.marks.push_back(Line{.name = names[m], .y = y, .ink = {roles[m]}, .dash = static_cast<Dash>(m)});
  }
  loss.marks.push_back(Rule{.at = 1200, .label = "forced from here"});
  Panel portrait{.title = "phase portrait"};
  portrait.x.title = "c";
  portrait.y.title = "h";
  const auto c = walk(8, 300, 0.2);
  std::vector<double> h, time;
  for (std::size_t i = 0; i < c.size(); ++i) {
    h.push_back(std::tanh(c[i]) * std::sin(static_cast<double>(i) * 0.05));
    time.push_back(static_cast<double>(i));
  }
  portrait.marks = {
      Line{.x = c, .y = h, .color_by = time, .colors = {.map = Colormap::sequence, .title = "step"}},
      Note{.x = c[150], .y = h[150], .text = "closed here", .dot = true}};
  Panel scatter{.title = "saturation"};
  scatter.x.title = "right";
  scatter.y.title = "left";
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform;
  Scatter dots{.name = "units", .ink = {InkRole::input_gate, 0, 0.7f}, .marker = Marker::diamond};
  for (int i = 0; i < 150; ++i) {
    dots.x.push_back(uniform(random));
    dots.y.push_back(uniform(random) * (1 - dots.x.back()));
  }
  scatter.marks = {dots, Arrow{.x0 = 0.8, .y0 = 0.8, .x1 = 0.5, .y1 = 0.5}};
  Panel bars{.title = "next character"};
  bars.marks = {Bars{.name = "natural",
                     .categories = {"e", "t", "␣", "a", "o"},
                     .values = {0.5, 0.2, 0.15, 0.1, 0.05},
                     .ink = {InkRole::accent},
                     .show_values = true},
                Bars{.name = "forced",
                     .categories = {"e", "t", "␣", "a", "o"},
                     .values = {0.1, 0.3, 0.25, 0.2, 0.15},
                     .ink = {InkRole::forced},
                     .show_values = true}};
  figure.panels = {loss, portrait, scatter, bars};
  return figure;
}

Figure strip() {
  TextStrip text{.name = "loss"};
  const std::string sentence =
      "What is a gate? A number from 0 to 1, for every unit, at every step. \"Quoted (and nested) "
      "text\".\nNew line.";
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    text.characters.emplace_back(1, sentence[i]);
    text.values.push_back(0.5 + 0.5 * std::sin(static_cast<double>(i) * 0.3));
  }
  Figure figure{.title = "Text by one unit"};
  figure.panels = {Panel{.marks = {text, Cursor{.x = 12}, Spans{.intervals = {{20, 30}}}}}};
  return figure;
}

struct FigureOf : ::testing::TestWithParam<ThemeName> {
  static void expect_as_cairo(const std::string& name, const Figure& figure, Size size) {
    test::Offscreen off;
    const Scene scene = layout(figure, size, make_theme(GetParam()), off.fonts.measure());
    for (int scale : {1, 2})
      test::expect_alike(fmt::format("{}_{}_{}", name, to_string(GetParam()), scale),
                         off.painter.render(scene, static_cast<float>(scale)),
                         app::paint_raster(scene, off.fonts, scale), figure_tolerance);
  }
};

TEST_P(FigureOf, GatesIsAsCairos) {
  expect_as_cairo("gates", gates(), {700, 520});
}
TEST_P(FigureOf, TrainingIsAsCairos) {
  expect_as_cairo("training", training(), {900, 640});
}
TEST_P(FigureOf, TextStripIsAsCairos) {
  expect_as_cairo("strip", strip(), {500, 220});
}
TEST_P(FigureOf, NothingIsAsCairos) {
  expect_as_cairo("nothing", {.panels = {Panel{.empty_text = "no steps yet"}}}, {300, 200});
}

INSTANTIATE_TEST_SUITE_P(EveryTheme, FigureOf,
                         ::testing::Values(ThemeName::light, ThemeName::dark, ThemeName::projector),
                         [](const auto& theme) { return std::string(to_string(theme.param)); });

}  // namespace
}  // namespace gatescope
