#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/figure_options.h"
#include "app/cli/idle_rules.h"
#include "app/cli/numbers.h"
#include "app/cli/program_name.h"
#include "app/cli/progress.h"
#include "app/cli/remembered_files.h"
#include "app/cli/watched_work.h"
#include "app/export/figure_file.h"
#include "app/export/metadata.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "core/figure/make_figure.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

struct FigureCommandOptions {
  FigureOptions figure;
  std::string from, out, format;
  std::vector<std::string> look_in;
  bool csv_bom = false;
  bool list = false, of_animations = false;  // of_animations: an option is given that stills have no use for
  std::optional<double> scale;
  Replay replay;
  std::string about_content;  // an option that says what a figure shows, if one is given
};

int list_views() {
  for (const views::View& view : views::all_views()) {
    std::string kind;
    if (view.compares) kind += "  several models";
    if (view.needs.metrics) kind += "  of a training";
    if (view.animates) kind += "  gif, mp4";
    print("{:<14} {}{}\n{:<14} {}\n", view.id, view.title, kind.empty() ? "" : "  [" + kind.substr(2) + "]",
          "", view.sentence);
  }
  return 0;
}

/// Where a figure goes, and as what.
struct Destination {
  std::string path;
  FileKind kind{};
};

/// Throws UsageError where nothing says what to write, or the view cannot be that.
Destination destination(const FigureCommandOptions& options, const figure::FigureRequest& request) {
  Destination to{options.out == "-" ? "/dev/stdout" : options.out, {}};
  std::optional<FileKind> ending;
  try {
    ending = file_kind(to.path);
  } catch (const Error& error) {
    if (options.format.empty()) usage("--out {}; or --format says it", error.what());
  }
  to.kind = options.format.empty() ? *ending : kind_named(options.format);
  if (ending && *ending != to.kind)
    usage("--out '{}' ends with another format than --format {}", options.out, options.format);
  if (options.csv_bom && to.kind != FileKind::csv)
    usage("--csv-bom has no effect on '{}': only a .csv has a byte-order mark", options.out);
  if (options.figure.svg_text && to.kind != FileKind::svg)
    usage("--svg-text has no effect on '{}': only a .svg has its text either way", options.out);
  if (!moves(to.kind)) {
    if (options.of_animations)
      usage(
          "--frames and --frames-per-second have no effect on a still picture: --out NAME.gif or NAME.mp4 "
          "moves");
    if (options.scale && to.kind != FileKind::png)
      usage("--scale has no effect on '{}': only a .png, .gif or .mp4 has pixels", options.out);
    return to;
  }
  if (views::find_view(request.view).animates) return to;
  std::string list;
  for (const views::View& view : views::all_views())
    if (view.animates) list += (list.empty() ? "" : ", ") + std::string(view.id);
  usage("the view {} does not move, so it is no {}; views that do are {}", request.view,
        to.kind == FileKind::gif ? ".gif" : ".mp4", list);
}

/// A size in pixels is meant of the picture's own; what has none counts those of a screen.
double points_of_pixel(const FigureCommandOptions& options, const Destination& to,
                       const figure::FigureRequest& request) {
  if (moves(to.kind)) return 1 / options.scale.value_or(1);
  if (to.kind == FileKind::png) return 1 / options.scale.value_or(request.scale);
  return 72.0 / 96;
}

/// The numbers a person would quote, then the file.
void print_headlines(const plot::Figure& figure, const std::string& out) {
  for (const plot::Headline& headline : figure.headlines)
    print_beside(out, "{}{}{}\n", headline.value, headline.label.empty() ? "" : " ", headline.label);
  print_beside(out, "{}\n", out);
}

std::string write_replay(const FigureCommandOptions& options, const Destination& to,
                         const figure::FigureRequest& request, const figure::Material& material,
                         const Fonts& fonts) {
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
  std::string left_out;
  try {
    left_out = export_replay(to.path, to.kind, request, material, fonts, replay, show);
  } catch (...) {
    progress.clear();
    // A program that was started for the work hears Ctrl-C, too, and dies of it: that is no failure of its
    // own.
    if (interrupt.asked()) fail("stopped; '{}' was not written", options.out);
    throw;
  }
  progress.clear();
  return left_out;
}

