#include "core/analysis/lyapunov.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/analysis/fan.h"
#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"

namespace gatescope::analysis {

template <class S>
Lyapunov lyapunov(const observe::Observation<S>& observation, bool natural) {
  StateSteps<S> steps(observation, natural);
  const Index count = steps.steps(), size = steps.state().size;
  if (count < 3) fail("{} read {} steps: exponents need three or more", observation.name, count);
  const bool ruled = !natural || !observation.natural;
  std::span<const nn::ForceRule> rules;
  if (ruled) rules = observation.rules;
  Lyapunov all;
  all.transient = (count - 1) / 5;
  all.steps = count - 1 - all.transient;
  Eigen::MatrixXd directions = Eigen::MatrixXd::Identity(size, size);
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(size);
  Watched::expect(count - 1);
  std::vector<std::vector<double>> kept(steps.text().trace.tapes.size());
  for (Index t = 1; t < count; ++t) {
    const bool counts = t > all.transient;
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(steps.jacobian(t) * directions);
    directions = qr.householderQ();
    if (!counts) continue;
    sums += qr.matrixQR().diagonal().cwiseAbs().array().log().matrix();
    all.running.push_back(sums.maxCoeff() / static_cast<double>(t - all.transient));
    for (std::size_t layer = 0; layer < kept.size(); ++layer) {
      const std::vector<double> now =
          kept_shares(steps.text().trace.tapes[layer], rules, static_cast<int>(layer), t);
      kept[layer].resize(now.size(), 0.0);
      for (std::size_t row = 0; row < now.size(); ++row) kept[layer][row] += std::log(std::abs(now[row]));
    }
  }
  const auto steps_counted = static_cast<double>(all.steps);
  for (const double sum : sums) all.exponents.push_back(sum / steps_counted);
  for (const std::vector<double>& layer : kept)
    for (const double sum : layer) all.gates_only.push_back(sum / steps_counted);
  std::ranges::sort(all.exponents, std::greater<>());
  std::ranges::sort(all.gates_only, std::greater<>());
  return all;
}

template Lyapunov lyapunov(const observe::Observation<float>&, bool);
template Lyapunov lyapunov(const observe::Observation<double>&, bool);

}  // namespace gatescope::analysis
