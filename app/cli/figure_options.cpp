#include "app/cli/figure_options.h"

#include <algorithm>
#include <filesystem>

#include "app/cli/cli.h"
#include "app/cli/numbers.h"
#include "app/cli/sequence_file.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/checkpoint/import_answers.h"
#include "core/experiment/experiment.h"
#include "core/experiment/task_kinds.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/number_from_chars.h"
#include "core/observe/held_out.h"
#include "core/session/read_probe.h"
#include "core/task/text_file.h"
#include "core/trace/sequence_trace.h"
#include "core/train/run.h"
#include "core/utf8.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLongestText = std::uintmax_t{1} << 28;  // bytes

/// The whole text as a number of at most six digits.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty() || text.size() > 6 || value < 0)
    return {};
  return value;
}

template <class Read>
auto as_option(std::string_view name, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    usage("{}: {}", name, error.what());
  }
}

/// The models of a run's folder, in the order of its experiment.
std::vector<std::string> models_in(const fs::path& folder) {
  const auto experiment = experiment::load_experiment(folder / train::kExperimentFile);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".safetensors" || path.stem() == "training") continue;
    const std::string name = checkpoint::load_model(path).spec.name;
    const auto place = std::ranges::find(experiment.models, name, &nn::ModelSpec::name);
    found.emplace_back(place - experiment.models.begin(), path.string());
  }
  if (found.empty()) fail("the folder '{}' holds no model", folder.string());
  std::ranges::sort(found);
  std::vector<std::string> paths;
  for (auto& [place, path] : found) paths.push_back(std::move(path));
  return paths;
}

/// What was said of a model in the window, where the options say nothing.
void use_answers(const std::string& model, figure::ModelReference& reference) {
  const fs::path path = checkpoint::answers_beside(model);
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return;
  try {
    const checkpoint::ImportAnswers answers = checkpoint::read_answers(path);
    if (!reference.vocabulary && !answers.vocabulary.empty())
      reference.vocabulary = figure::refer_to(path.string());
    if (reference.cell.empty()) reference.cell = answers.cell;
    if (reference.head.empty()) reference.head = answers.head;
    if (reference.embedding.empty()) reference.embedding = answers.embedding;
    note("gatescope: '{}': read with what was said of it before, in '{}'\n", model, path.string());
  } catch (const Error& error) {
    note("gatescope: '{}' is left aside: {}\n", path.string(), error.what());
  }
}

/// What the models learnt, where their run or their file says it.
std::optional<experiment::Experiment> learnt_by(const figure::FigureRequest& request,
                                                const std::string& run) {
  if (!run.empty()) return experiment::load_experiment(fs::path(run) / train::kExperimentFile);
  const figure::ModelReference& model = request.models.front();
  if (model.experiment.is_null()) return std::nullopt;
  return experiment::from_json(model.experiment, model.file.path.string());
}

/// The beginning of the text that was learnt, as the window shows it.
std::string usual_text(const experiment::Experiment& experiment, const figure::ModelReference& model) {
  const auto task = experiment::make_task(experiment, corpora_folder());
  const auto network = checkpoint::make_network<float>(checkpoint::load_model(model.file.path));
  return session::usual_text(observe::alphabet_of(*task), task.get(), network);
}

/// The views for which a property holds.
template <class Has>
std::string views_with(Has has) {
  std::string list;
  for (const views::View& view : views::all_views())
    if (has(view)) list += (list.empty() ? "" : ", ") + std::string(view.id);
  return list;
}

bool takes_units(const views::View& view) {
  return view.takes.units;
}

bool takes_channel(const views::View& view) {
  return view.takes.channel;
}

bool takes_sort(const views::View& view) {
  return view.takes.sort;
}

bool takes_own_scales(const views::View& view) {
  return view.takes.own_scales;
}

bool takes_lens(const views::View& view) {
  return view.takes.lens;
}

bool takes_top(const views::View& view) {
  return view.takes.top;
}

bool takes_held_out(const views::View& view) {
  return view.takes.held_out;
}

figure::FileReference metrics_of(const std::string& model, const std::string& run) {
  const fs::path folder = run.empty() ? fs::path(model).parent_path() : fs::path(run);
  const fs::path path = folder / train::kMetricsFile;
  std::error_code code;
  if (run.empty() && !fs::exists(path, code)) {
    fail("'{}': no such file beside the model; --run DIR says where its run's folder is", path.string());
  }
  return figure::refer_to_table(path);
}

}  // namespace

