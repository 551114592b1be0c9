#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/plan.h"
#include "core/nn/step_back.h"
#include "core/observe/observation.h"

namespace gatescope::analysis {

/// The joint state s of a stack: every state of every layer, from the lowest up, each in the order of the
/// cell's table, its numbers within.
struct JointState {
  struct Part {
    std::string name;  ///< "h", "c"; of several layers "0.h", "0.c", "1.h"
    int layer = 0, channel = 0;
    Index first = 0, width = 0;  ///< where its rows begin, how many they are
  };
  std::vector<Part> parts;
  Index size = 0;  ///< S

  std::vector<std::string> names() const;
};

/// Why a model has no joint state that goes from step to step; empty where it has one.
std::string why_no_joint_state(const nn::ModelSpec& spec);

/// How the joint state of each step of an observation depends on the one before it, by the cells' own
/// backward pass: derivatives of used values with respect to used values, rules in force counted.
template <class S>
class StateSteps {
 public:
  /// Of its trace under the rules, or of the one without; the observation outlives it. Throws Error for a
  /// model that reads in both directions, and where nothing was read.
  explicit StateSteps(const observe::Observation<S>& observation, bool natural = false);

  const JointState& state() const { return state_; }
  const trace::SequenceTrace<S>& text() const { return text_; }
  Index steps() const { return text_.trace.steps; }

  /// s_t, (S).
  Vector<S> value(Index t) const;
  /// The adjoint of step t: of dL/ds_t, (S, L) with a column for each of L functions, makes dL/ds_{t-1}, as
  /// far as they depend on s_t alone. Of step 0: with respect to the initial states.
  /// Where given, `outputs` (H, L) is what they depend on the highest layer's output at step t besides, and
  /// `now` is set to dL/ds_t with that counted, (S, L).
  void back(Index t, Matrix<S>& gradients, const Matrix<S>* outputs = nullptr, Matrix<S>* now = nullptr);
  /// Of the step led back last: the total derivatives of up to kColumnsTogether functions with respect to
  /// the hidden state of a layer, (H, L), the ways through the layers above at that step among them.
  MatrixView<S> hidden_gradients(int layer) {
    nn::LayerTape<S>& many = layers_[layer].many;
    return many.gradients(many.info().hidden());
  }
  /// ds_t/ds_{t-1}, (S, S).
  Eigen::MatrixXd jacobian(Index t);
  /// What step t makes of another state before it, (S): all layers read that step once more, under the rules
  /// of that step. Until another step is asked for, back() and jacobian() of t are at this state.
  Vector<S> stand(Index t, const Vector<S>& before);

 private:
  struct OfLayer {
    std::unique_ptr<nn::SteppedLayer<S>> layer;
    nn::Plan<S> plan;
    nn::LayerTape<S> one, many;  // one step: of the text, and the same for every function
  };

  const nn::LayerTape<S>& tape(int layer) const { return text_.trace.tapes[layer]; }
  static constexpr Index kColumnsTogether = 64;  // functions: what they need of a step stays in the cache

  void read(int layer, Index t, const Vector<S>* before = nullptr);
  void back_some(Index first, Index columns, Matrix<S>& gradients, const Matrix<S>* outputs, Matrix<S>* now);
  void spread(OfLayer& of, Index columns) const;

  const observe::Observation<S>& observation_;
  const trace::SequenceTrace<S>& text_;
  JointState state_;
  std::vector<OfLayer> layers_;
  Buffer<S> scratch_;
  Matrix<S> below_;
  Index at_ = -1;       // the step that the layers hold,
  Index columns_ = -1;  // so many times
};

extern template class StateSteps<float>;
extern template class StateSteps<double>;

}  // namespace gatescope::analysis
