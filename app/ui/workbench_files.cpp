// What a workbench opens, keeps and writes.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "app/ui/workbench.h"
#include "core/checkpoint/metadata.h"
#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/experiment/text.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

using session::kSessionEnding;
constexpr const char* kDefaultPreset = "long_memory";

/// Sessions up to this many bytes are read at once, larger ones on a thread of their own.
constexpr std::uintmax_t kReadAtOnce = 8'000'000;

constexpr double kAfterAnAct = 1;  // seconds, and at most so many while a person goes on:
constexpr double kWhileActing = 5;
constexpr double kWhileTraining = 15;  // between two, and so many times as long as one takes:
constexpr double kCostShare = 20;
constexpr double kBetweenBeats = 60;

/// What a file is opened as.
enum class Opens { experiment, session, model, text };

/// Told by its bytes, whatever its name. Throws Error that says what it is where it cannot be opened.
Opens kind_of(const fs::path& path) {
  const std::string bytes = read_beginning(path, std::size_t{1} << 16);
  if (is_safetensors(bytes)) {
    // However large it is, no more than its header is read here: this is the window's thread.
    const auto metadata = checkpoint::read_metadata(path);
    const auto format = metadata.find("format");
    if (format != metadata.end() && format->second == session::kSessionFormat) return Opens::session;
    if (format != metadata.end() && format->second == "gatescope training state")
      fail("'{}' is the training state of a run: open the folder it is in", path.string());
    return Opens::model;
  }
  if (const std::string found = foreign_file(bytes); !found.empty())
    fail("'{}' is {}, expected a preset, a session, a model or a text{}", path.string(), found,
         foreign_advice(bytes));
  if (bytes.find("<svg") != bytes.npos && bytes.find("<metadata id=\"gatescope\">") != bytes.npos)
    fail("'{}' is a figure of Gatescope; gatescope figure --from FILE --out NEW makes it again",
         path.string());
  const std::string ending = path.extension().native();
  if (ending == ".json" || ending == ".JSON") return Opens::experiment;
  if (ending == ".safetensors" || ending == kSessionEnding)
    return Opens::model;  // reading it tells what is wrong
  if (!is_json_object(bytes)) return Opens::text;
  // A text may begin with a brace, too.
  try {
    parse_json(read_file(path, std::uintmax_t{1} << 24), path.string());
    return Opens::experiment;
  } catch (const Error&) {
    return Opens::text;
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
  std::string problem, left_out;  // read after `done`
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
      snapshot_(session_.latest()),
      kept_(folders_.state) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folders_.presets, code)) {
    const std::string name = entry.path().stem().native();
    if (entry.path().extension() == ".json" && path_to_text(name) == name) presets_.push_back(name);
  }
  std::ranges::sort(presets_);
  // The default one first.
  if (const auto first = std::ranges::find(presets_, kDefaultPreset); first != presets_.end())
    std::rotate(presets_.begin(), first, first + 1);
  session::tidy_kept_sessions(folders_.state);
  left_behind_ = session::find_left_behind(folders_.state);
}

Workbench::~Workbench() = default;

// --- Opening ----------------------------------------------------------------------------------------------