std::vector<int> parse_units(std::string_view list) {
  std::vector<int> units;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    const std::string_view part = list.substr(from, to - from);
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == part.npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first > 65535) {
      usage("--units {}: {} is neither a unit nor a range, expected a list such as 3,5-9", list,
            in_quotes(part));
    }
    for (int unit = *first; unit <= *last; ++unit) units.push_back(unit);
    from = to + 1;
  }
  std::ranges::sort(units);
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

namespace {

/// A number at the beginning of a size, and the unit after it, which are taken away.
struct Side {
  double number = 0;
  std::string_view unit;
};

void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

std::optional<Side> take_side(std::string_view& text) {
  skip_spaces(text);
  if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) return {};
  Side side;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto [end, code] = number_from_chars(text.data(), text.data() + digits, side.number);
  if (code != std::errc{}) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  skip_spaces(text);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (const std::string_view unit : {"cm", "mm", "in", "pt", "px"}) {
    if (text.size() < 2 || lower(text[0]) != unit[0] || lower(text[1]) != unit[1]) continue;
    side.unit = unit;
    text.remove_prefix(unit.size());
    break;
  }
  skip_spaces(text);
  return side;
}

double in_points(const Side& side, double pixel) {
  constexpr double inch = 72;
  if (side.unit == "cm") return side.number * inch / 2.54;
  if (side.unit == "mm") return side.number * inch / 25.4;
  if (side.unit == "in") return side.number * inch;
  if (side.unit == "px") return side.number * pixel;
  return side.number;
}

}  // namespace

plot::Size parse_size(std::string_view size, double pixel) {
  std::string_view rest = size;
  auto width = take_side(rest);
  bool crossed = false;
  for (const std::string_view cross : {"x", "X", "×"}) {
    if (crossed || !rest.starts_with(cross)) continue;
    rest.remove_prefix(cross.size());
    crossed = true;
  }
  const auto height = crossed ? take_side(rest) : std::nullopt;
  // "8.5x6cm": one unit for both; "8.5cmx6" leaves open what 6 are.
  if (width && height && width->unit.empty()) width->unit = height->unit;
  const bool clear = width && height && rest.empty() && (width->unit.empty() || !height->unit.empty());
  if (!clear) {
    usage(
        "--size {}: expected WIDTHxHEIGHT such as 800x500 (points), 8.5cmx6cm or 1920x1080px; units are cm, "
        "mm, in, pt and px, and decimals have a point",
        in_quotes(size, 40));
  }
  const plot::Size points{static_cast<float>(in_points(*width, pixel)),
                          static_cast<float>(in_points(*height, pixel))};
  for (const float side : {points.width, points.height}) {
    if (side >= figure::smallest_side && side <= figure::largest_side) continue;
    usage("--size {}: WIDTHxHEIGHT is {:.0f}x{:.0f} points, expected {} to {} each (1 cm is 28.3 points)",
          in_quotes(size, 40), points.width, points.height, figure::smallest_side, figure::largest_side);
  }
  return points;
}

