#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/desk/document.h"
#include "app/desk/history.h"
#include "app/desk/intent.h"
#include "app/desk/notices.h"
#include "app/desk/shown.h"
#include "core/session/session.h"

namespace gatescope::ui {

/// The document, with undo: what follows from a change is sent to the session, and what the session says
/// comes back into it.
class Editor {
 public:
  Editor(session::Session& session, Notices& notices)
      : session_(session), notices_(notices), shown_(session.latest()) {}

  const Document& document() const { return document_; }
  const Shown& shown() const { return shown_; }
  /// The preset that is open, by name; empty where it is none.
  const std::string& preset() const { return preset_; }
  void set_preset(std::string name) { preset_ = std::move(name); }
  /// Whether something was found that is being opened.
  bool opening() const { return shown_.now().commands < opened_; }
  /// The number of the last command that opens something.
  std::uint64_t last_opening() const { return opened_; }
  /// Seconds of all frames so far.
  double time() const { return time_; }

  /// Does what a person asks for, as far as it is about the document, its past or the training: the document
  /// is reduced, what follows from its change is sent to the session, and undo remembers it.
  void act(const Intent& intent);
  /// The same where it follows from another intent: it is not recorded.
  void follow(const Intent& intent);
  /// Is told every intent before it is done.
  void set_recorder(std::function<void(const Intent&)> recorder) { recorder_ = std::move(recorder); }
  /// Any change of the choices, as an intent. `train`: learning starts where the change begins another run.
  void edit(const std::string& about, const std::function<void(Document&)>& change, bool train = false);
  bool can_undo() const { return history_.can_undo(); }
  bool can_redo() const { return history_.can_redo(); }
  /// What they would undo, and do again: "forget gate closed"; empty where there is nothing.
  std::string undoes() const { return can_undo() ? history_.undoes() : std::string(); }
  std::string redoes() const { return can_redo() ? history_.redoes() : std::string(); }
  void forget_past() { history_.clear(); }
  bool is_shown(const std::string& view) const;
  /// Time passes: the replay moves, and the step with it.
  void move(const ReplayState& replay, std::optional<int> step);

  /// The window stays open after all.
  void stay() { document_.window.quit = Quit::no; }
  /// The step of the lesson was entered: what it sets is set.
  void enter_lesson_step() { document_.lesson.entered = true; }
  /// Where a session left off.
  void resume_lesson(LessonPlace place) { document_.lesson = std::move(place); }

  // Other documents.
  /// Another experiment; goes on `from` there, null: from its beginning.
  void open_experiment(const experiment::Experiment& experiment, bool train,
                       std::shared_ptr<const train::Continuation> from = nullptr);
  /// Everything that a session file holds.
  void open_capture(const session::Capture& capture, const ViewState& view, bool train);
  void open_models(session::OpenModels command);

  // The frame, in this order.
  /// Takes the newest snapshot, so many seconds after the last one.
  void take_snapshot(double seconds);
  void fit_choices();
  void send_probe();

  /// What a session file says of the window.
  nlohmann::json window_choices() const;

 private:
  /// Sends what follows from the change; where training begins anew, it goes on from `run` if there is one.
  void apply(const Document& before, Captured run, bool train, std::optional<double> pace = {});
  std::optional<double> pace_for(const PastDocument& past) const;
  bool begins_anew(const Document& from, const Document& to) const;
  /// What the models have learnt, where another document would lose it.
  Captured run_lost_by(const Document& next);
  void remember(PastDocument past, const std::string& name, std::string what);
  void undo();
  void redo();
  void go_to(PastDocument past);
  session::Probe wanted_probe() const;
  std::optional<int> telling_unit() const;
  void take_remark();
  void take_text(const std::string& text);
  void take_problem();
  void open_as(session::Command command, Document before);

  session::Session& session_;
  Notices& notices_;
  Document document_;
  Shown shown_;
  History<PastDocument> history_;
  std::string preset_;
  std::function<void(const Intent&)> recorder_;
  double time_ = 0;
  std::optional<session::Probe> sent_probe_;
  std::uint64_t problem_number_ = 0, remark_number_ = 0, dropped_number_ = 0;
  std::uint64_t opened_ = 0;                // the last command that opens something
  std::optional<Document> before_opening_;  // what stays where it cannot be opened
  int openings_ = 0;                        // under way
  bool choose_telling_unit_ = false;        // once the models are read for the first time
  bool follow_experiment_ = false;          // models were opened: the document takes the session's experiment
};

}  // namespace gatescope::ui
