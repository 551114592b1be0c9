// The joint state's Jacobians of every cell of the table, forced and free, stacked and filtered, against
// central finite differences in double, and of RNN, GRU and LSTM against their formulas written out.

#include "core/analysis/jacobian.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "core/analysis/fan.h"
#include "core/analysis/singular_values.h"
#include "core/observe/observe.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/core/analysis/joint_states.h"
#include "tests/error_of.h"
#include "tests/rules.h"

namespace gatescope::analysis {
namespace {

constexpr Index kInputs = 4;

/// A random model that has read a text.
template <class S = double>
struct JacobianCase {
  std::shared_ptr<nn::Network<S>> network;
  observe::Observation<S> observation;
  std::vector<int> characters;

  explicit JacobianCase(const nn::ModelSpec& spec, std::vector<nn::ForceRule> forced = {}, int length = 9,
                        double spread = 0.5)
      : network(std::make_shared<nn::Network<S>>(
            spec, nn::Interface{nn::InputKind::characters, kInputs, nn::Readout::softmax, kInputs})) {
    Rng rng(11);
    network->initialise(rng);
    for (S& p : network->parameters()) p += static_cast<S>(rng.uniform(-spread, spread));
    network->prepare_all();
    for (int k = 0; k < length; ++k) characters.push_back(static_cast<int>(rng.below(kInputs)));
    observe::Model<S> model{.name = spec.cell, .network = network};
    observation = observe::observe<S>(model, observe::Text{characters}, std::move(forced), {},
                                      {.needs = {.tape = true, .natural = true}});
  }

  const nn::Parameter& parameter(const std::string& name) const {
    return *network->table().find("rnn." + name + "_l0");
  }
  /// Rows of a gate of a PyTorch matrix.
  Matrix<S> block(const std::string& name, int gate, Index hidden) const {
    const nn::Parameter& p = parameter(name);
    return ConstMatrixView<S>(network->parameters().data() + p.offset, p.rows, p.cols)
        .middleRows(gate * hidden, hidden);
  }
};

/// By every step's batched backward pass from t on.
Eigen::MatrixXd long_jacobian(StateSteps<double>& steps, Index from, Index t) {
  Matrix<double> product = Matrix<double>::Identity(steps.state().size, steps.state().size);
  for (Index at = t; at > from; --at) steps.back(at, product);
  return product.transpose();
}

void expect_exact(const JacobianCase<>& read, const std::string& what) {
  StateSteps<double> steps(read.observation);
  const Index t = 6;
  Eigen::MatrixXd product = Eigen::MatrixXd::Identity(steps.state().size, steps.state().size);
  for (Index from = t - 1; from >= 2; --from) {
    product = product * steps.jacobian(from + 1);
    const Eigen::MatrixXd exact = long_jacobian(steps, from, t);
    const double size = std::max(1.0, exact.cwiseAbs().maxCoeff());
    EXPECT_LT((product - exact).cwiseAbs().maxCoeff(), 1e-12 * size) << what << " from " << from;
    if (from == t - 2 || from == 4) continue;
    const Eigen::MatrixXd numeric =
        differences(*read.network, read.characters, steps.state(), from, t, steps.value(from));
    EXPECT_LT((numeric - exact).cwiseAbs().maxCoeff(), 2e-8 * size) << what << " from " << from;
  }
}

/// Rules that every cell can have: on its first gate or candidate, before an activation, and on its states.
std::vector<nn::ForceRule> rules_on(const nn::CellInfo& cell) {
  std::vector<nn::ForceRule> all;
  for (const nn::Channel& channel : cell.channels) {
    if (channel.activation == nn::Activation::none) continue;
    const std::string symbol(channel.symbol);
    all.push_back(rule(symbol + "[1]@3-5=0.4"));
    all.push_back(rule(symbol + "[0]@4-=*0.6"));
    all.push_back(rule(symbol + "~[2]@2-6=*1.5+0.2"));
    break;
  }
  const std::string memory(cell.channels[cell.memory()].symbol);
  all.push_back(rule(memory + "[0]@5=*0.5"));
  all.push_back(rule(std::string(cell.channels[cell.output].symbol) + "[2]@4=0.3"));
  return all;
}

TEST(StateJacobian, OfEveryCellMatchesFiniteDifferencesForcedAndFreeAndStacked) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (const int layers : {1, 2}) {
      const nn::ModelSpec spec = any_spec(std::string(cell->key), 3, layers);
      const std::string what = fmt::format("{}, {} layers", cell->key, layers);
      expect_exact(JacobianCase(spec), what);
      expect_exact(JacobianCase(spec, rules_on(*cell)), what + ", forced");
    }
  }
}

