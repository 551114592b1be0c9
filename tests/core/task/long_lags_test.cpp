// Tasks whose answers lie far back: what each sequence has in it, and what it asks for.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "core/error.h"
#include "core/task/adding.h"
#include "core/task/continual_reber.h"
#include "core/task/copy_memory.h"
#include "core/task/counting.h"
#include "core/task/embedded_reber.h"
#include "core/task/flip_flop.h"
#include "core/task/latch.h"
#include "core/task/temporal_order_6a.h"

namespace gatescope::task {
namespace {

constexpr std::uint64_t kSequences = 64;

/// The symbols of a sequence as one string.
std::string written(const Task& task, const Sequence<float>& sequence) {
  std::string all;
  for (const int token : sequence.tokens) all += task.vocabulary()[static_cast<std::size_t>(token)];
  return all;
}
/// The steps that are scored.
std::vector<std::size_t> asked(const Sequence<float>& sequence) {
  std::vector<std::size_t> steps;
  for (std::size_t t = 0; t < sequence.targets.size(); ++t)
    if (sequence.targets[t] >= 0) steps.push_back(t);
  for (std::size_t t = 0; t < sequence.expected.size(); ++t)
    if (sequence.expected[t]) steps.push_back(t);
  return steps;
}

/// The mean loss of the best answer that is always the same, over many sequences.
double measured_chance(const Task& task) {
  double count = 0, sum = 0, squares = 0;
  std::map<int, double> classes;
  for (std::uint64_t number = 0; number < held_out_sequences(task); ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    for (const std::size_t t : asked(sequence)) {
      const bool is_class = !sequence.targets.empty();
      const double value = is_class ? 0 : static_cast<double>(sequence.target_values[t]);
      if (is_class) ++classes[sequence.targets[t]];
      ++count;
      sum += value;
      squares += value * value;
    }
  }
  double loss = squares / count - sum * sum / count / count;
  for (const auto& [label, times] : classes) loss -= times / count * std::log(times / count);
  return loss;
}

TEST(LongLags, ChanceIsWhatTheBestConstantAnswerGets) {
  const Data data{.batch = 128, .held_out_batches = 64};
  EXPECT_NEAR(*Latch(data, 12).chance(), measured_chance(Latch(data, 12)), 0.01);
  EXPECT_NEAR(*CopyMemory(data, 5, 3).chance(), measured_chance(CopyMemory(data, 5, 3)), 0.01);
  EXPECT_NEAR(*Adding(data, 10).chance(), measured_chance(Adding(data, 10)), 0.006);
  EXPECT_NEAR(*TemporalOrder6a(data, 20).chance(), measured_chance(TemporalOrder6a(data, 20)), 0.01);
  EXPECT_NEAR(*Counting(data, 21).chance(), measured_chance(Counting(data, 21)), 0.01);
  EXPECT_NEAR(*Counting(data, 2).chance(), measured_chance(Counting(data, 2)), 1e-12) << "nothing but ab";
  EXPECT_NEAR(*EmbeddedReber(data, 20).chance(), measured_chance(EmbeddedReber(data, 20)), 0.01);
  EXPECT_NEAR(*ContinualReber(data, 40).chance(), measured_chance(ContinualReber(data, 40)), 0.01);
  EXPECT_NEAR(*FlipFlop(data, 10, 1).chance(), measured_chance(FlipFlop(data, 10, 1)), 0.01);
}

TEST(LongLags, ALatchAsksForTheFirstNumberBehindNoise) {
  const Latch task({.batch = 8}, 40);
  double sum = 0, squares = 0;
  std::set<float> firsts;
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    EXPECT_EQ(asked(sequence), std::vector<std::size_t>{39});
    EXPECT_EQ(sequence.target_values.back(), sequence.values.front());
    firsts.insert(sequence.values.front());
    for (std::size_t t = 1; t < 40; ++t) {
      sum += static_cast<double>(sequence.values[t]);
      squares += static_cast<double>(sequence.values[t]) * static_cast<double>(sequence.values[t]);
    }
  }
  EXPECT_EQ(firsts, (std::set<float>{-1, 1}));
  const double count = 39.0 * kSequences;
  EXPECT_NEAR(sum / count, 0, 0.02);
  EXPECT_NEAR(std::sqrt(squares / count), 0.2, 0.02);
}

TEST(LongLags, CopyMemoryAsksForTheLettersInTheirOrderAfterTheMark) {
  const CopyMemory task({.batch = 8}, 5, 3);
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const std::string all = written(task, sequence);
    EXPECT_EQ(all.substr(3), "____!___");
    EXPECT_EQ(all.substr(0, 3).find_first_not_of("abcdefgh"), std::string::npos);
    EXPECT_EQ(asked(sequence), (std::vector<std::size_t>{8, 9, 10}));
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_EQ(task.classes()[static_cast<std::size_t>(sequence.targets[8 + k])], all.substr(k, 1));
  }
}

