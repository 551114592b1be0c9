#include <gtest/gtest.h>

#include "app/kit/screenshot.h"
#include "app/kit/widgets.h"
#include "core/plot/color.h"
#include "tests/app/kit/driver.h"

namespace gatescope::test {
namespace {

using plot::ThemeName;
using ui::Look;

constexpr std::array themes{ThemeName::dark, ThemeName::light, ThemeName::projector};
constexpr std::array fonts{&Look::regular, &Look::bold,     &Look::caption,
                           &Look::small,   &Look::headline, &Look::mono};

double contrast(ImU32 first, ImU32 second) {
  return plot::contrast(ui::from_imgui(first), ui::from_imgui(second));
}

TEST(Looks, TextCanBeReadInEveryTheme) {
  for (const auto name : themes) {
    const Look look = ui::make_look(name, 1);
    const std::string theme(plot::to_string(name));
    for (const ImU32 ground :
         {look.card, look.background, look.field, look.hovered, look.pressed, look.popup})
      EXPECT_GE(contrast(look.text, ground), 4.5) << theme;
    EXPECT_GE(contrast(look.muted, look.card), 4.5) << theme;
    EXPECT_GE(contrast(look.muted, look.background), 4.5) << theme;
    EXPECT_GE(contrast(look.muted, look.field), 3) << theme;
    EXPECT_GE(contrast(look.on_accent, look.accent), 4.5) << theme;
    EXPECT_GE(contrast(look.on_forced, look.forced), 4.5) << theme;
    EXPECT_GE(contrast(look.forced_text, look.forced_ground), 4.5) << theme;
    EXPECT_GE(contrast(look.forced_text, look.card), 4.5) << theme;
    EXPECT_GE(contrast(look.danger, look.card), 4.5) << theme;
    EXPECT_GE(contrast(look.cursor, look.card), 4.5) << theme;
  }
}

TEST(Looks, CardsAndFiguresShareATone) {
  for (const auto name : themes) {
    const Look look = ui::make_look(name, 1);
    EXPECT_EQ(look.card, ui::to_imgui(plot::make_theme(name).panel));
    EXPECT_NE(look.card, look.background);
    EXPECT_NE(look.field, look.background) << "buttons stand on the background";
  }
}

TEST(Looks, ProjectorTypeIsLarger) {
  EXPECT_FLOAT_EQ(ui::make_look(ThemeName::projector, 2).scale, 3.2f);
  EXPECT_FLOAT_EQ(ui::make_look(ThemeName::dark, 2).scale, 2);
}

TEST(Looks, ColoursSurviveTheWayThroughImGui) {
  const ImU32 color = ui::to_imgui(plot::rgb(0x123456));
  EXPECT_EQ(ui::to_imgui(ui::from_imgui(color)), color);
  EXPECT_EQ(color, IM_COL32(0x12, 0x34, 0x56, 0xff));
  EXPECT_EQ(ui::faded(color, 0.5f), IM_COL32(0x12, 0x34, 0x56, 0x80));
}

TEST(Fonts, EveryNeededCharacterIsInEveryFontAtEveryScale) {
  const platform::OffscreenContext context;
  for (const float scale : {1.0f, 4.0f, 8.0f}) {
    const ui::Gui gui(context.functions(), ThemeName::projector, scale);
    for (const auto font : fonts)
      for (const char32_t c : ui::needed_glyphs())
        EXPECT_NE((gui.look().*font)->FindGlyphNoFallback(static_cast<ImWchar>(c)), nullptr)
            << "U+" << std::hex << static_cast<unsigned>(c) << " at " << scale;
  }
}

TEST(Fonts, TextsOfTheWorldAreInTheFontsThatShowThem) {
  const platform::OffscreenContext context;
  const ui::Gui gui(context.functions(), ThemeName::dark, 2);
  for (const auto font : {&Look::regular, &Look::mono, &Look::small})
    for (const char32_t c : std::u32string_view(U"ąşÞжЩλΩ₤─█"))
      EXPECT_NE((gui.look().*font)->FindGlyphNoFallback(static_cast<ImWchar>(c)), nullptr)
          << "U+" << std::hex << static_cast<unsigned>(c);
}

TEST(Fonts, AtlasFitsItsLimitAtEveryScale) {
  const ui::FontSource source = ui::find_fonts();
  for (const float scale : {1.0f, 2.0f, 4.0f, 6.4f, 8.0f})
    for (const int limit : {4096, 16384}) {
      ImFontAtlas atlas;
      Look look = ui::make_look(ThemeName::dark, scale);
      ui::make_fonts(atlas, source, limit, look);
      EXPECT_LE(atlas.TexWidth, limit);
      EXPECT_LE(atlas.TexHeight, limit);
    }
}

TEST(Fonts, AnImpossibleSizeIsAnErrorThatNamesBoth) {
  const ui::FontSource source = ui::find_fonts();
  ImFontAtlas atlas;
  Look look = ui::make_look(ThemeName::dark, 8);
  EXPECT_THROW(ui::make_fonts(atlas, source, 256, look), std::exception);
}

TEST(Fonts, FiguresAreTabularAndCombiningMarksTakeNoRoom) {
  const platform::OffscreenContext context;
  const ui::Gui gui(context.functions());
  for (const auto font : fonts) {
    const ImFont& f = *(gui.look().*font);
    for (ImWchar digit = '0'; digit <= '9'; ++digit)
      EXPECT_EQ(f.GetCharAdvance(digit), f.GetCharAdvance('0'));
  }
  EXPECT_EQ(gui.look().regular->GetCharAdvance(0x303), 0);
}

TEST(Gui, LookChangesBetweenFramesAndKeepsDrawing) {
  Driver driver({400, 300, ThemeName::dark, 1});
  driver.show_in_window([&] { ui::button(driver.gui.look(), "Reset"); });
  const auto small = driver.item("Reset");
  for (const auto theme : {ThemeName::light, ThemeName::projector, ThemeName::dark})
    for (const float scale : {2.0f, 1.0f}) {
      driver.gui.set_look(theme, scale);
      driver.settle();
      EXPECT_FLOAT_EQ(driver.gui.look().scale, scale * plot::make_theme(theme).type);
      const auto picture = driver.picture();
      const auto ground = plot::bytes(ui::from_imgui(driver.gui.look().background));
      const std::size_t last = picture.rgba.size() - 4;
      EXPECT_EQ(picture.rgba[last], ground[0]) << "the lower right corner is empty";
      EXPECT_EQ(picture.rgba[last + 3], 255);
    }
  const auto again = driver.item("Reset");
  EXPECT_EQ(again.high.x, small.high.x);
  EXPECT_EQ(driver.context.functions()->GetError(), GLenum{GL_NO_ERROR});
}

TEST(Gui, TwoOfThemLiveSideBySide) {
  const platform::OffscreenContext context;
  gl::Canvas canvas(context.functions());
  ui::Gui first(context.functions());
  {
    ui::Gui second(context.functions(), ThemeName::light, 2);
    for (ui::Gui* gui : {&first, &second, &first}) {
      gui->begin_frame(200, 100, 0.016f);
      ImGui::Begin("one");
      ImGui::End();
      gui->end_frame();
      ui::screenshot(context.functions(), *gui, canvas, 200, 100);
    }
  }
  first.begin_frame(200, 100, 0.016f);
  first.end_frame();
  EXPECT_EQ(context.functions()->GetError(), GLenum{GL_NO_ERROR});
}

}  // namespace
}  // namespace gatescope::test
