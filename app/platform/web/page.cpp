// The window's program as a page: one thread, a frame each time the browser asks for a picture.
#include <emscripten/em_js.h>
#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/desk/link.h"
#include "app/panels/main_window.h"
#include "app/platform/items.h"
#include "app/platform/web/downloads.h"
#include "app/platform/window.h"
#include "core/clock.h"

namespace {

using namespace gatescope;
namespace fs = std::filesystem;

EM_JS_DEPS(page, "$stringToNewUTF8");
EM_JS(void, page_fail, (const char* why), { Module.fail(UTF8ToString(why)); });
EM_JS(char*, page_address, (), { return stringToNewUTF8(location.href.split("#")[0]); });
EM_JS(char*, page_link, (), { return stringToNewUTF8(location.href); });
EM_JS(void, page_show, (), { Module.show(); });

/// A text that JavaScript made for us.
std::string taken(char* text) {
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  return owned.get();
}

constexpr const char* kDownloads = "/downloads";

class Page {
 public:
  Page()
      : window_("Gatescope", 0, 0),
        bench_({"/assets/corpora", "/presets", "/state", kDownloads, taken(page_address())}, 1,
               GATESCOPE_PAGE_NAME),
        gui_(window_.functions(), bench_.shown().view().theme, window_.scale()),
        content_(window_.functions(), gui_, bench_),
        downloads_(kDownloads) {
    window_.connect(
        gui_, [this](const std::vector<std::string>& paths) { bench_.act(ui::OpenFiles{paths}); },
        [this] { refresh_ = true; });
    gui_.set_clipboard([this] { return clipboard_; },
                       [this](const std::string& text) {
                         clipboard_ = text;
                         window_.set_clipboard(text);
                       });
    content_.desk().motion = true;
    const std::string link = taken(page_link());
    bench_.beginning().start(ui::is_link(link) ? std::vector<fs::path>{link} : std::vector<fs::path>{});
  }

  /// Learns in every frame, and draws in those where something is new.
  void frame() {
    window_.poll_events();
    downloads_.deliver();
    const double passed = seconds_since(last_);
    if (!refresh_ && passed < content_.next_frame_in()) {
      bench_.tick(0);
      return;
    }
    refresh_ = false;
    ++frames_;
    last_ = Clock::now();
    try {
      content_.frame(window_.width(), window_.height(), window_.scale(), std::min(0.1, passed));
      gui_.clear_and_draw();
    } catch (const std::exception& error) {
      gui_.abandon_frame();
      bench_.notices().say(error.what(), true);
    }
    window_.set_pointer(gui_.pointer());
    if (const bool wanted = bench_.editor().document().window.fullscreen; wanted != window_.fullscreen())
      window_.set_fullscreen(wanted);
    if (content_.desk().title != content_.title()) {
      content_.desk().title = content_.title();
      window_.set_title(content_.desk().title);
    }
  }

  void open(const std::string& path) { bench_.act(ui::OpenFiles{{path}}); }
  /// From the next frame on, what is on the window.
  const char* items() {
    gui_.record_items(true);
    said_ = platform::said_of(bench_, gui_, window_, frames_);
    return said_.c_str();
  }
  /// A browser tells what is pasted, and lets nobody ask.
  void paste(const std::string& text) {
    clipboard_ = text;
    gui_.key(ui::Key::v, true, {.ctrl = true});
    gui_.key(ui::Key::v, false, {.ctrl = true});
  }

 private:
  platform::Window window_;
  ui::Workbench bench_;
  ui::Gui gui_;
  ui::MainWindow content_;
  platform::Downloads downloads_;
  std::string clipboard_, said_;
  std::uint64_t frames_ = 0;
  bool refresh_ = true;
  Clock::time_point last_ = Clock::now();
};

/// The one page; the browser's calls find it here.
std::unique_ptr<Page>& page() {
  static std::unique_ptr<Page> one;
  return one;
}

}  // namespace

extern "C" {

/// A file was dropped onto the page, and lies at that path now.
EMSCRIPTEN_KEEPALIVE void gatescope_open(const char* path) {
  if (page()) page()->open(path);
}

/// For tests: what is on the window, as JSON.
EMSCRIPTEN_KEEPALIVE const char* gatescope_items() {
  return page() ? page()->items() : "";
}

/// The browser pasted a text.
EMSCRIPTEN_KEEPALIVE void gatescope_paste(const char* text) {
  if (page()) page()->paste(text);
}
}

int main() {
  try {
    fs::create_directories(kDownloads);
    fs::create_directories("/state");
    fs::current_path(kDownloads);
    page() = std::make_unique<Page>();
    page()->frame();
    page_show();
  } catch (const std::exception& error) {
    page_fail(error.what());
    return 1;
  }
  emscripten_set_main_loop([] { page()->frame(); }, 0, false);
  return 0;
}
