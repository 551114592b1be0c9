#include "core/trace/sequence_trace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/trace/trace_json.h"
#include "core/trace/watch.h"
#include "tests/error_of.h"
#include "tests/sanitized.h"

namespace gatescope::trace {
namespace {

using nlohmann::json;

const std::vector<int> kText{0, 2, 1, 1, 2, 0};  // 5 steps
const std::vector<std::string> kVocabulary{"a", "\"", "é"};

template <class S>
nn::Network<S> network_of(const std::string& cell, const std::vector<std::string>& rules = {}, int layers = 1,
                          bool bidirectional = false) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = 4;
  spec.layers = layers;
  spec.bidirectional = bidirectional;
  nn::Network<S> network(spec, {nn::InputKind::characters, 3, nn::Readout::softmax, 3});
  network.initialise(Rng(3));
  network.prepare_all();
  std::vector<nn::ForceRule> parsed;
  for (const std::string& rule : rules) parsed.push_back(nn::parse_force_rule(rule));
  network.force(parsed);
  return network;
}

template <class S>
json json_of(const nn::Network<S>& network, const SequenceTrace<S>& text,
             const std::vector<std::string>& rules = {}) {
  TraceLabels labels{kVocabulary, {}};
  for (const std::string& rule : rules) labels.rules.push_back(nn::parse_force_rule(rule));
  std::ostringstream out;
  write_trace_json(out, network, text, labels);
  return json::parse(out.str());
}

TEST(SequenceTrace, TheLossIsTheSumOverTheStepsAskedFor) {
  const auto network = network_of<double>("lstm");
  const auto all = trace_text<double>(network, kText);
  EXPECT_EQ(all.tokens, (std::vector<int>{0, 2, 1, 1, 2}));
  EXPECT_EQ(all.targets, (std::vector<int>{2, 1, 1, 2, 0}));
  EXPECT_DOUBLE_EQ(all.trace.total_loss, all.trace.loss.sum());
  std::vector<double> sum(all.gradients.size());
  for (Index t = 0; t < 5; ++t) {
    const auto one = trace_text<double>(network, kText, {LossAt::Kind::step, t});
    EXPECT_EQ(one.trace.scored, 1);
    EXPECT_EQ(one.trace.loss[t], all.trace.loss[t]);
    for (Index other = 0; other < 5; ++other) EXPECT_EQ(std::isnan(one.trace.loss[other]), other != t);
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += one.gradients[k];
  }
  for (std::size_t k = 0; k < sum.size(); ++k) EXPECT_NEAR(sum[k], all.gradients[k], 1e-12);
  const auto last = trace_text<double>(network, kText, parse_loss_at("last"));
  EXPECT_EQ(last.trace.total_loss, all.trace.loss[4]);
}

TEST(SequenceTrace, BeginsFromAZeroStateEveryTime) {
  const auto network = network_of<float>("gru", {}, 2, true);
  const auto first = trace_text<float>(network, kText), second = trace_text<float>(network, kText);
  EXPECT_EQ(first.trace.outputs, second.trace.outputs);
  EXPECT_EQ(first.gradients, second.gradients);
}

/// A trace that lies in a file is computed piece by piece; every number must be the same bit for bit.
template <class S>
void expect_same_in_file(const nn::ModelSpec& spec, const std::vector<nn::ForceRule>& rules, LossAt loss) {
  nn::Network<S> network(spec, {nn::InputKind::characters, 7, nn::Readout::softmax, 7});
  network.initialise(Rng(5));
  network.prepare_all();
  network.force(rules);
  std::vector<int> text;
  for (int t = 0; t < 6001; ++t) text.push_back((t * t / 3 + t / 11) % 7);
  const auto whole = trace_text<S>(network, text, loss),
             filed = trace_text<S>(network, text, loss, Keep::in_file);
  ASSERT_TRUE(filed.trace.file);
  const auto same = [](const auto& a, const auto& b) {
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), sizeof(S) * static_cast<std::size_t>(a.size())), 0);
  };
  same(whole.gradients, filed.gradients);
  same(whole.trace.outputs, filed.trace.outputs);
  same(whole.trace.loss, filed.trace.loss);
  EXPECT_EQ(whole.trace.total_loss, filed.trace.total_loss);
  for (std::size_t k = 0; k < whole.trace.tapes.size(); ++k) {
    const nn::LayerTape<S>&a = whole.trace.tapes[k], &b = filed.trace.tapes[k];
    for (int c = 0; c < static_cast<int>(a.info().channels.size()); ++c) {
      SCOPED_TRACE(a.info().channels[c].symbol);
      same(a.values(c), b.values(c));
      same(a.raw_values(c), b.raw_values(c));
      same(a.gradients(c), b.gradients(c));
    }
  }
}

