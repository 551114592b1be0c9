#include "core/analysis/equations.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/terms.h"
#include "core/error.h"
#include "core/observe/observe.h"
#include "core/task/made_pairs.h"
#include "tests/core/views/observations.h"

namespace gatescope::analysis {
namespace {

using views::borrowed;
using views::cells;
using views::Example;

constexpr double kRounding = 2e-6;

/// Every equation of every unit at every step against the tape; how many of them were forced.
int check_all(const nn::Network<float>& network, const nn::Trace<float>& trace,
              const nn::LayerInput<float>& input) {
  int forced = 0;
  for (int layer = 0; layer < network.spec().layers; ++layer)
    for (int backward = 0; backward < network.directions(); ++backward)
      for (Index step = 0; step < trace.steps; ++step)
        for (int unit = 0; unit < static_cast<int>(network.spec().hidden); ++unit)
          for (Index entry = 0; entry < trace.batch; ++entry) {
            const auto& tape = trace.tapes[layer * network.directions() + backward];
            const int last = static_cast<int>(tape.sizes().memories) - 1;
            // Of several numbers a unit the last, at every other unit.
            const Place place{layer, backward == 1, step, unit, entry, unit % 2 == 0 ? 0 : last};
            for (const Equation& e : equations<float>(network, trace, input, place)) {
              const Index column = step * trace.batch + entry,
                          row = tape.row_of(e.channel, unit, place.number);
              const double used = static_cast<double>(tape.values(e.channel)(row, column)),
                           raw = static_cast<double>(tape.raw_values(e.channel)(row, column));
              EXPECT_EQ(e.value, used) << to_text(e);
              EXPECT_NEAR(e.computed, raw, kRounding * std::max(1.0, std::abs(raw)))
                  << to_text(e) << ", layer " << layer << ", step " << step << ", unit " << unit;
              EXPECT_EQ(e.raw.has_value(), raw != used) << to_text(e);
              if (e.raw) {
                EXPECT_EQ(*e.raw, raw);
                ++forced;
              }
            }
          }
  return forced;
}

class Equations : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, Equations, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(Equations, GiveWhatTheTapeHoldsInEveryLayerAndDirection) {
  for (const bool bidirectional : {false, true})
    for (const int embedding : {0, 3}) {
      const Example example(GetParam(),
                            {.layers = 2, .bidirectional = bidirectional, .embedding = embedding});
      EXPECT_EQ(check_all(example.network, example.text.trace, {example.text.tokens.data(), nullptr}), 0);
    }
}

TEST_P(Equations, OfAForcedChannelGiveWhatItWouldHaveBeenAndOthersWhatIsUsed) {
  const Example plain(GetParam());
  const nn::CellInfo& cell = plain.network.cell();
  for (const nn::Channel& channel : cell.channels) {
    if (!cell.counts_units(cell.find(channel.symbol))) continue;
    const Example example(
        GetParam(),
        {.layers = 2, .bidirectional = true, .rules = {std::string(channel.symbol) + "[2-3]@4-6=0.25"}});
    const int forced = check_all(example.network, example.text.trace, {example.text.tokens.data(), nullptr});
    EXPECT_EQ(forced, 2 * 3 * 4) << channel.symbol << ": two units, three steps, four layers and directions";
  }
}

TEST_P(Equations, OfAForcedPreActivationGiveWhatTheNetworkComputedByItself) {
  const Example plain(GetParam());
  for (const nn::Channel& channel : plain.network.cell().channels) {
    if (channel.activation == nn::Activation::none) continue;
    const std::string symbol(channel.symbol);
    const Example example(GetParam(), {.layers = 2, .rules = {symbol + "~[2-3]@4-6=2"}});
    EXPECT_EQ(check_all(example.network, example.text.trace, {example.text.tokens.data(), nullptr}),
              2 * 3 * 2)
        << symbol << ": two units, three steps, two layers";
  }
}

/// The name of an activation that a formula is as a whole: its bracket is closed by its last character.
std::string_view activation_of(std::string_view text) {
  for (const std::string_view name : {"σ", "tanh", "ReLU", "SiLU", "softplus", "exp"}) {
    if (!text.starts_with(std::string(name) + "(")) continue;
    int depth = 0;
    for (std::size_t at = name.size(); at < text.size(); ++at) {
      depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
      if (depth == 0) return at + 1 == text.size() ? name : "";
    }
  }
  return "";
}

TEST_P(Equations, OfAFilteredInputGiveTheTape) {
  for (const auto& [shift, conv] : {std::pair{true, 0}, {false, 3}, {true, 4}})
    for (const int embedding : {0, 3}) {
      nn::ModelSpec spec;
      spec.cell = GetParam();
      spec.hidden = 4;
      spec.layers = 2;
      spec.bidirectional = true;
      spec.embedding = embedding;
      spec.token_shift = shift;
      spec.conv = conv;
      nn::Network<float> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
      network.initialise(Rng(3));
      const std::vector<nn::ForceRule> rules = nn::parse_force_rules({{"0.x[0]@2-3=0.5", "h[1]@4=0.2"}});
      network.force(rules);
      network.prepare_all();
      const std::vector<int> tokens{0, 1, 4, 2, 0, 3, 0, 1};
      nn::Trace<float> trace;
      network.resize(trace, 8, 1);
      network.clear_states(trace);
      network.forward(trace, {tokens.data(), nullptr});
      check_all(network, trace, {tokens.data(), nullptr});
      const auto all = equations<float>(network, trace, {tokens.data(), nullptr}, {.step = 3});
      const Equation first = *std::ranges::find(all, shift ? "xs" : "xc", &Equation::symbol);
      EXPECT_EQ(all[0].symbol, "x") << "what enters stands first";
      EXPECT_TRUE(to_text(all[0]).ends_with(" → forced 0.500")) << to_text(all[0]);
      EXPECT_EQ(std::ranges::count(all, "xp", &Equation::symbol), conv > 0 ? 1 : 0);
      if (shift)
        EXPECT_TRUE(to_text(first).starts_with("xs₀ₜ = μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁ = 0.50 × ")) << to_text(first);
      else
        EXPECT_TRUE(to_text(first).starts_with("xc₀ₜ = SiLU(conv(κ, xₜ, xpₜ₋₁) + β) = ")) << to_text(first);
      bool enters = false;
      for (const nn::Formula& formula : network.cell().formulas) {
        const std::string text = equation_of(network.cell(), formula.channel);
        EXPECT_EQ(text.find("W x "), std::string::npos) << text;
        enters = enters || text.find(conv > 0 ? "W xc" : "W xs") != std::string::npos;
      }
      EXPECT_TRUE(enters);
    }
}

TEST_P(Equations, OfALayerWithoutRulesSayThatNothingIsForced) {
  const Example example(GetParam(), {.layers = 2, .rules = {"1.h[0]@4=0.2"}});
  EXPECT_EQ(check_all(example.network, example.text.trace, {example.text.tokens.data(), nullptr}), 1);
}

TEST_P(Equations, OfALayersOptionsGiveTheTape) {
  for (const bool bidirectional : {false, true})
    for (const int embedding : {0, 4}) {
      nn::ModelSpec spec;
      spec.cell = GetParam();
      spec.hidden = 4;
      spec.layers = 2;
      spec.heads = 2;
      spec.embedding = embedding;
      spec.bidirectional = bidirectional;
      spec.norm = spec.head_norm = spec.output_gate = spec.projection = true;
      spec.token_shift = embedding == 0;
      spec.residual = !bidirectional;
      nn::Network<float> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
      network.initialise(Rng(3));
      network.force(nn::parse_force_rules({{"0.xn[0]@2-3=0.5", "hm[1]@4=0.2", "og[1]@2=1", "hp[0]@3=*2"}}));
      network.prepare_all();
      const std::vector<int> tokens{0, 1, 4, 2, 0, 3, 0, 1};
      nn::Trace<float> trace;
      network.resize(trace, 8, 1);
      network.clear_states(trace);
      network.forward(trace, {tokens.data(), nullptr});
      EXPECT_GT(check_all(network, trace, {tokens.data(), nullptr}), 0);
      const nn::CellInfo& cell = network.cell();
      for (const nn::Channel& channel : cell.channels)
        EXPECT_NE(find_term(channel.name), nullptr) << channel.name;
      EXPECT_TRUE(equation_of(cell, cell.find("hn")).starts_with("hnₜ = γ ⊙ ("));
      EXPECT_EQ(equation_of(cell, cell.find("oz")), spec.token_shift ? "ozₜ = G xs" : "ozₜ = G xn");
      if (bidirectional) continue;
      const auto all = equations<float>(network, trace, {tokens.data(), nullptr}, {.layer = 0, .step = 3});
      const Equation beside = *std::ranges::find(all, "xb", &Equation::symbol);
      EXPECT_EQ(beside.formula, embedding == 4 ? "xₜ" : "nothing: 5 numbers enter the layer and 4 leave it");
    }
}

TEST_P(Equations, OfHeadsGiveTheTape) {
  if (!nn::find_cell(GetParam()).has_heads()) return;
  nn::ModelSpec spec;
  spec.cell = GetParam();
  spec.hidden = 6;
  spec.heads = 3;
  spec.layers = 2;
  nn::Network<float> network(spec, {nn::InputKind::characters, 5, nn::Readout::softmax, 5});
  Rng rng(3);
  network.initialise(rng);
  for (float& p : network.parameters()) p += static_cast<float>(rng.uniform(-0.5, 0.5));
  network.prepare_all();
  const std::vector<int> tokens{0, 1, 4, 2, 0, 3};
  nn::Trace<float> trace;
  network.resize(trace, 6, 1);
  network.clear_states(trace);
  network.forward(trace, {tokens.data(), nullptr});
  EXPECT_EQ(check_all(network, trace, {tokens.data(), nullptr}), 0);
}

TEST_P(Equations, SayTheActivationThatTheCellsTableHas) {
  const nn::CellInfo& cell = nn::find_cell(GetParam());
  for (const nn::Formula& formula : cell.formulas) {
    const nn::Channel& channel = cell.channels[formula.channel];
    constexpr std::string_view names[] = {"", "σ", "tanh", "ReLU", "SiLU", "softplus", "exp"};
    const std::string_view name = names[static_cast<std::size_t>(channel.activation)];
    EXPECT_EQ(activation_of(formula.text), name) << channel.symbol << " = " << formula.text;
  }
}

TEST_P(Equations, OfValueInputsAndSeveralEntriesGiveTheTape) {
  nn::ModelSpec spec;
  spec.cell = GetParam();
  spec.hidden = 4;
  spec.layers = 2;
  nn::Network<float> network(spec, {nn::InputKind::values, 2, nn::Readout::linear, 1});
  network.initialise(Rng(3));
  network.prepare_all();
  std::vector<float> x(2 * 5 * 3);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = std::sin(static_cast<float>(k));
  nn::Trace<float> trace;
  network.resize(trace, 5, 3);
  network.clear_states(trace);
  const nn::LayerInput<float> input{nullptr, x.data()};
  network.forward(trace, input);
  EXPECT_EQ(check_all(network, trace, input), 0);
}

TEST_P(Equations, CoverEveryChannelOnceInTheirOrderAndTheWholeCellHasAFormula) {
  const nn::CellInfo& cell = nn::find_cell(GetParam());
  EXPECT_EQ(cell.formulas.size(), cell.channels.size());
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
    EXPECT_EQ(std::count_if(cell.formulas.begin(), cell.formulas.end(),
                            [&](const nn::Formula& f) { return f.channel == k; }),
              1);
    const std::string text = explain(cell, k);
    EXPECT_TRUE(text.starts_with(equation_of(cell, k) + "\n")) << text;
    EXPECT_NE(find_term(cell.channels[k].name), nullptr);
  }
}

TEST_P(Equations, OfADecoderOfAnotherCellGiveTheTape) {
  const task::MadePairs task(task::Data{.batch = 4}, task::kReversed, 6);
  for (const bool input_feeding : {false, true}) {
    nn::ModelSpec spec{.cell = GetParam() == "gru" ? "lstm" : "gru", .hidden = 4, .embedding = 3};
    spec.decoder = nn::DecoderSpec{nn::Attention::dot, input_feeding};
    spec.decoder->cell = GetParam();
    const auto network = std::make_shared<nn::Network<float>>(spec, task.interface());
    network->initialise(Rng(3));
    network->prepare_all();
    const auto seen =
        observe::observe<float>({.name = "pair", .network = network, .alphabet = observe::alphabet_of(task)},
                                observe::HeldOut{&task, 1}, {}, {});
    const Index start = seen.sequence->trace.pair.start;
    for (int layer = 0; layer < 2; ++layer)
      for (const Index step : {layer * start, layer * start + 2})
        for (int unit = 0; unit < 4; ++unit) {
          const auto& tape = seen.sequence->trace.tapes[static_cast<std::size_t>(layer)];
          for (const Equation& e : equations(*network, *seen.sequence, {layer, false, step, unit})) {
            const auto used =
                static_cast<double>(tape.values(e.channel)(tape.row_of(e.channel, unit, 0), step));
            EXPECT_EQ(e.value, used) << to_text(e);
            EXPECT_NEAR(e.computed, used, kRounding * std::max(1.0, std::abs(used)))
                << to_text(e) << ", layer " << layer << ", step " << step << ", unit " << unit;
          }
        }
  }
}

TEST_P(Equations, RefuseAPlaceThatDoesNotExist) {
  const Example example(GetParam());
  for (const Place& place : {Place{.layer = 1}, Place{.backward = true}, Place{.step = 12}, Place{.unit = 6},
                             Place{.step = -1}, Place{.entry = 1}})
    EXPECT_THROW(equations(example.network, example.text, place), Error);
}

std::vector<std::string> texts(const Example& example, const Place& place) {
  std::vector<std::string> lines;
  for (const Equation& e : equations(example.network, example.text, place)) lines.push_back(to_text(e));
  return lines;
}

/// The text with every number replaced: its form.
std::string form(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool number = text[i] >= '0' && text[i] <= '9';
    if (!number) {
      out += text[i];
      continue;
    }
    const std::size_t start = i;
    while (i + 1 < text.size() && ((text[i + 1] >= '0' && text[i + 1] <= '9') || text[i + 1] == '.')) ++i;
    out += i == start ? text.substr(i, 1) : "#";
  }
  for (const std::string minus : {"− #", "−#"})
    for (auto at = out.find(minus); at != std::string::npos; at = out.find(minus))
      out.replace(at, minus.size(), minus == "−#" ? "#" : "+ #");
  return out;
}

