#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/desk/editor.h"
#include "app/desk/executor.h"
#include "app/desk/files_reading.h"
#include "core/checkpoint/model_file.h"
#include "core/claim/card.h"
#include "core/session/session_file.h"

namespace gatescope::ui {

/// Where a window finds and leaves things.
struct Folders {
  std::filesystem::path corpora, presets;  // that come with the program
  std::filesystem::path state;             // where the last session is kept
  std::filesystem::path exports;           // where figures go unless another place is chosen
  std::string address = {};                // of the page that this is, up to the #; empty: it is none
  std::filesystem::path languages = {};    // that come with the program, too; empty: English alone
  std::string usual_language = {};         // that is spoken where none is chosen; empty: English
};

/// The preset a window begins with.
inline constexpr const char* kDefaultPreset = "long_memory";

/// What a preset says of itself.
struct PresetWords {
  std::string title, look_for;
};

/// What was said with the files that are to be opened.
struct OpenOptions {
  checkpoint::ImportOptions import = {};  // of models
  bool replace_invalid = false;  // of texts, lines and pairs: a byte that is not UTF-8 becomes U+FFFD
  bool ask = true;               // a form asks for what a model's file does not say; else: a message
};

/// A model whose file leaves open what a person can say.
struct ImportQuestion {
  std::filesystem::path path;
  checkpoint::ImportOptions known;   // what was said already
  std::vector<std::string> modules;  // that may be the read-out or the embedding
  std::string problem;               // what is missing, or wrong with the last answer
};

/// Models as their files were read, before they are opened.
struct ReadModels {
  std::vector<std::filesystem::path> paths;
  std::vector<checkpoint::ImportOptions> options = {};  // one a model
  std::vector<std::shared_ptr<const std::string>> bytes = {};
  std::vector<std::string> notes = {};
  std::optional<ImportQuestion> question = {};  // instead of them
};

/// Presets, sessions, models and texts that a person opens, and the session that a person saves. Trouble
/// becomes a notice.
class Files {
 public:
  Files(const Folders& folders, Executor& executor, session::Session& session, Editor& editor,
        Notices& notices);

  /// Whatever it is: a preset, a session, models, a text. Returns whether something is being opened now.
  bool open(const std::vector<std::filesystem::path>& paths, const OpenOptions& options = {});
  void open_preset(const std::string& name, bool train = true);
  /// A claim's experiment, as its first condition has it.
  void open_claim(const claim::Card& card);
  const std::vector<std::string>& presets() const { return presets_; }
  /// Empty of a preset that is not there, or does not read.
  PresetWords words_of_preset(const std::string& name) const;

  /// What is asked of a person now; then answered, or not.
  const std::optional<ImportQuestion>& question() const { return question_; }
  void answer(checkpoint::ImportOptions options);
  void leave_question() { question_.reset(); }
  /// Asks once more how the model that is open is to be read.
  bool can_ask_again() const;
  void ask_again();

  /// What leads back to the choices that are seen now, from wherever the program is: a link with the page's
  /// address or the scheme before it (app/desk/link.h). Empty where it cannot be; a message says why.
  std::string link() const;

  /// False where it cannot be written; a message says why.
  bool save_session(const std::filesystem::path& path);
  const std::optional<std::filesystem::path>& session_path() const { return session_path_; }
  void forget_session_path();

  /// Whether a file is being read beside the frames.
  bool loading() const { return loading_.valid() || loading_models_.valid(); }
  /// How much of it has been read, in [0, 1].
  double loading_progress() const { return std::max(loading_.progress(), loading_models_.progress()); }
  /// What is open stays.
  void cancel_loading();
  /// Waits until it is there; returns what tick() does.
  bool wait();
  /// Opens what was read meanwhile. False where it could not be.
  bool tick();

 private:
  /// Larger files are read beside the frames, the others at once.
  static bool is_large(const std::filesystem::path& path);
  void forget_loading();
  void open_one(const std::filesystem::path& path, const OpenOptions& options);
  void open_folder(const std::filesystem::path& path);
  void open_experiment_file(const std::filesystem::path& path, const OpenOptions& options);
  void open_shipped(const std::string& name, const experiment::Experiment& experiment, bool train);
  void open_text(const std::filesystem::path& path, const OpenOptions& options);
  void open_series(const std::filesystem::path& path);
  void open_lines(const std::filesystem::path& path, const OpenOptions& options);
  void open_pairs(const std::filesystem::path& path, const OpenOptions& options);
  void learn(const std::string& what, const std::function<void(experiment::Experiment&)>& choose);
  void open_models(const std::vector<std::filesystem::path>& paths, const OpenOptions& options);
  void open_models(ReadModels read);
  void open_link(const std::string& text);
  std::string shortest_link() const;
  void open_session(const std::filesystem::path& path);
  void open_session_file(const session::SessionFile& file);
  void open_experiment(const experiment::Experiment& experiment, bool train,
                       std::shared_ptr<const train::Continuation> from = nullptr);

  const Folders& folders_;
  Executor& executor_;
  session::Session& session_;
  Editor& editor_;
  Notices& notices_;
  std::vector<std::string> presets_;
  std::vector<PresetWords> preset_words_;  // one a preset
  std::optional<ImportQuestion> question_;
  std::vector<std::filesystem::path> models_open_;  // the last ones opened from files
  std::optional<std::filesystem::path> session_path_, loading_path_;
  FilesReading<session::SessionFile> loading_;
  FilesReading<ReadModels> loading_models_;
};

}  // namespace gatescope::ui