TEST(SequenceTrace, IsTheSameInAFile) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    SCOPED_TRACE(cell->key);
    // Of all it takes minutes.
    if (kSanitized && cell->key != "lstm" && cell->key != "slstm" && cell->key != "mlstm") continue;
    nn::ModelSpec spec;
    spec.cell = cell->key;
    spec.hidden = 37;
    if (cell->has_heads() && !cell->recurrent())
      spec.hidden = 11;  // a matrix for a memory: its width counts twice
    spec.layers = 2;
    const std::string state(cell->channels[cell->output].symbol);
    expect_same_in_file<float>(spec, {}, {});
    expect_same_in_file<float>(spec,
                               {nn::parse_force_rule("0." + state + "[3,5-9]@1000-3000=0.25"),
                                nn::parse_force_rule(state + "@5000-=*0.5")},
                               {LossAt::Kind::step, 4500});
  }
}

TEST(SequenceTrace, BehindAFilterOfTheInputIsTheSameInAFile) {
  nn::ModelSpec spec;
  spec.cell = "gru";
  spec.hidden = 37;
  spec.layers = 2;
  spec.token_shift = true;
  spec.conv = 4;
  for (const bool both : {false, true}) {
    spec.bidirectional = both;
    expect_same_in_file<float>(spec, {nn::parse_force_rule("0.x[0]@1000-3000=0.25")}, {});
  }
}

TEST(SequenceTrace, OfBothDirectionsAndAnEmbeddingIsTheSameInAFile) {
  nn::ModelSpec spec;
  spec.cell = "lstm_peephole";
  spec.hidden = 21;
  spec.layers = 2;
  spec.bidirectional = true;
  spec.embedding = 50;
  expect_same_in_file<float>(spec, {nn::parse_force_rule("f@100-5000=open")}, {});
  spec.bidirectional = false;
  spec.dropout = 0.2;
  expect_same_in_file<double>(spec, {}, {LossAt::Kind::last, 0});
}

TEST(SequenceTrace, RefusesWhatCannotBeTraced) {
  const auto network = network_of<float>("rnn");
  EXPECT_EQ(error_of([&] { trace_text<float>(network, std::vector<int>{1}); }),
            "a text of 1 characters cannot be traced, expected 2 or more: each predicts the next");
  EXPECT_EQ(error_of([&] {
              trace_text<float>(network, kText, {LossAt::Kind::step, 5});
            }),
            "step 5 does not exist: a text of 6 characters has steps 0 to 4");
  EXPECT_EQ(error_of([&] {
              trace_text<float>(network, std::vector<int>{1, 3});
            }),
            "character number 3 does not exist, expected 0 to 2");
  const nn::Network<float> series(nn::ModelSpec{}, {nn::InputKind::values, 3, nn::Readout::linear, 3});
  EXPECT_NE(error_of([&] { trace_text<float>(series, kText); }), "no error");
}

TEST(SequenceTrace, TheLossIsTakenWhereTheWordSays) {
  EXPECT_EQ(parse_loss_at("all"), (LossAt{LossAt::Kind::all, 0}));
  EXPECT_EQ(parse_loss_at("12"), (LossAt{LossAt::Kind::step, 12}));
  for (const char* text : {"", "-1", "1.5", "Last", "99999999999999999999"}) {
    EXPECT_THROW(parse_loss_at(text), Error) << text;
  }
}