void FigureOptions::add_to(CLI::App& command) {
  command.add_option("view", view, "What to show; --list says what there is");
  command.add_option("--model", models, "A model; again for views that compare several")
      ->allow_extra_args(false);
  command.add_option("--run", run,
                     "The folder of a run: its models and metrics; without a text the beginning of the one "
                     "they learnt");
  model.add_all_but_model_to(command);
  auto* text_option = command.add_option("--text", text, "The text the model reads, two characters or more");
  auto* file_option =
      command.add_option("--text-file", text_file, "A file that holds it; - is the standard input")
          ->excludes(text_option);
  auto* sequence_option =
      command
          .add_option(
              "--sequence", sequence,
              "In place of a text, for models that learnt labelled sequences: which of the held-out ones; "
              "0 unless it says otherwise")
          ->transform(whole_number<std::uint64_t>())
          ->excludes(text_option)
          ->excludes(file_option);
  command.add_option("--sequence-file", sequence_file, kSequenceFileHelp)
      ->excludes(text_option)
      ->excludes(file_option)
      ->excludes(sequence_option);
  command
      .add_option("--held-out", held_out,
                  "Measure over so many held-out sequences of what the first model learnt, whose run or file "
                  "says what that was; without a text and this option 8 (of " +
                      views_with(takes_held_out) + ")")
      ->transform(whole_number<int>(1, 1024));
  command.add_option(
      "--loss", loss,
      "The loss whose gradients are meant: all, last, or a step's number; the view chooses otherwise");
  command.add_option("--layer", layer, "The layer, from 0")
      ->transform(whole_number<int>())
      ->capture_default_str();
  command.add_flag("--backward", backward, "The direction of that layer that reads the text backwards");
  command.add_option(
      "--channel", channel,
      "The channel by its letter: f, i, o, c, h, ...; for text also loss or saliency; the view chooses "
      "one otherwise (of " +
          views_with(takes_channel) + ")");
  command.add_option(
      "--units", units,
      "The units, such as 3,5-9; the view chooses otherwise (of " + views_with(takes_units) + ")");
  command.add_option("--sort", sort,
                     "The rows of units from the greatest down: by a channel's mean (f, i, o, ...), by "
                     "time-constant, or by influence on the output; by number otherwise (of " +
                         views_with(takes_sort) + ")");
  command.add_flag(
      "--own-scales", own_scales,
      "Every unit's row of a state has its own scale of colours (of " + views_with(takes_own_scales) + ")");
  command.add_option("--steps", steps,
                     "The steps to show, such as 120-180, and to write into a .csv; all otherwise");
  command.add_option("--step", step, "The step to mark, from 0; nothing where a view shows no single steps")
      ->transform(whole_number<int>());
  command.add_option("--unit", unit, "The unit to mark, from 0; nothing where a view shows no single units")
      ->transform(whole_number<int>());
  command.add_flag("--linear-gradient", linear_gradient,
                   "The gradient's size on a linear scale instead of a logarithmic one (of unrolled)");
  command
      .add_option(
          "--lens", lens,
          "A lens: steps before this one are shown without the rules (of " + views_with(takes_lens) + ")")
      ->transform(whole_number<int>());
  command.add_option("--top", top, "How many of the likeliest characters, 5 otherwise (of next)")
      ->transform(whole_number<int>(1, 100));
  command.add_option("--theme", theme,
                     "Of pictures: light, dark or projector; light unless it says otherwise");
  command.add_option("--size", size,
                     "Of pictures: WIDTHxHEIGHT, such as 8.5cmx6cm or 800x500; in cm, mm, in, px (of a .png, "
                     ".gif or .mp4, else 1/96 in) or points; 800x500 (1280x720 for the projector) unless it "
                     "says otherwise");
  command
      .add_option("--font-size", font_size,
                  "Of pictures: the size of labels in points, gaps and lines with it; as large as the page "
                  "allows unless it says otherwise")
      ->transform(decimal_number(figure::smallest_font, figure::largest_font));
  command
      .add_option("--colors", colors,
                  "Of pictures: screen, or print: signed values from dark over grey to light and lines told "
                  "apart by dashes, so that a greyscale print shows them")
      ->check(CLI::IsMember({"screen", "print"}));
  command
      .add_option(
          "--svg-text", svg_text,
          "Text of a .svg as outlines, which look the same everywhere, or as text, which can be edited")
      ->check(CLI::IsMember({"outlines", "text"}));
  command.add_flag("--reading", reading,
                   "Of pictures: with a sentence that says how the view is read, as in the window");
  command.add_flag("--with-paths", with_paths,
                   "The figure says in which folders its files lay; without, their names and digests alone");
}

std::string FigureOptions::first_given(const CLI::App& command) const {
  if (!view.empty()) return "VIEW";
  for (const char* name : {"--run",
                           "--cell",
                           "--head",
                           "--embedding",
                           "--invalid",
                           "--force",
                           "--text",
                           "--text-file",
                           "--sequence",
                           "--sequence-file",
                           "--held-out",
                           "--loss",
                           "--layer",
                           "--backward",
                           "--channel",
                           "--units",
                           "--sort",
                           "--own-scales",
                           "--steps",
                           "--step",
                           "--unit",
                           "--top",
                           "--linear-gradient",
                           "--with-paths"}) {
    if (command.get_option(name)->count() > 0) return name;
  }
  return {};
}

