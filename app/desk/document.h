#pragma once

#include <future>
#include <optional>
#include <string>

#include "app/desk/lesson_place.h"
#include "app/desk/view_state.h"
#include "app/desk/window_state.h"
#include "core/nn/force_rule.h"
#include "core/session/command.h"

namespace gatescope::ui {

/// The replay, and the gradient's pulse.
struct ReplayState {
  int direction = 0;    // 1: plays, -1: plays backward, 0: stands
  double position = 0;  // in steps
  std::optional<double>
      pulse;  // how many steps the gradient has come back from the loss; none: all of the way
  bool pulse_playing = false;

  bool operator==(const ReplayState&) const = default;
};

/// Everything a person decides.
struct Document {
  experiment::Experiment experiment;
  session::Probe probe;
  // Looking, which undo leaves alone:
  ViewState view;
  ReplayState replay = {};
  WindowState window = {};
  LessonPlace lesson = {};

  bool operator==(const Document&) const = default;
};

/// Equal but for the replay's state and the window's.
bool same_choices(const Document& one, const Document& other);

/// Equal in what undo covers.
bool same_work(const Document& one, const Document& other);

/// Whether a written rule is for the same layer, channel, units and steps; false where it does not read.
bool same_place(const nn::ForceRule& rule, const nn::ForceRule& place);

/// What a session was asked to hand over; not valid: nothing.
using Captured = std::shared_future<session::Capture>;

/// A document to come back to, with what its models had learnt where that would be lost.
struct PastDocument {
  Document document;
  Captured run;
  std::string preset = {};  // that was open
  // Of the training, where something else was opened, which brought its own; what it chose to show is in the
  // document's view.
  std::optional<double> pace = {};
};

/// Whether a view is open that is about the gradient of one step's loss.
bool wants_one_loss(const ViewState& view);

}  // namespace gatescope::ui
