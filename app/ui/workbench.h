#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/export/figure_file.h"
#include "app/ui/figure_builder.h"
#include "app/ui/history.h"
#include "app/ui/view_state.h"
#include "core/clock.h"
#include "core/session/kept_sessions.h"
#include "core/session/session.h"
#include "core/session/session_file.h"

namespace gatescope::ui {

/// Where a window finds and leaves things.
struct Folders {
  std::filesystem::path corpora, presets;  // that come with the program
  std::filesystem::path state;             // where the last session is kept
  std::filesystem::path exports;           // where figures go unless another place is chosen
};

/// What undo covers: everything a person decides.
struct Document {
  experiment::Experiment experiment;
  session::Probe probe;
  ViewState view;

  bool operator==(const Document&) const = default;
};

/// What a session was asked to hand over; not valid: nothing.
using Captured = std::shared_future<session::Capture>;

/// A document to come back to, with what its models had learnt where that would be lost.
struct PastDocument {
  Document document;
  Captured run;
};

/// Whether a view is open that is about the gradient of one step's loss.
bool wants_one_loss(const ViewState& view);

/// A message for a moment, or until it is answered.
struct Notice {
  std::string text;
  bool bad = false;
  double until = 0;
};

/// A figure that is to be written. Version and kind come from the path.
struct ExportOrder {
  std::filesystem::path path;
  std::string view;
  plot::Size size;
  plot::ThemeName theme;
  double scale = 2;                      // pixels a point of a PNG
  bool with_model = true;                // the models beside it, so that it can be made again
  std::optional<double> font_size = {};  // of labels, in points; without one the page says it
  bool print = false;                    // colours that can be told apart in greyscale
  bool svg_text = false;                 // text of an SVG as text, not as outlines
  bool csv_bom = false;                  // a table with a byte-order mark
};

/// What was said with the files that are to be opened.
struct OpenOptions {
  checkpoint::ImportOptions import = {};  // of models
  bool replace_invalid = false;           // of texts: a byte that is not UTF-8 becomes U+FFFD
  bool ask = true;                        // a form asks for what a model's file does not say; else: a message
};

/// A model whose file leaves open what a person can say.
struct ImportQuestion {
  std::filesystem::path path;
  checkpoint::ImportOptions known;   // what was said already
  std::vector<std::string> modules;  // that may be the read-out or the embedding
  std::string problem;               // what is missing, or wrong with the last answer
};

/// Everything the window knows and can do, without a window: panels show it and call it.
class Workbench {
 public:
  Workbench(Folders folders, int threads, std::string program);
  ~Workbench();

  // --- What is shown ---
  const session::Snapshot& now() const { return *snapshot_; }
  const Document& document() const { return document_; }
  /// The choices as far as what is shown has them: while something is being opened, it may have fewer steps.
  const ViewState& view() const { return shown_; }
  const Folders& folders() const { return folders_; }
  /// Name, version and commit of the program.
  const std::string& program() const { return program_; }
  /// The readings of the probe; null before the first.
  const session::Readings* readings() const { return snapshot_->readings.get(); }
  /// The chosen model's; null before the first.
  const views::Observation* observation() const;
  /// The chosen layer's tape under the rules, and without them; null where there is none.
  const nn::LayerTape<float>* tape() const;
  const nn::LayerTape<float>* natural_tape() const;
  int steps() const;  // of the probe
  int hidden() const;
  int layers() const;                // of the chosen model
  const nn::CellInfo* cell() const;  // of the chosen model
  views::ViewOptions view_options() const;
  /// The figure of a view at a size, as it would be exported.
  FigureOrder order(const std::string& view, plot::Size size) const;
  FigureBuilder& figures() { return figures_; }

  // --- Time ---
  /// Once a frame: takes the newest snapshot, moves the replay, and gathers what was done meanwhile.
  void tick(double seconds);
  /// Seconds of all frames so far.
  double time() const { return time_; }
  /// Whether something moves by itself.
  bool moving() const;

  // --- Training ---
  void train(bool on);
  void toggle_training() { train(!snapshot_->training); }
  void update_once();
  void restart();
  void go_back();
  void set_pace(double updates_per_second) { session_.send(session::SetPace{updates_per_second}); }

