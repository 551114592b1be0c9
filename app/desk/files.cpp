#include "app/desk/files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/desk/link.h"
#include "core/checkpoint/metadata.h"
#include "core/error.h"
#include "core/experiment/labels.h"
#include "core/experiment/open_lines.h"
#include "core/experiment/open_pairs.h"
#include "core/experiment/open_series.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/session/kept_sessions.h"
#include "core/task/labelled_lines.h"
#include "core/task/pair_lines.h"
#include "core/train/run.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

/// What a file is opened as.
enum class Opens { experiment, session, model, text, series, lines, pairs };

bool is_table(const std::string& ending) {
  return ending == ".csv" || ending == ".tsv" || ending == ".CSV" || ending == ".TSV";
}

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
  if (ending == ".safetensors" || ending == session::kSessionEnding)
    return Opens::model;  // reading it tells what is wrong
  if (task::looks_like_labelled_lines(bytes)) return Opens::lines;
  if (is_table(ending) && task::looks_like_pairs(bytes, path.native())) return Opens::pairs;
  if (is_table(ending)) return Opens::series;
  if (!is_json_object(bytes)) return Opens::text;
  // A text may begin with a brace, too.
  try {
    parse_json(read_file(path, std::uintmax_t{1} << 24), path.string());
    return Opens::experiment;
  } catch (const Error&) {
    return Opens::text;
  }
}

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
        one[key] = nlohmann::json::array({view});  // {view} is a copy of it for clang
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

bool Files::is_large(const fs::path& path) {
  constexpr std::uintmax_t at_once = 8'000'000;  // bytes
  std::error_code code;
  const std::uintmax_t size = fs::file_size(path, code);
  return !code && size > at_once;
}

Files::Files(const Folders& folders, Executor& executor, session::Session& session, Editor& editor,
             Notices& notices)
    : folders_(folders), executor_(executor), session_(session), editor_(editor), notices_(notices) {
  for (const fs::path& file : files_in(folders_.presets, ".json")) {
    const std::string name = file.stem().native();
    if (path_to_text(name) == name) presets_.push_back(name);
  }
  // The default one first.
  if (const auto first = std::ranges::find(presets_, kDefaultPreset); first != presets_.end())
    std::rotate(presets_.begin(), first, first + 1);
  for (const std::string& name : presets_) {
    PresetWords words;
    try {
      const auto preset = experiment::load_experiment(folders_.presets / (name + ".json"));
      words = {printable(preset.title), printable(preset.look_for)};
    } catch (const std::exception&) {  // opening it says why
    }
    preset_words_.push_back(std::move(words));
  }
}

PresetWords Files::words_of_preset(const std::string& name) const {
  const auto at = std::ranges::find(presets_, name);
  if (at == presets_.end()) return {};
  return preset_words_[at - presets_.begin()];
}

// --- Opening ----------------------------------------------------------------------------------------------

bool Files::open(const std::vector<fs::path>& paths, const OpenOptions& options) {
  const std::uint64_t before = editor_.last_opening();
  forget_loading();
  try {
    const auto is_model = [](const fs::path& path) { return kind_of(path) == Opens::model; };
    if (paths.size() > 1 && std::ranges::count_if(paths, is_model) == std::ssize(paths)) {
      open_models(paths, options);
    } else if (!paths.empty()) {
      open_one(paths.front(), options);
      if (paths.size() > 1)
        notices_.say("several files came at once: the first is open; only models open together");
    }
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
  }
  return loading() || editor_.last_opening() != before;
}

void Files::open_one(const fs::path& path, const OpenOptions& options) {
  std::error_code code;
  if (is_link(path.native())) return open_link(path.native());
  if (!fs::exists(path, code)) fail("there is no file '{}'", path.string());
  if (fs::is_directory(path, code)) return open_folder(path);
  switch (kind_of(path)) {
    case Opens::experiment:
      return open_experiment_file(path, options);
    case Opens::session:
      return open_session(path);
    case Opens::model:
      return open_models({path}, options);
    case Opens::text:
      return open_text(path, options);
    case Opens::series:
      return open_series(path);
    case Opens::lines:
      return open_lines(path, options);
    case Opens::pairs:
      return open_pairs(path, options);
  }
}

void Files::open_folder(const fs::path& path) {
  std::error_code code;
  if (!fs::exists(path / train::kStateFile, code))
    fail("'{}' is a folder without a run: open a preset, a session, a model or a text", path.string());
  const auto from = std::make_shared<const train::Continuation>(train::load_continuation(path));
  open_experiment(experiment::load_experiment(path / train::kExperimentFile), false, from);
}

