// What a workbench opens, keeps and writes.

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "app/ui/workbench.h"
#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/experiment/json_reader.h"
#include "core/experiment/text.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSessionEnding = ".gatescope";

fs::path running_file(const fs::path& folder) {
  return folder / fmt::format("running-{}{}", getpid(), kSessionEnding);
}

/// The newest session of a program that is no longer there.
std::optional<fs::path> find_left_behind(const fs::path& folder) {
  std::optional<fs::path> newest;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("running-") || !name.ends_with(kSessionEnding)) continue;
    const int process = std::atoi(name.c_str() + 8);
    if (process <= 0 || kill(process, 0) == 0) continue;
    if (!newest || fs::last_write_time(entry.path(), code) > fs::last_write_time(*newest, code))
      newest = entry.path();
  }
  return newest;
}

/// What a file is opened as.
enum class Kind { experiment, session, model, text };

/// Told by its bytes, whatever its name. Throws Error that says what it is where it cannot be opened.
Kind kind_of(const fs::path& path) {
  const std::string bytes = read_beginning(path, std::size_t{1} << 16);
  if (is_safetensors(bytes)) {
    const checkpoint::Safetensors file = checkpoint::read_safetensors(path);
    if (session::is_session(file)) return Kind::session;
    if (const auto format = file.metadata.find("format");
        format != file.metadata.end() && format->second == "gatescope training state")
      fail("'{}' is the training state of a run: open the folder it is in", path.string());
    return Kind::model;
  }
  if (const std::string found = foreign_file(bytes); !found.empty())
    fail("'{}' is {}, expected a preset, a session, a model or a text{}", path.string(), found,
         foreign_advice(bytes));
  if (bytes.find("<svg") != bytes.npos && bytes.find("<metadata id=\"gatescope\">") != bytes.npos)
    fail("'{}' is a figure of Gatescope; gatescope figure --from FILE --out NEW makes it again",
         path.string());
  const std::string ending = path.extension().native();
  if (ending == ".json" || ending == ".JSON") return Kind::experiment;
  if (ending == ".safetensors" || ending == kSessionEnding)
    return Kind::model;  // reading it tells what is wrong
  if (!is_json_object(bytes)) return Kind::text;
  // A text may begin with a brace, too.
  try {
    experiment::parse_json(read_file(path, std::uintmax_t{1} << 24), path.string());
    return Kind::experiment;
  } catch (const Error&) {
    return Kind::text;
  }
}

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

}  // namespace

/// A figure on its way to a file, on a thread of its own.
struct Workbench::Export {
  std::atomic<double> progress{0};
  std::atomic<bool> cancelled{false}, done{false};
  std::string problem;  // read after `done`
  fs::path path;
  std::thread thread;

  ~Export() {
    cancelled = true;
    if (thread.joinable()) thread.join();
  }
};

Workbench::Workbench(Folders folders, int threads, std::string program)
    : folders_(std::move(folders)),
      program_(std::move(program)),
      session_({.threads = threads, .corpora = folders_.corpora}),
      snapshot_(session_.latest()) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folders_.presets, code)) {
    const std::string name = entry.path().stem().native();
    if (entry.path().extension() == ".json" && path_to_text(name) == name) presets_.push_back(name);
  }
  std::ranges::sort(presets_);
  // The default one first.
  if (const auto first = std::ranges::find(presets_, "long_memory"); first != presets_.end())
    std::rotate(presets_.begin(), first, first + 1);
  if (!folders_.state.empty()) left_behind_ = find_left_behind(folders_.state);
}

Workbench::~Workbench() = default;

// --- Opening ----------------------------------------------------------------------------------------------

