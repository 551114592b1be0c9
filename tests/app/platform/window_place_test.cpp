#include "app/platform/window_place.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "core/files.h"
#include "tests/temporary_folder.h"

namespace gatescope::platform {
namespace {

constexpr std::array<Area, 2> kTwo{Area{0, 0, 1280, 800}, Area{1280, 0, 1920, 1080}};

TEST(WindowPlace, IsRestoredOnlyWhereAMonitorShowsIt) {
  const WindowPlace right{1400, 50, 1200, 700, false};
  EXPECT_EQ(on_a_monitor(right, kTwo), right);
  EXPECT_EQ(on_a_monitor(right, std::span(kTwo).first(1)), std::nullopt);
  EXPECT_EQ(on_a_monitor({0, -300, 800, 600, false}, kTwo), std::nullopt) << "its upper edge is out of reach";
  EXPECT_EQ(on_a_monitor({100, 790, 800, 600, false}, kTwo), std::nullopt);
  EXPECT_EQ(on_a_monitor(right, {}), std::nullopt);
}

TEST(WindowPlace, IsNoLargerThanItsMonitor) {
  EXPECT_EQ(on_a_monitor({-200, 30, 2400, 700, true}, std::span(kTwo).first(1)),
            (WindowPlace{0, 30, 1280, 700, true}));
  EXPECT_EQ(on_a_monitor({1300, 100, 1900, 2000, false}, kTwo), (WindowPlace{1300, 0, 1900, 1080, false}));
}

TEST(WindowPlace, RoundTrips) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "state/window.json";
  for (const WindowPlace& place :
       {WindowPlace{-5, 12, 900, 700, false}, WindowPlace{0, 0, 1280, 800, true}}) {
    write_window_place(file, place);
    EXPECT_EQ(read_window_place(file), place);
  }
}

TEST(WindowPlace, WhatIsNoPlaceIsNone) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "window.json";
  EXPECT_EQ(read_window_place(file), std::nullopt);
  EXPECT_EQ(read_window_place({}), std::nullopt);
  for (const std::string text :
       {R"()", R"([1])", R"({"x":0,"y":0,"width":900,"height":700})",
        R"({"x":0,"y":0,"width":900.5,"height":700,"maximised":false})",
        R"({"x":0,"y":0,"width":1,"height":700,"maximised":false})",
        R"({"x":0,"y":0,"width":900,"height":99999999999999999999,"maximised":false})",
        R"({"x":0,"y":0,"width":900,"height":700,"maximised":1})",
        R"({"x":0,"y":0,"width":900,"height":700,"maximised":true,"more":0})"}) {
    write_file(file, text);
    EXPECT_EQ(read_window_place(file), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gatescope::platform