void Workbench::open(const std::vector<fs::path>& paths, const OpenOptions& options) {
  loading_ = {};  // whatever was on its way
  try {
    std::vector<fs::path> models;
    for (const fs::path& path : paths)
      if (paths.size() > 1 && kind_of(path) == Opens::model) models.push_back(path);
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
  const Opens kind = kind_of(path);
  if (kind == Opens::experiment) {
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
  if (kind == Opens::session) return load_session(path);
  if (kind == Opens::model) return open_models({path}, options);
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

void Workbench::open_preset(const std::string& name, bool train) {
  try {
    loading_ = {};
    experiment::Experiment experiment = experiment::load_experiment(folders_.presets / (name + ".json"));
    experiment.task.beside = folders_.corpora.native();
    open_experiment(experiment, train);
    preset_ = name;
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Workbench::load_session(const fs::path& path) {
  std::error_code code;
  if (fs::file_size(path, code) <= kReadAtOnce) {
    open_session_file(session::load_session(path));
    session_path_ = path;
    return;
  }
  std::promise<session::SessionFile> promise;
  loading_ = promise.get_future().share();
  loading_path_ = path;
  // Nobody has to wait for it: where another file is opened meanwhile, what it reads is let go of.
  std::thread([path, promise = std::move(promise)]() mutable {
    try {
      promise.set_value(session::load_session(path));
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }).detach();
  say(fmt::format("reading {}", path.string()));
}

void Workbench::gather_loaded() {
  if (!loading_.valid() || loading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  const auto loaded = std::exchange(loading_, {});
  try {
    open_session_file(loaded.get());
    session_path_ = loading_path_;
  } catch (const std::exception& error) {
    say(error.what(), true);
    if (opening_last_) set_last_session_aside();
  }
}

void Workbench::wait_for_files() {
  if (loading_.valid()) loading_.wait();
  gather_loaded();
}

namespace {

/// The view's choices as far as they read: those of a later version are left out, and named in `ignored`.
ViewState readable_view(const nlohmann::json& window, std::vector<std::string>& ignored) {
  const auto reads = [](const nlohmann::json& json) {
    try {
      view_state_from_json(json, "the session");
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  nlohmann::json good = nlohmann::json::object();
  for (const auto& [key, value] : window.items()) {
    nlohmann::json with = good;
    with[key] = value;
    if (key == "open" && value.is_array()) {
      nlohmann::json known = nlohmann::json::array();
      for (const auto& view : value) {
        nlohmann::json one = good;
        one[key] = {view};
        if (reads(one))
          known.push_back(view);
        else
          ignored.push_back(fmt::format("the view {}", shown(view)));
      }
      with[key] = known;
      if (known.empty()) continue;
    }
    if (reads(with))
      good = std::move(with);
    else
      ignored.push_back(key);
  }
  return view_state_from_json(good, "the session");
}

}  // namespace

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
    std::vector<std::string> ignored;
    if (!window.empty()) view = readable_view(window, ignored);
    if (!ignored.empty())
      say(fmt::format(
              "what the session says of the window is left out where this version does not know it: {}",
              fmt::join(ignored, ", ")),
          true);
  }
  for (const std::string& remark : file.remarks) say(remark, true);
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

bool Workbench::save_session(const fs::path& path) {
  try {
    session::save_session(path, {session_.capture().get(), window_choices()});
    session_path_ = path;
    say(fmt::format("saved {}", path.string()));
    return true;
  } catch (const std::exception& error) {
    say(error.what(), true);
    return false;
  }
}

bool Workbench::keep_session() {
  if (folders_.state.empty() || snapshot_->models.empty()) return true;
  if (writing_.valid()) writing_.wait();
  gather_kept();
  remember_kept();
  try {
    session::save_session(kept_.path(), {session_.capture().get(), window_choices()});
    keep_problem_.clear();
    return true;
  } catch (const std::exception& error) {
    cannot_keep(error.what());
    return false;
  }
}

/// Once, until it is another reason.
void Workbench::cannot_keep(const std::string& why) {
  kept_once_ = false;  // tried again
  if (std::exchange(keep_problem_, why) != why) say(fmt::format("the session cannot be kept: {}", why), true);
}

nlohmann::json Workbench::window_choices() const {
  nlohmann::json window = to_json(document_.view);
  window["training"] = snapshot_->training;
  window["preset"] = preset_;
  return window;
}

bool Workbench::differs_from_kept() const {
  if (!kept_once_ || snapshot_->training != kept_training_) return true;
  if (document_.experiment != kept_document_.experiment || document_.probe != kept_document_.probe)
    return true;
  ViewState view = kept_document_.view;
  if (playing()) view.step = document_.view.step;  // it moves by itself
  return view != document_.view;
}

void Workbench::remember_kept() {
  kept_document_ = document_;
  kept_updates_ = snapshot_->updates;
  kept_training_ = snapshot_->training;
  kept_once_ = true;
  kept_at_ = Clock::now();
  acted_from_.reset();
  acted_at_.reset();
}

void Workbench::gather_kept() {
  const auto ready = [](auto& future) {
    return future.valid() && future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  try {
    if (ready(writing_)) {
      writing_.get();
      kept_cost_ = seconds_since(kept_at_);
      keep_problem_.clear();
    }
    if (ready(keeping_)) {
      session::SessionFile file{keeping_.get(), window_choices()};
      writing_ = std::async(std::launch::async, [path = kept_.path(), file = std::move(file)] {
        session::save_session(path, file);
      });
    }
  } catch (const std::exception& error) {
    cannot_keep(error.what());
  }
}

/// Without a wait: the worker hands its state over, another thread writes it. Never two at once, however slow
/// the disk is.
void Workbench::keep_now_and_then() {
  gather_kept();
  if (folders_.state.empty() || snapshot_->models.empty() || asking_) return;
  if (seconds_since(beat_at_) > kBetweenBeats) {
    beat_at_ = Clock::now();
    kept_.beat();
  }
  // An act is what changed since the frame before, not only since the last time it was kept.
  if (differs_from_kept()) {
    const Clock::time_point now = Clock::now();
    if (!acted_from_) acted_from_ = now;
    if (!acted_at_ || document_ != acted_document_) acted_at_ = now;
    acted_document_ = document_;
  } else {
    acted_from_.reset();
    acted_at_.reset();
  }
  if (keeping_.valid() || writing_.valid() || keep_due_in() > 0) return;
  remember_kept();
  keeping_ = session_.capture();
}

/// Seconds until the session is kept again; infinity where nothing changed.
double Workbench::keep_due_in() const {
  double due = std::numeric_limits<double>::infinity();
  const double pause = std::max(kWhileTraining, kCostShare * kept_cost_), passed = seconds_since(kept_at_);
  if (acted_at_) {
    due = std::min(kAfterAnAct - seconds_since(*acted_at_), kWhileActing - seconds_since(*acted_from_));
    // Where it failed or takes long, not after every act.
    due = std::max(due, (keep_problem_.empty() ? kCostShare * kept_cost_ : kWhileTraining) - passed);
  }
  if (snapshot_->updates != kept_updates_) due = std::min(due, pause - passed);
  return due;
}

double Workbench::wakes_in() const {
  double wait = kBetweenBeats;
  if (loading_.valid() || keeping_.valid() || writing_.valid()) wait = 0.1;
  if (!folders_.state.empty() && !snapshot_->models.empty() && !asking_)
    wait = std::min(wait, std::max(0.05, keep_due_in()));
  return wait;
}

void Workbench::end_session() {
  // While nobody answered for what is left behind, there is nothing of anybody's yet.
  if (folders_.state.empty() || snapshot_->models.empty() || asking_) return;
  if (writing_.valid()) writing_.wait();
  session::save_session(last_session(), {session_.capture().get(), window_choices()});
  kept_.done();
}

fs::path Workbench::last_session() const {
  return session::last_session_in(folders_.state);
}

// --- The beginning ----------------------------------------------------------------------------------------

void Workbench::start(std::vector<fs::path> paths, OpenOptions options) {
  if (folders_.state.empty())
    say("nothing is kept when this window ends, since neither HOME nor XDG_STATE_HOME is set: save the "
        "session "
        "where it matters",
        true);
  first_paths_ = std::move(paths);
  first_options_ = std::move(options);
  asking_ = !left_behind_.empty();
  if (asking_)
    open_preset(kDefaultPreset, false);  // to be seen behind the question
  else
    open_first();
}

void Workbench::open_first() {
  asking_ = false;
  history_.clear();
  std::error_code code;
  const auto paths = std::exchange(first_paths_, {});
  if (!paths.empty()) {
    open_preset(kDefaultPreset);  // what there is where a path cannot be opened
    open(paths, first_options_);
  } else if (fs::exists(last_session(), code)) {
    opening_last_ = true;
    open({last_session()});
    session_path_.reset();
    loading_path_.reset();
    if (!loading_.valid() && !opening()) set_last_session_aside();
  } else {
    open_preset(kDefaultPreset);
  }
}

/// It cannot be opened: the end of this session does not write over it.
void Workbench::set_last_session_aside() {
  opening_last_ = false;
  std::error_code code;
  fs::path aside;
  for (int number = 1; aside.empty() || fs::exists(aside, code); ++number)
    aside = folders_.state / fmt::format("unreadable-{}{}", number, kSessionEnding);
  fs::rename(last_session(), aside, code);
  if (!code) say(fmt::format("the last session could not be opened; it is kept as {}", aside.string()), true);
  open_preset(kDefaultPreset);
}

void Workbench::open_left_behind(std::size_t number) {
  if (number >= left_behind_.size()) return;
  const session::LeftBehind left = left_behind_[number];
  left_behind_.erase(left_behind_.begin() + static_cast<std::ptrdiff_t>(number));
  try {
    const fs::path path = session::recover(left);
    const std::uint64_t before = opened_;
    open({path});
    session_path_.reset();
    loading_path_.reset();
    if (opened_ == before && !loading_.valid()) {
      say(fmt::format("it is kept as {}", path.string()), true);
      if (left_behind_.empty() && asking_) open_first();
      return;
    }
    asking_ = false;
    history_.clear();
    const std::size_t others = std::exchange(left_behind_, {}).size();
    if (!first_paths_.empty()) {
      say(fmt::format("{} was not opened: the session of before is open instead", first_paths_[0].string()));
      first_paths_.clear();
    } else if (others > 0) {
      say(fmt::format("{} at the next start", others == 1 ? "the other one is offered"
                                                          : fmt::format("the other {} are offered", others)));
    }
  } catch (const std::exception& error) {
    say(error.what(), true);
    if (left_behind_.empty() && asking_) open_first();
  }
}

void Workbench::throw_away_left_behind(std::size_t number) {
  if (number >= left_behind_.size()) return;
  const session::LeftBehind left = left_behind_[number];
  left_behind_.erase(left_behind_.begin() + static_cast<std::ptrdiff_t>(number));
  if (left_behind_.empty() && asking_) open_first();
  try {
    const fs::path path = session::throw_away(left);
    say(fmt::format("thrown away; for {} days it is still there as {}", session::kDaysInTrash,
                    path.string()));
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Workbench::keep_left_behind() {
  left_behind_.clear();
  if (asking_) open_first();
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
  if (!order.observations) {
    say("there is nothing to export yet", true);
    return;
  }
  // As it is shown: with the cursor that lies over it.
  const views::View& chosen = views::find_view(wanted.view);
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
      request.font_size = wanted.font_size;
      request.print = wanted.print;
      request.svg_text = wanted.svg_text;
      request.program = program;
      const bool of_training = views::find_view(order.view).of_training;
      if (const auto readings = snapshot->readings) {
        request.rules = readings->probe.rules;
        // Rules of models that are not shown are none of the figure's.
        std::erase_if(request.rules, [&](const std::string& rule) {
          const std::string channel = nn::parse_force_rule(rule).channel;
          return std::ranges::none_of(*order.observations, [&](const views::Observation& observation) {
            return observation.network && observation.network->cell().find(channel) != nn::kNone;
          });
        });
        if (!of_training) say_what_is_read(*snapshot, request);
      }
      write_models(*snapshot, order, wanted, request);
      figure::Material material;
      material.observations = *order.observations;
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
  });
}

/// The text, or a labelled task's sequence, and which loss is meant.
void Workbench::say_what_is_read(const session::Snapshot& snapshot, figure::FigureRequest& request) {
  const session::Readings& readings = *snapshot.readings;
  const views::Observation& first = readings.observations.front();
  if (!first.outcome().of_input) {
    request.sequence = figure::labelled_sequence(*first.text, readings.probe.sequence, first.alphabet.inputs,
                                                 first.alphabet.outputs);
    return;  // with the loss of all its labels
  }
  request.text = readings.probe.text;
  if (readings.probe.loss_step && views::find_view(request.view).one_loss)
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
  const auto& readings = snapshot.readings->observations;
  for (std::size_t m = 0; m < order.observations->size(); ++m) {
    const views::Observation& observation = (*order.observations)[m];
    const auto found = order.observations->size() == readings.size()
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
    if (views::find_view(order.view).of_training) {
      fs::path table = wanted.path;
      table.replace_extension();
      table += ".metrics.csv";
      std::vector<train::MetricsRow> rows;
      for (const views::Observation& each : *order.observations)
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
  if (!export_->problem.empty())
    say(export_->problem, !export_->cancelled);
  else if (export_->left_out.empty())
    say(fmt::format("wrote {}", export_->path.string()));
  else
    say(fmt::format("wrote {}; {}", export_->path.string(), export_->left_out));
  export_.reset();
}

}  // namespace gatescope::ui
