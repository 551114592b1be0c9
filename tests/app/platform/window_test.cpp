#include "app/platform/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "core/error.h"

namespace gatescope::platform {
namespace {

/// An environment variable that is empty for as long as it lives.
class Emptied {
 public:
  explicit Emptied(const char* name) : name_(name) {
    if (const char* value = std::getenv(name)) value_ = value;
    unsetenv(name);
  }
  Emptied(const Emptied&) = delete;
  Emptied& operator=(const Emptied&) = delete;
  ~Emptied() {
    if (value_) setenv(name_, value_->c_str(), 1);
  }

 private:
  const char* name_;
  std::optional<std::string> value_;
};

TEST(Window, WithoutADisplayTheErrorSaysSo) {
  const Emptied x("DISPLAY"), wayland("WAYLAND_DISPLAY");
  EXPECT_FALSE(Window::available());
  EXPECT_THAT(
      [] { const Window window("test", 100, 100); },
      testing::ThrowsMessage<Error>(testing::HasSubstr("no display: DISPLAY and WAYLAND_DISPLAY are empty")));
}

TEST(Window, ADisplayThatDoesNotAnswerIsNamed) {
  const Emptied wayland("WAYLAND_DISPLAY"), x("DISPLAY");
  setenv("DISPLAY", ":987", 1);
  EXPECT_FALSE(Window::available());
  EXPECT_THAT([] { const Window window("test", 100, 100); },
              testing::ThrowsMessage<Error>(testing::HasSubstr(":987")));
  unsetenv("DISPLAY");
}

TEST(Window, DrawsTheGuiAndTakesItsWishes) {
  if (!Window::available()) GTEST_SKIP() << "no display here";
  Window window("Gatescope test", 320, 200);
  EXPECT_GE(window.width(), 320);
  EXPECT_GT(window.scale(), 0);
  ui::Gui gui(window.functions(), plot::ThemeName::dark, window.scale());
  window.connect(gui, {}, {});
  for (int i = 0; i < 3; ++i) {
    window.poll_events();
    gui.begin_frame(window.width(), window.height(), 0.016f);
    gui.end_frame();
    gui.clear_and_draw();
    std::array<unsigned char, 4> pixel{};
    window.functions()->ReadPixels(5, 5, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel.data());
    EXPECT_EQ(pixel[0], plot::bytes(ui::from_imgui(gui.look().background))[0]);
    window.swap();
  }
  window.set_title("another");
  window.set_pointer(ui::Pointer::text);
  window.set_clipboard("ünï");
  EXPECT_EQ(window.clipboard(), "ünï");
  EXPECT_FALSE(window.should_close());
  window.set_should_close(true);
  EXPECT_TRUE(window.should_close());
  window.wait_events(0.01);
  EXPECT_EQ(window.functions()->GetError(), GLenum{GL_NO_ERROR});
}

}  // namespace
}  // namespace gatescope::platform