TEST(StateJacobian, HoldsTheStatesOfFiltersAndHeadsAndEmbeddings) {
  for (const std::string cell : {"lstm", "s6", "slstm"}) {
    nn::ModelSpec spec = any_spec(cell, 4, 2);
    spec.token_shift = true;
    spec.conv = 3;
    if (cell == "slstm") spec.heads = 2;
    expect_exact(JacobianCase(spec), cell + ", both filters");
    spec.token_shift = false;
    expect_exact(JacobianCase(spec, rules({"xc[1]@3-5=0.2", "xp[0]@4=*0.5", "xc~[0]@2-=*2"})),
                 cell + ", convolution, forced");
    spec.conv = 0;
    spec.token_shift = true;
    spec.embedding = 2;
    expect_exact(JacobianCase(spec, rules({"xs[1]@3-5=*0.2"})), cell + ", shift, embedding");
  }
}

TEST(StateJacobian, GoesThroughEveryOptionOfALayer) {
  for (const std::string cell : {"lstm", "s6", "gru", "mlstm"}) {
    nn::ModelSpec spec = any_spec(cell, 4, 2);
    spec.norm = spec.token_shift = spec.head_norm = spec.output_gate = spec.projection = spec.residual = true;
    spec.heads = 2;
    expect_exact(JacobianCase(spec), cell + ", every option but the convolution");
    spec.conv = 3;
    spec.token_shift = false;
    spec.embedding = 4;
    expect_exact(JacobianCase(spec, rules({"xn[1]@3-5=*0.2", "og[0]@4=*0.5", "hm@2-=*2", "ho[1]@3=0.3"})),
                 cell + ", every option but the token shift, forced");
    spec.head_norm = spec.output_gate = false;
    spec.heads = 1;
    expect_exact(JacobianCase(spec), cell + ", projection and residual");
  }
}

TEST(StateJacobian, NamesTheStatesOfTheStackInTheOrderOfItsRows) {
  EXPECT_EQ(state_jacobians(JacobianCase(any_spec("lstm", 3)).observation, {}).state,
            (std::vector<std::string>{"h", "c"}));
  EXPECT_EQ(state_jacobians(JacobianCase(any_spec("lstm", 3, 2)).observation, {}).state,
            (std::vector<std::string>{"0.h", "0.c", "1.h", "1.c"}));
  EXPECT_EQ(state_jacobians(JacobianCase(any_spec("s6", 3)).observation, {}).state,
            std::vector<std::string>{"m"});
}

