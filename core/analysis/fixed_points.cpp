#include "core/analysis/fixed_points.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/math/rng.h"
#include "core/observe/read_again.h"

namespace gatescope::analysis {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kMostIterations = 100;  // of one search
constexpr double kExact = 1e-13;        // of the state's size: no search comes nearer
constexpr double kFixedSpeed = 1e-9;    // of the state's size
constexpr double kFlat = 1e-8;          // a step that lowers q by no greater share is the last
constexpr double kSame = 1e-3;          // of the states' spread: points that are no further apart are one
constexpr double kNoise = 0.1;          // of each number's standard deviation, added to a start
constexpr double kNeutral = 1e-6;       // |λ| this near 1 neither grows nor fades

double size_of(const VectorXd& s) {
  return 1 + s.norm();
}

struct Minimum {
  VectorXd state;
  double speed = 0;
};

bool is_fixed(const Minimum& minimum) {
  return minimum.speed <= kFixedSpeed * size_of(minimum.state);
}

/// Goes down q(s) = ½‖F(s) - s‖² by the steps of Levenberg and Marquardt [marquardt1963], with the cell's own
/// Jacobian; none where that has no end.
std::optional<Minimum> descend(StateSteps<double>& held, VectorXd s) {
  VectorXd move = held.stand(0, s) - s;
  if (!move.allFinite()) return std::nullopt;
  double damping = -1;
  for (Index k = 0; k < kMostIterations; ++k) {
    const double speed = move.norm(), size = size_of(s);
    if (speed <= kExact * size) return Minimum{std::move(s), speed};
    MatrixXd slope = held.jacobian(0);  // of the move, (S, S)
    slope.diagonal().array() -= 1;
    const VectorXd gradient = slope.transpose() * move;
    const MatrixXd curvature = slope.transpose() * slope;
    if (!gradient.allFinite()) return std::nullopt;
    if (damping < 0) damping = 1e-3 * curvature.diagonal().maxCoeff();
    for (double more = 2;; more *= 2) {
      Watched::pass();
      MatrixXd damped = curvature;
      damped.diagonal().array() += damping;
      const VectorXd step = -damped.ldlt().solve(gradient);
      if (!(step.norm() > kExact * size)) return Minimum{std::move(s), speed};
      const VectorXd next = s + step;
      VectorXd next_move = held.stand(0, next) - next;
      const double expected = step.dot(damping * step - gradient),  // how much ‖move‖² falls
          fallen = speed * speed - next_move.squaredNorm();
      if (fallen > 0) {
        const bool flat = std::max(expected, fallen) <= kFlat * speed * speed;
        s = next, move = std::move(next_move);
        if (flat) return Minimum{std::move(s), move.norm()};
        damping *= std::max(0.1, 1 - std::pow(2 * fallen / expected - 1, 3));
        break;
      }
      damping = std::max(damping, 1e-16) * more;
    }
  }
  Minimum last{std::move(s), move.norm()};
  return is_fixed(last) ? std::optional(std::move(last)) : std::nullopt;
}

/// The observation's model in double precision, which has read step t alone, under the rules of that step.
template <class S>
observe::Observation<double> holding(const observe::Observation<S>& observation, Index t) {
  const nn::Network<S>& network = *observation.network;
  const trace::SequenceTrace<S>& text = *observation.sequence;
  const auto same = observe::copy_of<double>(network);
  same->force(observation.rules);
  auto read = std::make_shared<trace::SequenceTrace<double>>();
  if (!text.tokens.empty()) {
    read->tokens = {text.tokens[t]};
  } else {
    const Index width = network.interface().inputs;
    read->values.assign(text.values.begin() + t * width, text.values.begin() + (t + 1) * width);
  }
  same->resize(read->trace, 1, 1);
  same->clear_states(read->trace);
  for (std::size_t k = 0; k < read->trace.tapes.size(); ++k)
    read->trace.tapes[k].first_step = text.trace.tapes[k].first_step + t;
  same->forward(read->trace, read->input());
  observe::Observation<double> held;
  held.name = observation.name;
  held.rules = observation.rules;
  held.sequence = std::move(read);
  held.network = same;
  return held;
}

std::vector<double> numbers(const VectorXd& v) {
  return {v.begin(), v.end()};
}

/// What a text's states are like; of a long one they are never all in memory at once.
template <class S>
class TextStates {
 public:
  explicit TextStates(const observe::Observation<S>& observation) : steps_(observation) {
    const auto count = static_cast<double>(steps_.steps());
    mean_ = VectorXd::Zero(steps_.state().size);
    in_pieces([&](const MatrixXd& states, Index) { mean_ += states.rowwise().sum() / count; });
    covariance_ = MatrixXd::Zero(mean_.size(), mean_.size());
    in_pieces([&](const MatrixXd& states, Index) {
      const MatrixXd centred = states.colwise() - mean_;
      covariance_.noalias() += centred * centred.transpose() / count;
    });
  }

