#include "app/desk/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <utility>

#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/figure/make_figure.h"
#include "core/files.h"
#include "core/views/left_training.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

/// Letters and digits, words joined by hyphens: for file names.
std::string slug(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!result.empty() && result.back() != '-')
      result += '-';
  }
  while (!result.empty() && result.back() == '-') result.pop_back();
  return result.substr(0, 40);
}

/// The text, or a labelled task's sequence, and which loss is meant.
void say_what_is_read(const session::Snapshot& snapshot, figure::FigureRequest& request) {
  const session::Readings& readings = *snapshot.readings;
  const views::Observation& first = readings.observations.front();
  if (!first.outcome().of_input) {
    request.sequence = figure::labelled_sequence(*first.text, readings.probe.sequence, first.alphabet.inputs,
                                                 first.alphabet.outputs);
    return;  // with the loss of all its labels
  }
  request.text = readings.probe.text;
  if (readings.probe.loss_step && views::find_view(request.view).needs.one_loss)
    request.loss = std::to_string(*readings.probe.loss_step);
}

/// The models a figure was made from, beside it and named after it, so that it can be made again.
void write_models(const session::Snapshot& snapshot, const FigureOrder& order, const ExportOrder& wanted,
                  figure::FigureRequest& request) {
  if (!snapshot.readings) return;
  // What may be given away says nothing of where it was made.
  const nlohmann::json experiment = snapshot.can_train
                                        ? figure::without_places(experiment::to_json(snapshot.experiment))
                                        : nlohmann::json();
  // One model alone is told by its network; all of them stand in their order.
  const auto& readings = snapshot.readings->observations;
  for (std::size_t m = 0; m < order.observations.size(); ++m) {
    const views::Observation& observation = order.observations[m];
    if (observation.name.ends_with(views::kLeftTraining)) continue;  // its weights are not these
    const auto found = order.observations.size() == readings.size()
                           ? readings.begin() + static_cast<std::ptrdiff_t>(m)
                           : std::ranges::find_if(readings, [&](const auto& reading) {
                               return reading.network == observation.network;
                             });
    figure::ModelReference& reference = request.models.emplace_back();
    reference.experiment = experiment;
    reference.name = observation.name;
    if (snapshot.can_train) reference.update = snapshot.readings->update;
    if (!wanted.with_model || found == readings.end()) continue;
    fs::path path = wanted.path;
    path.replace_extension();
    path += fmt::format(".{}.safetensors", slug(observation.name));
    auto file = checkpoint::model_file(*found->network, snapshot.vocabulary, experiment);
    if (reference.update) file.metadata["updates"] = std::to_string(*reference.update);
    checkpoint::save_model(path, file);
    reference.file = figure::refer_to(path);
    if (views::find_view(order.view).needs.metrics) {
      fs::path table = wanted.path;
      table.replace_extension();
      table += ".metrics.csv";
      std::vector<train::MetricsRow> rows;
      for (const views::Observation& each : order.observations)
        if (!each.name.ends_with(views::kLeftTraining))
          rows.insert(rows.end(), each.metrics.begin(), each.metrics.end());
      write_file(table, train::metrics_csv(rows));
      reference.metrics = figure::refer_to(table);
    }
  }
}

}  // namespace

/// A figure on its way to a file.
struct Exports::Export {
  std::atomic<double> progress{0};
  std::atomic<bool> cancelled{false}, done{false};
  std::string problem, left_out;  // read after `done`
  fs::path path;
};

Exports::Exports(std::filesystem::path folder, std::string program, Executor& executor, Editor& editor,
                 Notices& notices)
    : folder_(std::move(folder)),
      program_(std::move(program)),
      executor_(executor),
      editor_(editor),
      notices_(notices) {}

/// The executor waits for the job.
Exports::~Exports() {
  cancel();
}