TEST(LongLags, AddingAsksForTheSumOfTheTwoMarkedNumbers) {
  for (const Index length : {2, 7, 20}) {
    const Adding task({.batch = 8}, length);
    for (std::uint64_t number = 0; number < kSequences; ++number) {
      const Sequence<float> sequence = held_out_sequence(task, number);
      std::vector<Index> marked;
      float sum = 0;
      for (Index t = 0; t < length; ++t) {
        const float* step = sequence.values.data() + 2 * t;
        EXPECT_GE(step[0], 0);
        EXPECT_LE(step[0], 1);
        if (step[1] != 1) {
          EXPECT_EQ(step[1], 0);
          continue;
        }
        marked.push_back(t);
        sum += step[0];
      }
      ASSERT_EQ(marked.size(), 2u);
      EXPECT_LT(marked[0], length / 2);
      EXPECT_GE(marked[1], length / 2);
      EXPECT_EQ(sequence.target_values.back(), sum);
      EXPECT_EQ(asked(sequence), std::vector<std::size_t>{static_cast<std::size_t>(length - 1)});
    }
  }
}

TEST(LongLags, TemporalOrder6aHasThePlacesOfThePaper) {
  const TemporalOrder6a task({.batch = 32, .held_out_batches = 16}, 100);
  std::set<std::size_t> ends, firsts, seconds;
  for (std::uint64_t number = 0; number < held_out_sequences(task); ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const std::string all = written(task, sequence);
    EXPECT_EQ(all.front(), 'E');
    const std::size_t end = all.find('B'), first = all.find_first_of("XY"),
                      second = all.find_first_of("XY", first + 1);
    EXPECT_EQ(all.find_first_not_of('B', end), std::string::npos);
    EXPECT_EQ(all.find_first_of("XY", second + 1), std::string::npos);
    EXPECT_EQ(asked(sequence), std::vector<std::size_t>{end});
    EXPECT_EQ(task.classes()[static_cast<std::size_t>(sequence.targets[end])],
              std::string{all[first]} + all[second]);
    ends.insert(end + 1);
    firsts.insert(first);
    seconds.insert(second);
  }
  const auto is_all_of = [](const std::set<std::size_t>& places, std::size_t low, std::size_t high) {
    return *places.begin() == low && *places.rbegin() == high && places.size() == high - low + 1;
  };
  EXPECT_TRUE(is_all_of(ends, 100, 110));
  EXPECT_TRUE(is_all_of(firsts, 10, 20));
  EXPECT_TRUE(is_all_of(seconds, 50, 60));
}

TEST(LongLags, CountingAsksForTheEnd) {
  const Counting task({.batch = 32}, 9);
  std::set<std::size_t> counts;
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const std::string all = written(task, sequence);
    const std::size_t n = all.find('b');
    counts.insert(n);
    EXPECT_EQ(all, std::string(n, 'a') + std::string(n, 'b') + std::string(9 - 2 * n, '.'));
    const std::vector<std::size_t> steps = asked(sequence);
    EXPECT_EQ(steps.size(), n);
    EXPECT_EQ(steps.front(), n);
    for (const std::size_t t : steps) EXPECT_EQ(sequence.targets[t], t == 2 * n - 1 ? 1 : 0);
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{1, 2, 3, 4}));
}

/// Whether the grammar makes the string, by the edges of its graph.
bool is_reber(std::string_view text) {
  static const std::map<std::pair<int, char>, int> edges{
      {{0, 'B'}, 1}, {{1, 'T'}, 2}, {{1, 'P'}, 3}, {{2, 'S'}, 2}, {{2, 'X'}, 4}, {{3, 'T'}, 3},
      {{3, 'V'}, 5}, {{4, 'X'}, 3}, {{4, 'S'}, 6}, {{5, 'P'}, 4}, {{5, 'V'}, 6}, {{6, 'E'}, 7}};
  int node = 0;
  for (const char symbol : text) {
    const auto edge = edges.find({node, symbol});
    if (edge == edges.end()) return false;
    node = edge->second;
  }
  return node == 7;
}

TEST(LongLags, EmbeddedReberStringsEndAsTheyBegan) {
  const EmbeddedReber task({.batch = 32}, 20);
  std::set<std::string> strings;
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const std::string all = written(task, sequence);
    ASSERT_EQ(asked(sequence).size(), 1u);
    const std::size_t t = asked(sequence)[0];
    EXPECT_EQ(all[0], 'B');
    EXPECT_TRUE(is_reber(std::string_view(all).substr(2, t - 1))) << all;
    EXPECT_EQ(all[t + 1], all[1]);
    EXPECT_EQ(task.classes()[static_cast<std::size_t>(sequence.targets[t])], all.substr(1, 1));
    EXPECT_EQ(all.find_first_not_of('E', t + 2), std::string::npos);
    strings.insert(all.substr(2, t - 1));
  }
  EXPECT_GT(strings.size(), 10u);
}