TEST(StateJacobian, OfRnnGruAndLstmIsTheirFormulaWrittenOut) {
  using M = Eigen::MatrixXd;
  using V = Eigen::ArrayXd;
  const Index hidden = 5, t = 4;
  const auto slope = [](const V& y) { return V(y * (1 - y)); };
  const auto flat = [](const V& y) { return V(1 - y.square()); };
  const auto times = [](const V& d, const M& m) { return M(d.matrix().asDiagonal() * m); };
  const auto diagonal = [](const V& d) { return M(d.matrix().asDiagonal()); };
  for (const bool forced : {false, true}) {
    const auto column = [](const nn::LayerTape<double>& tape, std::string_view symbol, Index step) {
      return V(tape.values(tape.info().find(symbol)).col(step).array());
    };
    {
      const JacobianCase rnn(any_spec("rnn", hidden), forced ? rules({"h=*0.5"}) : rules({}));
      const auto& tape = rnn.observation.sequence->trace.tapes[0];
      const V raw = tape.raw_values(tape.info().find("h")).col(t).array();
      const M expected = times(flat(raw) * (forced ? 0.5 : 1), rnn.block("weight_hh", 0, hidden));
      StateSteps<double> steps(rnn.observation);
      EXPECT_LT((steps.jacobian(t) - expected).cwiseAbs().maxCoeff(), 1e-14) << forced;
    }
    {
      const JacobianCase gru(any_spec("gru", hidden), forced ? rules({"z=0.3", "r=*0.5"}) : rules({}));
      const auto& tape = gru.observation.sequence->trace.tapes[0];
      const V z = column(tape, "z", t), r = column(tape, "r", t), n = column(tape, "n", t),
              h = column(tape, "h", t - 1);
      const V raw = tape.raw_values(tape.info().find("r")).col(t).array();
      const M U_r = gru.block("weight_hh", 0, hidden), U_z = gru.block("weight_hh", 1, hidden),
              U_n = gru.block("weight_hh", 2, hidden), b = gru.block("bias_hh", 2, hidden);
      const V q = (U_n * h.matrix() + b).array();
      const V dz = forced ? V(V::Zero(hidden)) : slope(z), dr = slope(raw) * (forced ? 0.5 : 1);
      const M expected = diagonal(z) + times((h - n) * dz, U_z) +
                         times((1 - z) * flat(n), times(q * dr, U_r) + times(r, U_n));
      StateSteps<double> steps(gru.observation);
      EXPECT_LT((steps.jacobian(t) - expected).cwiseAbs().maxCoeff(), 1e-14) << forced;
    }
    {
      const JacobianCase lstm(any_spec("lstm", hidden), forced ? rules({"f=0.4", "o=*0.5"}) : rules({}));
      const auto& tape = lstm.observation.sequence->trace.tapes[0];
      const V i = column(tape, "i", t), f = column(tape, "f", t), g = column(tape, "g", t),
              o = column(tape, "o", t), c = column(tape, "c", t - 1), now = column(tape, "c", t).tanh();
      const V raw = tape.raw_values(tape.info().find("o")).col(t).array();
      const M U_i = lstm.block("weight_hh", 0, hidden), U_f = lstm.block("weight_hh", 1, hidden),
              U_g = lstm.block("weight_hh", 2, hidden), U_o = lstm.block("weight_hh", 3, hidden);
      const V df = forced ? V(V::Zero(hidden)) : slope(f), dou = slope(raw) * (forced ? 0.5 : 1);
      const M c_c = diagonal(f),
              c_h = times(c * df, U_f) + times(g * slope(i), U_i) + times(i * flat(g), U_g);
      M expected(2 * hidden, 2 * hidden);  // rows and columns: h, c
      expected << times(now * dou, U_o) + times(o * flat(now), c_h), times(o * flat(now), c_c), c_h, c_c;
      StateSteps<double> steps(lstm.observation);
      EXPECT_LT((steps.jacobian(t) - expected).cwiseAbs().maxCoeff(), 1e-14) << forced;
    }
  }
}

TEST(StateJacobian, ListsNormsAndSingularValuesByLag) {
  const JacobianCase read(any_spec("lstm", 4));
  const StateJacobians all = state_jacobians(read.observation, 5);
  StateSteps<double> steps(read.observation);
  ASSERT_EQ(all.frobenius.size(), 6U);
  EXPECT_EQ(all.step, 5);
  EXPECT_EQ(all.singular_values[0], std::vector<double>(8, 1.0));
  for (Index lag = 0; lag <= 5; ++lag) {
    const Eigen::MatrixXd exact = long_jacobian(steps, 5 - lag, 5);
    EXPECT_NEAR(all.frobenius[lag], exact.norm(), 1e-13 * exact.norm());
    double squares = 0;
    for (const double s : all.singular_values[lag]) squares += s * s;
    EXPECT_NEAR(std::sqrt(squares), exact.norm(), 1e-13 * exact.norm());
    EXPECT_EQ(all.largest[lag], all.singular_values[lag].front());
    EXPECT_NEAR(
        std::pow(all.largest[lag], 2),
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(exact * exact.transpose()).eigenvalues().maxCoeff(),
        1e-12);
  }
}