void write(const FigureCommandOptions& options, const Destination& to, figure::FigureRequest request,
           const figure::Material& material) {
  const Fonts fonts;
  if (options.scale && to.kind == FileKind::png) request.scale = *options.scale;
  const plot::Figure figure =
      with_progress(request.view, options.out, [&] { return figure::make_figure(request, material); });
  const std::string left_out = moves(to.kind)
                                   ? write_replay(options, to, request, material, fonts)
                                   : export_figure(to.path, to.kind, request, figure, fonts, options.csv_bom);
  if (!left_out.empty()) note("gatescope: '{}': {}\n", options.out, left_out);
  print_headlines(figure, to.path);
}

int make(const FigureCommandOptions& options) {
  if (options.out.empty())
    usage("figure needs --out FILE, which ends with .svg, .pdf, .png, .csv, .gif or .mp4");
  if (!options.look_in.empty()) usage("--look-in is for figures that are made again with --from");
  figure::FigureRequest request = options.figure.request();
  request.program = program_name();
  const Destination to = destination(options, request);
  options.figure.resize(request, points_of_pixel(options, to, request));
  figure::Material material = figure::load_material(request);
  try {
    figure::check_request(request, material);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
  figure::observe(request, material);
  tell_idle_rules<float>(material.observations);
  write(options, to, request, material);
  remember_files(request);
  return 0;
}

/// What is wrong with what a figure asks for is said of the figure.
void in_the_figure(const FigureCommandOptions& options, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string_view what = error.what();
    if (what.find(options.from) != what.npos || (!options.out.empty() && what.find(options.out) != what.npos))
      throw;
    fail("'{}': {}", options.from, what);
  }
}

/// Makes a figure's file again; without --out says what it carries.
int make_again(const FigureCommandOptions& options) {
  if (!options.about_content.empty()) {
    usage(
        "--from and {} exclude each other: the file says what it shows; --theme, --size, --font-size, "
        "--colors, --svg-text and --scale may differ",
        options.about_content);
  }
  const auto metadata = read_embedded_metadata(options.from);
  if (!metadata)
    fail("'{}' carries nothing of how it was made: it is not from this program, or was edited since",
         options.from);
  figure::FigureRequest request = figure::parse_request(*metadata, options.from);
  const std::string maker = std::exchange(request.program, program_name());
  options.figure.restyle(request);
  const Destination to = options.out.empty() ? Destination{} : destination(options, request);
  options.figure.resize(request, points_of_pixel(options, to, request));
  figure::Places places{options.from, {}, {}, remembered_file};
  for (const std::string& model : options.figure.models) places.files.emplace_back(model);
  if (!options.figure.model.vocabulary.empty()) places.files.emplace_back(options.figure.model.vocabulary);
  for (const std::string& folder : options.look_in) {
    std::error_code code;
    if (!fs::is_directory(folder, code)) usage("--look-in '{}' is no folder", folder);
    places.folders.emplace_back(folder);
  }
  figure::Material material = figure::load_material(request, places);
  // Older figures do not say what they call their models.
  for (std::size_t m = 0; m < request.models.size(); ++m)
    request.models[m].name = material.observations[m].name;
  in_the_figure(options, [&] {
    figure::check_request(request, material);
    figure::observe(request, material);
  });
  if (options.out.empty()) {
    request.program = maker;
    print("{}\n", figure::to_json(request).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  tell_idle_rules<float>(material.observations);
  if (maker != request.program)
    note("gatescope: '{}' was made by {}, this is {}\n", options.from, maker, request.program);
  in_the_figure(options, [&] { write(options, to, request, material); });
  return 0;
}

}  // namespace

void add_figure(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("figure", "Write a view as a picture, a table or an animation");
  auto options = std::make_shared<FigureCommandOptions>();
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
  command
      ->add_option(
          "--look-in", options->look_in,
          "With --from: a folder where the figure's files may be, with its subfolders; again for several")
      ->allow_extra_args(false);
  command->add_flag("--csv-bom", options->csv_bom,
                    "A .csv begins with a byte-order mark, by which spreadsheets know UTF-8");
  command->add_option("--out", options->out,
                      "The file to write: .svg, .pdf, .png, .csv, .gif or .mp4; - is the standard output");
  command
      ->add_option("--format", options->format,
                   "What to write where the name does not end with it: svg, pdf, png, csv, gif or mp4")
      ->check(CLI::IsMember({"svg", "pdf", "png", "csv", "gif", "mp4"}));
  command->callback([options, command, &action] {
    options->about_content = options->figure.first_given(*command);
    options->of_animations = command->count("--frames") + command->count("--frames-per-second") > 0;
    action = [options] {
      if (options->list) return list_views();
      return options->from.empty() ? make(*options) : make_again(*options);
    };
  });
}

}  // namespace gatescope::app
