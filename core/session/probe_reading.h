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

  /// Reads with the next model. False: that was the last, or it failed, or somebody stopped it. Throws
  /// nothing.
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
  void read_next();

  std::vector<nn::Network<float>> networks_;
  std::vector<ProbedModel> models_;  // of these networks
  observe::Alphabet alphabet_;
  std::shared_ptr<const task::Task> task_;
  Probe probe_;
  std::uint64_t seed_;
  bool writing_;
  std::vector<trace::Watch> watches_;  // one a model
  std::size_t next_ = 0;               // model
  std::shared_ptr<Readings> readings_ = std::make_shared<Readings>();
  std::string problem_;
};

/// What a person is told of an error while reading.
std::string problem_of_reading(const std::exception& error);

}  // namespace gatescope::session