  VectorXd state(Index t) const { return steps_.value(t).template cast<double>(); }
  VectorXd deviation() const { return covariance_.diagonal().cwiseMax(0).cwiseSqrt(); }  ///< (S)

  PrincipalPlane plane() const {
    PrincipalPlane plane;
    plane.mean = numbers(mean_);
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(covariance_);
    const double all = solved.eigenvalues().sum();
    const Index size = mean_.size();
    for (Index k = 0; k < 2; ++k) {
      VectorXd axis = VectorXd::Zero(size);
      if (k < size) {
        axis = solved.eigenvectors().col(size - 1 - k);
        Index greatest = 0;
        axis.cwiseAbs().maxCoeff(&greatest);
        if (axis[greatest] < 0) axis = -axis;  // either sign is as good: always the same one
        if (all > 0) plane.share[k] = std::max(0.0, solved.eigenvalues()[size - 1 - k] / all);
      }
      plane.axes[k] = numbers(axis);
    }
    return plane;
  }

  /// How far they go from step to step, (T - 1), and their places in a plane, (T).
  std::vector<double> speeds() const {
    std::vector<double> all;
    VectorXd before;
    in_pieces([&](const MatrixXd& states, Index first) {
      for (Index n = 0; n < states.cols(); ++n) {
        if (first + n > 0) all.push_back((states.col(n) - before).norm());
        before = states.col(n);
      }
    });
    return all;
  }
  std::vector<std::array<double, 2>> path(const PrincipalPlane& plane) const {
    std::vector<std::array<double, 2>> all;
    in_pieces([&](const MatrixXd& states, Index) {
      for (Index n = 0; n < states.cols(); ++n) all.push_back(plane.place(numbers(states.col(n))));
    });
    return all;
  }

 private:
  template <class Work>
  void in_pieces(Work work) const {
    constexpr Index kPiece = 1024;
    MatrixXd states;
    for (Index first = 0; first < steps_.steps(); first += kPiece) {
      Watched::pass();
      states.resize(mean_.size(), std::min(kPiece, steps_.steps() - first));
      for (Index n = 0; n < states.cols(); ++n) states.col(n) = state(first + n);
      work(states, first);
      for (const nn::LayerTape<S>& tape : steps_.text().trace.tapes) tape.release();
    }
  }

  StateSteps<S> steps_;
  VectorXd mean_;
  MatrixXd covariance_;
};

/// Minima, those that lie together as one.
class Gathered {
 public:
  explicit Gathered(double apart) : apart_(apart) {}

  void add(Minimum minimum) {
    const auto same = std::ranges::find_if(
        states_, [&](const VectorXd& other) { return (other - minimum.state).norm() <= apart_; });
    if (same == states_.end()) {
      points_.push_back({.state = {}, .speed = minimum.speed, .starts = 1});
      states_.push_back(std::move(minimum.state));
      return;
    }
    FixedPoint& point = points_[same - states_.begin()];
    ++point.starts;
    if (minimum.speed < point.speed) {
      *same = std::move(minimum.state);
      point.speed = minimum.speed;
    }
  }

  const std::vector<VectorXd>& states() const { return states_; }
  std::vector<FixedPoint>& points() { return points_; }

