#pragma once

#include <optional>
#include <vector>

#include "core/math/types.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// Median and quartiles over positions, by lag.
struct Spread {
  std::vector<double> lower, median, upper;
};

/// How a norm goes on over the last lags: a straight line through its logarithm.
struct Tail {
  Index from = 0, to = 0;    ///< the window of lags it was fitted on
  double ratio = 1;          ///< what is left of the norm a step; above 1 it grows
  double time_constant = 0;  ///< in steps, -1/ln(ratio); infinite where it does not fall
  /// The text is too short to tell: the time constant is no less than the lags that were seen.
  bool censored = false;
  std::optional<Index> gone = {};  ///< the first lag at which nothing at all is left
  double grown = 1;                ///< how many times as large the norm is at the window's end as at lag 0
};

/// How far the gradient reaches back: ‖ds_t/ds_{t-k}‖ (Frobenius) of the joint state and ‖dL_t/ds_{t-k}‖ of
/// one step's loss, in nats or squared error a unit of s, over the lag k [pascanu2013]. No lag is a
/// reference, and no single step speaks for the text.
///
/// Over the model's held-out sequences (observe/held_out.h), where there are some: each is read as the text
/// was, from the beginning and under its rules. Else over what was read itself.
struct Reach {
  /// Of one sequence.
  struct Positions {
    Index steps = 0;
    std::vector<Index> states;  ///< t of the states
    std::vector<Index> losses;  ///< t of the losses
  };
  bool held_out = false;
  std::vector<Positions> sequences;  ///< one where nothing is held out
  std::vector<Index> lags;           ///< 0, 1, ...: those that enough positions have
  Spread state, loss;                ///< of the loss empty where nothing is expected
  Tail tail;                         ///< of the state's median

  Index positions() const;       ///< of all sequences together
  Index loss_positions() const;  ///< likewise
};

inline constexpr Index kReachPositions = 24;

/// Over some `positions`, evenly apart in each sequence and one in each at the least, and at most so many
/// lags. Of losses all of what was read itself, as many as of states of held-out sequences. Throws Error for
/// a model without a joint state and where nothing is longer than one step; Stopped (analysis/watched.h).
template <class S>
Reach reach(const observe::Observation<S>& observation, bool natural = false,
            Index positions = kReachPositions, Index most_lags = 200);

/// The tail of a norm by lag: its later half, at most the last hundred lags, as far as it is finite and above
/// 0.
Tail fit_tail(const std::vector<double>& norms);

extern template Reach reach(const observe::Observation<float>&, bool, Index, Index);
extern template Reach reach(const observe::Observation<double>&, bool, Index, Index);

}  // namespace gatescope::analysis
