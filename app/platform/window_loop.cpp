#include "app/platform/window_loop.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "app/panels/main_window.h"
#include "app/platform/interrupt.h"
#include "app/platform/items.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "app/platform/window.h"
#include "app/platform/window_place.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::platform {
namespace fs = std::filesystem;
namespace {

/// Ends the window's waiting soon after a signal came; a handler itself cannot.
class Waker {
 public:
  explicit Waker(const app::Interrupt& interrupt)
      : thread_([this, &interrupt] {
          while (!done_ && !interrupt.asked()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
          if (interrupt.asked()) Window::wake();
        }) {}
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  ~Waker() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// As much as can be done where nobody can be asked. Returns the exit code.
int end_unasked(ui::Workbench& bench) {
  try {
    bench.keeper().end();
    return 0;
  } catch (const std::exception& error) {
    app::note("gatescope: the session could not be kept: {}\n", printable(error.what()));
    return 1;
  }
}

/// Whether the window may be closed: what it holds is kept, or nobody wants it. Else it stays, and asks.
bool may_close(ui::Workbench& bench, ui::Desk& desk, Window& window) {
  try {
    if (bench.editor().document().window.quit != ui::Quit::without_keeping) bench.keeper().end();
    return true;
  } catch (const std::exception& error) {
    desk.cannot_keep = error.what();
    bench.editor().follow(ui::OpenDialog{ui::Dialog::cannot_keep});
    bench.editor().stay();
    window.set_should_close(false);
    return false;
  }
}

/// Keeps where the window stands for the next start, if that is not where it stood at first.
class KeptPlace {
 public:
  KeptPlace(fs::path file, const Window& window)
      : file_(std::move(file)), window_(window), first_(window.place()) {}
  KeptPlace(const KeptPlace&) = delete;
  KeptPlace& operator=(const KeptPlace&) = delete;
  ~KeptPlace() { keep(); }
  void keep() const {
    if (!file_.empty() && window_.place() != first_) write_window_place(file_, window_.place());
  }

 private:
  fs::path file_;
  const Window& window_;
  WindowPlace first_;
};

/// Tells a program that drives the window from outside what is on it.
class ItemFile {
 public:
  static constexpr double kSeconds = 0.1;

  ItemFile(fs::path path, ui::Gui& gui) : path_(std::move(path)), gui_(gui) { gui.record_items(wanted()); }
  bool wanted() const { return !path_.empty(); }
  /// After a frame was shown.
  void write(const ui::Workbench& bench, const Window& window) {
    ++frames_;
    if (!wanted() || (frames_ > 1 && seconds_since(written_) < kSeconds)) return;
    written_ = Clock::now();
    write_file(path_, said_of(bench, gui_, window, frames_));
  }

 private:
  fs::path path_;
  ui::Gui& gui_;
  std::uint64_t frames_ = 0;
  Clock::time_point written_;
};

}  // namespace

int show_window(const std::vector<fs::path>& paths, const std::string& program, const fs::path& items,
                const ui::OpenOptions& options, const std::string& language) {
  const app::Interrupt interrupt;
  const fs::path state = app::state_folder();
  const fs::path place_file = state.empty() ? state : state / "window.json";
  Window window("Gatescope", 1480, 920, read_window_place(place_file));
  const KeptPlace kept_place(place_file, window);
  ui::Workbench bench({.corpora = app::corpora_folder(),
                       .presets = app::presets_folder(),
                       .state = app::state_folder(),
                       .exports = app::exports_folder(),
                       .languages = app::languages_folder(),
                       .usual_language = app::usual_language()},
                      default_threads(), program);
  bench.beginning().start(paths, options);
  Window::on_lost_display([&] {
    kept_place.keep();
    if (end_unasked(bench) == 0)
      app::note("gatescope: the display is gone; the session is kept and opens at the next start\n");
  });
  ui::Gui gui(window.functions(), bench.shown().view().theme, window.scale());
  ui::MainWindow content(window.functions(), gui, bench);
  content.desk().motion = true;
  ItemFile item_file(items, gui);
  bool refresh = true, spoken = language.empty();
  window.connect(
      gui, [&](const std::vector<std::string>& dropped) { bench.act(ui::OpenFiles{dropped}); },
      [&] { refresh = true; });

  Clock::time_point last = Clock::now();
  double cost = 0;  // of the last frame, seconds
  const Waker waker(interrupt);
  for (;;) {
    if (interrupt.asked()) return end_unasked(bench);
    const bool quits = window.should_close() || bench.editor().document().window.quit != ui::Quit::no;
    if (quits && may_close(bench, content.desk(), window)) return 0;
    // Training alone does not ask for more than a third of a core to be drawn.
    double wait = refresh ? 0 : content.next_frame_in();
    if (wait > 0 && bench.shown().now().training) wait = std::max(wait, 2 * cost);
    if (item_file.wanted()) wait = std::min(wait, ItemFile::kSeconds);
    if (wait > 0)
      window.wait_events(wait);
    else
      window.poll_events();
    if (window.minimised()) {
      window.wait_events(0.2);
      bench.tick(0);  // it is kept, all the same
      continue;
    }
    refresh = false;
    if (!spoken && !bench.files().loading() && !bench.editor().opening()) {
      bench.act(ui::SetLanguage{language});
      spoken = true;
    }
    const auto start = Clock::now();
    const double passed = std::min(0.1, seconds_since(last));
    last = start;
    content.desk().digits_need_shift = window.digits_need_shift();
    try {
      content.frame(window.width(), window.height(), window.scale(), passed);
      gui.clear_and_draw();
    } catch (const std::exception& error) {
      gui.abandon_frame();
      bench.notices().say(error.what(), true);
    }
    cost = seconds_since(start);
    window.swap();
    item_file.write(bench, window);
    window.set_pointer(gui.pointer());
    if (const bool wanted = bench.editor().document().window.fullscreen; wanted != window.fullscreen())
      window.set_fullscreen(wanted);
    if (content.desk().title != content.title()) {
      content.desk().title = content.title();
      window.set_title(content.desk().title);
    }
  }
}

}  // namespace gatescope::platform
