#include "app/kit/screenshot.h"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/figure_options.h"
#include "app/cli/language_option.h"
#include "app/cli/model_options.h"
#include "app/cli/numbers.h"
#include "app/cli/program_name.h"
#include "app/cli/progress.h"
#include "app/cli/sequence_file.h"
#include "app/desk/link.h"
#include "app/export/png.h"
#include "app/panels/main_window.h"
#include "app/platform/interrupt.h"
#include "app/platform/offscreen.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/files.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLongestSequence = std::uintmax_t{1} << 28;  // bytes

struct ScreenshotOptions {
  ModelOptions model;
  std::string what = "long_memory", out, size = "1600x1000", theme, language, text, sequence_file, steps,
              sort;
  std::vector<std::string> views, go_on_from;
  std::uint64_t updates = 300;
  std::optional<std::uint64_t> show_update;
  std::optional<int> step, unit, loss_step, lens;
  bool linear_gradient = false;
  std::optional<std::uint64_t> sequence;
  double scale = 1, text_size = 1;
  bool presenter = false;
  int threads = usual_threads();
  bool own_scales = false;
};

/// Trains up to the updates asked for.
void train(session::Session& session, const ScreenshotOptions& options) {
  const Interrupt interrupt;
  Progress progress(false);
  session.send(session::SetPace{0});  // a preset's own is for people
  session.send(session::Train{true, options.updates});
  for (auto now = session.settle(); now->training; now = session.latest()) {
    if (interrupt.asked()) {
      progress.clear();
      fail("stopped; '{}' was not written", options.out);
    }
    progress.show(static_cast<double>(now->updates) / static_cast<double>(options.updates),
                  fmt::format("{} of {} updates", now->updates, options.updates));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  progress.clear();
  session.settle(true);
}

plot::Size parse_pixels(const std::string& size) {
  constexpr unsigned smallest = 80, largest = 14400;
  unsigned width = 0, height = 0;
  const char *end = size.data() + size.size(), *cross = std::from_chars(size.data(), end, width).ptr;
  const bool whole = cross != end && *cross == 'x' && std::from_chars(cross + 1, end, height).ptr == end;
  if (!whole || width < smallest || width > largest || height < smallest || height > largest)
    usage("--size {}: expected WIDTHxHEIGHT in pixels, {} to {} each, such as 1600x1000", size, smallest,
          largest);
  return {static_cast<float>(width), static_cast<float>(height)};
}

/// The window drawn off-screen: the same content, without a window system.
int take(const ScreenshotOptions& options) {
  if (options.out.empty()) usage("screenshot needs --out FILE.png");
  if (fs::path(options.out).extension() != ".png")
    usage("--out '{}' is no picture that can be written, expected a name that ends with .png", options.out);
  const plot::Size size = parse_pixels(options.size);
  const platform::OffscreenContext context;
  ui::Workbench bench({.corpora = corpora_folder(),
                       .presets = presets_folder(),
                       .state = {},
                       .exports = {},
                       .languages = languages_folder()},
                      options.threads, program_name());
  std::error_code code;
  const fs::path path(options.what);
  const bool opens = ui::is_link(options.what) || fs::exists(path, code);
  const std::vector<fs::path> paths{opens ? path : find_preset(options.what)};
  ui::OpenOptions how = open_options(paths, options.model);
  how.ask = false;
  bench.files().open(paths, how);
  bench.wait_for_files();
  // What the window would show as a message over what was there before.
  for (const ui::Notice& notice : bench.notices().all()) {
    if (notice.bad && !bench.editor().opening()) fail("{}", notice.text);
    note("gatescope: {}\n", notice.text);  // it was opened without this, or with it
  }
  bench.editor().edit("options", [&](ui::Document& d) {
    if (!options.views.empty()) d.view.open = options.views;
    if (!options.theme.empty()) d.view.theme = plot::parse_theme(options.theme);
    for (const std::string& rule : options.model.force) d.probe.rules.push_back(nn::parse_force_rule(rule));
    if (!options.text.empty()) {
      d.probe.text = encode_utf8(decode_utf8(options.text, options.model.on_invalid(), "--text"));
    }
    if (!options.language.empty()) d.view.language = options.language;
    if (options.presenter) d.view.presenter = true;
    if (options.text_size != 1) d.view.text_size = options.text_size;
    if (options.sequence) d.probe.sequence = *options.sequence;
    if (options.step) d.view.step = *options.step;
    if (options.unit) d.view.unit = *options.unit;
    if (!options.steps.empty()) d.view.steps = parse_step_span(options.steps);
    if (!options.sort.empty()) d.view.sort = options.sort;
    if (options.own_scales) d.view.own_scales = true;
    if (options.loss_step) d.view.loss_step = *options.loss_step;
    if (options.linear_gradient) d.view.linear_gradient = true;
    if (options.lens) d.view.lens = *options.lens;
  });
  auto snapshot = bench.session().settle();
  if (snapshot->can_train && snapshot->updates < options.updates) {
    train(bench.session(), options);
  } else if (snapshot->training) {
    bench.session().send(session::Train{false, {}});
  }
  for (const std::string& way : options.go_on_from) {
    const plot::Steps updates = parse_step_span(way);
    bench.session().send(session::SetPace{0});
    bench.session().send(session::GoOnFrom{static_cast<std::uint64_t>(updates.first), false});
    bench.session().send(session::Train{true, static_cast<std::uint64_t>(updates.last)});
    bench.session().settle(true);
  }
  if (options.show_update) bench.session().send(session::ShowUpdate{*options.show_update});
  snapshot = bench.session().settle();
  if (options.sequence && snapshot->outcome->of_input)
    usage("--sequence is for labelled tasks; --text is the probe");
  if (!options.sequence_file.empty()) {
    if (snapshot->outcome->of_input || !snapshot->readings)
      usage("--sequence-file is for tasks of sequences; --text is the probe");
    const views::Observation& seen = snapshot->readings->observations.front();
    bench.act(ui::SetProbeSequence{observe::parse_given(read_input(options.sequence_file, kLongestSequence),
                                                        seen.alphabet, seen.network->interface(),
                                                        input_name(options.sequence_file))});
    bench.tick(0);
    snapshot = bench.session().settle();
  }
  if (!snapshot->problem.empty()) fail("{}", snapshot->problem);
  ui::Gui gui(context.functions(), bench.shown().view().theme, static_cast<float>(options.scale));
  ui::MainWindow content(context.functions(), gui, bench);
  const auto width = static_cast<int>(size.width), height = static_cast<int>(size.height);
  content.settle(width, height, static_cast<float>(options.scale));
  if (!bench.shown().now().probe_problem.empty()) fail("{}", bench.shown().now().probe_problem);
  gl::Canvas canvas(context.functions());
  write_png(options.out, ui::screenshot(context.functions(), gui, canvas, width, height));
  print_beside(options.out, "{}\n", options.out);
  return 0;
}

}  // namespace