  // --- Choices, with undo ---
  /// Changes the document and sends what follows from it. Edits under one name shortly after each other are
  /// undone together. `train`: learning starts where the change begins another run.
  void edit(const std::string& name, const std::function<void(Document&)>& change, bool train = false);
  /// A change that undo leaves alone: which step is shown, sizes of panels.
  void look(const std::function<void(ViewState&)>& change);
  void undo();
  void redo();
  bool can_undo() const { return history_.can_undo(); }
  bool can_redo() const { return history_.can_redo(); }
  void choose_step(int step);
  void choose_unit(std::optional<int> unit);
  void choose_model(std::size_t model);
  void show(const std::string& view);         // alone
  void show_beside(const std::string& view);  // into the grid, or out of it
  bool shown(const std::string& view) const;

  // --- Forcing ---
  bool forced() const { return !document_.probe.rules.empty(); }
  /// Adds a rule. False where it does not read; `problem` says why.
  bool add_rule(const std::string& rule, std::string& problem);
  void replace_rule(std::size_t number, const std::string& rule);
  void remove_rule(std::size_t number);
  void release_all();
  /// The value that a rule for this channel alone (layer, units and steps as chosen) forces it to.
  std::optional<double> forced_value(const std::string& channel) const;
  void force(const std::string& channel, std::optional<double> value);
  /// Free, closed, open, free, ...
  void cycle(const std::string& channel);

  // --- Replay ---
  bool playing() const { return direction_ != 0; }
  int direction() const { return direction_; }
  void play(int direction);  // 1, -1; 0: stop
  /// The gradient's pulse: how many steps it has come back from the loss; none: all of the way.
  std::optional<double> pulse() const { return pulse_; }
  bool pulse_playing() const { return pulse_playing_; }
  void play_pulse(bool on);
  void set_pulse(std::optional<double> steps_back);
  int pulse_length() const;

  // --- Files ---
  /// Whatever it is: a preset, a session, models, a text. Trouble becomes a notice.
  void open(const std::vector<std::filesystem::path>& paths, const OpenOptions& options = {});
  /// What is asked of a person now; then answered, or not.
  const std::optional<ImportQuestion>& question() const { return question_; }
  void answer(checkpoint::ImportOptions options);
  void leave_question() { question_.reset(); }
  /// Asks once more how the model that is open is to be read.
  bool can_ask_again() const;
  void ask_again();
  void open_preset(const std::string& name, bool train = true);
  const std::vector<std::string>& presets() const { return presets_; }
  /// The preset that is open, by name; empty where it is none.
  const std::string& preset() const { return preset_; }
  /// False where it cannot be written; a message says why.
  bool save_session(const std::filesystem::path& path);
  const std::optional<std::filesystem::path>& session_path() const { return session_path_; }
  void forget_session_path() { session_path_.reset(); }
  /// Whether something was found that is being opened.
  bool opening() const { return snapshot_->commands < opened_; }
  /// Waits until a session that is read on a thread of its own is there.
  void wait_for_files();
  /// Keeps the session where it is found after a crash; done by itself shortly after whatever a person does,
  /// and now and then while training goes on. False where it cannot be; a message says why.
  bool keep_session();
  /// The same for good: the next start opens it again. Throws Error where it cannot be kept; then nothing is
  /// lost, and what was kept before stays.
  void end_session();
  std::filesystem::path last_session() const;
  /// Seconds until tick() has something to do though nothing comes in.
  double wakes_in() const;

  // --- The beginning ---
  /// What the window begins with: the paths, else the last session, else the default preset. Where crashes
  /// left sessions behind, that waits until they are answered for: nothing trains before.
  void start(std::vector<std::filesystem::path> paths, OpenOptions options = {});
  /// Sessions that crashes left behind and nobody answered for, newest first.
  const std::vector<session::LeftBehind>& left_behind() const { return left_behind_; }
  /// Opens one of them, under a name of its own; the others come again at the next start.
  void open_left_behind(std::size_t number);
  /// Puts one of them where it stays for a while.
  void throw_away_left_behind(std::size_t number);
  /// All of them come again at the next start.
  void keep_left_behind();
  void export_figure(const ExportOrder& order);
  /// A name that says what the figure is and that no file in the export folder has.
  std::filesystem::path export_path(const std::string& view, const std::string& extension) const;
  bool exporting() const { return export_ != nullptr; }
  double export_progress() const;
  void cancel_export();
  void wait_for_export();

