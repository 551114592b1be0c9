#include "core/plot/theme.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gatescope::plot {
namespace {

constexpr ThemeName themes[] = {ThemeName::light, ThemeName::dark, ThemeName::projector};
constexpr Vision visions[] = {Vision::normal, Vision::protanopia, Vision::deuteranopia};

double distance(ThemeName theme, Role a, Role b, Vision vision) {
  return color_difference(to_lab(simulate(role_color(theme, a), vision)),
                          to_lab(simulate(role_color(theme, b), vision)));
}

}  // namespace

TEST(Theme, QuantitiesStayApartForEveryVision) {
  const Role quantities[] = {Role::forget_gate, Role::input_gate, Role::output_gate, Role::candidate,
                             Role::reset_gate,  Role::cell_state, Role::hidden_state};
  for (ThemeName theme : themes)
    for (Vision vision : visions)
      for (const Role& a : quantities)
        for (const Role* b = &a + 1; b != std::end(quantities); ++b)
          EXPECT_GT(distance(theme, a, *b, vision), 12)
              << to_string(theme) << " roles " << int(a) << " and " << int(*b) << ", vision " << int(vision);
}

TEST(Theme, ModelsStayApartForEveryVision) {
  for (ThemeName theme : themes)
    for (Vision vision : visions) {
      EXPECT_GT(distance(theme, Role::lstm, Role::gru, vision), 20);
      EXPECT_GT(distance(theme, Role::gru, Role::rnn, vision), 12);
      EXPECT_GT(distance(theme, Role::lstm, Role::rnn, vision), 12);
    }
}

TEST(Theme, TextAndLinesStandOutFromThePanel) {
  for (ThemeName name : themes) {
    const Theme theme = make_theme(name);
    EXPECT_GT(contrast(theme.text, theme.panel), 12);
    EXPECT_GT(contrast(theme.muted, theme.panel), 4.5) << "WCAG AA";
    for (int role = int(Role::neutral); role <= int(Role::series); ++role)
      EXPECT_GT(contrast(role_color(name, Role(role)), theme.panel), role == int(Role::forced) ? 1.8 : 2.3)
          << to_string(name) << " role " << role;
    for (int i = 0; i < series_colors; ++i)
      EXPECT_GT(contrast(theme.color({Role::series, i}), theme.panel), 3);
  }
}

TEST(Theme, ForgetAndUpdateGateShareOneColour) {
  for (ThemeName theme : themes)
    EXPECT_EQ(role_color(theme, Role::forget_gate), role_color(theme, Role::update_gate));
}

TEST(Theme, ProjectorHasLargerTypeAndThickerLinesOnLight) {
  const Theme light = make_theme(ThemeName::light), projector = make_theme(ThemeName::projector);
  EXPECT_FLOAT_EQ(projector.size_text(), 1.6f * light.size_text());
  EXPECT_GT(projector.line_width, 1.5f * light.line_width);
  EXPECT_EQ(projector.panel, light.panel);
}

TEST(Theme, InkKeepsItsOpacityAndSeriesColoursRepeat) {
  const Theme theme = make_theme(ThemeName::dark);
  EXPECT_FLOAT_EQ(theme.color({Role::accent, 0, 0.25f}).alpha, 0.25f);
  EXPECT_EQ(theme.color({Role::series, 1}), theme.color({Role::series, 1 + series_colors}));
}

TEST(Theme, NamesRoundTripAndAWrongOneIsNamed) {
  for (ThemeName theme : themes) EXPECT_EQ(parse_theme(to_string(theme)), theme);
  try {
    parse_theme("drak");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "theme 'drak': expected light, dark or projector");
  }
}

}  // namespace gatescope::plot
