#include <memory>

#include "app/cli/cli.h"
#include "app/cli/figure_options.h"
#include "app/cli/numbers.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "app/export/figure_file.h"
#include "app/export/metadata.h"
#include "app/platform/interrupt.h"
#include "core/figure/material.h"
#include "version.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct Options {
  FigureOptions figure;
  std::string from, out;
  bool list = false;
  std::optional<double> scale;
  Replay replay;
  std::string about_content;  // an option that says what a figure shows, if one is given
};

int list_views() {
  for (const figure::View& view : figure::all_views()) {
    std::string kind;
    if (view.compares) kind += "  several models";
    if (view.of_training) kind += "  of a training";
    if (view.animates) kind += "  gif, mp4";
    print("{:<14} {}{}\n{:<14} {}\n", view.id, view.title, kind.empty() ? "" : "  [" + kind.substr(2) + "]",
          "", view.sentence);
  }
  return 0;
}

void check_out(const Options& options, const figure::FigureRequest& request) {
  FileKind kind{};
  try {
    kind = file_kind(options.out);
  } catch (const Error& error) {
    usage("--out {}", error.what());
  }
  if (!moves(kind) || figure::find_view(request.view).animates) return;
  std::string list;
  for (const figure::View& view : figure::all_views())
    if (view.animates) list += (list.empty() ? "" : ", ") + std::string(view.id);
  usage("the view {} does not move, so it is no {}; views that do are {}", request.view,
        fs::path(options.out).extension().string(), list);
}

/// The numbers a person would quote, then the file.
void print_headlines(const figure::Figure& figure, const std::string& out) {
  for (const figure::Headline& headline : figure.headlines)
    print_beside(out, "{}{}{}\n", headline.value, headline.label.empty() ? "" : " ", headline.label);
  print_beside(out, "{}\n", out);
}

void write_replay(const Options& options, const figure::FigureRequest& request,
                  const figure::Material& material, const Fonts& fonts) {
  const Interrupt interrupt;
  Progress progress;
  Replay replay = options.replay;
  replay.scale = options.scale.value_or(1);
  const auto all = figure::replay_steps(request, material);
  const std::size_t steps = all.size(), frames = thinned(all, replay.most_frames).size();
  const std::string what =
      frames == steps ? fmt::format("{} frames", frames) : fmt::format("{} of {} steps", frames, steps);
  const auto show = [&](double fraction) {
    if (interrupt.asked()) fail("stopped; '{}' was not written", options.out);
    progress.show(fraction, what);
  };
  try {
    export_replay(options.out, request, material, fonts, replay, show);
  } catch (...) {
    progress.clear();
    // A program that was started for the work hears Ctrl-C, too, and dies of it: that is no failure of its
    // own.
    if (interrupt.asked()) fail("stopped; '{}' was not written", options.out);
    throw;
  }
  progress.clear();
}

void write(const Options& options, const figure::FigureRequest& request, const figure::Material& material) {
  const Fonts fonts;
  const figure::Figure figure = figure::make_figure(request, material);
  if (moves(file_kind(options.out)))
    write_replay(options, request, material, fonts);
  else
    export_figure(options.out, request, figure, fonts, options.scale.value_or(2));
  print_headlines(figure, options.out);
}

int make(const Options& options) {
  if (options.out.empty())
    usage("figure needs --out FILE, which ends with .svg, .pdf, .png, .csv, .gif or .mp4");
  figure::FigureRequest request = options.figure.request();
  request.program = GATESCOPE_PROGRAM_NAME;
  check_out(options, request);
  figure::Material material = figure::load_material(request);
  try {
    figure::check_request(request, material);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
  figure::observe(request, material);
  write(options, request, material);
  return 0;
}

/// Makes a figure's file again; without --out says what it carries.
int make_again(const Options& options) {
  if (!options.about_content.empty()) {
    usage(
        "--from and {} exclude each other: the file says what it shows; --theme, --size and --scale may "
        "differ",
        options.about_content);
  }
  const auto metadata = read_embedded_metadata(options.from);
  if (!metadata)
    fail("'{}' carries nothing of how it was made: it is not from this program, or was edited since",
         options.from);
  figure::FigureRequest request = figure::parse_request(*metadata, options.from);
  const std::string maker = std::exchange(request.program, GATESCOPE_PROGRAM_NAME);
  options.figure.restyle(request);
  if (!options.out.empty()) check_out(options, request);
  figure::Places places{options.from, {}};
  for (const std::string& model : options.figure.models) places.additional.emplace_back(model);
  figure::Material material = figure::load_material(request, places);
  figure::check_request(request, material);
  figure::observe(request, material);
  if (options.out.empty()) {
    request.program = maker;
    print("{}\n", figure::to_json(request).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  if (maker != request.program)
    note("gatescope: '{}' was made by {}, this is {}\n", options.from, maker, request.program);
  write(options, request, material);
  return 0;
}

}  // namespace

void add_figure(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("figure", "Write a view as a picture, a table or an animation");
  auto options = std::make_shared<Options>();
  options->figure.add_to(*command);
  command->add_flag("--list", options->list, "List the views");
  command->add_option("--from", options->from,
                      "Make the figure of an SVG, PDF or PNG again; without --out say what it carries");
  command
      ->add_option("--scale", options->scale,
                   "Pixels a point: 2 for a PNG, 1 for an animation unless it says otherwise")
      ->transform(decimal_number(0.1, 40));
  command->add_option("--frames-per-second", options->replay.frames_per_second, "Speed of an animation")
      ->transform(decimal_number(0.1, 50))
      ->capture_default_str();
  command
      ->add_option("--frames", options->replay.most_frames,
                   "The most frames of an animation; a longer text is shown at steps evenly apart")
      ->transform(whole_number<int>(2, 100000))
      ->capture_default_str();
  command->add_option("--out", options->out, "The file to write: .svg, .pdf, .png, .csv, .gif or .mp4");
  command->callback([options, command, &action] {
    options->about_content = options->figure.first_given(*command);
    action = [options] {
      if (options->list) return list_views();
      return options->from.empty() ? make(*options) : make_again(*options);
    };
  });
}

}  // namespace gatescope::app