  // --- Messages ---
  const std::vector<Notice>& notices() const { return notices_; }
  void say(std::string text, bool bad = false);
  void dismiss(std::size_t notice);

  session::Session& session() { return session_; }

  // Hovering: the step and unit under the pointer, in whichever view.
  std::optional<int> hovered_step, hovered_unit;

 private:
  struct Export;

  /// Sends what follows from the change; where training begins anew, it goes on from `run` if there is one.
  void apply(const Document& before, Captured run, bool train);
  bool begins_anew(const Document& from, const Document& to) const;
  /// What the models have learnt, where another document would lose it.
  Captured run_lost_by(const Document& next);
  void remember(PastDocument past, const std::string& name);
  void go_to(PastDocument past);
  void send_probe();
  session::Probe wanted_probe() const;
  void take_snapshot();
  void fit_choices();
  void open_as(session::Command command, Document before);
  void move_replay(double seconds);
  void keep_now_and_then();
  void gather_kept();
  bool differs_from_kept() const;
  double keep_due_in() const;
  void remember_kept();
  void cannot_keep(const std::string& why);
  void open_first();
  void set_last_session_aside();
  void gather_loaded();
  nlohmann::json window_choices() const;
  void gather_export();
  static void say_what_is_read(const session::Snapshot& snapshot, figure::FigureRequest& request);
  static void write_models(const session::Snapshot& snapshot, const FigureOrder& order,
                           const ExportOrder& wanted, figure::FigureRequest& request);
  void open_one(const std::filesystem::path& path, const OpenOptions& options);
  void open_models(const std::vector<std::filesystem::path>& paths, const OpenOptions& options);
  void open_session_file(const session::SessionFile& file);
  /// Goes on `from` there; null: from its beginning.
  void open_experiment(const experiment::Experiment& experiment, bool train,
                       std::shared_ptr<const train::Continuation> from = nullptr);
  void load_session(const std::filesystem::path& path);

  Folders folders_;
  std::string program_;
  session::Session session_;
  std::shared_ptr<const session::Snapshot> snapshot_;
  Document document_;
  ViewState shown_;  // the document's, where it fits what there is
  History<PastDocument> history_;
  FigureBuilder figures_;
  std::optional<session::Probe> sent_probe_;
  std::uint64_t problem_number_ = 0, remark_number_ = 0,
                opened_ = 0;                // the last command that opens something
  std::optional<Document> before_opening_;  // what stays where it cannot be opened
  int openings_ = 0;                        // under way

  double time_ = 0;
  int direction_ = 0;
  double position_ = 0;  // of the replay, in steps
  std::optional<double> pulse_;
  bool pulse_playing_ = false;

  std::vector<std::string> presets_;
  std::string preset_;
  std::optional<std::filesystem::path> session_path_;
  bool choose_telling_unit_ = false;  // once the models are read for the first time
  bool follow_experiment_ = false;    // models were opened: the document takes the session's experiment

  // The beginning.
  std::vector<session::LeftBehind> left_behind_;
  std::vector<std::filesystem::path> first_paths_;  // to be opened when those are answered for
  OpenOptions first_options_;
  bool asking_ = false;        // nobody answered yet
  bool opening_last_ = false;  // the last session, by itself
  std::optional<std::filesystem::path> loading_path_;
  std::shared_future<session::SessionFile> loading_;

  // Keeping.
  session::KeptSession kept_;
  Document kept_document_, acted_document_;
  std::uint64_t kept_updates_ = 0;
  bool kept_training_ = false, kept_once_ = false;
  Clock::time_point kept_at_ = Clock::now(), beat_at_ = kept_at_;  // when it was begun last
  double kept_cost_ = 0;                                           // seconds it took
  std::optional<Clock::time_point> acted_from_, acted_at_;         // first and last act that is not kept yet
  std::string keep_problem_;                                       // that was told
  std::future<session::Capture> keeping_;
  std::future<void> writing_;
  std::vector<Notice> notices_;
  std::optional<ImportQuestion> question_;
  std::vector<std::filesystem::path> models_open_;  // the last ones opened from files
  std::unique_ptr<Export> export_;
};

}  // namespace gatescope::ui
