// What a class sees, measured: how much of a 1280x800 projector the figure has, how small the smallest text
// is, how thin the thinnest lane.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/panels/view_tabs.h"
#include "core/views/parts.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

using ui::Key;

struct ThePresenter : testing::Test {
  WindowDriver w{{1280, 800, plot::ThemeName::light, 1}};

  void open(const std::vector<std::string>& cells, plot::ThemeName theme) {
    w.open_tiny(cells);
    w.bench().act(ui::SetTheme{theme});
    w.key(Key::v);
    ASSERT_TRUE(w.document().view.presenter);
  }
  void open(plot::ThemeName theme) { open({"lstm"}, theme); }

  const ui::BuiltFigure& figure(const std::string& view) {
    const auto built = w.bench().figures().get(view);
    EXPECT_TRUE(built && built->problem.empty()) << view;
    kept_ = built;
    return *built;
  }

  /// The em of the smallest text in the window and in the figure, in pixels.
  double smallest_text(const std::string& view) {
    double least = 1e9;
    for (const ui::ItemLog::Text& text : w.gui.items().texts) least = std::min(least, double(text.size));
    for (const plot::Item& item : figure(view).scene.items)
      if (const auto* text = std::get_if<plot::Text>(&item.shape))
        least = std::min(least, double(text->style.size));
    return least;
  }

  double share_of_figure(const std::string& view) {
    const auto pane = w.item("view " + view);
    return double(pane.high.x - pane.low.x) * double(pane.high.y - pane.low.y) / (w.width() * w.height());
  }

  double thinnest_lane(const std::string& view) {
    double least = 1e9;
    for (const plot::Placement& placed : figure(view).scene.placements)
      least = std::min(least, double(placed.plot.height));
    return least;
  }

 private:
  std::shared_ptr<const ui::BuiltFigure> kept_;
};

constexpr double kLeastType = 800.0 / 45;

TEST_F(ThePresenter, EveryViewHasMostOfTheWallAndNoSmallTextInEveryTheme) {
  for (const auto theme : {plot::ThemeName::light, plot::ThemeName::dark, plot::ThemeName::projector}) {
    open(theme);
    w.train_until(3);
    for (const bool forced : {false, true}) {
      if (forced) w.bench().forcing().force("f", 0);
      for (const ui::ViewTab& tab : ui::view_tabs()) {
        const std::string view(tab.view->id);
        w.bench().act(ui::ShowViews{{view}});
        w.settle();
        SCOPED_TRACE(fmt::format("{} {}{}", plot::to_string(theme), view, forced ? " forced" : ""));
        EXPECT_GE(share_of_figure(view), 0.70);
        EXPECT_GE(smallest_text(view), kLeastType);
        EXPECT_GE(w.gui.items().texts.size(), 4u) << "texts are recorded";
        EXPECT_TRUE(w.has("probe strip") && w.has("##play") && w.has("##time"));
        EXPECT_FALSE(w.has("Reset") || w.has("Units"));
      }
    }
    w.bench().act(ui::ReleaseAll{});
    w.key(Key::escape);
    EXPECT_FALSE(w.document().view.presenter);
  }
}

TEST_F(ThePresenter, LanesBecomeFewerAndNotThinner) {
  open(plot::ThemeName::projector);
  const auto titles = [&] {
    std::vector<std::string> all;
    for (const plot::Panel& panel : figure("gates").figure->panels) all.push_back(panel.title);
    return all;
  };
  EXPECT_EQ(titles().size(), 4u);
  EXPECT_GE(thinnest_lane("gates"), 64);
  const auto shows = [&](std::string_view part) {
    return std::ranges::any_of(titles(), [&](const auto& title) { return title.find(part) != title.npos; });
  };
  EXPECT_TRUE(shows("forget gate") && shows("cell state") && shows("hidden state"));
  // What is forced is there, the memory with and without it, and the lanes are as high.
  w.click("closed##force o");
  EXPECT_EQ(nn::to_strings(w.document().probe.rules), std::vector<std::string>{"o=0"});
  EXPECT_TRUE(shows("output gate") && shows("cell state cₜ, natural") && shows("cell state cₜ, forced"));
  EXPECT_EQ(titles().size(), 4u);
  EXPECT_GE(thinnest_lane("gates"), 64);
  // What the probe is coloured by is among them.
  w.bench().act(ui::ReleaseAll{});
  w.bench().act(ui::ColourBy{"i"});
  w.settle();
  EXPECT_TRUE(shows("input gate"));
}

TEST_F(ThePresenter, HasASwitchForEveryGateOfEveryCell) {
  for (const char* cell : {"lstm", "gru", "rnn", "s6", "slstm"}) {
    open({cell}, plot::ThemeName::light);
    const nn::CellInfo& info = *w.bench().shown().cell();
    for (const int channel : views::shown_channels(info)) {
      if (!views::is_gate(info, channel)) continue;
      const std::string symbol(info.channels[channel].symbol);
      for (const char* state : {"closed", "open", "free"}) {
        w.click(fmt::format("{}##force {}", state, symbol));
        EXPECT_EQ(w.document().probe.rules.empty(), state == std::string("free")) << cell << " " << symbol;
      }
    }
    w.key(Key::v);
    ASSERT_FALSE(w.document().view.presenter);
  }
}

TEST_F(ThePresenter, WhatIsForcedIsReleasedInTheBar) {
  open(plot::ThemeName::light);
  EXPECT_FALSE(w.has("release"));
  w.click("closed##force f");
  w.click("release");
  EXPECT_TRUE(w.document().probe.rules.empty());
}

TEST_F(ThePresenter, IsLeftByItsKeyByEscapeAndByItsCross) {
  open(plot::ThemeName::light);
  w.key(Key::v);
  EXPECT_FALSE(w.document().view.presenter);
  EXPECT_TRUE(w.has("Reset"));
  w.key(Key::v);
  w.key(Key::escape);
  EXPECT_FALSE(w.document().view.presenter);
  w.key(Key::v);
  w.click("##leave presenter");
  EXPECT_FALSE(w.document().view.presenter);
}

TEST_F(ThePresenter, EditsTheProbeChoosesViewsAndStaysWhenASessionIsReopened) {
  open(plot::ThemeName::light);
  w.key(Key::p);
  ASSERT_TRUE(w.has("probe text"));
  w.key(Key::escape);
  EXPECT_TRUE(w.has("probe strip")) << "Escape leaves the editor first";
  EXPECT_TRUE(w.document().view.presenter);
  w.click("##presenter");
  w.click("Cell");
  EXPECT_EQ(w.document().view.open, std::vector<std::string>{"cell"});
  w.bench().act(ui::SetTextSize{1.25});
  w.bench().files().save_session(w.at("s.gatescope"));
  w.bench().act(ui::ShowPresenter{false});
  w.bench().act(ui::SetTextSize{1});
  w.drop({w.at("s.gatescope")});
  EXPECT_TRUE(w.document().view.presenter);
  EXPECT_EQ(w.document().view.text_size, 1.25);
}

TEST_F(ThePresenter, SeveralModelsAreChosenBelow) {
  open({"lstm", "gru", "rnn"}, plot::ThemeName::light);
  const auto names = w.now().models;
  w.click(names[1].name + "####model");
  EXPECT_EQ(w.document().view.model, 1u);
  w.bench().act(ui::ShowViews{{"unrolled"}});
  w.settle();
  EXPECT_TRUE(w.has("pulse"));
  EXPECT_GE(share_of_figure("unrolled"), 0.70);
}

}  // namespace
}  // namespace gatescope::test