void Workbench::open(const std::vector<fs::path>& paths, const OpenOptions& options) {
  try {
    std::vector<fs::path> models;
    for (const fs::path& path : paths)
      if (paths.size() > 1 && kind_of(path) == Kind::model) models.push_back(path);
    if (models.size() > 1 && models.size() == paths.size()) {
      return open_models(models, options);
    }
    if (!paths.empty()) open_one(paths.front(), options);
    if (paths.size() > 1) say("several files came at once: the first is open; only models open together");
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Workbench::open_one(const fs::path& path, const OpenOptions& options) {
  std::error_code code;
  if (!fs::exists(path, code)) fail("there is no file '{}'", path.string());
  if (fs::is_directory(path, code)) {
    if (!fs::exists(path / train::kStateFile, code))
      fail("'{}' is a folder without a run: open a preset, a session, a model or a text", path.string());
    const auto from = std::make_shared<const train::Continuation>(train::load_continuation(path));
    return open_experiment(experiment::load_experiment(path / train::kExperimentFile), false, from);
  }
  const Kind kind = kind_of(path);
  if (kind == Kind::experiment) {
    experiment::Experiment experiment = experiment::load_experiment(path);
    const bool shipped = fs::equivalent(path, folders_.presets / path.filename(), code);
    // The program's own presets mean the program's own texts, whatever the working folder holds.
    experiment.task.replace_invalid = experiment.task.replace_invalid || options.replace_invalid;
    if (shipped) experiment.task.beside = folders_.corpora.native();
    open_experiment(experiment, true);
    preset_ = shipped ? path.stem().native() : std::string();
    if (std::ranges::find(presets_, preset_) == presets_.end()) preset_.clear();
    return;
  }
  if (kind == Kind::session) {
    open_session_file(session::load_session(path));
    session_path_ = path;
    return;
  }
  if (kind == Kind::model) return open_models({path}, options);
  // Anything else is a text to learn, with the models there are.
  experiment::Experiment experiment = document_.experiment;
  experiment.task.replace_invalid = options.replace_invalid;
  experiment::set_text(experiment.task, fs::absolute(path));
  experiment.title = printable(path.filename().native());
  experiment.look_for = "Which gates follow the words, the lines, the punctuation of this text?";
  if (!snapshot_->can_train) return open_experiment(experiment, true);
  edit(
      "text",
      [&](Document& d) {
        d.experiment = experiment;
        d.probe.text.clear();
      },
      true);
}

void Workbench::open_experiment(const experiment::Experiment& experiment, bool train,
                                std::shared_ptr<const train::Continuation> from) {
  Document before = document_, next = document_;
  next.experiment = experiment;
  Captured run;
  if (!snapshot_->models.empty()) run = run_lost_by(next);
  document_.experiment = experiment;
  document_.experiment.force.clear();
  document_.probe = {};
  document_.probe.rules = experiment.force;
  document_.probe.force_training = !experiment.force.empty();
  document_.view.model = 0;
  document_.view.layer = 0;
  document_.view.unit.reset();
  document_.view.step = 24;
  document_.view.open = {"gates"};
  document_.view.coloured_by.clear();
  if (!experiment.views.empty()) document_.view.open = experiment.views;
  // The gradient's way back begins at the end; of everything else the beginning of a text shows most.
  if (wants_one_loss(document_.view)) document_.view.step = 1 << 24;
  choose_telling_unit_ = true;
  direction_ = 0;
  set_pulse({});
  session_path_.reset();
  sent_probe_ = wanted_probe();
  open_as(session::Open{document_.experiment, std::move(from), train, sent_probe_}, before);
  fit_choices();
  if (!snapshot_->models.empty()) remember({std::move(before), std::move(run)}, "open");
}

void Workbench::open_preset(const std::string& name) {
  try {
    experiment::Experiment experiment = experiment::load_experiment(folders_.presets / (name + ".json"));
    experiment.task.beside = folders_.corpora.native();
    open_experiment(experiment, true);
    preset_ = name;
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Workbench::open_session_file(const session::SessionFile& file) {
  const Document before = document_;
  ViewState view = document_.view;
  bool training = false;
  if (file.window.is_object()) {
    nlohmann::json window = file.window;
    if (window.contains("training")) training = window.at("training") == true;
    window.erase("training");
    if (window.contains("preset") && window.at("preset").is_string()) preset_ = window.at("preset");
    window.erase("preset");
    if (!window.empty()) view = view_state_from_json(window, "the session");
  }
  document_ = {file.capture.experiment, file.capture.probe, view};
  document_.probe.loss_step.reset();
  history_.clear();
  set_pulse({});
  direction_ = 0;
  choose_telling_unit_ = false;
  sent_probe_ = wanted_probe();
  if (file.capture.training)
    open_as(session::Open{file.capture.experiment, file.capture.training, false, sent_probe_}, before);
  else
    open_as(session::OpenModels{{}, file.capture.models, "the session", {}, sent_probe_}, before);
  fit_choices();
  if (training) session_.send(session::Train{true, {}});
}

// --- Keeping ----------------------------------------------------------------------------------------------

void Workbench::save_session(const fs::path& path) {
  try {
    session::save_session(path, {session_.capture().get(), window_choices()});
    session_path_ = path;
    say(fmt::format("saved {}", path.string()));
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Workbench::keep_session() {
  kept_at_ = time_;
  if (folders_.state.empty() || snapshot_->models.empty()) return;
  try {
    session::save_session(running_file(folders_.state), {session_.capture().get(), window_choices()});
  } catch (const std::exception& error) {
    say(fmt::format("the session cannot be kept: {}", error.what()), true);
  }
}

nlohmann::json Workbench::window_choices() const {
  nlohmann::json window = to_json(document_.view);
  window["training"] = snapshot_->training;
  window["preset"] = preset_;
  return window;
}

/// Every half minute, without a wait: the worker hands its state over, another thread writes it.
void Workbench::keep_now_and_then() {
  using std::chrono::seconds;
  const auto ready = [](auto& future) {
    return future.valid() && future.wait_for(seconds(0)) == std::future_status::ready;
  };
  try {
    if (ready(writing_)) writing_.get();
    if (ready(keeping_)) {
      session::SessionFile file{keeping_.get(), window_choices()};
      writing_ =
          std::async(std::launch::async, [path = running_file(folders_.state), file = std::move(file)] {
            session::save_session(path, file);
          });
    }
  } catch (const std::exception& error) {
    say(fmt::format("the session cannot be kept: {}", error.what()), true);
  }
  if (time_ - kept_at_ < 30 || folders_.state.empty() || snapshot_->updates == 0) return;
  if (keeping_.valid() || writing_.valid()) return;
  kept_at_ = time_;
  keeping_ = session_.capture();
}

void Workbench::end_session() {
  if (folders_.state.empty() || snapshot_->models.empty()) return;
  if (writing_.valid()) writing_.wait();
  keep_session();
  std::error_code code;
  fs::rename(running_file(folders_.state), last_session(), code);
}

fs::path Workbench::last_session() const {
  return folders_.state / fmt::format("last{}", kSessionEnding);
}

void Workbench::answer_left_behind(bool open_it) {
  if (!left_behind_) return;
  const fs::path path = *left_behind_;
  left_behind_.reset();
  if (open_it) {
    open({path});
    session_path_.reset();
  }
  std::error_code code;
  if (open_it)
    fs::rename(path, folders_.state / fmt::format("recovered{}", kSessionEnding), code);
  else
    fs::remove(path, code);
}

// --- Exporting --------------------------------------------------------------------------------------------

fs::path Workbench::export_path(const std::string& id, const std::string& ending) const {
  std::string name = id;
  if (const std::string title = slug(preset_.empty() ? snapshot_->experiment.title : preset_); !title.empty())
    name += "-" + title;
  if (snapshot_->can_train) name += fmt::format("-update-{}", snapshot_->updates);
  if (forced()) name += "-forced";
  fs::path path = folders_.exports / (name + "." + ending);
  std::error_code code;
  for (int number = 2; fs::exists(path, code); ++number)
    path = folders_.exports / fmt::format("{}-{}.{}", name, number, ending);
  return path;
}

void Workbench::export_figure(const ExportOrder& wanted) {
  if (export_) {
    say("another figure is being written: wait for it, or cancel it", true);
    return;
  }
  try {
    app::file_kind(wanted.path);
  } catch (const std::exception& error) {
    say(error.what(), true);
    return;
  }
  FigureOrder order = this->order(wanted.view, wanted.size);
  if (!order.subjects) {
    say("there is nothing to export yet", true);
    return;
  }
  // As it is shown: with the cursor that lies over it.
  const figure::View& chosen = figure::find_view(wanted.view);
  if (!chosen.of_training && !chosen.compares) {
    order.options.step = view().step;
    order.options.unit = view().unit;
  }
  order.theme = wanted.theme;
  const auto fitting = [](float side) {
    return std::clamp<float>(side, figure::smallest_side, figure::largest_side);
  };
  order.size = {fitting(wanted.size.width), fitting(wanted.size.height)};
  const auto snapshot = snapshot_;
  export_ = std::make_unique<Export>();
  export_->path = wanted.path;
  export_->thread = std::thread([this_export = export_.get(), order, wanted, snapshot, program = program_] {
    try {
      figure::FigureRequest request;
      request.view = order.view;
      request.options = order.options;
      request.theme = order.theme;
      request.size = order.size;
      request.scale = wanted.scale;
      request.program = program;
      const bool of_training = figure::find_view(order.view).of_training;
      if (const auto readings = snapshot->readings) {
        request.rules = readings->probe.rules;
        // Rules of models that are not shown are none of the figure's.
        std::erase_if(request.rules, [&](const std::string& rule) {
          const std::string channel = nn::parse_force_rule(rule).channel;
          return std::ranges::none_of(*order.subjects, [&](const figure::Subject& subject) {
            return subject.network && subject.network->cell().find(channel) != nn::kNone;
          });
        });
        if (!of_training) say_what_is_read(*snapshot, request);
      }
      write_models(*snapshot, order, wanted, request);
      figure::Material material;
      material.subjects = *order.subjects;
      const app::Fonts fonts;
      const auto kind = app::file_kind(wanted.path);
      if (app::moves(kind)) {
        request.options.frame.reset();
        app::Replay replay;
        replay.most_frames = 160;
        app::export_replay(wanted.path, kind, request, material, fonts, replay, [&](double fraction) {
          this_export->progress = fraction;
          if (this_export->cancelled) fail("cancelled; nothing was written");
        });
      } else {
        app::export_figure(wanted.path, kind, request, figure::make_figure(request, material), fonts);
      }
    } catch (const std::exception& error) {
      this_export->problem = error.what();
    }
    this_export->done = true;
  });
}

/// The text, or a labelled task's sequence, and which loss is meant.
void Workbench::say_what_is_read(const session::Snapshot& snapshot, figure::FigureRequest& request) {
  const session::Readings& readings = *snapshot.readings;
  const figure::Subject& subject = readings.subjects.front();
  if (!subject.classes.empty()) {
    request.sequence =
        figure::labelled_sequence({subject.text->tokens, subject.text->targets}, readings.probe.sequence,
                                  subject.vocabulary, subject.classes);
    return;  // with the loss of all its labels
  }
  request.text = readings.probe.text;
  if (readings.probe.loss_step && figure::find_view(request.view).one_loss)
    request.loss = std::to_string(*readings.probe.loss_step);
}

/// The models a figure was made from, beside it and named after it, so that it can be made again.
void Workbench::write_models(const session::Snapshot& snapshot, const FigureOrder& order,
                             const ExportOrder& wanted, figure::FigureRequest& request) {
  if (!snapshot.readings) return;
  // What may be given away says nothing of where it was made.
  const nlohmann::json experiment = snapshot.can_train
                                        ? figure::without_places(experiment::to_json(snapshot.experiment))
                                        : nlohmann::json();
  // One model alone is told by its network; all of them stand in their order.
  const auto& readings = snapshot.readings->models;
  for (std::size_t m = 0; m < order.subjects->size(); ++m) {
    const figure::Subject& subject = (*order.subjects)[m];
    const auto found = order.subjects->size() == readings.size()
                           ? readings.begin() + static_cast<std::ptrdiff_t>(m)
                           : std::ranges::find_if(readings, [&](const auto& reading) {
                               return reading.network.get() == subject.network;
                             });
    figure::ModelReference& reference = request.models.emplace_back();
    reference.experiment = experiment;
    reference.name = subject.name;
    if (snapshot.can_train) reference.update = snapshot.readings->update;
    if (!wanted.with_model || found == readings.end()) continue;
    fs::path path = wanted.path;
    path.replace_extension();
    path += fmt::format(".{}.safetensors", slug(subject.name));
    auto file = checkpoint::model_file(*found->network, snapshot.vocabulary, experiment);
    if (reference.update) file.metadata["updates"] = std::to_string(*reference.update);
    checkpoint::save_model(path, file);
    reference.file = figure::refer_to(path);
    if (figure::find_view(order.view).of_training) {
      fs::path table = wanted.path;
      table.replace_extension();
      table += ".metrics.csv";
      std::vector<train::MetricsRow> rows;
      for (const figure::Subject& each : *order.subjects)
        rows.insert(rows.end(), each.metrics.begin(), each.metrics.end());
      write_file(table, train::metrics_csv(rows));
      reference.metrics = figure::refer_to(table);
    }
  }
}

double Workbench::export_progress() const {
  return export_ ? export_->progress.load() : 0;
}

void Workbench::cancel_export() {
  if (export_) export_->cancelled = true;
}

void Workbench::wait_for_export() {
  if (export_ && export_->thread.joinable()) export_->thread.join();
  gather_export();
}

void Workbench::gather_export() {
  if (!export_ || !export_->done) return;
  if (export_->thread.joinable()) export_->thread.join();
  if (export_->problem.empty())
    say(fmt::format("wrote {}", export_->path.string()));
  else
    say(export_->problem, !export_->cancelled);
  export_.reset();
}

}  // namespace gatescope::ui
