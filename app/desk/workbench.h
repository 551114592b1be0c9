#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/desk/beginning.h"
#include "app/desk/claims.h"
#include "app/desk/executor.h"
#include "app/desk/exports.h"
#include "app/desk/figure_builder.h"
#include "app/desk/files.h"
#include "app/desk/forcing.h"
#include "app/desk/laboratory.h"
#include "app/desk/replay.h"
#include "app/desk/session_keeper.h"
#include "app/desk/training.h"
#include "app/desk/units_found.h"
#include "app/language/languages.h"

namespace gatescope::ui {

/// Everything the window knows and can do, without a window: panels show its parts and call them.
class Workbench {
 public:
  /// `threads` train. `executor` does what is too long for a frame; null: on threads.
  Workbench(Folders folders, int threads, std::string program, std::unique_ptr<Executor> executor = nullptr);

  /// Does what a person asks for.
  void act(const Intent& intent);
  /// The same where it follows from what a person did: no recorder is told.
  void follow(const Intent& intent);

  /// What there is to see.
  const Shown& shown() const { return editor_.shown(); }
  /// The document, and undo.
  Editor& editor() { return editor_; }
  const Editor& editor() const { return editor_; }
  Training& training() { return training_; }
  Forcing& forcing() { return forcing_; }
  const Forcing& forcing() const { return forcing_; }
  Replay& replay() { return replay_; }
  const Replay& replay() const { return replay_; }
  Files& files() { return files_; }
  const Files& files() const { return files_; }
  SessionKeeper& keeper() { return keeper_; }
  Beginning& beginning() { return beginning_; }
  Exports& exports() { return exports_; }
  const Exports& exports() const { return exports_; }
  Claims& claims() { return claims_; }
  Notices& notices() { return notices_; }
  const Notices& notices() const { return notices_; }
  FigureBuilder& figures() { return figures_; }
  Laboratory& laboratory() { return laboratory_; }
  UnitsFound& units_found() { return units_found_; }
  Executor& executor() { return *executor_; }
  session::Session& session() { return session_; }
  const Folders& folders() const { return folders_; }
  const language::Languages& languages() const { return languages_; }
  /// That the window speaks.
  const language::Languages::Language& language() const { return languages_.of(shown().view().language); }
  /// Name, version and commit of the program.
  const std::string& program() const { return program_; }

  /// Once a frame: takes the newest snapshot, moves the replay, and gathers what was done meanwhile.
  void tick(double seconds);
  /// Waits until a session that is read on a thread of its own is there.
  void wait_for_files();
  /// Whether something moves by itself.
  bool moving() const;
  /// Seconds until tick() has something to do though nothing comes in.
  double wakes_in() const;

  // Hovering: the step and unit under the pointer, in whichever view.
  std::optional<int> hovered_step, hovered_unit;

 private:
  // What follows for files, exports and messages.
  void carry_out(const OpenPreset& intent);
  void carry_out(const OpenFiles& intent);
  void carry_out(const SaveSession& intent);
  void carry_out(const ExportFigure& intent);
  void carry_out(const CancelExport&) { exports_.cancel(); }
  void carry_out(const CancelOpening&) { files_.cancel_loading(); }
  void carry_out(const AnswerImport& intent);
  void carry_out(const LeaveImport&) { files_.leave_question(); }
  void carry_out(const AskImportAgain&) { files_.ask_again(); }
  void carry_out(const OpenLeftBehind& intent) {
    beginning_.open_left_behind(static_cast<std::size_t>(intent.number));
  }
  void carry_out(const ThrowAwayLeftBehind& intent) {
    beginning_.throw_away_left_behind(static_cast<std::size_t>(intent.number));
  }
  void carry_out(const KeepLeftBehind&) { beginning_.keep_left_behind(); }
  void carry_out(const MeasureView& intent) { laboratory_.measure(intent.view); }
  void carry_out(const StopMeasuring& intent) { laboratory_.stop(intent.view); }
  void carry_out(const MeasureClaim& intent) { claims_.measure(intent.claim); }
  void carry_out(const StopClaim&) { claims_.stop(); }
  void carry_out(const OpenClaim& intent);
  void carry_out(const DismissNotice& intent) { notices_.dismiss(static_cast<std::size_t>(intent.number)); }
  template <class Other>
  void carry_out(const Other&) {}

  bool jobs_wait_ = false;  // for the next frame
  // In the order in which they are made: each holds only what stands before it.
  Folders folders_;
  language::Languages languages_;
  std::string program_;
  std::unique_ptr<Executor> executor_;
  session::Session session_;
  Notices notices_;
  Editor editor_;
  Training training_;
  Forcing forcing_;
  Replay replay_;
  FigureBuilder figures_;
  Laboratory laboratory_;
  UnitsFound units_found_;
  Files files_;
  Beginning beginning_;
  SessionKeeper keeper_;
  Exports exports_;
  Claims claims_;
};

}  // namespace gatescope::ui