void Files::open_experiment_file(const fs::path& path, const OpenOptions& options) {
  std::error_code code;
  experiment::Experiment experiment = experiment::load_experiment(path);
  experiment::check_starts(experiment, path.string());
  const bool shipped = fs::equivalent(path, folders_.presets / path.filename(), code);
  // The program's own presets mean the program's own texts, whatever the working folder holds.
  experiment.task.replace_invalid = experiment.task.replace_invalid || options.replace_invalid;
  const std::string name = path.stem().native();
  if (shipped && std::ranges::find(presets_, name) != presets_.end()) {
    experiment.task.beside = folders_.corpora.native();
    return open_shipped(name, experiment, true);
  }
  open_experiment(experiment, !experiment.opening.paused);
  editor_.set_preset({});
}

/// A preset as it wants to be seen first: with what it has learnt, or from nothing.
void Files::open_shipped(const std::string& name, const experiment::Experiment& experiment, bool train) {
  std::shared_ptr<const train::Continuation> from;
  const fs::path trained = folders_.presets / "trained" / name;
  std::error_code code;
  if (experiment.opening.trained && fs::exists(trained / train::kStateFile, code))
    from = std::make_shared<const train::Continuation>(train::load_continuation(trained));
  open_experiment(experiment, train && !from && !experiment.opening.paused, from);
  editor_.set_preset(name);
}

/// A text to learn, with the models there are.
void Files::open_text(const fs::path& path, const OpenOptions& options) {
  experiment::Experiment experiment = editor_.document().experiment;
  experiment.task.replace_invalid = options.replace_invalid;
  if (!experiment::kind_of(experiment.task).of_text) experiment.training.carry = true;
  experiment::set_text(experiment.task, fs::absolute(path));
  experiment::fit_models(experiment);
  experiment.title = experiment::title_of(experiment.task);
  experiment.look_for = experiment::look_for_in(experiment.task);
  if (!editor_.shown().now().can_train) return open_experiment(experiment, true);
  editor_.follow(EditExperiment{"text", std::move(experiment), true, true});
}

/// A table of numbers to forecast, with the models there are.
void Files::open_series(const fs::path& path) {
  const std::string bytes = read_beginning(path, std::size_t{1} << 16);
  const auto lines = std::max(std::ranges::count(bytes, '\n'), std::ranges::count(bytes, '\r'));
  std::error_code code;
  const std::uintmax_t size = fs::file_size(path, code);
  // As many a byte as in its beginning.
  const double longer =
      code || bytes.empty() ? 1 : static_cast<double>(size) / static_cast<double>(bytes.size());
  learn("series", [&](experiment::Experiment& x) {
    experiment::set_series(x.task, fs::absolute(path).native());
    experiment::fit_window(x.task, static_cast<Index>(static_cast<double>(lines) * longer));
  });
}

/// Labelled lines to tell apart, with the models there are.
void Files::open_lines(const fs::path& path, const OpenOptions& options) {
  learn("lines", [&](experiment::Experiment& x) {
    experiment::set_lines(x.task, fs::absolute(path).native());
    x.task.replace_invalid = options.replace_invalid;
  });
}

/// Pairs to learn, by encoder-decoders of the cells there are.
void Files::open_pairs(const fs::path& path, const OpenOptions& options) {
  learn("pairs", [&](experiment::Experiment& x) {
    experiment::set_pairs(x.task, fs::absolute(path).native());
    x.task.replace_invalid = options.replace_invalid;
  });
}

/// Another task of sequences, with the models there are.
void Files::learn(const std::string& what, const std::function<void(experiment::Experiment&)>& choose) {
  experiment::Experiment experiment = editor_.document().experiment;
  experiment.task = {};
  choose(experiment);
  experiment::fit_models(experiment);
  for (nn::ModelSpec& model : experiment.models)
    if (!model.decoder) model.bidirectional = false;  // neither learns in both directions
  experiment.training.carry = false;
  experiment.title = experiment::title_of(experiment.task);
  experiment.look_for = experiment::look_for_in(experiment.task);
  if (!editor_.shown().now().can_train) return open_experiment(experiment, true);
  editor_.follow(EditExperiment{what, std::move(experiment), true, true});
}

void Files::open_experiment(const experiment::Experiment& experiment, bool train,
                            std::shared_ptr<const train::Continuation> from) {
  session_path_.reset();
  editor_.open_experiment(experiment, train, std::move(from));
}

void Files::open_preset(const std::string& name, bool train) {
  try {
    forget_loading();
    experiment::Experiment experiment = experiment::load_experiment(folders_.presets / (name + ".json"));
    experiment.task.beside = folders_.corpora.native();
    open_shipped(name, experiment, train);
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
  }
}

void Files::open_claim(const claim::Card& card) {
  try {
    forget_loading();
    const std::size_t setting = card.conditions.empty() ? 0 : card.conditions.front().of.setting;
    experiment::Experiment experiment = claim::experiment_of(card, setting, 1);
    experiment.title = card.title;
    experiment.look_for = card.claim;
    experiment::check_starts(experiment, card.name);
    open_experiment(experiment, true);
    editor_.set_preset({});
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
  }
}

