// Encoder-decoders: their gradients against central finite differences in double, over sources and targets of
// unequal lengths, with and without rules; what padding, feeding and rules do.

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/nn/layer_table.h"
#include "core/nn/model_spec_json.h"
#include "core/nn/network.h"
#include "tests/error_of.h"
#include "tests/sanitized.h"

namespace gatescope::nn {
namespace {

constexpr Index kPairSymbols = 7;
constexpr double kClose = 3e-8;  // over the difference where that is above 1

struct PairSetting {
  std::string name;
  ModelSpec spec;
  std::vector<std::string> rules;
  bool own = false;      // it reads what it told itself
  double own_share = 0;  // or this much of it
};

void PrintTo(const PairSetting& setting, std::ostream* out) {
  *out << setting.name;
}

ModelSpec pair_spec(const std::string& cell, Attention attention, bool bidirectional = false, int layers = 1,
                    bool input_feeding = false, bool shared = true) {
  return {.cell = cell,
          .hidden = 4,
          .layers = layers,
          .bidirectional = bidirectional,
          .embedding = 3,
          .decoder = DecoderSpec{attention, input_feeding, shared}};
}

ModelSpec two_cells(const std::string& encoder, const std::string& decoder, Attention attention,
                    bool bidirectional = false, int layers = 1) {
  ModelSpec spec = pair_spec(encoder, attention, bidirectional, layers);
  spec.decoder->cell = decoder;
  return spec;
}

/// With all options of layers, or some of them.
ModelSpec with_options(ModelSpec spec, const LayerOptions& options) {
  spec.norm = options.norm, spec.token_shift = options.token_shift, spec.conv = options.conv ? 3 : 0;
  spec.head_norm = options.head_norm, spec.output_gate = options.output_gate;
  spec.projection = options.projection, spec.residual = options.residual;
  if (spec.head_norm) spec.heads = 2;
  return spec;
}

std::vector<ForceRule> pair_rules(const std::vector<std::string>& texts) {
  return parse_force_rules(texts);
}

/// Sources that end together, then the sign, then targets of their own lengths.
struct PairBatch {
  explicit PairBatch(std::vector<std::pair<std::string, std::string>> pairs) {
    std::size_t longest_source = 0, longest_target = 0;
    for (const auto& [source, target] : pairs) {
      longest_source = std::max(longest_source, source.size());
      longest_target = std::max(longest_target, target.size() + 1);
    }
    batch = std::ssize(pairs);
    steps = static_cast<Index>(longest_source + longest_target);
    tokens.assign(static_cast<std::size_t>(steps * batch), kFill);
    classes.assign(tokens.size(), -1);
    start = static_cast<Index>(longest_source);
    for (std::size_t b = 0; b < pairs.size(); ++b) {
      const auto& [source, target] = pairs[b];
      const auto at = [&](std::size_t t) { return t * pairs.size() + b; };
      const std::size_t begin = longest_source - source.size();
      for (std::size_t k = 0; k < source.size(); ++k) tokens[at(begin + k)] = source[k] - '0';
      tokens[at(longest_source)] = kStart;
      for (std::size_t k = 0; k < target.size(); ++k) {
        tokens[at(longest_source + 1 + k)] = target[k] - '0';
        classes[at(longest_source + k)] = target[k] - '0';
      }
      classes[at(longest_source + target.size())] = kEnd;
    }
  }
  Index steps = 0, batch = 0, start = 0;
  std::vector<int> tokens, classes;
};

PairBatch one_pair(const std::string& source, const std::string& target) {
  return PairBatch(std::vector<std::pair<std::string, std::string>>{{source, target}});
}

struct PairProblem {
  explicit PairProblem(const PairSetting& setting, PairBatch all)
      : network(setting.spec, {InputKind::characters, kPairSymbols, Readout::softmax, kPairSymbols, true}),
        pairs(std::move(all)) {
    Rng rng(7);
    network.initialise(rng);
    for (double& p : network.parameters()) p += rng.uniform(-0.4, 0.4);
    network.force(pair_rules(setting.rules));
    if (setting.own) trace.feeds_itself = true;
    random->own_share = setting.own_share;
    network.resize(trace, pairs.steps, pairs.batch);
    network.clear_states(trace);
  }