TEST(EquationText, OfAnLstmIsWhatATextbookWritesWithNumbers) {
  const Example example("lstm", {.rules = {"f[1]@5=0"}});
  const auto lines = texts(example, {.step = 5, .unit = 1});
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(form(lines[0]), "fₜ = σ(W x + U h + b) = σ(# + # + #) = σ(#) = # → forced 0");
  EXPECT_EQ(form(lines[1]), "iₜ = σ(W x + U h + b) = σ(# + # + #) = σ(#) = #");
  EXPECT_EQ(form(lines[2]), "gₜ = tanh(W x + U h + b) = tanh(# + # + #) = tanh(#) = #");
  EXPECT_EQ(form(lines[3]), "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ = 0 × # + # × # = #");
  EXPECT_EQ(form(lines[5]), "hₜ = oₜ ⊙ tanh(cₜ) = # × # = #");
}

TEST(EquationText, OfAGruNamesItsTwoParts) {
  const Example example("gru");
  const auto lines = texts(example, {.step = 0, .unit = 2});
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(form(lines[1]), "zₜ = σ(W x + U h + b) = σ(# + 0 + #) = σ(#) = #") << "no state before the first";
  EXPECT_EQ(form(lines[3]), "nₜ = tanh(W x + b + rₜ ⊙ qₜ) = tanh(# + # + # × #) = tanh(#) = #");
  EXPECT_EQ(form(lines[4]), "hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ nₜ = # × 0 + (1 + #) × # = #") << lines[4];
}

