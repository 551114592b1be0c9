// Where exponentials, quotients and roots of the cells' equations come to their ends: what is computed there
// is what the equations say, and neither it nor a gradient is infinite or NaN.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/nn/cells/gated_deltanet.h"
#include "core/nn/cells/min_lstm.h"
#include "core/nn/cells/retnet.h"
#include "core/nn/cells/rg_lru.h"
#include "core/nn/cells/rwkv4.h"
#include "tests/core/analysis/gated_stack.h"

namespace gatescope::nn {
namespace {

using analysis::GatedStack;

template <class S>
class Extremes : public testing::Test {
 protected:
  /// A stack that has read and learnt under these rules.
  GatedStack<S> learnt(std::string_view cell, const std::vector<std::string>& rules) {
    GatedStack<S> stack(cell, rules);
    EXPECT_TRUE(std::isfinite(stack.learn())) << cell;
    for (const LayerTape<S>& tape : stack.trace.tapes)
      for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k) {
        EXPECT_TRUE(tape.values(k).allFinite()) << cell << " " << tape.info().channels[k].symbol;
        EXPECT_TRUE(tape.gradients(k).allFinite()) << cell << " dL/d" << tape.info().channels[k].symbol;
      }
    return stack;
  }
  static constexpr S kUlp = std::numeric_limits<S>::epsilon();
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Extremes, Precisions);

TYPED_TEST(Extremes, OfPreActivationsLeaveEveryNumberFinite) {
  for (const CellInfo* cell : all_cells())
    for (const char* value : {"700", "-700"})
      for (const Channel& channel : cell->channels) {
        // An exponent above 0 has no place in a gate.
        if (channel.activation == Activation::none) continue;
        if (channel.activation == Activation::exponential && value[0] != '-') continue;
        this->learnt(cell->key, {std::string(channel.symbol) + "~=" + value});
      }
}

TYPED_TEST(Extremes, OfExponentsLeaveEveryNumberFinite) {
  for (const char* value : {"700", "-700"}) {
    this->learnt("slstm", {std::string("i@7=") + value});
    this->learnt("rwkv4", {std::string("k@7=") + value});
    this->learnt("slstm", {std::string("i=") + value});
    this->learnt("rwkv4", {std::string("k=") + value});
  }
  this->learnt("rwkv4", {"l@5-9=1e6", "l@12=-1e6"});
}

TYPED_TEST(Extremes, OfMatrixMemoriesLeaveEveryNumberFinite) {
  for (const std::string value : {"700", "-700", "0"})
    for (const std::string at : {"=", "@7="}) {
      for (const std::string_view channel : {"I", "F"})
        this->learnt("mlstm", {std::string(channel) + at + value});
      for (const std::string_view channel : {"T", "A"}) {
        this->learnt("mamba2", {std::string(channel) + at + value});
        this->learnt("gated_deltanet", {std::string(channel) + at + value});
      }
      for (const std::string_view cell : {"gla", "rwkv6", "retnet"}) this->learnt(cell, {"A" + at + value});
    }
  this->learnt("mlstm", {"q=0"});
  this->learnt("mlstm", {"l@5-9=1e6", "l@12=-1e6"});
  this->learnt("gated_deltanet", {"k@7-9=0"});
}

TYPED_TEST(Extremes, TheDeltaRulePutsTheValueInThePlaceOfWhatTheKeyFound) {
  // The same key at steps 7 and 8, nothing forgotten, all of it replaced; another value the second time.
  using Cell = GatedDeltanet;
  const auto stack =
      this->learnt("gated_deltanet", {"f=open", "b=open", "k[0]@7-8=1", "k[1-5]@7-8=0", "v@8=-0.5"});
  const LayerTape<TypeParam>& tape = stack.trace.tapes[0];
  for (Index unit = 0; unit < 6; ++unit) {  // number 0 of a unit is what it has under that key
    const double least = 100.0 * static_cast<double>(this->kUlp);
    EXPECT_NEAR(tape.values(Cell::m)(unit, 7), tape.values(Cell::v)(unit, 7), least);
    EXPECT_NEAR(tape.values(Cell::p)(unit, 8), tape.values(Cell::v)(unit, 7), least) << "found again";
    EXPECT_NEAR(tape.values(Cell::m)(unit, 8), -0.5, least) << "and replaced";
  }
  // Where writing adds, both are there.
  const auto mixed = this->learnt("retnet", {"f=open", "k[0]@7-8=1", "k[1-5]@7-8=0", "v@8=-0.5"});
  const LayerTape<TypeParam>& both = mixed.trace.tapes[0];
  for (Index unit = 0; unit < 6; ++unit)
    EXPECT_NEAR(both.values(Retnet::m)(unit, 8),
                both.values(Retnet::m)(unit, 6) + both.values(Retnet::v)(unit, 7) - TypeParam(0.5),
                100.0 * static_cast<double>(this->kUlp));
}

TYPED_TEST(Extremes, ALargeKeyTakesTheWholeMemoryAndASmallOneNothing) {
  const auto stack = this->learnt("rwkv4", {"k@7=700", "k@9=-700"});
  const LayerTape<TypeParam>& tape = stack.trace.tapes[0];
  using Cell = Rwkv4;
  EXPECT_EQ(tape.values(Cell::c).col(7), tape.values(Cell::v).col(7));
  EXPECT_EQ(tape.values(Cell::c).col(9), tape.values(Cell::c).col(8));
  EXPECT_EQ(tape.values(Cell::y).col(9), tape.values(Cell::c).col(8)) << "nor is it read";
}

TYPED_TEST(Extremes, AClosedRecurrenceGateKeepsEverythingAndWritesNothing) {
  const auto stack = this->learnt("rg_lru", {"r@7-12=closed"});
  const LayerTape<TypeParam>& tape = stack.trace.tapes[0];
  using Cell = RgLru;
  EXPECT_EQ(tape.values(Cell::h).col(12), tape.values(Cell::h).col(6));
  EXPECT_EQ(tape.values(Cell::w).col(9).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(tape.gradients(Cell::l).col(9).allFinite(), true);
}

TYPED_TEST(Extremes, TheRootLosesNoDigitsWhereNearlyEverythingIsKept) {
  for (const char* r : {"1e-12", "1e-7", "1e-4", "0.03", "1"}) {
    const auto stack = this->learnt("rg_lru", {std::string("r=") + r});
    const LayerTape<TypeParam>& tape = stack.trace.tapes[0];
    for (Index unit = 0; unit < 6; ++unit)
      for (const Index t : {0, 11, 29}) {
        const auto l = static_cast<long double>(tape.values(RgLru::l)(unit, t)),
                   i = static_cast<long double>(tape.values(RgLru::i)(unit, t));
        const long double w = std::sqrt(-std::expm1(2 * l)) * i;
        EXPECT_NEAR(static_cast<double>(tape.values(RgLru::w)(unit, t) / w), 1,
                    4.0 * static_cast<double>(this->kUlp))
            << r;
      }
  }
}

TYPED_TEST(Extremes, TheSlopeOfTheRootIsTheExactOneWhereItIsSteep) {
  const auto stack = this->learnt("rg_lru", {"r~=*1-12"});
  const LayerTape<TypeParam>& tape = stack.trace.tapes[1];
  const Parameter& lambda = *stack.network.table().find("rnn.Lambda_l1");
  for (Index unit = 0; unit < 6; ++unit)
    for (const Index t : {3, 17}) {
      const auto value = [&](int k) { return static_cast<long double>(tape.values(k)(unit, t)); };
      const auto before = static_cast<long double>(tape.previous_values(RgLru::h)(unit, t)),
                 of_h = static_cast<long double>(tape.gradients(RgLru::h)(unit, t)),
                 of_r = static_cast<long double>(tape.gradients(RgLru::r)(unit, t)),
                 speed = -8 * std::log1p(std::exp(static_cast<long double>(
                                  stack.network.parameters()[lambda.offset + unit])));
      const long double r = value(RgLru::r), l = speed * r, root = std::sqrt(-std::expm1(2 * l));
      const long double of_l =
          of_h * (before * std::exp(l) - value(RgLru::u) * value(RgLru::i) * std::exp(2 * l) / root);
      const long double expected = of_l * speed * r * (1 - r);
      EXPECT_NEAR(static_cast<double>(of_r), static_cast<double>(expected),
                  100.0 * static_cast<double>(this->kUlp) *
                      static_cast<double>(std::abs(expected) + std::abs(of_h * r)));
    }
}

TYPED_TEST(Extremes, TwoGatesThatAreEquallyClosedShareHalfAndHalf) {
  const auto stack = this->learnt("minlstm", {"f~@3=-60", "i~@3=-60", "f~@9=700", "i~@9=700"});
  const LayerTape<TypeParam>& tape = stack.trace.tapes[0];
  for (const Index t : {3, 9})
    for (Index unit = 0; unit < 6; ++unit) EXPECT_EQ(tape.values(MinLstm::k)(unit, t), TypeParam(0.5));
}

TYPED_TEST(Extremes, TwoClosedGatesKeepNothingAndWriteNothing) {
  this->learnt("minlstm", {"f~=-95", "i~=-95"});
  const auto stack = this->learnt("minlstm", {"f@3=0", "i@3=0"});
  EXPECT_EQ(stack.trace.tapes[0].values(MinLstm::h).col(3).cwiseAbs().maxCoeff(), 0);
}

}  // namespace
}  // namespace gatescope::nn
