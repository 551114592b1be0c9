// Random clicks, keys, text, drags, resizes and dropped files on the whole window. GATESCOPE_MONKEY_SECONDS
// says for how long (else a fixed number of actions), GATESCOPE_MONKEY_SEED with which seed.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>

#include "core/checkpoint/model_file.h"
#include "core/files.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;
using ui::Key;

class Monkey {
 public:
  explicit Monkey(unsigned seed) : random_(seed) {
    w_.open_tiny();
    checkpoint::save_model(w_.at("m.safetensors"), w_.bench().session().model_files().get().front());
    w_.bench().files().save_session(w_.at("s.gatescope"));
    write_file(w_.at("empty.txt"), "");
    write_file(w_.at("junk.safetensors"), std::string(999, '\x9f'));
    write_file(w_.at("junk.json"), "{]");
    write_file(w_.at("other.txt"), std::string(400, 'a') + std::string(900, 'b') + "ä∂⊙");
    // No figure is written elsewhere, and no folder read that is not its own.
    fs::current_path(w_.at(""));
  }

  void act() {
    const int kind = number(0, 99);
    if (kind < 36) {
      click_item();
    } else if (kind < 46) {
      w_.gui.mouse_move(x(), y());
      const int button = number(0, 5) == 0 ? 1 : 0;
      w_.gui.mouse_button(button, true, mods());
      w_.gui.mouse_button(button, false, mods());
    } else if (kind < 54) {
      const float fx = x(), fy = y();
      w_.gui.mouse_move(fx, fy);
      w_.gui.mouse_button(0, true);
      for (int k = 0; k < 3; ++k) w_.gui.mouse_move(x(), y());
      if (number(0, 9) > 0) w_.gui.mouse_button(0, false);
    } else if (kind < 76) {
      press(static_cast<Key>(number(1, static_cast<int>(Key::count) - 1)), mods());
    } else if (kind < 84) {
      type();
    } else if (kind < 90) {
      w_.gui.mouse_move(x(), y());
      w_.gui.wheel(0, static_cast<float>(number(-6, 6)));
    } else if (kind < 92) {
      width_ = number(2, 9) == 2 ? number(1, 400) : number(640, 1800);
      height_ = number(2, 9) == 2 ? number(1, 300) : number(480, 1200);
      w_.resize_only(width_, height_);
    } else if (kind < 94) {
      constexpr const char* files[]{"tiny.json", "m.safetensors", "s.gatescope",      "text.txt", "other.txt",
                                    "empty.txt", "junk.json",     "junk.safetensors", "state",    "missing"};
      w_.bench().files().open({w_.at(files[number(0, std::ssize(files) - 1)])});
    } else if (kind < 96) {
      w_.gui.focus(number(0, 1) == 0);
      w_.gui.focus(true);
    } else if (kind < 97) {
      choose_look();
    } else if (kind < 98) {
      press(Key::escape, {});
    } else {
      w_.bench().session().settle();
    }
    keep_small();
    w_.frames(number(1, 4), number(0, 20) == 0 ? 1.0 : 1.0 / 60);
    check();
  }

  const std::string& doing() const { return doing_; }

 private:
  int number(int low, std::ptrdiff_t high) {
    return std::uniform_int_distribution<int>(low, static_cast<int>(high))(random_);
  }
  float x() { return static_cast<float>(number(0, width_)); }
  float y() { return static_cast<float>(number(0, height_)); }
  ui::Mods mods() {
    return {.ctrl = number(0, 5) == 0, .shift = number(0, 5) == 0, .alt = number(0, 20) == 0};
  }
  void press(Key key, ui::Mods mods) {
    doing_ = ui::written(key, mods);
    w_.gui.key(key, true, mods);
    if (number(0, 9) == 0) w_.gui.key(key, true, mods);
    w_.gui.key(key, false, mods);
  }

  /// For a class or not, in any theme, in text of any size.
  void choose_look() {
    switch (number(0, 2)) {
      case 0:
        doing_ = "presenter";
        return w_.bench().act(ui::ShowPresenter{!w_.document().view.presenter});
      case 1:
        doing_ = "text size";
        return w_.bench().act(ui::SetTextSize{
            ui::kTextSizes[static_cast<std::size_t>(number(0, std::ssize(ui::kTextSizes) - 1))]});
      default:
        doing_ = "theme";
        return w_.bench().act(ui::SetTheme{static_cast<plot::ThemeName>(number(0, 2))});
    }
  }