void FigureOptions::restyle(figure::FigureRequest& request) const {
  if (theme) {
    request.theme = as_option("--theme", [&] { return plot::parse_theme(*theme); });
  }
  if (font_size) request.font_size = *font_size;
  if (colors) request.print = *colors == "print";
  if (svg_text) request.svg_text = *svg_text == "text";
  if (reading) request.reading = true;
}

void FigureOptions::resize(figure::FigureRequest& request, double pixel) const {
  if (size) request.size = parse_size(*size, pixel);
}

/// Throws UsageError for what the view has no use for.
void FigureOptions::check_view(const views::View& chosen) const {
  const auto needs = [&](const char* option, bool given, auto has) {
    if (given && !has(chosen))
      usage("{} has no effect on the view {}, but on {}", option, chosen.id, views_with(has));
  };
  needs("--channel", !channel.empty(), takes_channel);
  needs("--units", !units.empty(), takes_units);
  needs("--lens", lens.has_value(), takes_lens);
  needs("--top", top.has_value(), takes_top);
  needs("--sort", !sort.empty(), takes_sort);
  needs("--own-scales", own_scales, takes_own_scales);
  needs("--held-out", held_out.has_value(), takes_held_out);
  if (!chosen.needs.metrics) return;
  if (!text.empty() || !text_file.empty()) usage("the view {} shows a training, no text belongs to it", view);
  for (const auto& [option, given] : {std::pair<const char*, bool>{"--sequence", sequence.has_value()},
                                      {"--sequence-file", !sequence_file.empty()},
                                      {"--loss", !loss.empty()},
                                      {"--layer", layer != 0},
                                      {"--backward", backward},
                                      {"--steps", !steps.empty()},
                                      {"--step", step.has_value()},
                                      {"--unit", unit.has_value()},
                                      {"--linear-gradient", linear_gradient},
                                      {"--force", !model.force.empty()}})
    if (given) usage("{} has no effect: the view {} shows a training", option, view);
}

/// In UTF-8.
std::string FigureOptions::typed_text() const {
  const auto on_invalid = model.invalid == "replace" ? InvalidUtf8::replace : InvalidUtf8::error;
  if (text_file.empty()) return encode_utf8(decode_utf8(text, on_invalid, "--text"));
  const std::string origin = text_file == "-" ? "the standard input" : text_file;
  return encode_utf8(task::decode_text(read_input(text_file, kLongestText), on_invalid, origin));
}

/// In the words of the task that the first model learnt, where its file says it.
observe::GivenSequence FigureOptions::written_sequence(const figure::FigureRequest& request) const {
  const figure::ModelReference& model_of = request.models.front();
  checkpoint::ImportOptions options;
  if (model_of.vocabulary) options.vocabulary = model_of.vocabulary->path;
  options.cell = model_of.cell, options.head = model_of.head, options.embedding = model_of.embedding;
  const checkpoint::ModelFile file = checkpoint::load_model(model_of.file.path, options);
  return read_sequence_file(sequence_file, file, learnt_by(request, run));
}

void FigureOptions::take_held_out(figure::FigureRequest& request) const {
  const bool other = !text.empty() || !text_file.empty() || sequence || !sequence_file.empty();
  const bool unasked = !other && !run.empty() && views::find_view(request.view).takes.held_out;
  if (!held_out && !unasked) return;
  const auto learnt = learnt_by(request, run);
  if (!learnt)
    usage("--held-out: '{}' does not say what it learnt", request.models.front().file.path.string());
  const auto task = experiment::make_task(*learnt, corpora_folder());
  const auto sequences = observe::read_held_out(*task, held_out.value_or(observe::kHeldOutSequences));
  if (!sequences && held_out) usage("--held-out: the models learnt from all there is, nothing is held out");
  if (!sequences) return;
  if (held_out && std::ssize(*sequences) < *held_out)
    note("gatescope: --held-out {}: there are {} different ones\n", *held_out, sequences->size());
  request.held_out = observe::given_held_out(*sequences, observe::alphabet_of(*task), task->interface());
}

