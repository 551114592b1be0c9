#include <gtest/gtest.h>

#include "tests/app/ui/demo.h"
#include "tests/app/ui/driver.h"

namespace gatescope::test {
namespace {

using figure::ThemeName;

TEST(Demo, Pictures) {
  for (auto theme : {ThemeName::dark, ThemeName::light, ThemeName::projector}) {
    Driver driver({1280, 960, theme, 1});
    Demo demo;
    driver.show_in_window([&] { demo.draw(driver.gui.look()); });
    driver.save("/tmp/demo_" + std::string(figure::to_string(theme)) + ".png");
  }
}

}  // namespace
}  // namespace gatescope::test