void Files::open_session(const fs::path& path) {
  if (!is_large(path)) {
    open_session_file(session::load_session(path));
    session_path_ = path;
    return;
  }
  loading_path_ = path;
  loading_.begin(executor_, {path},
                 [path](std::vector<std::string> bytes) { return session::session_of(path, bytes.front()); });
  notices_.say(fmt::format("reading {}", path.string()));
}

void Files::open_link(const std::string& text) {
  if (const auto lesson = lesson_from_address(text)) {
    editor_.follow(OpenLesson{lesson->lesson, lesson->language});
    return;
  }
  const Link link = link_from_text(text);
  experiment::Experiment preset;
  if (!link.preset.empty()) {
    if (std::ranges::find(presets_, link.preset) == presets_.end())
      fail("the link begins from the preset {}, which this version does not have", in_quotes(link.preset));
    preset = experiment::load_experiment(folders_.presets / (link.preset + ".json"));
  }
  preset.task.beside = folders_.corpora.native();
  experiment::Experiment experiment = experiment_of(link, preset);
  experiment::check_starts(experiment, "the link");
  if (!link.preset.empty() && link.experiment.empty()) {
    open_shipped(link.preset, experiment, false);
  } else {
    open_experiment(experiment, false);
    editor_.set_preset({});
  }
  editor_.follow(Edit{"link", editor_.document().experiment, link.probe, link.view, false});
  if (link.lesson.open()) editor_.resume_lesson(link.lesson);
}

void Files::forget_loading() {
  loading_.forget();
  loading_models_.forget();
}

void Files::cancel_loading() {
  if (!loading()) return;
  forget_loading();
  notices_.say("cancelled; nothing was opened");
}

bool Files::tick() {
  try {
    if (loading_.ready()) {
      open_session_file(loading_.take());
      session_path_ = loading_path_;
    }
    if (loading_models_.ready()) open_models(loading_models_.take());
    return true;
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
    return false;
  }
}

bool Files::wait() {
  executor_.wait_until([this] {
    return (!loading_.valid() || loading_.ready()) && (!loading_models_.valid() || loading_models_.ready());
  });
  return tick();
}

void Files::open_session_file(const session::SessionFile& file) {
  ViewState view = editor_.document().view;
  bool training = false;
  if (file.window.is_object()) {
    nlohmann::json window = file.window;
    if (window.contains("training")) training = window.at("training") == true;
    window.erase("training");
    if (window.contains("preset") && window.at("preset").is_string()) editor_.set_preset(window.at("preset"));
    window.erase("preset");
    std::vector<std::string> ignored;
    if (window.contains("lesson")) {
      try {
        editor_.resume_lesson(lesson_place_from_json(window.at("lesson"), "the session"));
      } catch (const Error&) {
        ignored.emplace_back("lesson");
      }
      window.erase("lesson");
    }
    if (!window.empty()) view = readable_view(window, ignored);
    if (!ignored.empty())
      notices_.say(
          fmt::format(
              "what the session says of the window is left out where this version does not know it: {}",
              fmt::join(ignored, ", ")),
          true);
  }
  for (const std::string& remark : file.remarks) notices_.say(remark, true);
  editor_.open_capture(file.capture, view, training);
}

// --- Saving -----------------------------------------------------------------------------------------------

/// From the preset that is open, or from the one that what is open differs least from.
std::string Files::shortest_link() const {
  const auto from = [&](const std::string& name) {
    return to_text(
        link_to(editor_.document(), name, experiment::load_experiment(folders_.presets / (name + ".json"))));
  };
  if (!editor_.preset().empty()) return from(editor_.preset());
  std::string shortest = to_text(link_to(editor_.document(), {}, {}));
  for (const std::string& name : presets_) {
    try {
      if (std::string text = from(name); text.size() < shortest.size()) shortest = std::move(text);
    } catch (const std::exception&) {  // opening that preset says why
    }
  }
  return shortest;
}

std::string Files::link() const {
  try {
    if (!editor_.shown().now().can_train && !editor_.shown().now().models.empty())
      fail("a link cannot hold the weights of models from files: save the session, and send its file");
    const std::string text = shortest_link();
    return folders_.address.empty() ? std::string(kLinkScheme) + text : folders_.address + "#" + text;
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
    return {};
  }
}

bool Files::save_session(const fs::path& path) {
  try {
    session::save_session(path, {session_.capture().get(), editor_.window_choices()});
    session_path_ = path;
    notices_.say(fmt::format("saved {}", path.string()));
    return true;
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
    return false;
  }
}

void Files::forget_session_path() {
  session_path_.reset();
  loading_path_.reset();
}

}  // namespace gatescope::ui