 private:
  double apart_;
  std::vector<VectorXd> states_;
  std::vector<FixedPoint> points_;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// What is near it, to first order; false where that is not finite.
bool linearise(StateSteps<double>& held, const VectorXd& s, FixedPoint& point) {
  held.stand(0, s);
  const MatrixXd jacobian = held.jacobian(0);
  if (!jacobian.allFinite()) return false;
  const Eigen::EigenSolver<MatrixXd> solver(jacobian, false);
  const auto& values = solver.eigenvalues();
  point.eigenvalues.assign(values.begin(), values.end());
  std::ranges::stable_sort(point.eigenvalues, [](auto a, auto b) { return std::abs(a) > std::abs(b); });
  for (const std::complex<double>& value : point.eigenvalues) {
    const double size = std::abs(value);
    if (size > 1 + kNeutral) ++point.unstable;
    if (size < 1 - kNeutral) {
      point.slowest = size > 0 ? -1 / std::log(size) : 0;
      break;
    }
  }
  return true;
}

template <class S>
bool are_finite(const trace::SequenceTrace<S>& text) {
  for (const nn::LayerTape<S>& tape : text.trace.tapes)
    for (const nn::State& state : tape.info().states)
      if (!tape.values(state.channel).allFinite()) return false;
  return true;
}

}  // namespace

std::array<double, 2> PrincipalPlane::place(const std::vector<double>& state) const {
  std::array<double, 2> at{};
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t n = 0; n < state.size(); ++n) at[k] += axes[k][n] * (state[n] - mean[n]);
  return at;
}

template <class S>
std::string why_no_fixed_points(const observe::Observation<S>& observation) {
  if (!observation.network || observation.steps() == 0) return "it has read nothing";
  if (std::string why = why_no_joint_state(observation.network->spec()); !why.empty()) return why;
  const Index size = observation.network->state_numbers();
  if (size > kMostFixedPointNumbers)
    return fmt::format("its state has {} numbers; fixed points are looked for in up to {}", size,
                       kMostFixedPointNumbers);
  if (observation.steps() < 3)
    return fmt::format("it read {} {}; a plane of its states takes 3", observation.steps(),
                       observation.steps() == 1 ? "step" : "steps");
  if (!are_finite(*observation.sequence)) return "its states are not finite";
  return {};
}

template <class S>
FixedPoints fixed_points(const observe::Observation<S>& observation, std::optional<Index> step,
                         Index starts) {
  if (const std::string why = why_no_fixed_points(observation); !why.empty())
    fail("{} has no fixed points to look for: {}", observation.name, why);
  const Index last = observation.steps() - 1;
  if (step && (*step < 0 || *step > last)) fail("step {} does not exist, expected 0 to {}", *step, last);
  const TextStates<S> text(observation);
  const VectorXd deviation = text.deviation();
  FixedPoints all;
  all.step = step.value_or(last);
  all.starts = starts;
  all.plane = text.plane();
  all.path = text.path(all.plane);
  all.usual_speed = median(text.speeds());

  const observe::Observation<double> held = holding(observation, all.step);
  StateSteps<double> steps(held);
  all.state = steps.state().names();
  Gathered found(kSame * deviation.norm());
  for (Index k = 0; k < starts; ++k) {
    Rng rng{std::uint64_t{0x5f1c5ed}, static_cast<std::uint64_t>(k)};
    VectorXd start = text.state(starts > 1 ? k * last / (starts - 1) : last);
    for (Index n = 0; n < start.size(); ++n) start[n] += kNoise * deviation[n] * rng.normal();
    auto minimum = descend(steps, std::move(start));
    if (minimum && (is_fixed(*minimum) || minimum->speed <= kSlowShare * all.usual_speed))
      found.add(std::move(*minimum));
    else
      ++all.lost;
  }
  all.points = std::move(found.points());
  for (std::size_t k = 0; k < all.points.size(); ++k) {
    FixedPoint& point = all.points[k];
    const VectorXd& state = found.states()[k];
    point.fixed = is_fixed({state, point.speed});
    point.state = numbers(state);
    point.plane = all.plane.place(point.state);
    if (!linearise(steps, state, point)) all.lost += std::exchange(point.starts, 0);
  }
  std::erase_if(all.points, [](const FixedPoint& point) { return point.starts == 0; });
  std::ranges::stable_sort(all.points, [](const FixedPoint& a, const FixedPoint& b) {
    return a.fixed != b.fixed ? a.fixed : a.starts > b.starts;
  });
  return all;
}

template std::string why_no_fixed_points(const observe::Observation<float>&);
template std::string why_no_fixed_points(const observe::Observation<double>&);
template FixedPoints fixed_points(const observe::Observation<float>&, std::optional<Index>, Index);
template FixedPoints fixed_points(const observe::Observation<double>&, std::optional<Index>, Index);

}  // namespace gatescope::analysis
