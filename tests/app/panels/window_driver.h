#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/main_window.h"
#include "tests/app/kit/driver.h"

namespace gatescope::test {

/// The real window on the real session, off-screen, in a folder of its own. Actions return when their effect
/// is there: commands are carried out, the probe is read, figures are painted; while training runs, when the
/// commands are carried out.
class WindowDriver : public Driver {
 public:
  explicit WindowDriver(Setup setup = {1500, 1400, plot::ThemeName::dark, 1});
  ~WindowDriver() override;

  ui::Workbench& bench() { return *bench_; }
  ui::Desk& desk() { return window_->desk(); }
  ui::MainWindow& window() { return *window_; }
  const ui::Document& document() const { return bench_->editor().document(); }
  const ui::ViewState& view() const { return bench_->shown().view(); }
  const session::Snapshot& now() const { return bench_->shown().now(); }
  std::filesystem::path at(const std::string& name) const { return folder_ / name; }

  /// A program that is started again, in the same folder.
  void begin_again();
  /// An experiment of tiny models on a short text, paused; its probe is "the cat sat on the mat".
  void open_tiny(const std::vector<std::string>& cells = {"lstm"});
  /// Its file, for what is opened by path.
  std::filesystem::path tiny(const std::vector<std::string>& cells = {"lstm"}) const;
  /// Trains until this update, then pauses.
  void train_until(std::uint64_t update);

  void settle() override;
  void click_nth(std::string_view label, std::size_t number);
  /// A click into a field, what is typed into it in place of what was there, and Enter.
  void enter(std::string_view label, std::string_view text);
  /// Opens a menu and presses an entry.
  void menu(const std::string& menu, const std::string& entry);
  /// One of the names of a row that opens a list.
  void choose(const std::string& row, const std::string& name);
  /// Where a step and a unit (none: the middle) are in a view's figure, in pixels.
  ImVec2 place(const std::string& view, double step, std::optional<double> unit, std::size_t panel = 0) const;
  /// Whether a message, good or bad, says this.
  bool said(std::string_view part) const;
  std::string messages() const;
  void drop(const std::vector<std::filesystem::path>& paths);
  /// What is saved of the models now, byte by byte.
  std::vector<std::string> models();

 private:
  float scale_;
  std::filesystem::path folder_;
  std::unique_ptr<ui::Workbench> bench_;
  std::unique_ptr<ui::MainWindow> window_;
};

}  // namespace gatescope::test