void add_screenshot(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("screenshot", "Draw the window as a picture, without a display");
  auto options = std::make_shared<ScreenshotOptions>();
  command->add_option("preset", options->what, "A preset, session, model, text or link")
      ->capture_default_str();
  command->add_option("--out", options->out, "The picture to write, .png");
  command->add_option("--size", options->size, "Width and height in pixels")->capture_default_str();
  command->add_option("--scale", options->scale, "Pixels a point")->transform(decimal_number(0.5, 4));
  command->add_option("--updates", options->updates, "Updates to train before")
      ->transform(whole_number<std::uint64_t>(0, 1'000'000'000));
  command
      ->add_option("--show-update", options->show_update,
                   "Show the weights of an earlier update, a kept moment")
      ->transform(whole_number<std::uint64_t>(0, 1'000'000'000));
  command
      ->add_option(
          "--go-on-from", options->go_on_from,
          "Lead on from a kept moment up to another update, such as 100-250; what came after it stays "
          "as a branch. Several in turn")
      ->allow_extra_args(false);
  command->add_option("--view", options->views, "The view to show, several for a grid")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check([](const std::string& id) {
        try {
          views::find_view(id);
          return std::string();
        } catch (const Error& error) {
          return std::string(error.what());
        }
      });
  command->add_option("--theme", options->theme, "light, dark or projector")
      ->check(CLI::IsMember({"light", "dark", "projector"}));
  add_language_to(*command, options->language);
  command->add_flag("--presenter", options->presenter,
                    "As for a class: one figure, the gates' switches above it, nothing small");
  command->add_option("--text-size", options->text_size, "Factor on all type, whatever the theme")
      ->transform(decimal_number(ui::kTextSizes.front(), ui::kTextSizes.back()));
  options->model.add_all_but_model_to(*command);
  command->add_option("--text", options->text, "The probe");
  command
      ->add_option("--sequence", options->sequence,
                   "The probe of a labelled task: which of its held-out sequences")
      ->transform(whole_number<std::uint64_t>());
  command->add_option("--sequence-file", options->sequence_file, kSequenceFileHelp);
  command->add_option("--step", options->step, "The chosen step")->transform(whole_number<int>());
  command->add_option("--unit", options->unit, "The chosen unit")->transform(whole_number<int>());
  command->add_option("--steps", options->steps, "The steps to show, such as 120-180; all otherwise");
  command->add_option(
      "--sort", options->sort,
      "The rows of units from the greatest down: a channel's mean, time-constant or influence");
  command->add_flag("--own-scales", options->own_scales,
                    "Every unit's row of a state has its own scale of colours");
  command
      ->add_option("--loss-step", options->loss_step,
                   "Whose loss's gradient is shown, the last step's unless it says otherwise")
      ->transform(whole_number<int>());
  command->add_flag("--linear-gradient", options->linear_gradient, "The gradient's size on a linear scale");
  command->add_option("--lens", options->lens, "A lens: steps before this one are shown without the rules")
      ->transform(whole_number<int>());
  command->add_option("--threads", options->threads, "Threads")
      ->transform(whole_number<int>(1, kMostThreads));
  command->callback([options, &action] { action = [options] { return take(*options); }; });
}

}  // namespace gatescope::app