TEST(TraceJson, HasTheSchemaAndTheNumbersOfTheTrace) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const auto network = network_of<double>(std::string(cell->key), {}, 2, true);
    const auto text = trace_text<double>(network, kText, {LossAt::Kind::last, 0});
    const json out = json_of(network, text);
    EXPECT_EQ(out.at("schema"), 1);
    EXPECT_EQ(out.at("tokens"), json(text.tokens));
    EXPECT_EQ(out.at("targets"), json(text.targets));
    EXPECT_EQ(out.at("text"), "aé\"\"éa");
    EXPECT_EQ(out.at("vocabulary"), json(kVocabulary));
    EXPECT_EQ(out.at("dtype"), "float64");
    EXPECT_TRUE(out.at("loss")[0].is_null());
    EXPECT_EQ(out.at("loss")[4].get<double>(), text.trace.loss[4]);
    ASSERT_EQ(out.at("logits").size(), 5U);
    for (Index t = 0; t < 5; ++t)
      for (Index v = 0; v < 3; ++v) EXPECT_EQ(out.at("logits")[t][v].get<double>(), text.trace.outputs(v, t));
    ASSERT_EQ(out.at("layers").size(), 4U);
    for (std::size_t k = 0; k < 4; ++k) {
      const json& layer = out.at("layers")[k];
      EXPECT_EQ(layer.at("cell"), cell->key);
      EXPECT_EQ(layer.at("hidden"), 4);
      EXPECT_EQ(layer.at("direction"), k % 2 == 0 ? "forward" : "backward");
      ASSERT_EQ(layer.at("channels").size(), cell->channels.size());
      for (std::size_t c = 0; c < cell->channels.size(); ++c) {
        const json& channel = layer.at("channels").at(std::string(cell->channels[c].symbol));
        EXPECT_EQ(channel.at("name"), cell->channels[c].name);
        EXPECT_EQ(channel.at("role"), nn::to_string(cell->channels[c].role));
        EXPECT_FALSE(channel.contains("raw"));
        const auto values = text.trace.tapes[k].values(static_cast<int>(c));
        for (Index t = 0; t < 5; ++t)
          for (Index u = 0; u < values.rows(); ++u)
            EXPECT_EQ(channel.at("values")[t][u].get<double>(), values(u, t));
      }
      EXPECT_EQ(layer.at("gradients").size(), cell->states.size() + (cell->is_state(cell->output) ? 0U : 1U));
      const auto gradient = text.trace.tapes[k].gradients(cell->output);
      EXPECT_EQ(layer.at("gradients").at("h")[1][2].get<double>(), gradient(2, 1));
    }
    for (const nn::Parameter& p : network.table().all()) {
      const json& gradient = out.at("parameter_gradients").at(p.name);
      EXPECT_EQ(gradient.at("shape"), p.is_vector ? json{p.rows} : json({p.rows, p.cols}));
      ASSERT_EQ(gradient.at("values").size(), static_cast<std::size_t>(p.size()));
      for (Index r = 0; r < p.rows; ++r)
        for (Index c = 0; c < p.cols; ++c)
          EXPECT_EQ(gradient.at("values")[r * p.cols + c].get<double>(),
                    text.gradients[p.offset + c * p.rows + r]);
    }
  }
}

TEST(TraceJson, RawValuesStandWhereAChannelIsForced) {
  const std::vector<std::string> rules{"1.f[1]@2-=*0.5+0.25"};
  const auto network = network_of<float>("lstm", rules, 2);
  const json out = json_of(network, trace_text<float>(network, kText), rules);
  EXPECT_EQ(out.at("rules"), json(rules));
  for (std::size_t layer = 0; layer < 2; ++layer) {
    for (const auto& [symbol, channel] : out.at("layers")[layer].at("channels").items()) {
      EXPECT_EQ(channel.contains("raw"), layer == 1 && symbol == "f");
    }
  }
  const json& forget = out.at("layers")[1].at("channels").at("f");
  for (std::size_t t = 0; t < 5; ++t) {
    for (std::size_t u = 0; u < 4; ++u) {
      const float raw = forget.at("raw")[t][u].get<float>(), used = forget.at("values")[t][u].get<float>();
      EXPECT_FLOAT_EQ(used, u == 1 && t >= 2 ? 0.5F * raw + 0.25F : raw);
    }
  }
}

/// The activation of what gave `value`, scaled and shifted before.
double moved(nn::Activation activation, double value, double scale, double shift) {
  switch (activation) {
    case nn::Activation::sigmoid:
      return 1 / (1 + std::exp(-(scale * std::log(value / (1 - value)) + shift)));
    case nn::Activation::tanh:
      return std::tanh(scale * std::atanh(value) + shift);
    case nn::Activation::softplus:
      return std::log1p(std::exp(scale * std::log(std::expm1(value)) + shift));
    case nn::Activation::exponential:
      return std::exp(scale * std::log(value) + shift);
    default:
      return std::max(0.0, scale * value + shift);
  }
}