TEST(LongLags, AReberLagIsTheLeastNumberOfSymbolsBetween) {
  EXPECT_EQ(EmbeddedReber({}, 50).fingerprint(), EmbeddedReber({}, 50, 5).fingerprint()) << "as published";
  EXPECT_NE(EmbeddedReber({}, 50).fingerprint(), EmbeddedReber({}, 50, 6).fingerprint());
  for (const Index lag : {5, 6, 20, 46, 100}) {
    const EmbeddedReber task({.batch = 32}, 50, lag);
    Index shortest = 1000;
    std::set<std::string> strings;
    for (std::uint64_t number = 0; number < kSequences; ++number) {
      const Sequence<float> sequence = held_out_sequence(task, number);
      const std::string all = written(task, sequence);
      EXPECT_EQ(std::ssize(all), std::max<Index>(50, lag + 4));
      const std::size_t t = asked(sequence).at(0);
      EXPECT_GE(static_cast<Index>(t) - 1, lag);
      shortest = std::min(shortest, static_cast<Index>(t) - 1);
      EXPECT_TRUE(is_reber(std::string_view(all).substr(2, t - 1))) << all;
      EXPECT_EQ(all[t + 1], all[1]);
      strings.insert(all.substr(2, t - 1));
    }
    EXPECT_EQ(shortest, lag) << "some are no longer than they have to be";
    EXPECT_GT(strings.size(), lag == 5 ? 10u : 30u) << lag;
  }
  const ContinualReber continual({.batch = 8}, 60, 20);
  for (std::uint64_t number = 0; number < 32; ++number) {
    const Sequence<float> sequence = held_out_sequence(continual, number);
    std::size_t first = 0;
    for (const std::size_t t : asked(sequence)) {
      EXPECT_GE(t - first - 1, 20u);
      first = t + 3;
    }
    EXPECT_GT(first, 0u);
  }
}

TEST(LongLags, ContinualReberIsOneStringAfterTheOther) {
  const ContinualReber task({.batch = 32}, 60);
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    const std::string all = written(task, sequence);
    std::size_t first = 0;
    for (const std::size_t t : asked(sequence)) {
      EXPECT_EQ(all[first], 'B');
      EXPECT_TRUE(is_reber(std::string_view(all).substr(first + 2, t - first - 1))) << all << " " << t;
      EXPECT_EQ(task.classes()[static_cast<std::size_t>(sequence.targets[t])], all.substr(first + 1, 1));
      if (t + 1 < all.size()) {
        EXPECT_EQ(all[t + 1], all[first + 1]);
      }
      first = t + 3;
    }
    EXPECT_GT(first, 0u);
  }
}

TEST(LongLags, AFlipFlopHoldsWhatWasLastSet) {
  const FlipFlop task({.batch = 8}, 50, 3);
  int set = 0;
  for (std::uint64_t number = 0; number < kSequences; ++number) {
    const Sequence<float> sequence = held_out_sequence(task, number);
    EXPECT_EQ(asked(sequence).size(), 50u);
    std::vector<float> held(3);
    for (std::size_t t = 0; t < 50; ++t)
      for (std::size_t bit = 0; bit < 3; ++bit) {
        const float in = sequence.values[3 * t + bit];
        EXPECT_TRUE(t > 0 || in != 0);
        if (in != 0) held[bit] = in;
        set += t > 0 && in != 0;
        EXPECT_EQ(std::abs(held[bit]), 1);
        EXPECT_EQ(sequence.target_values[3 * t + bit], held[bit]);
      }
  }
  EXPECT_NEAR(set / (49.0 * 3 * kSequences), 0.05, 0.01);
}

TEST(LongLags, RefuseSequencesWithoutRoom) {
  EXPECT_THROW(Latch({}, 1), Error);
  EXPECT_THROW(CopyMemory({}, 0, 3), Error);
  EXPECT_THROW(CopyMemory({}, 5, 0), Error);
  EXPECT_THROW(Adding({}, 1), Error);
  EXPECT_THROW(TemporalOrder6a({}, 9), Error);
  EXPECT_THROW(Counting({}, 1), Error);
  EXPECT_THROW(EmbeddedReber({}, 8), Error);
  EXPECT_THROW(ContinualReber({}, 8), Error);
  EXPECT_THROW(EmbeddedReber({}, 20, 4), Error);
  EXPECT_THROW(ContinualReber({}, 20, 4), Error);
  EXPECT_THROW(FlipFlop({}, 0, 1), Error);
  EXPECT_THROW(FlipFlop({}, 5, 0), Error);
}

}  // namespace
}  // namespace gatescope::task
