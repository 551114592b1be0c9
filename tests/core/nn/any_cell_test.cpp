// A cell unlike those of the program: three states, one of them with several numbers a unit, a channel of
// another width between two products, and parameters of units. Its gradients match finite differences, free
// and forced: what a layer does for a cell follows from the tables alone.

#include <gtest/gtest.h>

#include <cmath>

#include "core/math/rng.h"
#include "core/nn/level/step.h"
#include "core/nn/recurrent.h"
#include "tests/core/strange_cell.h"

namespace gatescope::nn {
namespace {

class AnyCell : public testing::TestWithParam<std::tuple<bool, bool, bool>> {
 protected:
  static constexpr Index steps = 5, batch = 2, inputs = 3, hidden = 5;

  AnyCell() {
    LayerParameters at;
    for (const ParameterInfo& info : Strange::parameters) {
      at.push_back(static_cast<Index>(parameters.size()));
      for (Index k = 0; k < sizes(info.rows) * sizes(info.cols); ++k)
        parameters.push_back(rng.uniform(-1, 1));
    }
    layer = std::make_unique<Recurrent<double>>(Strange::info, kStepsOf<Strange, double>, sizes, one_hot, at);
    tape.resize(steps, batch, {.raw = forced, .activated = forced});
    tape.clear_states();
    for (Index k = 0; k < inputs * steps * batch; ++k) x.push_back(rng.normal());
    for (Index k = 0; k < steps * batch; ++k) tokens.push_back(static_cast<int>(rng.below(inputs)));
    for (Index k = 0; k < hidden * steps * batch; ++k) wanted.push_back(rng.normal());
    std::vector<ForceRule> rules;
    for (const char* rule : {"g[1-3]@1-3=*0.5+0.2", "n[0]@2=0.7", "m[2-3]@1-3=*0.5+0.1", "p[1]@2-=*0.3",
                             "h[4]@1=*2", "g~[2-4]@2-=*2-0.3", "n~[0-1]=0.2", "n~[1]@1-=*0.5+1"})
      rules.push_back(parse_force_rule(rule));
    if (forced) plan = Plan<double>(rules, 0, Strange::info, sizes);
  }

  LayerInput<double> input() const {
    return {one_hot ? tokens.data() : nullptr, one_hot ? nullptr : x.data()};
  }
  double loss() {
    for (int piece = 0; piece < layer->pieces(); ++piece) layer->prepare(piece, parameters.data());
    layer->forward(tape, input(), &plan);
    double sum = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) sum += wanted[k] * tape.value(Strange::h, 0)[k];
    return sum;
  }
  void expect_slope(double exact, double& place, const std::string& what) {
    const double step = 1e-6, before = place;
    place = before + step;
    const double up = loss();
    place = before - step;
    const double down = loss();
    place = before;
    EXPECT_NEAR(exact, (up - down) / (2 * step), 1e-7 * std::max(1.0, std::abs(exact))) << what;
  }

  const bool one_hot = std::get<0>(GetParam()), forced = std::get<1>(GetParam());
  Rng rng{11};
  Sizes sizes = Strange::info.sizes(inputs, hidden, 1);
  std::vector<double> parameters, x, wanted;
  std::vector<int> tokens;
  Plan<double> plan;
  std::unique_ptr<Recurrent<double>> layer;
  LayerTape<double> tape{Strange::info, sizes, std::get<2>(GetParam())};
};

TEST_P(AnyCell, GradientsMatchFiniteDifferences) {
  ASSERT_EQ(tape.width(Strange::m), 15);
  ASSERT_EQ(tape.width(Strange::q), 3);
  loss();
  std::copy(wanted.begin(), wanted.end(), tape.gradient(Strange::h, 0));
  std::vector<double> gradients(parameters.size(), 0.0), dx(x.size());
  layer->backward(tape, input(), &plan, gradients.data(), one_hot ? nullptr : dx.data());
  std::vector<std::vector<double>> initial;
  for (const State& state : Strange::states) {
    const double* first = tape.initial_gradient(state.channel);
    initial.emplace_back(first, first + tape.width(state.channel) * batch);
  }
  for (std::size_t k = 0; k < parameters.size(); ++k)
    expect_slope(gradients[k], parameters[k], "parameter " + std::to_string(k));
  for (std::size_t n = 0; n < initial.size(); ++n)
    for (std::size_t k = 0; k < initial[n].size(); ++k)
      expect_slope(initial[n][k], tape.initial_value(Strange::states[n].channel)[k], "initial state");
  for (std::size_t k = 0; k < x.size() && !one_hot; ++k) expect_slope(dx[k], x[k], "x");
}

TEST_P(AnyCell, AStateBeginsWhereItsTableSays) {
  EXPECT_EQ(tape.initial_value(Strange::m)[7], 0.25);
  EXPECT_EQ(tape.initial_value(Strange::p)[0], 0);
}

INSTANTIATE_TEST_SUITE_P(Layers, AnyCell,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace gatescope::nn
