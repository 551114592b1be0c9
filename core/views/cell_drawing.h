#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/views/parts.h"

/// The cells drawn as in a textbook, with the values of one step.
namespace gatescope::views {

/// What one step of a layer says of one unit, or of the mean over all of them. Everything is read from the
/// tape.
class CellMoment {
 public:
  CellMoment(const Observation& observation, const ViewOptions& options, const Tape& tape, Index step);

  const nn::CellInfo& cell() const { return tape_.info(); }
  Index step() const { return step_; }
  std::optional<int> unit() const { return unit_; }

  double now(int channel) const;     ///< its used value
  double before(int channel) const;  ///< of a state, one step earlier in the layer's direction
  /// What a forced channel would have been, nothing where no rule acts.
  std::optional<double> raw(int channel) const;
  bool forced(int channel) const { return raw(channel).has_value(); }

  /// A product or sum, number by number of each unit as the channel has them, then the mean.
  double of_units(int channel, const std::function<double(int unit, int number)>& value) const;
  double now(int channel, int unit, int number) const;
  double before(int channel, int unit, int number) const;

  /// The greatest size of a channel over the whole text, without rules: what a wire's full width means. Above
  /// zero.
  double greatest(int channel) const;

 private:
  double at(int channel, const ConstMatrixView<float>& values) const;

  const Observation& observation_;
  const ViewOptions& options_;
  const Tape& tape_;
  Index step_;
  std::optional<int> unit_;
};

/// A channel's number of the moment, for `at` and `side` to be set.
Diagram::Quantity quantity_of(const CellMoment& moment, int channel);

/// What stands where the cell meets the rest of the network.
struct CellSurroundings {
  std::string input;  ///< the character read, or where the input comes from
  std::string
      next;  ///< the likeliest next character, or the output; empty where another layer reads this one
  std::string likelihood;  ///< its probability: "43 %"
  std::string outcome;     ///< what it is: "likeliest next"
  std::string onward;      ///< in place of both: "layer 1"
};

/// The drawing for the moment's cell.
Diagram draw_cell(const CellMoment& moment, const CellSurroundings& surroundings);

}  // namespace gatescope::views