TEST(SequenceTrace, ARuleOnAPreActivationActsBeforeTheActivationAndBeforeRulesOnTheValue) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (int k = 0; k < static_cast<int>(cell->channels.size()); ++k) {
      const nn::Channel& channel = cell->channels[k];
      // A SiLU's value does not tell its argument.
      if (channel.activation == nn::Activation::none || channel.activation == nn::Activation::silu) continue;
      const std::string symbol(channel.symbol);
      const auto network = network_of<double>(std::string(cell->key),
                                              {symbol + "[1]@2-=*0.5+0.25", symbol + "~[1-2]@1-3=*1.5+0.5"});
      const auto text = trace_text<double>(network, kText);
      const auto& tape = text.trace.tapes[0];
      int acted = 0;
      for (Index t = 0; t < 5; ++t) {
        for (Index unit = 0; unit < 4; ++unit) {
          const double raw = tape.raw_values(k)(unit, t), used = tape.values(k)(unit, t);
          double expected = raw;
          const bool before = (unit == 1 || unit == 2) && t >= 1 && t <= 3;
          if (before && channel.activation == nn::Activation::relu && raw == 0) continue;
          if (before) expected = moved(channel.activation, raw, 1.5, 0.5);
          if (unit == 1 && t >= 2) expected = 0.5 * expected + 0.25;
          EXPECT_NEAR(used, expected, 1e-12) << cell->key << " " << symbol << " " << t << " " << unit;
          acted += before && std::abs(used - raw) > 1e-3;
        }
      }
      EXPECT_GT(acted, 1) << cell->key << " " << symbol;
    }
  }
}

TEST(SequenceTrace, APreActivationThatIsSetGivesItsActivationWhateverTheNetworkComputes) {
  const auto network = network_of<float>("lstm", {"f~=0", "g~[2]=1000", "o~=-2"});
  const auto text = trace_text<float>(network, kText);
  const auto& tape = text.trace.tapes[0];
  const nn::CellInfo& cell = network.cell();
  for (Index t = 0; t < 5; ++t) {
    for (Index unit = 0; unit < 4; ++unit) {
      EXPECT_EQ(tape.values(cell.find("f"))(unit, t), 0.5F);
      EXPECT_NE(tape.raw_values(cell.find("f"))(unit, t), 0.5F);
      EXPECT_FLOAT_EQ(tape.values(cell.find("o"))(unit, t), 1 / (1 + std::exp(2.0F)));
    }
    EXPECT_EQ(tape.values(cell.find("g"))(2, t), 1);
  }
}

TEST(SequenceTrace, RefusesAPreActivationWhereAChannelHasNoActivation) {
  EXPECT_EQ(
      error_of([] { network_of<float>("lstm", {"c~=0"}); }),
      "force rule 'c~=0': the channel 'c' of the cell lstm has no activation before which a rule could act, "
      "expected one of i, f, g, o, s");
  EXPECT_EQ(
      error_of([] { network_of<float>("lstm_coupled", {"i~=*2"}); }),
      "force rule 'i~=*2': the channel 'i' of the cell lstm_coupled has no activation before which a rule "
      "could act, expected one of f, g, o, s");
  EXPECT_EQ(
      error_of([] { network_of<float>("mingru", {"n~=1"}); }),
      "force rule 'n~=1': the channel 'n' of the cell mingru has no activation before which a rule could "
      "act, expected one of z");
  EXPECT_NE(error_of([] { network_of<float>("gru", {"y~=1"}); }).find("has no channel 'y'"),
            std::string::npos);
}

TEST(TraceJson, WhatIsNotFiniteIsNull) {
  const auto network = network_of<float>("rnn");
  auto text = trace_text<float>(network, kText);
  text.trace.outputs(0, 0) = std::numeric_limits<float>::quiet_NaN();
  text.trace.outputs(1, 0) = -std::numeric_limits<float>::infinity();
  text.trace.outputs(2, 0) = 1e-40F;
  const json logits = json_of(network, text).at("logits");
  EXPECT_TRUE(logits[0][0].is_null());
  EXPECT_TRUE(logits[0][1].is_null());
  EXPECT_EQ(logits[0][2].get<float>(), 1e-40F);
}

