#include "core/plot/theme.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace gatescope::plot {
namespace {

constexpr ThemeName themes[] = {ThemeName::light, ThemeName::dark, ThemeName::projector};
constexpr Vision visions[] = {Vision::normal, Vision::protanopia, Vision::deuteranopia};

double distance(ThemeName theme, InkRole a, InkRole b, Vision vision) {
  return color_difference(to_lab(simulate(role_color(theme, a), vision)),
                          to_lab(simulate(role_color(theme, b), vision)));
}

}  // namespace

TEST(Theme, QuantitiesStayApartForEveryVision) {
  const InkRole quantities[] = {InkRole::forget_gate, InkRole::input_gate, InkRole::output_gate,
                                InkRole::candidate,   InkRole::reset_gate, InkRole::cell_state,
                                InkRole::hidden_state};
  for (ThemeName theme : themes)
    for (Vision vision : visions)
      for (const InkRole& a : quantities)
        for (const InkRole* b = &a + 1; b != std::end(quantities); ++b)
          EXPECT_GT(distance(theme, a, *b, vision), 12)
              << to_string(theme) << " roles " << int(a) << " and " << int(*b) << ", vision " << int(vision);
}

TEST(Theme, ForcedStaysApartFromWhatIsForcedForEveryVision) {
  for (ThemeName theme : themes)
    for (Vision vision : visions)
      for (const InkRole quantity :
           {InkRole::forget_gate, InkRole::input_gate, InkRole::output_gate, InkRole::candidate,
            InkRole::reset_gate, InkRole::cell_state, InkRole::hidden_state, InkRole::accent})
        EXPECT_GT(distance(theme, InkRole::forced, quantity, vision), 10)
            << to_string(theme) << " role " << int(quantity) << ", vision " << int(vision);
}

TEST(Theme, ModelsStayApartForEveryVision) {
  for (ThemeName theme : themes)
    for (Vision vision : visions) {
      EXPECT_GT(distance(theme, InkRole::lstm, InkRole::gru, vision), 20);
      EXPECT_GT(distance(theme, InkRole::gru, InkRole::rnn, vision), 12);
      EXPECT_GT(distance(theme, InkRole::lstm, InkRole::rnn, vision), 12);
    }
}

TEST(Theme, TextAndLinesStandOutFromThePanel) {
  for (ThemeName name : themes) {
    const Theme theme = make_theme(name);
    EXPECT_GT(contrast(theme.text, theme.panel), 12);
    EXPECT_GT(contrast(theme.muted, theme.panel), 4.5) << "WCAG AA";
    for (int role = int(InkRole::neutral); role <= int(InkRole::series); ++role)
      EXPECT_GT(contrast(role_color(name, InkRole(role)), theme.panel),
                role == int(InkRole::forced) ? 1.8 : 2.3)
          << to_string(name) << " role " << role;
    for (int i = 0; i < series_colors; ++i)
      EXPECT_GT(contrast(theme.color({InkRole::series, i}), theme.panel), 3);
  }
}

TEST(Theme, TheCursorOrItsHaloStandsOutFromEveryColourOfEveryMap) {
  for (const ThemeName name : themes) {
    const Theme theme = make_theme(name);
    for (int map = 0; map < colormaps; ++map)
      for (const Color& ground : theme.table(Colormap(map)))
        EXPECT_GT(std::max(contrast(theme.cursor, ground), contrast(theme.halo, ground)), 4)
            << to_string(name) << " map " << map;
    for (int role = int(InkRole::neutral); role <= int(InkRole::series); ++role)
      for (const Color& ground : signed_table(role_color(name, InkRole(role)), theme.panel))
        EXPECT_GT(std::max(contrast(theme.cursor, ground), contrast(theme.halo, ground)), 4)
            << to_string(name) << " role " << role;
    for (const Color& ground : {theme.gap, theme.panel, theme.color({InkRole::forced})})
      EXPECT_GT(std::max(contrast(theme.cursor, ground), contrast(theme.halo, ground)), 4) << to_string(name);
    EXPECT_GT(contrast(theme.cursor, theme.halo), 15);
    EXPECT_GE(theme.halo_width, 1);
  }
}

TEST(Theme, ForgetAndUpdateGateShareOneColour) {
  for (ThemeName theme : themes)
    EXPECT_EQ(role_color(theme, InkRole::forget_gate), role_color(theme, InkRole::update_gate));
}

TEST(Theme, ProjectorHasLargerTypeAndThickerLinesOnLight) {
  const Theme paper = make_theme(ThemeName::light), projector = make_theme(ThemeName::projector);
  EXPECT_FLOAT_EQ(projector.size_text(), 1.6f * paper.size_text());
  EXPECT_GT(projector.line_width, 1.5f * paper.line_width);
  EXPECT_EQ(projector.panel, paper.panel);
}

TEST(Theme, InkKeepsItsOpacityAndSeriesColoursRepeat) {
  const Theme theme = make_theme(ThemeName::dark);
  EXPECT_FLOAT_EQ(theme.color({InkRole::accent, 0, 0.25f}).alpha, 0.25f);
  EXPECT_EQ(theme.color({InkRole::series, 1}), theme.color({InkRole::series, 1 + series_colors}));
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
