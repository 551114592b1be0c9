// Jacobians of the joint state over 100 lags from the last of 200 steps, one thread, milliseconds. The peer
// is jacobian_torch.py. Run: build/release/tests/bench/jacobian_bench [CELL ...]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/analysis/state_steps.h"
#include "core/observe/observe.h"

namespace gatescope {
namespace {

constexpr Index kSteps = 200, kLags = 100, kInputs = 65;

template <class S>
double milliseconds(const std::string& cell, Index hidden) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = hidden;
  auto network = std::make_shared<nn::Network<S>>(
      spec, nn::Interface{nn::InputKind::characters, kInputs, nn::Readout::softmax, kInputs});
  network->initialise(Rng(1));
  network->prepare_all();
  std::vector<int> characters;
  for (Index k = 0; k <= kSteps; ++k) characters.push_back(static_cast<int>(k * k % kInputs));
  observe::Model<S> model{.name = cell, .network = network};
  const auto observation =
      observe::observe<S>(model, observe::Text{characters}, {}, {}, {.needs = {.tape = true}});
  std::vector<double> times;
  for (int round = 0; round < 5; ++round) {
    const auto from = std::chrono::steady_clock::now();
    analysis::StateSteps<S> steps(observation);
    Matrix<S> product = Matrix<S>::Identity(steps.state().size, steps.state().size);
    double norms = 0;
    for (Index lag = 1; lag <= kLags; ++lag) {
      steps.back(kSteps - lag, product);
      norms += static_cast<double>(product.norm());
    }
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
    if (!(norms >= 0)) fmt::print("not finite\n");
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
  std::vector<std::string> cells(argv + 1, argv + argc);
  if (cells.empty()) cells = {"rnn", "gru", "lstm"};
  fmt::print("cell H float double\n");
  for (const std::string& cell : cells)
    for (const gatescope::Index hidden : {32, 64, 128, 256})
      fmt::print("{} {} {:.1f} {:.1f}\n", cell, hidden, gatescope::milliseconds<float>(cell, hidden),
                 gatescope::milliseconds<double>(cell, hidden));
  return 0;
}