TEST(EquationText, WritesOutTheSquashedCellStateUnlessItIsForced) {
  const Example example("lstm", {.rules = {"s[1]@5=0.5"}});
  EXPECT_EQ(texts(example, {.step = 5, .unit = 0}).size(), 6U);
  const auto lines = texts(example, {.step = 5, .unit = 1});
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(form(lines[5]), "sₜ = tanh(cₜ) = tanh(#) = # → forced #");
  EXPECT_TRUE(lines[6].starts_with("hₜ = oₜ ⊙ sₜ = ")) << lines[6];
}

TEST(EquationNumbers, AreShortAndHonest) {
  EXPECT_EQ(number_in_equation(0), "0");
  EXPECT_EQ(number_in_equation(1), "1");
  EXPECT_EQ(number_in_equation(-1.0571), "−1.057");
  EXPECT_EQ(number_in_equation(0.314, 2), "0.31");
  EXPECT_EQ(number_in_equation(0.99999), "1.000");
  EXPECT_EQ(number_in_equation(-0.00002), "−2e−05");
  EXPECT_EQ(number_in_equation(12345.6), "12346");
  EXPECT_EQ(number_in_equation(NAN), "NaN");
  EXPECT_EQ(number_in_equation(-INFINITY), "−∞");
}

TEST(Terms, AreExplainedInOneEquationAndOneSentence) {
  for (const Term& term : all_terms()) {
    EXPECT_FALSE(term.equation.empty()) << term.name;
    EXPECT_TRUE(term.sentence.ends_with('.')) << term.name;
    EXPECT_EQ(std::count(term.sentence.begin(), term.sentence.end(), '.'), 1) << term.name;
    EXPECT_LE(std::ranges::count_if(term.sentence, [](char c) { return (c & 0xC0) != 0x80; }), 140)
        << term.name;
    EXPECT_EQ(find_term(term.name), &term);
  }
  EXPECT_EQ(explain("nothing of the kind"), "");
  const nn::CellInfo& lstm = nn::find_cell("lstm_peephole");
  EXPECT_TRUE(explain(lstm, lstm.find("f")).starts_with("fₜ = σ(W x + U h + p ⊙ cₜ₋₁ + b)\nHow much"));
  EXPECT_EQ(equation_of(lstm, lstm.find("h")), "hₜ = oₜ ⊙ tanh(cₜ)");
}

}  // namespace
}  // namespace gatescope::analysis
