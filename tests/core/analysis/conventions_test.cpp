#include "core/analysis/conventions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/nn/layer.h"
#include "tests/core/analysis/any_observation.h"

namespace gatescope::analysis {
namespace {

const nn::LayerTape<double>& first_tape(const observe::Observation<double>& o) {
  return *o.tape(*o.sequence, "0");
}

/// The parameter of that name, from its first number.
const double* weights_at(const observe::Observation<double>& o, const std::string& name) {
  return o.network->parameters().data() + o.network->table().find(name)->offset;
}

TEST(Conventions, EveryOtherCellSaysThatItIsWrittenOneWay) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const auto o = any_observation<double>(any_spec(cell->key), {}, 6);
    const std::string why = why_no_convention(*cell);
    if (why.empty()) {
      EXPECT_FALSE(conventions(o, 0, false).empty()) << cell->key;
      EXPECT_THROW(conventions(o, 1, false), Error);
    } else {
      EXPECT_NE(why.find(cell->title), why.npos);
      EXPECT_THROW(conventions(o, 0, false), Error);
    }
  }
}

TEST(Conventions, EachGruShowsWhatTheOtherComputes) {
  const auto after = any_observation<double>(any_spec("gru", 4, 2), {}, 9),
             before = any_observation<double>(any_spec("gru_before", 4, 2), {}, 9);
  ASSERT_EQ(after.network->parameters(), before.network->parameters());
  const auto a = conventions(after, 1, false), b = conventions(before, 1, false);
  EXPECT_EQ(a[0].is, b[0].would_be);
  EXPECT_EQ(a[0].would_be, b[0].is);
  EXPECT_GT(a[0].apart, 1e-3);
  for (Index k = 0; k < 4 * 9; ++k) EXPECT_EQ(a[1].is.data()[k] + a[1].would_be.data()[k], 1);
}

TEST(Conventions, S6sExactWriteIsTheSolutionOverTheStep) {
  const auto o = any_observation<double>(any_spec("s6", 4), {}, 9);
  const nn::LayerTape<double>& tape = first_tape(o);
  const auto values = [&](const char* symbol) { return tape.values(tape.info().find(symbol)); };
  const double *A_log = weights_at(o, "rnn.A_log_l0"), *D = weights_at(o, "rnn.D_l0");
  const Index N = values("B").rows();
  double apart = 0;
  const Convention write = conventions(o, 0, false).at(0);
  EXPECT_GT(write.apart, 0);
  for (int unit = 0; unit < 4; ++unit) {
    std::vector<double> m(static_cast<std::size_t>(N));
    for (Index t = 0; t < 9; ++t) {
      const double dt = values("dt")(unit, t), u = values("u")(unit, t), z = values("z")(unit, t);
      double y = D[unit] * u;
      for (Index n = 0; n < N; ++n) {
        const double a = std::exp(A_log[n * 4 + unit]);
        m[n] = std::exp(-dt * a) * m[n] + (1 - std::exp(-dt * a)) / a * values("B")(n, t) * u;
        y += values("C")(n, t) * m[n];
      }
      EXPECT_NEAR(write.would_be(unit, t), y * z / (1 + std::exp(-z)), 1e-12);
      EXPECT_EQ(write.is(unit, t), values("h")(unit, t));
      apart = std::max(apart, std::abs(write.is(unit, t) - write.would_be(unit, t)));
    }
  }
  EXPECT_EQ(write.apart, apart);
}

TEST(Conventions, SLstmsForgetGateByExpIsThePapers) {
  const auto o = any_observation<double>(any_spec("slstm", 4), {}, 9);
  const nn::LayerTape<double>& tape = first_tape(o);
  const auto value = [&](const char* symbol, Index t) { return tape.values(tape.info().find(symbol))(2, t); };
  const Convention forget = conventions(o, 0, false).at(0);
  double c = 0, n = 0;
  for (Index t = 0; t < 9; ++t) {
    const double f = value("f", t), keep = f / (1 - f), write = std::exp(value("i", t));
    c = keep * c + write * value("z", t);
    n = keep * n + write;
    EXPECT_NEAR(forget.would_be(2, t), c / n, 1e-12);
    EXPECT_EQ(forget.is(2, t), value("c", t));
  }
  EXPECT_GT(forget.apart, 1e-3);
}

TEST(Conventions, MLstmWithoutAStabiliserIsTheSameNetworkUntilANumberOverflows) {
  nn::ModelSpec spec = any_spec("mlstm", 6);
  spec.heads = 2;
  const auto o = any_observation<double>(spec, {}, 9);
  const auto pairs = conventions(o, 0, false);
  EXPECT_LT(pairs[1].apart, 1e-12);
  EXPECT_GT(pairs[0].apart, 1e-3);
  const nn::LayerTape<double>& tape = first_tape(o);
  const auto values = [&](const char* symbol) { return tape.values(tape.info().find(symbol)); };
  const Convention& forget = pairs[0];
  std::vector<double> C(3), n(3);
  for (Index t = 0; t < 9; ++t) {
    const double keep = std::exp(values("F")(1, t)), write = std::exp(values("I")(1, t));
    double y = 0, s = 0;
    for (Index k = 0; k < 3; ++k) {
      const double key = values("k")(3 + k, t), query = values("q")(3 + k, t);
      C[k] = keep * C[k] + write * key * values("v")(5, t);
      n[k] = keep * n[k] + write * key;
      y += query * C[k];
      s += query * n[k];
    }
    EXPECT_NEAR(forget.would_be(5, t), values("o")(5, t) * y / std::max(std::abs(s), 1.0), 1e-12);
  }
  const auto large = any_observation<float>(spec, rules({"I=95"}), 9);
  observe::Observation<float> forced = large;
  forced.natural = nullptr;  // of the run under the rule
  const auto both = conventions(forced, 0, false);
  EXPECT_TRUE(std::isinf(both[1].apart));
  EXPECT_TRUE(both[1].is.allFinite());
}

TEST(Conventions, AreOfTheRunWithoutRulesAndOfEitherDirection) {
  nn::ModelSpec spec = any_spec("slstm", 4);
  spec.bidirectional = true;
  const auto o = any_observation<double>(spec, rules({"f=0.5"}), 9),
             natural = any_observation<double>(spec, {}, 9);
  ASSERT_TRUE(o.natural);
  EXPECT_EQ(conventions(o, 0, true)[0].is, conventions(natural, 0, true)[0].is);
  EXPECT_EQ(conventions(o, 0, true)[0].would_be, conventions(natural, 0, true)[0].would_be);
  EXPECT_NE(conventions(o, 0, true)[0].is, conventions(o, 0, false)[0].is);
}

}  // namespace
}  // namespace gatescope::analysis