  double loss() {
    network.prepare_all();
    network.forward(trace, {pairs.tokens.data(), nullptr}, random);
    score<double>(trace, Readout::softmax, {pairs.classes.data(), nullptr, nullptr}, 1);
    return trace.total_loss;
  }

  /// By steps of this size, extrapolated (Richardson).
  double slope(double& place, double step) {
    const auto difference = [&](double step) {
      const double before = place;
      place = before + step;
      const double up = loss();
      place = before - step;
      const double down = loss();
      place = before;
      return (up - down) / (2 * step);
    };
    return (4 * difference(step / 2) - difference(step)) / 3;
  }

  Network<double> network;
  Trace<double> trace;
  PairBatch pairs;
  std::optional<DropoutKey> random = DropoutKey{.seed = 5, .update = 3};
};

const PairBatch& unequal_pairs() {
  static const PairBatch pairs(std::vector<std::pair<std::string, std::string>>{
      {"3456", "65"}, {"36", "3343"}, {"", "4"}, {"543", ""}});
  return pairs;
}

class DecoderGradient : public testing::TestWithParam<PairSetting> {};

TEST_P(DecoderGradient, MatchesFiniteDifferences) {
  PairProblem problem(GetParam(), unequal_pairs());
  problem.loss();
  Buffer<double> gradients(problem.network.parameters().size(), 0.0);
  problem.network.backward(problem.trace, {problem.pairs.tokens.data(), nullptr}, gradients.data());
  double most = 0;
  for (const Parameter& parameter : problem.network.table().all())
    for (Index k = 0; k < parameter.size(); k += kSanitized ? 11 : 1) {
      double& place = problem.network.parameters()[parameter.offset + k];
      const double exact = gradients[parameter.offset + k];
      // Small steps round much, wide ones bend much, or cross the kink of a rectifier's slope: which is which
      // depends on the cell.
      double numeric = 0;
      for (const double step : {1e-4, 1e-5, 1e-6}) {
        numeric = problem.slope(place, step);
        if (std::abs(exact - numeric) <= kClose * std::max(1.0, std::abs(numeric))) break;
      }
      EXPECT_NEAR(exact, numeric, kClose * std::max(1.0, std::abs(numeric))) << parameter.name << " " << k;
      most = std::max(most, std::abs(exact));
    }
  EXPECT_GT(most, 1e-3);
}

std::vector<PairSetting> pair_settings() {
  std::vector<PairSetting> all;
  const std::vector<std::pair<std::string, Attention>> kinds{{"none", Attention::none},
                                                             {"bahdanau", Attention::bahdanau},
                                                             {"dot", Attention::dot},
                                                             {"general", Attention::general},
                                                             {"concat", Attention::concat}};
  for (const CellInfo* cell : all_cells()) {
    const std::string key(cell->key);
    all.push_back({key + "_none", pair_spec(key, Attention::none), {}});
    all.push_back({key + "_bahdanau", pair_spec(key, Attention::bahdanau, true, 2), {}});
    all.push_back({key + "_general_fed", pair_spec(key, Attention::general, true, 1, true), {}});
  }
  for (const CellInfo* cell : all_cells()) {
    const std::string key(cell->key);
    all.push_back(
        {"general_to_" + key, two_cells("lstm", key, Attention::general, true), {"bridge=*0.7+0.1"}});
    all.push_back({key + "_to_gru", two_cells(key, "gru", Attention::none, true, 2), {}});
  }
  all.push_back({"rnn_to_lstm_bahdanau", two_cells("rnn", "lstm", Attention::bahdanau, true, 2), {"f=*0.8"}});
  for (const std::string cell : {"lstm", "s6", "mlstm"}) {
    const LayerOptions options[] = {
        {.norm = true},        {.token_shift = true},
        {.conv = true},        {.head_norm = true},
        {.output_gate = true}, {.projection = true},
        {.residual = true},    {true, true, true, true, true, true, true},
    };
    for (std::size_t k = 0; k < std::size(options); ++k)
      for (const Attention attention : {Attention::none, Attention::bahdanau, Attention::concat}) {
        const bool both = !options[k].residual && k % 2 == 0;
        all.push_back({fmt::format("{}_option_{}_{}", cell, k, to_string(attention)),
                       with_options(pair_spec(cell, attention, both, 2), options[k]),
                       k == 7 ? std::vector<std::string>{"xc=*0.9", "2.og=*0.8", "hn@1=*0.7"}
                              : std::vector<std::string>{}});
      }
  }
  all.push_back({"block_to_another",
                 with_options(two_cells("gru", "s6", Attention::general, false, 2),
                              {true, true, true, true, true, true, true}),
                 {}});
  for (const auto& [name, attention] : kinds) {
    all.push_back({name + "_feed_rule", pair_spec("gru", attention), {"feed@1-2=own"}});
    all.push_back({name + "_scheduled", pair_spec("lstm", attention), {}, false, 0.5});
  }
  for (const bool both : {false, true}) {
    ModelSpec dropped = pair_spec("lstm", Attention::general, both, 3, true);
    dropped.dropout = 0.4;
    all.push_back({fmt::format("dropout_{}", both), dropped, {}});
    dropped =
        with_options(pair_spec("gru", Attention::bahdanau, both, 2), {.token_shift = true, .conv = true});
    dropped.dropout = 0.4;
    all.push_back({fmt::format("dropout_of_filters_{}", both), dropped, {}});
  }
  for (const auto& [name, attention] : kinds) {
    const bool dot = attention == Attention::dot;
    all.push_back({name, pair_spec("gru", attention), {}});
    all.push_back({name + "_own_embedding", pair_spec("lstm", attention, !dot, 2, false, false), {}});
    all.push_back({name + "_own", pair_spec("lstm", attention), {}, true});
    all.push_back({name + "_bridge", pair_spec("lstm", attention, !dot), {"bridge=*0.5+0.1", "1.f@1=0.3"}});
    if (attention == Attention::none) continue;
    all.push_back(
        {name + "_alpha", pair_spec("gru", attention), {"alpha[1]@0-1=*0.5+0.1", "alpha[0]@2=0.4"}});
    all.push_back({name + "_energy", pair_spec("gru", attention), {"alpha~[0]=*0.5-0.2", "alpha~@1=0"}});
    all.push_back({name + "_context", pair_spec("lstm", attention), {"context[1]=*0.3+0.2", "0.i=*0.7"}});
    if (attention != Attention::bahdanau)
      all.push_back({name + "_fed", pair_spec("lstm", attention, !dot, 2, true), {"alpha=*0.9"}});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, DecoderGradient, testing::ValuesIn(pair_settings()),
                         [](const auto& info) { return info.param.name; });

/// Every pair alone tells what it tells among others of other lengths.
TEST(Decoder, PaddingChangesNothing) {
  for (const Attention attention : {Attention::none, Attention::bahdanau, Attention::general})
    for (const int how : {0, 1, 2, 3}) {
      const bool both = how % 2 == 1;
      ModelSpec spec = pair_spec("lstm", attention, both, 2);
      if (how > 1) {
        spec = with_options(spec, {.norm = true, .token_shift = true, .conv = true, .output_gate = true});
        spec.dropout = 0.5;
      }
      PairProblem together({.name = "", .spec = spec, .rules = {}}, unequal_pairs());
      together.loss();
      const std::vector<std::pair<std::string, std::string>> each{
          {"3456", "65"}, {"36", "3343"}, {"", "4"}, {"543", ""}};
      double sum = 0;
      for (std::size_t b = 0; b < each.size(); ++b) {
        PairProblem alone({.name = "", .spec = spec, .rules = {}}, one_pair(each[b].first, each[b].second));
        alone.random->first_entry = static_cast<Index>(b);
        sum += alone.loss();
        for (Index t = 0; t <= std::ssize(each[b].second); ++t) {
          const auto column = (together.pairs.start + t) * together.pairs.batch + static_cast<Index>(b);
          EXPECT_LT((alone.trace.outputs.col(alone.pairs.start + t) - together.trace.outputs.col(column))
                        .cwiseAbs()
                        .maxCoeff(),
                    1e-12)
              << b << " at " << t;
        }
      }
      EXPECT_NEAR(together.trace.total_loss, sum, 1e-12);
    }
}

TEST(Decoder, WeightsOfTheSourceAddUpToOne) {
  PairProblem problem({.name = "", .spec = pair_spec("gru", Attention::bahdanau, true), .rules = {}},
                      unequal_pairs());
  problem.loss();
  const PairTape<double>& pair = problem.trace.pair;
  for (Index t = pair.start; t < problem.pairs.steps; ++t)
    for (Index b = 0; b < problem.pairs.batch; ++b) {
      const auto alpha = pair.alpha.col(t * problem.pairs.batch + b);
      EXPECT_NEAR(alpha.sum(), pair.begins[static_cast<std::size_t>(b)] == pair.start ? 0 : 1, 1e-12);
      EXPECT_EQ(alpha.head(pair.begins[static_cast<std::size_t>(b)]).cwiseAbs().sum(), 0);
    }
}

/// Reading its own answers until they are given as the truth is the same, bit for bit.
TEST(Decoder, OwnAnswersAsTheTruthAreTheSame) {
  for (const Attention attention : {Attention::none, Attention::bahdanau, Attention::concat}) {
    const PairSetting setting{.name = "", .spec = pair_spec("lstm", attention), .rules = {}, .own = true};
    PairProblem own(setting, one_pair("3456", "33333"));
    own.loss();
    const StoredMatrix<double> outputs = own.trace.outputs;
    PairProblem told({.name = "", .spec = setting.spec, .rules = {}}, own.pairs);
    told.pairs.tokens = own.trace.pair.read;
    told.loss();
    EXPECT_EQ(told.trace.pair.read, own.trace.pair.read);
    for (Index k = 0; k < outputs.size(); ++k) EXPECT_EQ(outputs.data()[k], told.trace.outputs.data()[k]);
    // The gate as a rule, and from a step on.
    PairProblem ruled({.name = "", .spec = setting.spec, .rules = {"feed=own"}}, one_pair("3456", "33333"));
    ruled.loss();
    EXPECT_EQ(ruled.trace.pair.read, own.trace.pair.read);
    PairProblem later({.name = "", .spec = setting.spec, .rules = {"feed@3-=own"}},
                      one_pair("3456", "33333"));
    later.loss();
    for (Index t = 0; t < later.pairs.steps; ++t) {
      Index likeliest = 0;
      if (t > later.pairs.start)
        later.trace.outputs.col(t - 1).tail(later.trace.outputs.rows() - kEnd).maxCoeff(&likeliest);
      likeliest += kEnd;
      EXPECT_EQ(later.trace.pair.read[static_cast<std::size_t>(t)],
                t - later.pairs.start < 3 ? later.pairs.tokens[static_cast<std::size_t>(t)]
                                          : static_cast<int>(likeliest));
    }
  }
}

TEST(Decoder, RulesSetTheWeights) {
  const ModelSpec spec = pair_spec("gru", Attention::bahdanau);
  const auto alpha = [&](const std::vector<std::string>& rules) {
    PairProblem problem({.name = "", .spec = spec, .rules = rules}, one_pair("3456", "65"));
    problem.loss();
    return Matrix<double>(problem.trace.pair.alpha.rightCols(3));
  };
  const Matrix<double> natural = alpha({});
  EXPECT_LT((alpha({"alpha~=0"}).array() - 0.25).abs().maxCoeff(), 1e-12);
  EXPECT_LT((alpha({"alpha=uniform"}).array() - 0.25).abs().maxCoeff(), 1e-12);
  const Matrix<double> one = alpha({"alpha=0", "alpha[2]@1-=1"});
  EXPECT_EQ(one.col(0).sum(), 0);
  EXPECT_EQ(one(2, 1), 1);
  EXPECT_EQ(one.col(2).sum(), 1);
  const Matrix<double> masked = alpha({"alpha~[1]=-100000"});
  EXPECT_LT(masked.row(1).sum(), 1e-300);
  EXPECT_NEAR(masked.col(0).sum(), 1, 1e-12);
  EXPECT_NEAR(masked(0, 0) / masked(3, 0), natural(0, 0) / natural(3, 0), 1e-12);
}

/// Without context and bridge nothing of the source arrives.
TEST(Decoder, CutOffItKnowsNothingOfTheSource) {
  for (const Attention attention : {Attention::none, Attention::bahdanau, Attention::general}) {
    std::vector<std::string> rules{"bridge=0"};
    if (attention != Attention::none) rules.push_back("context=0");
    const auto outputs = [&](const std::string& source, const std::vector<std::string>& with) {
      PairProblem problem({.name = "", .spec = pair_spec("lstm", attention), .rules = with},
                          one_pair(source, "65"));
      problem.loss();
      return Matrix<double>(problem.trace.outputs.rightCols(3));
    };
    EXPECT_EQ(outputs("3456", rules), outputs("66", rules));
    EXPECT_NE(outputs("3456", {}), outputs("6633", {}));
    if (attention == Attention::none) continue;
    EXPECT_NE(outputs("3456", {"bridge=0"}), outputs("6633", {"bridge=0"}));
    EXPECT_NE(outputs("3456", {"context=0"}), outputs("6633", {"context=0"}));
  }
}

TEST(Decoder, WhatDoesNotFitIsRefused) {
  const Interface interface { InputKind::characters, kPairSymbols, Readout::softmax, kPairSymbols, true };
  const auto error = [&](const ModelSpec& spec, const Interface& of) {
    return error_of([&] { Network<double>(spec, of); });
  };
  const ModelSpec fits = pair_spec("gru", Attention::dot);
  EXPECT_EQ(error(fits, interface), "no error");
  EXPECT_NE(error(fits, {InputKind::characters, kPairSymbols, Readout::softmax, kPairSymbols}).find("pairs"),
            std::string::npos);
  ModelSpec spec = fits;
  spec.bidirectional = true;
  EXPECT_NE(error(spec, interface).find("general"), std::string::npos);
  spec = fits;
  spec.embedding = 0;
  EXPECT_NE(error(spec, interface).find("embedding"), std::string::npos);
  spec = two_cells("gru", "mlstm", Attention::none);
  EXPECT_NE(error(spec, interface).find("nothing of the source"), std::string::npos);
  spec.decoder->attention = Attention::general;
  EXPECT_EQ(error(spec, interface), "no error");
  spec.decoder->cell = "gruu";
  EXPECT_NE(error(spec, interface).find("gruu"), std::string::npos);
  spec = pair_spec("gru", Attention::bahdanau, false, 1, true);
  EXPECT_NE(error(spec, interface).find("input feeding"), std::string::npos);

  Network<double> network(fits, interface);
  const auto rule = [&](const std::string& text) {
    return error_of([&] { network.force(std::vector{parse_force_rule(text)}); });
  };
  for (const char* right : {"feed@5-=own", "feed=truth", "alpha[3]@2=1", "alpha~=0", "context[3]=0",
                            "bridge=*0.5", "1.bridge=0", "1.z@2=0", "0.z=1"})
    EXPECT_EQ(rule(right), "no error") << right;
  for (const char* wrong : {"feed=0.5", "feed[1]=own", "feed~=0", "alpha[0]~=1", "0.alpha=1", "context[4]=0",
                            "bridge@3=0", "0.bridge=0", "2.z=0", "f=0"})
    EXPECT_NE(rule(wrong), "no error") << wrong;
  Network<double> two(two_cells("gru", "lstm", Attention::general), interface);
  const auto rule_of_two = [&](const std::string& text) {
    return error_of([&] { two.force(std::vector{parse_force_rule(text)}); });
  };
  for (const char* right : {"z=0", "f@2=1", "0.z=0", "1.f=0", "1.o~=2", "n~=*2"})
    EXPECT_EQ(rule_of_two(right), "no error") << right;
  for (const auto& [wrong, place] : {std::pair{"0.f=0", "gru"}, {"1.r=0", "lstm"}, {"x9=0", "gru and lstm"}})
    EXPECT_NE(rule_of_two(wrong).find(place), std::string::npos) << rule_of_two(wrong);
  Network<double> none(pair_spec("gru", Attention::none), interface);
  EXPECT_NE(error_of([&] { none.force(std::vector{parse_force_rule("alpha=0")}); }).find("no attention"),
            std::string::npos);
}

}  // namespace
}  // namespace gatescope::nn
