#include "pictures.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

namespace gatescope::app {

using namespace plot;

Figure sample_figure() {
  std::vector<float> values;
  for (int r = 0; r < 8; ++r)
    for (int c = 0; c < 20; ++c) values.push_back(0.5f + 0.5f * std::sin(static_cast<float>(r * c) * 0.2f));
  Line line{.name = "loss", .ink = {InkRole::lstm}};
  for (int i = 0; i < 20; ++i) line.y.push_back(i == 7 ? std::nan("") : std::exp(-0.2 * i));
  Figure figure;
  figure.title = "Gates & <loss>";
  figure.headlines = {{"2.31", "bits per character"}};
  figure.caption = "c̃ₜ is the candidate.";
  figure.panels.push_back({.title = "forget gate fₜ",
                           .title_ink = {InkRole::forget_gate},
                           .y = {.title = "unit", .whole = true},
                           .marks = {Heatmap{.name = "f", .values = Matrix(8, 20, values)},
                                     Spans{.name = "forced", .intervals = {{4.5, 9.5}}}}});
  figure.panels.push_back({.x = {.title = "step", .whole = true},
                           .y = {.title = "‖∂L/∂hₜ‖", .kind = ScaleKind::log},
                           .marks = {line}});
  return figure;
}

Scene sample_scene(const Fonts& fonts, ThemeName theme) {
  return layout(sample_figure(), {480, 360}, make_theme(theme), fonts.measure());
}

Folder::Folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  path_ = std::filesystem::path(testing::TempDir()) / (std::string("gatescope_") + test->test_suite_name() +
                                                       "_" + test->name() + "_" + std::to_string(getpid()));
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gatescope::app
