#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "app/cli/cli.h"
#include "app/cli/figure_options.h"
#include "app/cli/numbers.h"
#include "app/cli/program_name.h"
#include "app/cli/stimulus_options.h"
#include "app/cli/watched_work.h"
#include "app/export/figure_file.h"
#include "app/platform/output.h"
#include "core/checkpoint/truncation.h"
#include "core/figure/make_figure.h"
#include "core/files.h"
#include "core/laboratory/laboratory.h"
#include "core/views/view.h"

namespace gatescope::app {
namespace {

struct AnalyzeOptions {
  std::string name, out;
  ModelOptions model;
  StimulusOptions stimulus;
  laboratory::Options analysis;
  std::optional<int> layer;
  std::optional<Index> truncation;
  std::optional<int> held_out;
  bool as_double = false, list = false, json = false;

  int layer_of(const laboratory::Analysis& of, const nn::ModelSpec& spec) const {
    return layer.value_or(of.takes.topmost ? spec.layers - 1 : 0);
  }
};

int list_analyses(bool as_json) {
  laboratory::Json all = laboratory::Json::array();
  for (const laboratory::Analysis& analysis : laboratory::all_analyses()) {
    laboratory::Json takes = laboratory::Json::array();
    if (analysis.takes.layer) takes.push_back("--layer");
    if (analysis.takes.step) takes.push_back("--step");
    if (analysis.takes.unit) takes.push_back("--unit");
    if (analysis.takes.number) takes.push_back("--number");
    if (analysis.takes.truncation) takes.push_back("--truncate");
    if (analysis.takes.direction) takes.push_back("--backward");
    if (analysis.takes.held_out) takes.push_back("--held-out");
    if (as_json) {
      all.push_back({{"name", analysis.name},
                     {"title", analysis.title},
                     {"sentence", analysis.sentence},
                     {"view", analysis.view},
                     {"takes", takes}});
      continue;
    }
    std::string with;
    for (const auto& option : takes) with += (with.empty() ? "  [" : ", ") + option.get<std::string>();
    print("{:<14} {}{}\n{:<14} {}\n", analysis.name, analysis.title, with.empty() ? "" : with + "]", "",
          analysis.sentence);
  }
  if (as_json) print("{}\n", all.dump(2));
  return 0;
}

/// How errors of what was asked for are told: as those of the command line.
template <class Work>
auto as_asked(Work work) {
  try {
    return work();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    usage("{}", error.what());
  }
}

template <class S>
void write_json(const AnalyzeOptions& options, const laboratory::Analysis& analysis) {
  const checkpoint::ModelFile file = options.model.load();
  observe::Model<S> model{.name = file.spec.name,
                          .network = std::make_shared<nn::Network<S>>(checkpoint::make_network<S>(file))};
  const std::vector<nn::ForceRule> rules = options.model.force_on(*model.network);
  observe::HeldOutSequences held_out;
  if (options.held_out) held_out = read_held_out(*options.held_out, options.model.model, file);
  Reading reading;
  if (held_out && !options.stimulus.given()) {
    model.alphabet = observe::alphabet_of(file.interface, file.vocabulary);
    reading.stimulus = held_out->front();
  } else {
    reading = options.stimulus.read(options.model, file, rules, model);
  }
  laboratory::Options asked = options.analysis;
  asked.layer = options.layer_of(analysis, file.spec);
  if (analysis.takes.truncation)
    asked.truncation = options.truncation.value_or(
        options.stimulus.of_text() && !file.spec.bidirectional ? checkpoint::truncation_of(file) : 0);
  observe::Needs needs = analysis.needs;
  needs.one_loss = false;
  const auto observed = observe::observe(model, reading.stimulus, rules, {}, {.needs = needs});
  observe::say_held_out(observed, held_out);
  const laboratory::Json result = as_asked([&] {
    return with_progress(std::string(analysis.name), options.out,
                         [&] { return laboratory::analyze(analysis, observed, asked); });
  });
  write_file(options.out == "-" ? "/dev/stdout" : options.out, result.dump() + "\n");
}

/// As `gatescope figure` draws its view.
void write_figure(const AnalyzeOptions& options, const laboratory::Analysis& analysis, FileKind kind) {
  FigureOptions asked;
  asked.view = analysis.view;
  asked.models = {options.model.model};
  asked.model = options.model;
  asked.text = options.stimulus.text;
  asked.text_file = options.stimulus.text_file;
  asked.sequence_file = options.stimulus.sequence_file;
  asked.sequence = options.stimulus.sequence;
  asked.held_out = options.held_out;
  if (options.analysis.step && views::find_view(analysis.view).needs.one_loss)
    asked.loss = std::to_string(*options.analysis.step);  // whose gradient it is
  else if (options.analysis.step)
    asked.step = static_cast<int>(*options.analysis.step);
  asked.unit = options.analysis.unit;
  asked.backward = options.analysis.backward;
  figure::FigureRequest request = asked.request();
  request.program = program_name();
  figure::Material material = figure::load_material(request);
  request.options.layer = options.layer_of(analysis, material.models.front().network->spec());
  as_asked([&] { figure::check_request(request, material); });
  if (analysis.why_not) {
    const nn::Network<float>& network = *material.models.front().network;
    if (const std::string why = analysis.why_not(network.cell(request.options.layer), network.spec());
        !why.empty())
      usage("{} has no {}: {}", material.models.front().name, analysis.name, why);
  }
  figure::observe(request, material);
  const Fonts fonts;
  const plot::Figure figure = with_progress(std::string(analysis.name), options.out,
                                            [&] { return figure::make_figure(request, material); });
  const std::string out = options.out == "-" ? "/dev/stdout" : options.out;
  const std::string left_out = export_figure(out, kind, request, figure, fonts, false);
  if (!left_out.empty()) note("gatescope: '{}': {}\n", options.out, left_out);
}

int analyze(const AnalyzeOptions& options) {
  if (options.list) return list_analyses(options.json);
  if (options.name.empty()) usage("which analysis? `gatescope analyze --list` says what there is");
  if (options.json) usage("--json is for --list: --out NAME.json writes a result");
  const laboratory::Analysis& analysis =
      as_asked([&]() -> const laboratory::Analysis& { return laboratory::find_analysis(options.name); });
  const laboratory::Takes& takes = analysis.takes;
  for (const auto& [option, given, taken] :
       {std::tuple<const char*, bool, bool>{"--layer", options.layer.has_value(), takes.layer},
        {"--step", options.analysis.step.has_value(), takes.step},
        {"--unit", options.analysis.unit.has_value(), takes.unit},
        {"--number", options.analysis.number.has_value(), takes.number},
        {"--truncate", options.truncation.has_value(), takes.truncation},
        {"--backward", options.analysis.backward, takes.direction},
        {"--held-out", options.held_out.has_value(), takes.held_out}})
    if (given && !taken) usage("{} has no effect on the analysis {}", option, analysis.name);
  if (analysis.of_moments) usage("there is no {} here: {}", analysis.name, laboratory::kOneMoment);
  if (options.model.model.empty()) usage("the analysis {} needs --model FILE", analysis.name);
  if (!options.stimulus.given() && !options.held_out)
    usage("the analysis {} needs a text: --text or --text-file; of another task --sequence-file{}",
          analysis.name, takes.held_out ? "; or --held-out, of what the model learnt" : "");
  if (options.out.empty()) usage("analyze needs --out FILE, which ends with .json, .csv, .svg, .pdf or .png");
  check_one_standard_input({{"--text-file", options.stimulus.text_file},
                            {"--sequence-file", options.stimulus.sequence_file},
                            {"--vocab", options.model.vocabulary}});
  if (options.out == "-" || options.out.ends_with(".json")) {
    if (options.as_double)
      write_json<double>(options, analysis);
    else
      write_json<float>(options, analysis);
  } else {
    std::optional<FileKind> kind;
    try {
      kind = file_kind(options.out);
    } catch (const Error&) {
    }
    if (!kind || moves(*kind))
      usage("--out '{}' should end with .json, .csv, .svg, .pdf or .png", options.out);
    if (options.analysis.number) usage("--number is for a .json: pictures are of the first memory of a unit");
    if (options.truncation) usage("--truncate is for a .json: pictures show the model's own training");
    if (options.as_double)
      usage("--double is for a .json: pictures and tables of them show what the window computes");
    write_figure(options, analysis, *kind);
  }
  print_beside(options.out == "-" ? "/dev/stdout" : options.out, "{}\n", options.out);
  return 0;
}

}  // namespace

void add_analyze(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "analyze", "Measure what a model does with its gradients and its memory over one text");
  auto options = std::make_shared<AnalyzeOptions>();
  command->add_option("analysis", options->name, "What to measure; --list says what there is");
  command->add_flag("--list", options->list, "List the analyses");
  command->add_flag("--json", options->json, "With --list: as JSON");
  command->add_option("--model", options->model.model,
                      "The model: a safetensors file, ours or a PyTorch state dict");
  options->model.add_all_but_model_to(*command);
  options->stimulus.add_to(*command);
  command
      ->add_option("--layer", options->layer,
                   "The layer, from 0; of some analyses the topmost otherwise, else 0")
      ->transform(whole_number<int>());
  command->add_option("--step", options->analysis.step, "The step it is about, from 0; the last otherwise")
      ->transform(whole_number<Index>());
  command->add_option("--unit", options->analysis.unit, "The unit it is about, from 0")
      ->transform(whole_number<int>());
  command
      ->add_option("--number", options->analysis.number,
                   "Which of a unit's memories, from 0, where it has several; for a .json")
      ->transform(whole_number<int>());
  command
      ->add_option("--truncate", options->truncation,
                   "Steps after which the gradient is cut, 0 for never; as in the model's training otherwise")
      ->transform(whole_number<Index>());
  command->add_flag("--backward", options->analysis.backward,
                    "The direction of that layer that reads the text backwards");
  command
      ->add_option("--held-out", options->held_out,
                   "Over so many held-out sequences of what the model learnt, rather than over one text")
      ->transform(whole_number<int>(1, 1024));
  command->add_flag("--double", options->as_double, "Compute in double precision (for a .json)");
  command->add_option("--out", options->out,
                      "The file to write: .json the numbers; .csv, .svg, .pdf or .png the view of them; - is "
                      "the standard output, as JSON");
  command->callback([options, &action] { action = [options] { return analyze(*options); }; });
}

}  // namespace gatescope::app
