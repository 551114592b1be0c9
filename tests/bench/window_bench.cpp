// What the window costs: an LSTM with 256 units that learns while every view of it is open, over a probe of
// 512 steps with a forced gate. Building a frame, painting its figures and drawing it are timed apart: the
// last two are the graphics card's work, or the rasteriser's where there is none. Then the characters a
// second of training alone, with frames that are built but not drawn, and with frames that are drawn, 30 a
// second.
// With "laboratory": what an open view of the laboratory costs the training of an LSTM with 64 units, beside
// the view of its gates in its place, frames built and painted but not drawn.
//   build/release/tests/bench/window_bench [laboratory] [SECONDS [ROUNDS]]

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "app/gl/canvas.h"
#include "app/panels/main_window.h"
#include "app/platform/offscreen.h"
#include "core/error.h"
#include "core/files.h"
#include "core/views/laboratory_group.h"
#include "tests/rules.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWidth = 1600, kHeight = 1000, kFrames = 600;
constexpr double kFramesPerSecond = 30;
constexpr std::size_t kProbe = 513;  // characters

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Of this thread alone, so that programs beside this one do not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string text() {
  return read_file(std::filesystem::path(GATESCOPE_SOURCE_DIR) / "assets/corpora/tales.txt");
}

experiment::Experiment lstm(Index hidden) {
  experiment::Experiment experiment = experiment::parse_experiment(
      R"({"title": "Bench", "task": {"kind": "text", "text": "tales.txt"},
          "models": [{"name": "LSTM", "cell": "lstm", "hidden": 256}],
          "training": {"updates": 1000000000, "evaluate_every": 1000000000, "batch": 32, "steps": 64}})",
      "the bench's experiment");
  experiment.models[0].hidden = hidden;
  return experiment;
}

/// Characters learnt a second by a session while `meanwhile` is called again and again.
double speed(session::Session& session, double seconds, const std::function<void()>& meanwhile) {
  const auto experiment = session.latest()->experiment;
  const auto characters =
      static_cast<double>(experiment.training.batch) * static_cast<double>(experiment.training.steps);
  const std::uint64_t before = session.latest()->updates;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) meanwhile();
  const double passed = seconds_since(start);
  return static_cast<double>(session.latest()->updates - before) * characters / passed;
}

struct Times {
  std::vector<double> values;  // seconds
  double at(double share) {
    std::ranges::sort(values);
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())))];
  }
  void print(const char* what) {
    fmt::print("  {:<44} median {:7.3f} ms   p99 {:7.3f} ms   most {:7.3f} ms\n", what, 1e3 * at(0.5),
               1e3 * at(0.99), 1e3 * at(1));
  }
};

/// The window, drawn into a picture 30 times a second.
class Drawn {
 public:
  Drawn(Index hidden, std::size_t probe, const std::string& rule, const std::vector<std::string>& views)
      : bench_({std::filesystem::path(GATESCOPE_SOURCE_DIR) / "assets/corpora",
                std::filesystem::path(GATESCOPE_SOURCE_DIR) / "presets",
                {},
                {}},
               default_threads(), "gatescope"),
        gui_(context_.functions()),
        content_(context_.functions(), gui_, bench_),
        canvas_(context_.functions()) {
    canvas_.resize(kWidth, kHeight);
    content_.canvases().watch = [this](bool begins) {
      const double sign = begins ? -1 : 1;
      painting_ += sign * seconds_since(made_);
      painting_processor_ += sign * processor_seconds();
    };
    bench_.files().open_preset("long_memory");
    bench_.session().settle();
    content_.frame(kWidth, kHeight, 1, 1e-3);
    const std::string all = text();
    bench_.editor().edit("bench", [&](ui::Document& d) {
      d.experiment = lstm(hidden);
      d.probe.text = all.substr(0, probe);
      if (!rule.empty()) d.probe.rules = rules({rule});
      d.view.open = views;
      d.view.unit = 17;
      d.view.step = static_cast<Index>(probe) - 2;
    });
    bench_.session().send(session::Train{false, {}});
    content_.settle(kWidth, kHeight, 1);
    if (!bench_.shown().now().problem.empty()) fail("{}", bench_.shown().now().problem);
    bench_.training().train(true);
    for (int k = 0; k < 30; ++k) frame(true);
  }

