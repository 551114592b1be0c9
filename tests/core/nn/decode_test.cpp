// Writing targets: greedily and by beam search, against every target there is.

#include "core/nn/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/nn/generate.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

constexpr Index kDecodeSymbols = 6;

Network<float> writer(bool decoder, std::uint64_t seed) {
  ModelSpec spec{.cell = "gru", .hidden = 6, .embedding = 4};
  if (decoder) spec.decoder = DecoderSpec{Attention::bahdanau};
  Network<float> network(spec,
                         {InputKind::characters, kDecodeSymbols, Readout::softmax, kDecodeSymbols, true});
  Rng rng(seed);
  network.initialise(rng);
  for (float& p : network.parameters()) p *= 3;  // surer of what it tells
  network.prepare_all();
  return network;
}

/// The log-probability of every target of at most `longest` symbols that ends. What fills up and begins is in
/// none.
std::map<std::vector<int>, double> all_targets(const Network<float>& network, const std::vector<int>& source,
                                               Index longest) {
  std::map<std::vector<int>, double> all;
  std::vector<std::vector<int>> begun{{}};
  for (Index length = 0; length <= longest; ++length) {
    std::vector<std::vector<int>> longer;
    for (const std::vector<int>& target : begun) {
      std::vector<int> symbols = source;
      symbols.push_back(kStart);
      symbols.insert(symbols.end(), target.begin(), target.end());
      Trace<float> trace;
      network.resize(trace, std::ssize(symbols), 1);
      network.clear_states(trace);
      network.forward(trace, {symbols.data(), nullptr});
      double sum = 0;
      for (std::size_t k = 0; k <= target.size(); ++k) {
        const auto logits = trace.outputs.col(static_cast<Index>(source.size() + k)).cast<double>().eval();
        const double of_all = std::log(logits.array().exp().sum());
        sum += logits[k < target.size() ? target[k] : kEnd] - of_all;
      }
      all[target] = sum;
      for (int symbol = kEnd + 1; symbol < kDecodeSymbols; ++symbol) {
        longer.push_back(target);
        longer.back().push_back(symbol);
      }
    }
    begun = std::move(longer);
  }
  return all;
}

TEST(Decode, AWideBeamFindsTheLikeliestTarget) {
  const std::vector<int> source{3, 4, 3};
  for (const bool decoder : {true, false})
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Network<float> network = writer(decoder, seed);
      const auto all = all_targets(network, source, 3);
      const auto best = std::ranges::max_element(all, {}, [](const auto& one) { return one.second; });
      const std::vector<Decoded> found = search(network, source, 3, 200);
      ASSERT_FALSE(found.empty());
      EXPECT_TRUE(found[0].ended);
      EXPECT_EQ(found[0].target, best->first);
      EXPECT_NEAR(found[0].log_probability, best->second, 1e-4);
      for (std::size_t k = 1; k < found.size(); ++k) {
        EXPECT_LE(found[k].log_probability, found[k - 1].log_probability);
        EXPECT_NEAR(found[k].log_probability, all.at(found[k].target), 1e-4);
      }
    }
}

TEST(Decode, GreedyTakesTheLikeliestSymbolEachTime) {
  for (const bool decoder : {true, false}) {
    const Network<float> network = writer(decoder, 5);
    const std::vector<int> source{4, 3};
    const Decoded greedy = decode(network, std::span<const int>(source), 6);
    EXPECT_LE(std::ssize(greedy.target), 6);
    // As a text that is read and gone on with, symbol by symbol.
    if (decoder) continue;
    Generator generator(network);
    for (const int symbol : source) generator.read(symbol);
    generator.read(kStart);
    Rng rng(1);
    for (const int symbol : greedy.target) {
      EXPECT_EQ(generator.draw(0, rng), symbol);
      generator.read(symbol);
    }
    if (greedy.ended) {
      EXPECT_EQ(generator.draw(0, rng), static_cast<int>(kEnd));
    }
  }
  const Network<float> network = writer(true, 5);
  EXPECT_EQ(search(network, std::vector<int>{4, 3}, 6, 1)[0].target,
            decode(network, std::span<const int>(std::vector<int>{4, 3}), 6).target);
  EXPECT_EQ(decode(network, std::span<const int>(), 6).ended,
            std::ssize(decode(network, std::span<const int>(), 6).target) < 6)
      << "a source may be empty";
}

TEST(Decode, TheSignsOfPairsAreNeverWritten) {
  const std::vector<int> source{3, 4, 5};
  int would_be = 0;  // signs that are likelier than all that may be told
  for (const bool decoder : {true, false})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Network<float> network = writer(decoder, seed);
      const auto is_sign = [](int symbol) { return symbol == kFill || symbol == kStart; };
      const Decoded greedy = decode(network, std::span<const int>(source), 6);
      EXPECT_TRUE(std::ranges::none_of(greedy.target, is_sign));
      for (const Decoded& one : search(network, source, 4, 50))
        EXPECT_TRUE(std::ranges::none_of(one.target, is_sign));
      // What feeds itself is what is written.
      std::vector<int> symbols = source;
      symbols.push_back(kStart);
      symbols.resize(source.size() + 7, kFill);
      Trace<float> trace;
      tell_freely(network, trace, symbols, std::ssize(symbols), 1, std::ssize(source));
      for (std::size_t k = 0; k < greedy.target.size(); ++k) {
        EXPECT_EQ(symbols[source.size() + 1 + k], greedy.target[k]);
        Index top = 0;
        trace.outputs.col(static_cast<Index>(source.size() + k)).maxCoeff(&top);
        would_be += is_sign(static_cast<int>(top));
      }
      if (decoder) continue;
      Generator generator(network);
      for (const int symbol : source) generator.read(symbol);
      generator.read(kStart);
      EXPECT_EQ(generator.next(1).head(kEnd).sum(), 0);
      EXPECT_NEAR(generator.next(1).sum(), 1, 1e-6);
    }
  EXPECT_GT(would_be, 10) << "else this shows nothing";
}

TEST(Decode, WhatReadsNoPairsIsRefused) {
  const Network<float> network({.hidden = 3}, {InputKind::characters, 4, Readout::softmax, 4});
  EXPECT_NE(error_of([&] { search(network, std::vector<int>{3}, 3, 2); }).find("no pairs"),
            std::string::npos);
  EXPECT_NE(error_of([&] { search(writer(true, 1), std::vector<int>{3}, 3, 0); }).find("width"),
            std::string::npos);
}

}  // namespace
}  // namespace gatescope::nn
