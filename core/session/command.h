#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/checkpoint/model_file.h"
#include "core/experiment/experiment.h"
#include "core/observe/given_sequence.h"
#include "core/train/run.h"

/// What a person can ask of a session, as plain values. They are carried out one after the other, between two
/// updates.
namespace gatescope::session {

/// What the models are looked at with while they learn.
struct Probe {
  std::string text = {};                             // UTF-8; empty: the beginning of the text that is learnt
  std::uint64_t sequence = 0;                        // of a task of sequences: which of its held-out ones
  std::optional<observe::GivenSequence> given = {};  // in place of both: a sequence of a person's own
  std::vector<nn::ForceRule> rules = {};             // in force while the probe is read
  bool force_training = false;                       // training goes on under the same rules
  std::optional<int> loss_step = {};                 // gradients of this step's loss alone are wanted, too

  bool operator==(const Probe&) const = default;
};

/// What a session file holds of the models beside the choices: enough to go on with the same bits.
struct Capture {
  experiment::Experiment experiment;
  Probe probe;
  std::shared_ptr<const train::Continuation> training;     // null where nothing can be trained
  std::vector<std::shared_ptr<const std::string>> models;  // else: the models' files, as bytes
};

/// Another experiment takes the place of the one in force; where it cannot, that one stays.
struct Open {
  experiment::Experiment experiment;
  std::shared_ptr<const train::Continuation> from;  // null: from its beginning
  bool train = true;
  std::optional<Probe> probe = {};  // to read from the first on; none: the one before, where it fits
  /// Where `from` is null: goes on from what this session was asked to capture before, if that came to be.
  std::shared_future<Capture> captured = {};
  std::optional<double> pace = {};  // as SetPace; none: the one before
};

/// Models from files, to be looked at: by their paths, with their bytes where they were read, or by these
/// alone.
struct OpenModels {
  std::vector<std::filesystem::path> files;
  std::vector<std::shared_ptr<const std::string>> bytes = {};
  std::string origin = {};                              // what the bytes come from
  std::vector<checkpoint::ImportOptions> options = {};  // for each of the files; none: as they are
  std::optional<Probe> probe = {};
};

struct Train {
  bool on = true;
  std::optional<std::uint64_t> until;  // pause after this many updates; none: never
};
struct UpdateOnce {};
/// The same experiment from its beginning.
struct Restart {
  bool beside = false;  // what was learnt so far stays as a branch, and training begins at once
};
/// Looks at the models as they were after so many updates, a kept moment, and pauses; none: as they are now.
struct ShowUpdate {
  std::optional<std::uint64_t> update;
};
/// Training leads on from a kept moment. What was learnt after it stays as a branch.
struct GoOnFrom {
  std::uint64_t update = 0;
  bool train = true;
};
/// To the end of a branch, by its place in the list. What is left for it stays as a branch in its turn.
struct ReturnTo {
  std::size_t branch = 0;
};
/// Whether training pauses once the held-out loss has clearly risen; as TrainingSpec::pause_at_best.
struct SetPauseAtBest {
  bool on;
};
/// After a loss that was not a number: the last weights that were kept before it.
struct GoBack {};
struct SetRate {
  double rate;
};
struct SetClip {
  double norm;
};
/// What the experiment is called, after an edit of a running training (experiment/labels.h).
struct SetLabels {
  std::string title, look_for;
};
/// At most so many updates a second, to watch them; 0: as fast as the machine is.
struct SetPace {
  double updates_per_second;
};
struct SetProbe {
  Probe probe;
};

using Command = std::variant<Open, OpenModels, Train, UpdateOnce, Restart, ShowUpdate, GoOnFrom, ReturnTo,
                             SetPauseAtBest, GoBack, SetRate, SetClip, SetLabels, SetPace, SetProbe>;

}  // namespace gatescope::session