  /// `rests`: as the window does, twice as long as the frame took.
  void frame(bool draw, bool rests = false) {
    painting_ = painting_processor_ = 0;
    const auto start = Clock::now();
    const double processor = processor_seconds();
    content_.frame(kWidth, kHeight, 1, 1 / kFramesPerSecond);
    built.values.push_back(seconds_since(start) - painting_);
    processor_time.values.push_back(processor_seconds() - processor - painting_processor_);
    painted.values.push_back(painting_);
    if (draw) {
      const auto& gl = *context_.functions();
      const auto from = Clock::now();
      gl.BindFramebuffer(GL_FRAMEBUFFER, canvas_.framebuffer());
      gl.Viewport(0, 0, kWidth, kHeight);
      gui_.clear_and_draw();
      gl.Finish();
      drawn.values.push_back(seconds_since(from));
    }
    const double cost = seconds_since(start), least = 1 / kFramesPerSecond - cost;
    const double left = rests ? std::max(least, 2 * cost) : least;
    if (left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
  }

  /// One view in the place of those that are open.
  void show(const std::string& view) {
    bench_.editor().edit("bench", [&](ui::Document& d) { d.view.open = {view}; });
    for (int k = 0; k < 5; ++k) frame(false);
  }

  session::Session& session() { return bench_.session(); }
  std::string renderer() const { return context_.functions()->description; }

  Times built, processor_time, painted, drawn;

 private:
  platform::OffscreenContext context_;
  ui::Workbench bench_;
  ui::Gui gui_;
  ui::MainWindow content_;
  gl::Canvas canvas_;
  Clock::time_point made_ = Clock::now();
  double painting_ = 0, painting_processor_ = 0;  // seconds, of this frame
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int measure(double seconds, int rounds) {
  std::vector<std::string> all;
  for (const views::View* view : views::tabs()) all.emplace_back(view->id);
  Drawn window(256, kProbe, "f@200-299=0", all);
  fmt::print("LSTM, H = 256, probe of 512 steps, {} views, {}x{}, {} threads, {}\n", views::tabs().size(),
             kWidth, kHeight, default_threads(), window.renderer());
  window.built = window.processor_time = window.painted = window.drawn = {};
  for (int k = 0; k < kFrames; ++k) window.frame(true);
  fmt::print("{} frames while it learns\n", kFrames);
  window.built.print("frame built");
  window.processor_time.print("frame built, this thread's processor time");
  window.painted.print("figures painted (within the frame)");
  window.drawn.print("frame drawn (rasteriser)");

  std::fflush(stdout);
  session::Session alone({.threads = default_threads(),
                          .corpora = std::filesystem::path(GATESCOPE_SOURCE_DIR) / "assets/corpora",
                          .probe_share = 1e-6});
  alone.send(session::Open{lstm(256), nullptr, false});
  alone.settle();
  std::vector<double> headless, undrawn, rested, full;
  for (int round = 0; round < rounds; ++round) {
    window.session().send(session::Train{false, {}});
    window.session().settle();
    const auto rest = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
    alone.send(session::Train{true, {}});
    speed(alone, 0.5, rest);
    headless.push_back(speed(alone, seconds, rest));
    alone.send(session::Train{false, {}});
    alone.settle();
    window.session().send(session::Train{true, {}});
    speed(window.session(), 0.5, [&] { window.frame(false); });
    undrawn.push_back(speed(window.session(), seconds, [&] { window.frame(false); }));
    rested.push_back(speed(window.session(), seconds, [&] { window.frame(true, true); }));
    full.push_back(speed(window.session(), seconds, [&] { window.frame(true); }));
  }
  const double whole = median(headless);
  fmt::print("training, medians of {} rounds of {} s\n", rounds, seconds);
  fmt::print("  {:<44} {:9.0f} characters/s\n", "alone, no window", whole);
  for (const auto& [what, values] : {std::pair{"frames built, figures painted, not drawn", undrawn},
                                     std::pair{"drawn, with the rests that the window takes", rested},
                                     std::pair{"drawn as often as possible, up to 30/s", full}}) {
    std::vector<double> ratios;
    for (std::size_t k = 0; k < values.size(); ++k) ratios.push_back(values[k] / headless[k]);
    fmt::print("  {:<44} {:9.0f} characters/s   {:5.1f} % of it\n", what, median(values),
               100 * median(ratios));
  }
  return 0;
}

int measure_laboratory(double seconds, int rounds) {
  constexpr std::size_t kCharacters = 97;
  Drawn window(64, kCharacters, "", {"gates"});
  fmt::print(
      "LSTM, H = 64, probe of {} steps, {} threads: characters a second with the view open,\n"
      "of those with the gates' (medians of {} rounds of {} s)\n",
      kCharacters - 1, default_threads(), rounds, seconds);
  const auto learnt = [&] { return speed(window.session(), seconds, [&] { window.frame(false); }); };
  for (const views::View& view : views::all_views()) {
    if (!views::in_laboratory(view)) continue;
    std::vector<double> ratios;
    for (int round = 0; round < rounds; ++round) {
      window.show("gates");
      const double without = learnt();
      window.show(std::string(view.id));
      ratios.push_back(learnt() / without);
    }
    fmt::print("  {:<14} {:5.1f} %\n", view.id, 100 * median(ratios));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
  try {
    const bool laboratory = argc > 1 && std::string_view(argv[1]) == "laboratory";
    if (laboratory) ++argv, --argc;
    return (laboratory ? gatescope::measure_laboratory : gatescope::measure)(
        argc > 1 ? std::atof(argv[1]) : 5, argc > 2 ? std::max(1, std::atoi(argv[2])) : 5);
  } catch (const std::exception& error) {
    fmt::print(stderr, "window_bench: {}\n", error.what());
    return 1;
  }
}
