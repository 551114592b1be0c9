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
#include "core/observe/held_out.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

/// Letters and digits, words joined by hyphens: for file names.
std::string slug(std::string_view text) {
  constexpr std::string_view changed = ", changed";  // says more than the end of a long title
  if (text.ends_with(changed)) {
    text.remove_suffix(changed.size());
    return slug(text.substr(0, 32)) + "-changed";
  }
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
  if (const auto held_out = observe::held_out(first);
      held_out && views::find_view(request.view).takes.held_out)
    request.held_out = observe::given_held_out(*held_out, first.alphabet, first.network->interface());
  if (!first.outcome().of_input) {
    std::optional<std::uint64_t> number;  // of a held-out one
    if (!readings.probe.given) number = readings.probe.sequence;
    request.sequence =
        observe::given_sequence(*first.sequence, first.alphabet, first.network->interface(), number);
    return;  // with the loss of all its labels
  }
  request.text = readings.probe.text;
  if (readings.probe.loss_step && views::find_view(request.view).needs.one_loss)
    request.loss = std::to_string(*readings.probe.loss_step);
}

}  // namespace

/// A figure on its way to a file, a piece at a time.
class Exports::Export {
 public:
  Export(FigureOrder order, ExportOrder wanted, std::shared_ptr<const session::Snapshot> snapshot,
         std::string program)
      : path(wanted.path),
        order_(std::move(order)),
        wanted_(std::move(wanted)),
        snapshot_(std::move(snapshot)),
        program_(std::move(program)),
        kind_(app::file_kind(path)) {}

  /// Some milliseconds of work. False: it is written, or a problem says why not.
  bool advance() {
    try {
      if (cancelled) fail("cancelled; nothing was written");
      if (do_part()) return true;
    } catch (const std::exception& error) {
      problem = error.what();
    }
    done = true;
    return false;
  }

  std::atomic<double> progress{0};
  std::atomic<bool> cancelled{false}, done{false};
  std::string problem, left_out;  // read after `done`
  const fs::path path;

 private:
  /// In this order; the last two are done piece by piece.
  enum class Part { request, models, figure, file, replay };

  bool do_part();
  void say_what_is_shown();
  void write_model(std::size_t m);
  void write_table(figure::ModelReference& reference) const;
  bool advance_replay();

  FigureOrder order_;
  ExportOrder wanted_;
  std::shared_ptr<const session::Snapshot> snapshot_;
  std::string program_;
  app::FileKind kind_;
  app::Fonts fonts_;
  Part part_ = Part::request;
  std::size_t model_ = 0;
  figure::FigureRequest request_;
  figure::Material material_;
  std::optional<plot::Figure> figure_;
  std::optional<app::ReplayExport> replay_;
};

bool Exports::Export::do_part() {
  switch (part_) {
    case Part::request:
      say_what_is_shown();
      part_ = Part::models;
      return true;
    case Part::models:
      // What may be given away is written as it was read; without a reading there is none.
      if (snapshot_->readings && model_ < order_.observations.size()) {
        write_model(model_++);
        return true;
      }
      material_.observations.assign(order_.observations.begin(), order_.observations.end());
      part_ = app::moves(kind_) ? Part::replay : Part::figure;
      return true;
    case Part::figure:
      figure_ = figure::make_figure(request_, material_);
      progress = 0.5;
      part_ = Part::file;
      return true;
    case Part::file:
      left_out = app::export_figure(path, kind_, request_, *figure_, fonts_, wanted_.csv_bom);
      return false;
    case Part::replay:
      return advance_replay();
  }
  return false;
}

void Exports::Export::say_what_is_shown() {
  request_.view = order_.view;
  request_.options = order_.options;
  request_.theme = order_.theme;
  request_.size = order_.size;
  request_.scale = wanted_.scale;
  request_.font_size = wanted_.font_size;
  request_.print = wanted_.print;
  request_.svg_text = wanted_.svg_text;
  request_.program = program_;
  if (app::moves(kind_)) request_.options.frame.reset();
  const auto readings = snapshot_->readings;
  if (!readings) return;
  request_.rules = readings->probe.rules;
  // Rules of models that are not shown are none of the figure's.
  std::erase_if(request_.rules, [&](const nn::ForceRule& rule) {
    return std::ranges::none_of(order_.observations, [&](const views::Observation& observation) {
      return observation.network && nn::concerns(rule, observation.network->spec());
    });
  });
  if (!views::find_view(order_.view).needs.metrics) say_what_is_read(*snapshot_, request_);
}

/// A model the figure was made from, beside it and named after it, so that it can be made again.
void Exports::Export::write_model(std::size_t m) {
  // What may be given away says nothing of where it was made.
  const nlohmann::json experiment = snapshot_->can_train
                                        ? figure::without_places(experiment::to_json(snapshot_->experiment))
                                        : nlohmann::json();
  // One model alone is told by its network; all of them stand in their order.
  const auto& readings = snapshot_->readings->observations;
  const views::Observation& observation = order_.observations[m];
  if (observation.left) return;  // its weights are not these
  const auto present = std::ranges::count(order_.observations, false, &views::Observation::left);
  const auto found = present == std::ssize(readings)
                         ? readings.begin() + static_cast<std::ptrdiff_t>(m)
                         : std::ranges::find_if(readings, [&](const auto& reading) {
                             return reading.network == observation.network;
                           });
  figure::ModelReference& reference = request_.models.emplace_back();
  reference.experiment = experiment;
  reference.name = observation.name;
  if (snapshot_->can_train) reference.update = snapshot_->readings->update;
  if (!wanted_.with_model || found == readings.end()) return;
  fs::path beside = path;
  beside.replace_extension();
  beside += fmt::format(".{}.safetensors", slug(observation.name));
  auto file = checkpoint::model_file(*found->network, snapshot_->vocabulary, experiment);
  if (reference.update) file.metadata["updates"] = std::to_string(*reference.update);
  checkpoint::save_model(beside, file);
  reference.file = figure::refer_to(beside);
  if (views::find_view(order_.view).needs.metrics) write_table(reference);
}

void Exports::Export::write_table(figure::ModelReference& reference) const {
  fs::path table = path;
  table.replace_extension();
  table += ".metrics.csv";
  std::vector<train::MetricsRow> rows;
  for (const views::Observation& each : order_.observations)
    if (!each.left) rows.insert(rows.end(), each.metrics.begin(), each.metrics.end());
  write_file(table, train::metrics_csv(rows));
  reference.metrics = figure::refer_to(table);
}

bool Exports::Export::advance_replay() {
  if (!replay_) {
    app::Replay replay;
    replay.most_frames = 160;
    replay_.emplace(path, kind_, request_, material_, fonts_, replay, [this](double fraction) {
      progress = fraction;
      if (cancelled) fail("cancelled; nothing was written");
    });
  }
  if (replay_->advance()) return true;
  left_out = replay_->left_out();
  return false;
}

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
  export_ = std::make_shared<Export>(std::move(order), wanted, editor_.shown().snapshot(), program_);
  executor_.post([writing = export_] { return writing->advance(); });
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