void FigureOptions::take_input(figure::FigureRequest& request) const {
  if (!sequence_file.empty()) {
    request.sequence = written_sequence(request);
    if (loss.empty()) request.loss = "all";
    return;
  }
  if (!text.empty() || !text_file.empty()) {
    request.text = typed_text();
    return;
  }
  const auto learnt = learnt_by(request, run);
  if (learnt && !experiment::kind_of(learnt->task).of_text) {
    const auto task = experiment::make_task(*learnt, corpora_folder());
    const std::uint64_t count = task::held_out_sequences(*task), number = sequence.value_or(0);
    if (number >= count)
      usage("--sequence {} does not exist: the task has held-out sequences 0 to {}", number, count - 1);
    request.sequence = observe::given_sequence(task::held_out_sequence(*task, number),
                                               observe::alphabet_of(*task), task->interface(), number);
    if (loss.empty()) request.loss = "all";
    return;
  }
  if (sequence) {
    usage("--sequence is for models that learnt labelled sequences, and {}: --text says what to read",
          learnt ? "these learnt a text" : "the model does not say what it learnt");
  }
  if (run.empty() && !request.held_out.texts.empty()) {
    request.text = request.held_out.texts.front();
    return;
  }
  if (run.empty())
    usage("the view {} needs a text: --text or --text-file; of another task --sequence-file", view);
  request.text = usual_text(*learnt, request.models.front());
}

plot::Steps parse_step_span(std::string_view text) {
  plot::Steps steps;
  const std::size_t dash = text.find('-');
  const auto number = [](std::string_view digits, int& value) {
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return code == std::errc() && end == digits.data() + digits.size() && value >= 0;
  };
  if (dash == std::string_view::npos || !number(text.substr(0, dash), steps.first) ||
      !number(text.substr(dash + 1), steps.last) || steps.last < steps.first)
    usage("--steps {}: expected the first and the last step, such as 120-180", text);
  return steps;
}

figure::FigureRequest FigureOptions::request() const {
  figure::FigureRequest request;
  if (view.empty()) usage("which view? `gatescope figure --list` says what there is");
  const views::View* chosen = nullptr;
  try {
    chosen = &views::find_view(view);
  } catch (const Error& error) {
    usage("{}", error.what());
  }
  request.view = chosen->id;
  check_view(*chosen);
  if (theme && *theme == "projector") request.size = {1280, 720};
  restyle(request);
  if (!units.empty()) request.options.units = parse_units(units);
  request.options.layer = layer, request.options.backward_direction = backward,
  request.options.channel = channel;
  request.options.sort = sort, request.options.own_scales = own_scales;
  request.options.step = step, request.options.unit = unit;
  if (!steps.empty()) request.options.steps = parse_step_span(steps);
  request.options.linear_gradient = linear_gradient;
  request.options.lens = lens;
  request.options.top = top.value_or(request.options.top);
  request.with_paths = with_paths;
  if (!loss.empty()) as_option("--loss", [&] { return trace::parse_loss_at(loss); });
  request.loss = loss.empty() ? figure::usual_loss(*chosen, request.options) : loss;
  for (const std::string& rule : model.force)
    request.rules.push_back(as_option("--force", [&] { return nn::parse_force_rule(rule); }));
  if (models.empty() && run.empty()) usage("the view {} needs --model FILE or --run DIR", view);
  std::vector<std::string> paths = models.empty() ? models_in(run) : models;
  if (models.empty() && paths.size() > 1 && !chosen->compares) {
    note("gatescope: the view {} shows one model: {} is the first of the run; --model FILE chooses another\n",
         view, fs::path(paths.front()).filename().string());
    paths.resize(1);
  }
  if (paths.size() > figure::most_models)
    usage("{} models are too many for one figure, expected at most {}", paths.size(), figure::most_models);
  for (const std::string& path : paths) {
    figure::ModelReference reference;
    reference.file = figure::refer_to(path);
    if (!model.vocabulary.empty()) reference.vocabulary = figure::refer_to(model.vocabulary);
    if (chosen->needs.metrics) reference.metrics = metrics_of(path, run);
    reference.cell = model.cell, reference.head = model.head, reference.embedding = model.embedding;
    use_answers(path, reference);
    request.models.push_back(std::move(reference));
  }
  for (const std::string& said : figure::describe(request)) note("gatescope: {}\n", said);
  if (!chosen->needs.metrics) {
    take_held_out(request);
    take_input(request);
  }
  return request;
}

}  // namespace gatescope::app
