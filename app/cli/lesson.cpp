#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "app/cli/cli.h"
#include "app/cli/figure_options.h"
#include "app/cli/numbers.h"
#include "app/cli/program_name.h"
#include "app/export/png.h"
#include "app/kit/screenshot.h"
#include "app/lesson/handout.h"
#include "app/panels/main_window.h"
#include "app/platform/offscreen.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct LessonOptions {
  std::string what, file, out, language = "en", theme = "light";
  int width = 1280, height = 800;
  bool presenter = false;
  int threads = usual_threads();
};

int list_lessons(const LessonOptions& options) {
  const fs::path folder = lesson::lessons_among(presets_folder());
  for (const fs::path& file : lesson::lessons_in(folder)) {
    const lesson::Lesson each = lesson::load_lesson(file);
    const lesson::Words words = lesson::load_words(each, options.language);
    app::print("{:<18} {} ({} min; {})\n{:<18} {}\n", printable(each.name), printable(words.title),
               each.minutes, fmt::join(lesson::languages_of(each), ", "), "", printable(words.sentence));
  }
  return 0;
}

/// All of its languages.
int check_lesson(const LessonOptions& options) {
  const lesson::Lesson each =
      lesson::load_lesson(lesson::find_lesson(options.file, lesson::lessons_among(presets_folder())));
  const std::vector<std::string> languages = lesson::languages_of(each);
  if (languages.empty())
    fail("'{}' has no words, expected a file '{}'", each.file.string(),
         lesson::words_file(each, "en").string());
  for (const std::string& language : languages) lesson::load_words(each, language);
  app::print("{}: {} steps, {} min; {}\n", printable(each.name), each.steps.size(), each.minutes,
             fmt::join(languages, ", "));
  return 0;
}

/// The window off-screen, or where there is no such drawing the figure of the view that is shown.
class Stage {
 public:
  explicit Stage(const LessonOptions& options)
      : options_(options),
        bench_({.corpora = corpora_folder(),
                .presets = presets_folder(),
                .state = {},
                .exports = options.out,
                .languages = languages_folder()},
               options.threads, program_name()) {
    try {
      context_.emplace();
    } catch (const Error& error) {
      note("gatescope: {}; pictures are of the figures alone\n", error.what());
    }
    bench_.follow(ui::SetTheme{plot::parse_theme(options.theme)});
    if (options.presenter) bench_.follow(ui::ShowPresenter{true});
    if (!context_) {
      player_.emplace(bench_, lesson::lessons_among(presets_folder()));
      return;
    }
    gui_.emplace(context_->functions(), plot::parse_theme(options.theme), 1.0f);
    window_ = std::make_unique<ui::MainWindow>(context_->functions(), *gui_, bench_);
    canvas_.emplace(context_->functions());
  }

  ui::Workbench& bench() { return bench_; }
  lesson::Player& player() { return window_ ? window_->lesson() : *player_; }

  lesson::Theatre theatre() {
    return {.frame = [this] { frame(); },
            .settle = [this] { settle(); },
            .picture = [this](const fs::path& path) { picture(path); }};
  }

 private:
  void frame() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // training has the processor
    if (window_) return window_->frame(options_.width, options_.height, 1, 1.0 / 60);
    bench_.tick(1.0 / 60);
    player_->tick();
  }

  void settle() {
    if (window_) return window_->settle(options_.width, options_.height, 1);
    for (int k = 0; k < 240; ++k) {
      bench_.session().settle();
      frame();
      if (k > 3 && lesson::is_settled(bench_)) return;
    }
  }

  void picture(const fs::path& path) {
    if (window_) {
      window_->settle(options_.width, options_.height, 1);
      return write_png(
          path, ui::screenshot(context_->functions(), *gui_, *canvas_, options_.width, options_.height));
    }
    bench_.follow(ui::ExportFigure{.path = path.string(),
                                   .view = bench_.shown().view().open.front(),
                                   .width = static_cast<double>(options_.width),
                                   .height = static_cast<double>(options_.height),
                                   .theme = bench_.shown().view().theme,
                                   .scale = 1});
    bench_.exports().wait();
    bench_.tick(0);
  }

  LessonOptions options_;
  ui::Workbench bench_;
  std::optional<platform::OffscreenContext> context_;
  std::optional<ui::Gui> gui_;
  std::unique_ptr<ui::MainWindow> window_;
  std::optional<gl::Canvas> canvas_;
  std::optional<lesson::Player> player_;
};

int run_lesson(const LessonOptions& options) {
  if (options.out.empty()) usage("lesson run needs --out DIR");
  const fs::path folder = lesson::lessons_among(presets_folder()), out(options.out);
  const fs::path file = lesson::find_lesson(options.file, folder);
  const lesson::Lesson read = lesson::load_lesson(file);
  const lesson::Words words = lesson::load_words(read, options.language);
  const lesson::Phrases phrases = lesson::load_phrases(languages_folder(), options.language);
  fs::create_directories(out);
  Stage stage(options);
  stage.bench().act(ui::OpenLesson{file.string(), options.language});
  const auto played = lesson::play(stage.player(), stage.bench(), stage.theatre(), out);
  write_file(out / "handout.html", lesson::handout(read, words, phrases, played, false));
  write_file(out / "solutions.html", lesson::handout(read, words, phrases, played, true));
  app::print("{} steps; {}, {}\n", played.size(), (out / "handout.html").string(),
             (out / "solutions.html").string());
  return 0;
}

int act(const LessonOptions& options) {
  if (options.what == "list") return list_lessons(options);
  if (options.file.empty()) usage("lesson {} needs a lesson that ships, by name, or a file", options.what);
  return options.what == "check" ? check_lesson(options) : run_lesson(options);
}

}  // namespace

void add_lesson(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "lesson", "Lists lessons, checks one, or plays it without a person into pictures and hand-outs");
  auto options = std::make_shared<LessonOptions>();
  command->add_option("what", options->what, "list, check or run")
      ->check(CLI::IsMember({"list", "check", "run"}))
      ->required();
  command->add_option("file", options->file, "A lesson that ships, by name, or a file");
  command->add_option("--out", options->out, "The folder that run writes to");
  command->add_option("--language", options->language, "Such as en or de")->capture_default_str();
  command->add_option("--theme", options->theme, "light, dark or projector")
      ->check(CLI::IsMember({"light", "dark", "projector"}))
      ->capture_default_str();
  command->add_option("--width", options->width, "Of pictures, in pixels")
      ->transform(whole_number<int>(640, 4096));
  command->add_option("--height", options->height, "Of pictures, in pixels")
      ->transform(whole_number<int>(480, 4096));
  command->add_flag("--presenter", options->presenter, "Pictures as for a class");
  command->add_option("--threads", options->threads, "Threads")
      ->transform(whole_number<int>(1, kMostThreads));
  command->callback([options, &action] { action = [options] { return act(*options); }; });
}

}  // namespace gatescope::app