  void click_item() {
    const auto& items = w_.gui.items().items;
    if (items.empty()) return;
    const auto item = items[number(0, std::ssize(items) - 1)];
    if (!item.seen) return;
    doing_ = item.label;
    w_.gui.mouse_move(item.low.x + (item.high.x - item.low.x) * static_cast<float>(number(1, 9)) / 10,
                      item.low.y + (item.high.y - item.low.y) * static_cast<float>(number(1, 9)) / 10);
    const int button = number(0, 8) == 0 ? 1 : 0;
    w_.gui.mouse_button(button, true, mods());
    w_.gui.mouse_button(button, false);
  }

  void type() {
    constexpr const char* texts[]{"f=0", "1",   "-1",   "0.5", "the cat", "q[9]@3=x", "99999999",
                                  "nan", "3-5", "∂σ⊙ä", "",    "a",       "0.25*f+1", "\"'\\%s%n{}"};
    const std::string text = texts[number(0, std::ssize(texts) - 1)];
    doing_ = "types " + text;
    w_.type(text, false);
    if (number(0, 1) == 0) w_.gui.key(Key::enter, true);
    w_.gui.key(Key::enter, false);
  }

  /// What would take long or much is undone: this is about the window.
  void keep_small() {
    bool large = false;
    for (const nn::ModelSpec& model : w_.document().experiment.models)
      large |= model.hidden > 128 || model.layers > 4;
    const auto& training = w_.document().experiment.training;
    large |= training.batch > 64 || training.steps > 128;
    if (!w_.bench().editor().preset().empty() || large || w_.document().experiment.task.length > 200)
      w_.bench().files().open({w_.at("tiny.json")});
    if (w_.desk().browser.is_open() && !inside(w_.desk().browser.folder())) press(Key::escape, {});
    w_.bench().editor().stay();
  }
  bool inside(const fs::path& folder) const { return folder.string().starts_with(w_.at("").string()); }

  void check() {
    const ui::Workbench& bench = w_.bench();
    const ui::ViewState& view = bench.shown().view();
    ASSERT_FALSE(view.open.empty()) << doing_;
    ASSERT_LE(view.open.size(), 9u) << doing_;
    ASSERT_GE(view.step, 0) << doing_;
    ASSERT_TRUE(bench.shown().steps() == 0 || view.step < bench.shown().steps()) << doing_;
    ASSERT_TRUE(!view.unit || bench.shown().hidden() == 0 || *view.unit < bench.shown().hidden()) << doing_;
    ASSERT_TRUE(bench.shown().now().models.empty() || view.model < bench.shown().now().models.size())
        << doing_;
    ASSERT_TRUE(view.text_size >= 0.5 && view.text_size <= 2) << doing_;
    ASSERT_TRUE(view.speed >= 1 && view.speed <= 64) << doing_;
    ASSERT_TRUE(view.left >= 150 && view.left <= 520 && view.right >= 150 && view.right <= 560) << doing_;
    ASSERT_LE(bench.notices().all().size(), 4u) << doing_;
    const auto models = bench.editor().document().experiment.models.size();
    ASSERT_TRUE(models >= 1 && models <= 4) << doing_;
    for (const nn::ForceRule& rule : bench.editor().document().probe.rules)
      ASSERT_EQ(nn::parse_force_rule(to_string(rule)), rule) << to_string(rule);
  }

  WindowDriver w_{{1200, 900, plot::ThemeName::dark, 1}};
  std::mt19937 random_;
  int width_ = 1200, height_ = 900;
  std::string doing_;
};

TEST(MonkeyTest, NothingThatIsPressedTypedOrDroppedBreaksTheWindow) {
  const char *seconds = std::getenv("GATESCOPE_MONKEY_SECONDS"), *seed = std::getenv("GATESCOPE_MONKEY_SEED");
  const unsigned first = seed ? static_cast<unsigned>(std::atoi(seed)) : 1;
  const auto folder = fs::current_path();
  {
    Monkey monkey(first);
    const auto start = std::chrono::steady_clock::now();
    const auto time_left = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() <
             std::atof(seconds);
    };
    std::uint64_t actions = 0;
    for (; seconds ? time_left() : actions < 400; ++actions) {
      ASSERT_NO_THROW(monkey.act()) << "action " << actions << ": " << monkey.doing();
      if (testing::Test::HasFatalFailure()) FAIL() << "action " << actions << ", seed " << first;
    }
    if (seconds) fmt::print("{} actions\n", actions);
  }
  fs::current_path(folder);
}

}  // namespace
}  // namespace gatescope::test
