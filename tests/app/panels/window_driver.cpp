#include "tests/app/panels/window_driver.h"

#include <fmt/format.h>

#include <cstdlib>

#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::test {
namespace fs = std::filesystem;

WindowDriver::WindowDriver(Setup setup) : Driver(setup), scale_(setup.scale) {
  std::string pattern = (fs::canonical(fs::temp_directory_path()) / "gatescope-window-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  std::string text;
  for (int k = 0; k < 40; ++k) text += "the cat sat on the mat. a dog ran to the log, (so) it hid.\n";
  write_file(at("text.txt"), text);
  begin_again();
}

WindowDriver::~WindowDriver() {
  window_.reset();
  bench_.reset();
  std::error_code code;
  fs::remove_all(folder_, code);
}

void WindowDriver::begin_again() {
  window_.reset();
  bench_.reset();
  const fs::path source(GATESCOPE_SOURCE_DIR);
  bench_ = std::make_unique<ui::Workbench>(
      ui::Folders{.corpora = fs::path(GATESCOPE_BINARY_DIR) / "assets/corpora",
                  .presets = source / "presets",
                  .state = at("state"),
                  .exports = at("figures"),
                  .languages = source / "assets/languages"},
      1, "gatescope");
  window_ = std::make_unique<ui::MainWindow>(context.functions(), gui, *bench_);
  show_whole([this](double seconds) { window_->frame(width(), height(), scale_, seconds); });
  Driver::settle();
}

fs::path WindowDriver::tiny(const std::vector<std::string>& cells) const {
  nlohmann::json experiment{{"title", "Tiny"},
                            {"task", {{"kind", "text"}, {"text", at("text.txt").string()}}},
                            {"training",
                             {{"batch", 4},
                              {"steps", 16},
                              {"evaluate_every", 0},
                              {"optimizer", {{"rule", "adam"}, {"rate", 0.01}}}}}};
  for (const std::string& cell : cells) experiment["models"].push_back({{"cell", cell}, {"hidden", 8}});
  write_file(at("tiny.json"), experiment.dump());
  return at("tiny.json");
}

void WindowDriver::open_tiny(const std::vector<std::string>& cells) {
  bench().files().open({tiny(cells)});
  bench().act(ui::UpdateOnce{});  // pauses
  bench().session().settle();
  frames(2);
  bench().act(ui::Restart{});
  bench().editor().edit("probe", [](ui::Document& d) { d.probe.text = "the cat sat on the mat"; });
  settle();
}

void WindowDriver::train_until(std::uint64_t update) {
  bench().session().send(session::Train{true, update});
  bench().session().settle(true);
  settle();
}

void WindowDriver::settle() {
  Driver::settle();
  if (bench().session().settle()->training)
    Driver::settle();
  else
    window_->settle(width(), height(), scale_);
}

void WindowDriver::click_nth(std::string_view label, std::size_t number) {
  for (const ui::ItemLog::Item& item : gui.items().items) {
    if (item.label != label || number-- > 0) continue;
    const ImVec2 middle = item.middle();
    return click_at(middle.x, middle.y);
  }
  fail("not so many are called '{}': {}", label, labels());
}

void WindowDriver::enter(std::string_view label, std::string_view text) {
  click(label);
  key(ui::Key::a, {.ctrl = true});
  type(text);
  key(ui::Key::enter);
}

void WindowDriver::menu(const std::string& menu, const std::string& entry) {
  click(menu + "##menu");
  click(entry);
}

void WindowDriver::choose(const std::string& row, const std::string& name) {
  click(row);
  click(name + "##" + row);
}

ImVec2 WindowDriver::place(const std::string& view, double step, std::optional<double> unit,
                           std::size_t panel) const {
  const auto built = const_cast<WindowDriver*>(this)->bench().figures().get(view);
  if (!built || !built->problem.empty()) fail("view '{}' shows nothing", view);
  const ImVec2 low = item("view " + view).low;
  for (const plot::Placement& placed : built->scene.placements) {
    if (built->figure->panels[placed.panel].x.counts != plot::Counts::steps) continue;
    if (panel-- > 0) continue;
    const plot::Rect& plot = placed.plot;
    return {
        low.x + plot.x + static_cast<float>(placed.x.fraction(step)) * plot.width,
        low.y + plot.bottom() - (unit ? static_cast<float>(placed.y.fraction(*unit)) : 0.5f) * plot.height};
  }
  fail("view '{}' has not so many plots over the steps", view);
}

bool WindowDriver::said(std::string_view part) const {
  return messages().find(part) != std::string::npos;
}

std::string WindowDriver::messages() const {
  std::string all;
  for (const ui::Notice& notice : bench_->notices().all()) all += notice.text + "\n";
  return all;
}

void WindowDriver::drop(const std::vector<fs::path>& paths) {
  bench().files().open(paths);
  settle();
}

std::vector<std::string> WindowDriver::models() {
  std::vector<std::string> bytes;
  for (const checkpoint::ModelFile& file : bench().session().model_files().get())
    bytes.push_back(checkpoint::to_bytes(file));
  return bytes;
}

}  // namespace gatescope::test
