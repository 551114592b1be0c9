#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/session/read_probe.h"

namespace gatescope::session {

/// A reading of the probe, piece by piece: the same numbers as read_probe. It has networks of its own, so
/// that those it was begun with may learn on, and another thread may do it.
class ProbeReading {
 public:
  /// `task` is asked for a labelled sequence; of a text it may be null. Throws Error as check_probe does.
  ProbeReading(std::vector<ProbedModel> models, observe::Alphabet alphabet,
               std::shared_ptr<const task::Task> task, Probe probe, std::uint64_t seed, bool writing);

  /// Does the next piece, some milliseconds of work: a few steps of one model, forward or backward. A piece
  /// ends with its model. False: that was the last one, or it failed, or somebody stopped it. Throws nothing.
  bool advance();

  // On any thread.
  /// advance() comes back soon, and has nothing to show.
  void stop();
  /// In [0, 1].
  double progress() const;

  // After the last advance().
  /// Null where it failed or was stopped.
  std::shared_ptr<Readings> take() { return std::move(readings_); }
  const std::string& problem() const { return problem_; }

 private:
  std::vector<OwnModel> models_;  // to be read with
  observe::Alphabet alphabet_;
  std::shared_ptr<const task::Task> task_;
  Probe probe_;
  std::uint64_t seed_;
  bool writing_;
  std::unique_ptr<trace::Watch> watch_ = std::make_unique<trace::Watch>();
  std::unique_ptr<ProbeReader> reader_;
  bool over_ = false;
  std::shared_ptr<Readings> readings_;
  std::string problem_;
};

/// What a person is told of an error while reading.
std::string problem_of_reading(const std::exception& error);

}  // namespace gatescope::session
