#include "core/analysis/addressed_memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "core/analysis/memory_attention.h"
#include "core/nn/layer.h"
#include "tests/core/analysis/gated_stack.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

constexpr Index kStepsRead = GatedStack<double>::kSteps;

template <class Work>
void for_each_matrix(Work work, bool bidirectional = false) {
  for (const nn::CellInfo* cell : nn::all_cells())
    for (const Index heads : {1, 2}) {
      if (!address_channels(*cell) || (heads > 1 && !cell->has_heads())) continue;
      SCOPED_TRACE(std::string(cell->key) + ", heads: " + std::to_string(heads));
      const GatedStack<double> stack(cell->key, {}, bidirectional, false, heads);
      for (std::size_t tape = 0; tape < (bidirectional ? 4 : 2); ++tape) work(stack, tape);
    }
}

TEST(AddressedMemory, IsFoundInTheCellsWithKeysAndQueriesAlone) {
  std::set<std::string> found;
  for (const nn::CellInfo* cell : nn::all_cells()) {
    EXPECT_EQ(address_channels(*cell).has_value(), why_no_matrix(*cell).empty());
    if (const auto channels = address_channels(*cell)) {
      found.emplace(cell->key);
      const bool s6 = cell->free_memories;
      EXPECT_EQ(cell->channels[channels->key].symbol, s6 ? "B" : "k") << cell->key;
      EXPECT_EQ(cell->channels[channels->query].symbol, s6 ? "C" : "q") << cell->key;
    }
  }
  EXPECT_EQ(found,
            (std::set<std::string>{"s6", "mamba", "mlstm", "mamba2", "gla", "rwkv6", "gated_deltanet",
                                   "retnet", "matrix_none_add", "matrix_none_add_mlstm", "matrix_none_delta",
                                   "matrix_none_delta_mlstm", "matrix_head_delta_mlstm",
                                   "matrix_key_add_mlstm", "matrix_key_delta", "matrix_key_delta_mlstm"}));
  const std::string why = why_no_matrix(nn::find_cell("lstm"));
  EXPECT_NE(why.find("the cell lstm keeps no matrix"), std::string::npos);
  EXPECT_NE(why.find("Gated DeltaNet"), std::string::npos) << "and which have one";
  const GatedStack<double> lstm("lstm");
  EXPECT_EQ(error_of([&] { AddressedMemory<double>(lstm.trace.tapes[0]); }), why);
}

TEST(AddressedMemory, IsWhatMemoryAttentionsWeightsReproduce) {
  for_each_matrix([](const GatedStack<double>& stack, std::size_t tape) {
    if (!why_no_gated_memory(stack.network.cell()).empty()) return;  // nothing of it ever fades
    const AddressedMemory<double> memory(stack.trace.tapes[tape]);
    const auto memories = stack.memories(tape);
    ASSERT_EQ(memory.heads() * memory.units(), 6);
    ASSERT_EQ(memories.numbers(), memory.keys());
    for (Index head = 0; head < memory.heads(); ++head)
      for (const Index t : {0, 13, 29}) {
        const gatescope::Matrix<double> matrix = memory.matrix(head, t);
        for (Index unit = 0; unit < memory.units(); ++unit)
          for (Index key = 0; key < memory.keys(); ++key) {
            const MemoryAttention all =
                memory_attention(memories.row(key * 6 + head * memory.units() + unit), 0, kStepsRead - 1);
            double sum = all.initial[static_cast<std::size_t>(t)];
            for (Index s = 0; s < kStepsRead; ++s)
              sum += all.alpha(t, s) * all.content[static_cast<std::size_t>(s)];
            EXPECT_NEAR(matrix(unit, key), sum, 1e-12 * std::max(1.0, std::abs(sum)));
          }
      }
  });
}

TEST(AddressedMemory, HasTheCosinesOfKeysAndQueriesForAddresses) {
  for (const bool bidirectional : {false, true}) {
    for_each_matrix(
        [](const GatedStack<double>& stack, std::size_t tape_index) {
          const auto& tape = stack.trace.tapes[tape_index];
          const AddressedMemory<double> memory(tape);
          const auto channels = address_channels(tape.info());
          const Index head = memory.heads() - 1, first = 3, last = 20, keys = memory.keys();
          const gatescope::Matrix<double> all = memory.addresses(head, first, last);
          ASSERT_EQ(all.rows(), 18);
          for (Index t = first; t <= last; ++t)
            for (Index s = first; s <= last; ++s) {
              const double cosine = all(t - first, s - first);
              if (tape.reverse() ? s < t : s > t) {
                EXPECT_EQ(cosine, 0) << "not written yet";
                continue;
              }
              double product = 0, of_query = 0, of_key = 0;
              for (Index n = 0; n < keys; ++n) {
                const double q = tape.values(channels->query)(head * keys + n, t),
                             k = tape.values(channels->key)(head * keys + n, s);
                product += q * k;
                of_query += q * q;
                of_key += k * k;
              }
              EXPECT_NEAR(cosine, product / std::sqrt(of_query * of_key), 1e-12);
              EXPECT_LE(std::abs(cosine), 1);
            }
        },
        bidirectional);
  }
}

TEST(AddressedMemory, AKeyOfLengthZeroHasNoDirection) {
  const GatedStack<double> stack("mlstm", {"k@7=0"});
  const auto all = AddressedMemory<double>(stack.trace.tapes[0]).addresses(0, 0, kStepsRead - 1);
  EXPECT_TRUE(std::isnan(all(9, 7)));
  EXPECT_EQ(all(6, 7), 0) << "it is not there yet";
  EXPECT_FALSE(std::isnan(all(9, 8)));
}

TEST(DirectionsInUse, AreOneOfAnOuterProductAndAllOfTheIdentity) {
  const Eigen::VectorXd a = Eigen::VectorXd::LinSpaced(4, 1, 2), b = Eigen::VectorXd::LinSpaced(5, -1, 3);
  EXPECT_NEAR(directions_in_use(a * b.transpose()), 1, 1e-12);
  EXPECT_NEAR(directions_in_use(3 * Eigen::MatrixXd::Identity(4, 4)), 4, 1e-12);
  Eigen::MatrixXd two = Eigen::MatrixXd::Zero(3, 3);
  two.diagonal() << 2, 1, 0;
  EXPECT_NEAR(directions_in_use(two), 25.0 / 17, 1e-12);
  EXPECT_TRUE(std::isnan(directions_in_use(Eigen::MatrixXd::Zero(2, 2))));
  EXPECT_TRUE(std::isnan(directions_in_use(Eigen::MatrixXd::Constant(2, 2, NAN))));
}

}  // namespace
}  // namespace gatescope::analysis