fs::path Exports::new_path(const std::string& id, const std::string& ending) const {
  std::string name = id;
  if (const std::string title =
          slug(editor_.preset().empty() ? editor_.shown().now().experiment.title : editor_.preset());
      !title.empty())
    name += "-" + title;
  if (editor_.shown().now().can_train) name += fmt::format("-update-{}", editor_.shown().now().updates);
  if (!editor_.document().probe.rules.empty()) name += "-forced";
  fs::path path = folder_ / (name + "." + ending);
  std::error_code code;
  for (int number = 2; fs::exists(path, code); ++number)
    path = folder_ / fmt::format("{}-{}.{}", name, number, ending);
  return path;
}

void Exports::begin(const ExportOrder& wanted) {
  if (export_) {
    notices_.say("another figure is being written: wait for it, or cancel it", true);
    return;
  }
  try {
    app::file_kind(wanted.path);
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
    return;
  }
  FigureOrder order = editor_.shown().order(wanted.view, wanted.size, editor_.document().replay.pulse);
  if (order.observations.empty()) {
    notices_.say("there is nothing to export yet", true);
    return;
  }
  // As it is shown: with the cursor that lies over it.
  const views::View& chosen = views::find_view(wanted.view);
  if (!chosen.needs.metrics && !chosen.compares) {
    order.options.step = editor_.shown().view().step;
    order.options.unit = editor_.shown().view().unit;
  }
  order.theme = wanted.theme;
  const auto fitting = [](float side) {
    return std::clamp<float>(side, figure::smallest_side, figure::largest_side);
  };
  order.size = {fitting(wanted.size.width), fitting(wanted.size.height)};
  const auto snapshot = editor_.shown().snapshot();
  export_ = std::make_shared<Export>();
  export_->path = wanted.path;
  executor_.post([this_export = export_, order, wanted, snapshot, program = program_] {
    try {
      if (this_export->cancelled) fail("cancelled; nothing was written");
      figure::FigureRequest request;
      request.view = order.view;
      request.options = order.options;
      request.theme = order.theme;
      request.size = order.size;
      request.scale = wanted.scale;
      request.font_size = wanted.font_size;
      request.print = wanted.print;
      request.svg_text = wanted.svg_text;
      request.program = program;
      const bool of_training = views::find_view(order.view).needs.metrics;
      if (const auto readings = snapshot->readings) {
        request.rules = readings->probe.rules;
        // Rules of models that are not shown are none of the figure's.
        std::erase_if(request.rules, [&](const nn::ForceRule& rule) {
          return std::ranges::none_of(order.observations, [&](const views::Observation& observation) {
            return observation.network && nn::concerns(rule, observation.network->cell());
          });
        });
        if (!of_training) say_what_is_read(*snapshot, request);
      }
      write_models(*snapshot, order, wanted, request);
      figure::Material material;
      material.observations.assign(order.observations.begin(), order.observations.end());
      const app::Fonts fonts;
      const auto kind = app::file_kind(wanted.path);
      if (app::moves(kind)) {
        request.options.frame.reset();
        app::Replay replay;
        replay.most_frames = 160;
        const auto progress = [&](double fraction) {
          this_export->progress = fraction;
          if (this_export->cancelled) fail("cancelled; nothing was written");
        };
        this_export->left_out =
            app::export_replay(wanted.path, kind, request, material, fonts, replay, progress);
      } else {
        this_export->left_out = app::export_figure(
            wanted.path, kind, request, figure::make_figure(request, material), fonts, wanted.csv_bom);
      }
    } catch (const std::exception& error) {
      this_export->problem = error.what();
    }
    this_export->done = true;
    return false;
  });
}

double Exports::progress() const {
  return export_ ? export_->progress.load() : 0;
}

void Exports::cancel() {
  if (export_) export_->cancelled = true;
}

void Exports::wait() {
  if (export_) executor_.wait_until([this] { return export_->done.load(); });
  tick();
}

void Exports::tick() {
  if (!export_ || !export_->done) return;
  if (!export_->problem.empty())
    notices_.say(export_->problem, !export_->cancelled);
  else if (export_->left_out.empty())
    notices_.say(fmt::format("wrote {}", export_->path.string()));
  else
    notices_.say(fmt::format("wrote {}; {}", export_->path.string(), export_->left_out));
  export_.reset();
}

}  // namespace gatescope::ui