TEST(StateJacobian, OfTheNaturalTwinIsThatWithoutRules) {
  const JacobianCase free(any_spec("gru", 3)), forced(any_spec("gru", 3), rules({"z=0.9", "n=*0.1"}));
  EXPECT_EQ(state_jacobians(forced.observation, {}, true).frobenius,
            state_jacobians(free.observation, {}).frobenius);
  EXPECT_NE(state_jacobians(forced.observation, {}).frobenius,
            state_jacobians(free.observation, {}).frobenius);
}

TEST(StateJacobian, DoesNotVanishInSinglePrecisionOverManySteps) {
  JacobianCase<float> read(any_spec("rnn_relu", 1), {}, 121, 0);
  std::ranges::fill(read.network->parameters(), 0.0F);
  read.network->parameters()[read.parameter("weight_hh").offset] = 0.01F;
  read.network->parameters()[read.parameter("bias_ih").offset] = 1;
  read.network->prepare_all();
  observe::Model<float> model{.name = "rnn", .network = read.network};
  const auto observation =
      observe::observe<float>(model, observe::Text{read.characters}, {}, {}, {.needs = {.tape = true}});
  EXPECT_NEAR(std::log10(state_jacobians(observation, {}).largest[100]), -200, 1e-3);
}

TEST(StateJacobian, IsRefusedWhereTheStackReadsInBothDirections) {
  nn::ModelSpec spec = any_spec("lstm", 3);
  spec.bidirectional = true;
  const JacobianCase read(spec);
  EXPECT_EQ(error_of([&] { state_jacobians(read.observation, {}); }),
            "lstm has no joint state: it reads in both directions: its two states go opposite ways, so that "
            "no joint state follows from the one before it");
  const JacobianCase one(any_spec("lstm", 3));
  EXPECT_EQ(error_of([&] { state_jacobians(one.observation, 8); }), "step 8 does not exist, expected 0 to 7");
}

TEST(Fan, OfGatesAloneIsTheProductOfTheKeepGates) {
  const JacobianCase lstm(any_spec("lstm", 4), rules({"c[0]@5=*0.5"}));
  const Fan all = fan(lstm.observation, 6);
  ASSERT_EQ(all.lags.size(), 7U);
  const auto f = lstm.observation.sequence->trace.tapes[0].values(lstm.network->cell().find("f"));
  std::vector<double> expected;
  for (Index unit = 0; unit < 4; ++unit)
    expected.push_back(f(unit, 6) * f(unit, 5) * f(unit, 4) * (unit == 0 ? 0.5 : 1));
  std::ranges::sort(expected, std::greater<>());
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(all.gates_only[3][k], expected[k], 1e-15);
  const StateJacobians jacobians = state_jacobians(lstm.observation, 6);
  EXPECT_EQ(all.products, jacobians.singular_values);
  for (std::size_t k = 0; k < 8; ++k) EXPECT_NEAR(all.steps[1][k], jacobians.singular_values[1][k], 1e-14);
  EXPECT_TRUE(fan(JacobianCase(any_spec("rnn", 3)).observation, {}).gates_only[3].empty());
  const Fan thinned = fan(lstm.observation, 6, false, 3);
  EXPECT_EQ(thinned.lags, (std::vector<Index>{0, 3, 6}));
  EXPECT_EQ(thinned.products[1], all.products[3]);
}

}  // namespace
}  // namespace gatescope::analysis