template <class S>
void expect_same_in_pieces(const nn::ModelSpec& spec, const std::vector<nn::ForceRule>& rules, Index steps) {
  nn::Network<S> network(spec, {nn::InputKind::characters, 11, nn::Readout::softmax, 11});
  network.initialise(Rng{7});
  network.prepare_all();
  network.force(rules);
  std::vector<int> text;
  for (int n = 0; n < 300; ++n) text.push_back((n * n + n / 3) % 11);
  const auto whole = trace_text<S>(network, text);
  Watch watch;
  watch.expect(kPassesOfTrace * 299);
  auto tracing = begin_trace<S>(network, std::span<const int>(text), {}, Keep::in_memory, &watch);
  int pieces = 1;
  for (double before = 0; tracing.advance(steps); ++pieces) {
    EXPECT_GE(watch.progress(), before);
    before = watch.progress();
  }
  EXPECT_EQ(watch.progress(), 1);
  const SequenceTrace<S> pieced = tracing.take();
  EXPECT_GT(pieces, 3 * 299 / std::max<Index>(64, steps));
  EXPECT_EQ(pieced.trace.outputs, whole.trace.outputs) << spec.cell;
  EXPECT_EQ(pieced.gradients, whole.gradients) << spec.cell;
  EXPECT_EQ(pieced.trace.total_loss, whole.trace.total_loss);
  ASSERT_EQ(pieced.trace.tapes.size(), whole.trace.tapes.size());
  for (std::size_t k = 0; k < whole.trace.tapes.size(); ++k) {
    for (int channel = 0; channel < static_cast<int>(network.cell().channels.size()); ++channel) {
      const auto &one = pieced.trace.tapes[k], &other = whole.trace.tapes[k];
      EXPECT_EQ(one.values(channel), other.values(channel)) << spec.cell << " " << channel;
      EXPECT_EQ(one.gradients(channel), other.gradients(channel)) << spec.cell << " " << channel;
      EXPECT_EQ(one.raw_values(channel), other.raw_values(channel)) << spec.cell << " " << channel;
    }
  }
}

TEST(SequenceTrace, InPiecesItHasTheSameBits) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    nn::ModelSpec spec;
    spec.cell = std::string(cell->key);
    spec.hidden = 13;
    for (const Index steps : {1, 7, 64, 100}) expect_same_in_pieces<float>(spec, {}, steps);
    spec.layers = 2;
    expect_same_in_pieces<float>(spec, {}, 50);
    spec.embedding = 5;
    spec.bidirectional = true;
    expect_same_in_pieces<float>(spec, {}, 50);
    expect_same_in_pieces<double>(spec, {}, 130);
  }
  nn::ModelSpec lstm;
  lstm.hidden = 20;
  expect_same_in_pieces<float>(lstm, {nn::parse_force_rule("f@100-150=open"), nn::parse_force_rule("i=*0.5")},
                               33);
  for (const bool shift : {false, true}) {  // what a layer does with its input keeps some of it
    nn::ModelSpec filtered = lstm;
    filtered.layers = 2;
    filtered.token_shift = shift;
    filtered.conv = 4;
    expect_same_in_pieces<float>(filtered, {nn::parse_force_rule("xc@20-80=*0.5")}, 7);
    filtered.conv = shift ? 0 : 3;
    filtered.bidirectional = true;
    expect_same_in_pieces<double>(filtered, {}, 70);
  }
  nn::ModelSpec every = lstm;
  every.layers = 2;
  every.norm = every.token_shift = every.head_norm = every.output_gate = every.projection = every.residual =
      true;
  expect_same_in_pieces<float>(every, {nn::parse_force_rule("hm@20-80=*0.5")}, 7);
  every.residual = false;
  every.bidirectional = true;
  expect_same_in_pieces<double>(every, {}, 70);
  nn::ModelSpec heads = lstm;
  heads.cell = "slstm";
  heads.heads = 4;
  expect_same_in_pieces<float>(heads, {nn::parse_force_rule("f@20-80=0.5")}, 7);
}

}  // namespace
}  // namespace gatescope::trace
