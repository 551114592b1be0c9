#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/analysis/next_characters.h"
#include "core/error.h"
#include "core/plot/csv.h"
#include "core/plot/layout.h"
#include "observations.h"

namespace gatescope::views {
namespace {

/// Every letter as wide as the next.
TextExtent even(std::string_view text, const TextStyle& style) {
  float letters = 0;
  for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return {letters * style.size * 0.6f, style.size * 0.9f, style.size * 0.25f};
}

Diagram diagram_of(const Figure& figure) {
  const auto diagrams = marks_of<Diagram>(figure.panels.at(0));
  EXPECT_EQ(diagrams.size(), 1U);
  return diagrams.at(0);
}

double value_of(const nn::LayerTape<float>& tape, int channel, const ConstMatrixView<float>& values,
                std::optional<int> unit, Index step) {
  return unit ? static_cast<double>(values(tape.row_of(channel, *unit), step))
              : values.col(step).cast<double>().mean();
}

std::set<std::string> gates_of(const nn::CellInfo& cell) {
  std::set<std::string> gates;
  for (const nn::Channel& c : cell.channels)
    if (c.role == nn::Role::gate) gates.emplace(c.symbol);
  return gates;
}

// The stages of a block, in its order, each with what it gives of the unit.
TEST(LayerDrawing, ShowsWhatALayerDoesAroundItsCell) {
  using Words = std::vector<std::string>;
  const std::tuple<std::string, std::string, Words> blocks[] = {
      {"mamba", "gru", {"norm", "convolution over 4 steps", "GRU", "times the output gate", "projection"}},
      {"xlstm", "mlstm", {"norm", "convolution over 4 steps", "mLSTM", "norm of every head", "projection"}},
      {"rwkv", "rwkv6", {"norm", "token shift", "RWKV-6", "norm of every head", "projection"}}};
  for (const auto& [block, cell, words] : blocks)
    for (const Index embedding : {6, 0}) {
      const Example example(
          cell, {.hidden = 6, .embedding = embedding, .heads = cell == "gru" ? 1 : 2, .block = block});
      const Figure figure = example.draw("cell", {.step = 5, .unit = 3});
      ASSERT_EQ(figure.panels.size(), 2U) << block;
      EXPECT_NE(figure.panels[1].title.find("block"), std::string::npos) << figure.panels[1].title;
      const Diagram row = marks_of<Diagram>(figure.panels[1]).at(0);
      Words shown;
      for (const auto& plate : row.plates) shown.push_back(plate.formula);
      EXPECT_EQ(shown, words);
      const auto& tape = example.text.trace.tapes[0];
      EXPECT_FALSE(row.quantities.empty());
      for (const auto& quantity : row.quantities) {
        const int k = tape.info().find(quantity.channel);
        ASSERT_NE(k, nn::kNone);
        EXPECT_EQ(quantity.value, static_cast<double>(tape.values(k)(3, 5))) << quantity.channel;
      }
      // The input is added where it is as wide as the layer.
      const auto pluses = std::ranges::count(row.nodes, std::string("+"), &Diagram::Node::text);
      EXPECT_EQ(pluses, embedding == 6 ? 1 : 0);
    }
  EXPECT_EQ(Example("lstm").draw("cell").panels.size(), 1U) << "the cell alone";
}

class CellView : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCell, CellView, testing::ValuesIn(cells()),
                         [](const auto& p) { return p.param; });

TEST_P(CellView, ShowsTheTapesValuesOfOneUnitOrTheirMean) {
  const Example example(GetParam(), {.layers = 2, .bidirectional = true});
  for (int layer = 0; layer < 2; ++layer)
    for (const bool backward : {false, true})
      for (const std::optional<int> unit : {std::optional<int>(), std::optional<int>(4)})
        for (const Index step : {0, 7, 11}) {
          const auto& tape = example.text.trace.tapes[2 * layer + backward];
          const nn::CellInfo& cell = tape.info();
          const Diagram diagram = diagram_of(example.draw("cell", {.layer = layer,
                                                                   .backward_direction = backward,
                                                                   .step = static_cast<int>(step),
                                                                   .unit = unit}));
          std::set<std::string> shown;
          for (const auto& q : diagram.quantities) {
            const int k = cell.find(q.channel);
            ASSERT_NE(k, nn::kNone) << q.channel;
            const bool before = q.symbol == q.channel + "ₜ₋₁";
            EXPECT_TRUE(before || q.symbol == q.channel + "ₜ") << q.symbol;
            EXPECT_EQ(q.value,
                      value_of(tape, k, before ? tape.previous_values(k) : tape.values(k), unit, step));
            EXPECT_FALSE(q.raw || q.forced);
            if (!before) shown.insert(q.channel);
          }
          for (const nn::Channel& c : cell.channels)
            EXPECT_TRUE(c.role == nn::Role::internal || shown.contains(std::string(c.symbol))) << c.symbol;
          for (const auto& valve : diagram.valves) {
            const int k = cell.find(valve.name);
            const double gate = value_of(tape, k, tape.values(k), unit, step);
            EXPECT_TRUE(valve.opening == gate || valve.opening == 1 - gate) << valve.name;
          }
        }
}

TEST_P(CellView, AForcedGateHasARingAndKeepsAGhostOfWhatItWantedToBe) {
  for (const std::string& gate : gates_of(nn::find_cell(GetParam()))) {
    const Example example(GetParam(), {.rules = {gate + "[2]@4-6=0.25"}});
    const auto& tape = example.text.trace.tapes[0];
    const int k = tape.info().find(gate);
    const Figure figure = example.draw("cell", {.step = 5, .unit = 2});
    EXPECT_NE(figure.caption.find(gate + "[2]@4-6=0.25"), std::string::npos);
    for (const auto& valve : diagram_of(figure).valves) {
      EXPECT_EQ(valve.forced, valve.name == gate);
      if (!valve.forced) continue;
      ASSERT_TRUE(valve.ghost);
      const double raw = static_cast<double>(tape.raw_values(k)(2, 5));
      EXPECT_TRUE((valve.opening == 0.25 && *valve.ghost == raw) ||
                  (valve.opening == 0.75 && *valve.ghost == 1 - raw));
    }
    for (const auto& q : diagram_of(figure).quantities) {
      EXPECT_EQ(q.forced, q.symbol == gate + "ₜ");
      const std::optional<double> raw =
          q.forced ? std::optional(static_cast<double>(tape.raw_values(k)(2, 5))) : std::nullopt;
      EXPECT_EQ(q.raw, raw);
    }
    const Figure other_unit = example.draw("cell", {.step = 5, .unit = 1}),
                 other_step = example.draw("cell", {.step = 8, .unit = 2});
    for (const Figure& free : {other_unit, other_step})
      for (const auto& valve : diagram_of(free).valves) EXPECT_FALSE(valve.forced || valve.ghost);
  }
}

TEST_P(CellView, IsLaidOutAtEverySizeWithinItsPageAndEveryGateCanBeHit) {
  const Example example(GetParam(), {.rules = {"h=*0.5"}});
  for (const ThemeName name : {ThemeName::light, ThemeName::dark, ThemeName::projector}) {
    const Theme theme = make_theme(name);
    for (const Size size : {Size{900, 560}, Size{640, 440}, Size{480, 320}, Size{1400, 800}, Size{3840, 2160},
                            Size{300, 900}, Size{80, 80}}) {
      const Figure figure = example.draw("cell", {.unit = 1});
      const Scene scene = layout(figure, size, theme, even);
      std::set<std::string> gates;
      const auto& targets = scene.placements.at(0).targets;
      for (const Target& target : targets)
        if (gates_of(example.network.cell()).contains(target.name) && target.rect.width >= 28 &&
            target.rect.height >= 28)
          gates.insert(target.name);
      EXPECT_EQ(gates, gates_of(example.network.cell()));
      const float smallest = std::min(theme.size_small(), theme.size_text());
      for (const Item& item : scene.items)
        if (const auto* text = std::get_if<Text>(&item.shape)) {
          if (figure.title.find(text->text) != std::string::npos) continue;  // which shrinks before it is cut
          EXPECT_GE(text->style.size, smallest) << text->text;
        }
    }
  }
}

/// Where text lies, in the order it was drawn.
std::vector<std::pair<std::string, Rect>> texts_of(const Scene& scene) {
  std::vector<std::pair<std::string, Rect>> all;
  for (const Item& item : scene.items)
    if (const auto* text = std::get_if<Text>(&item.shape)) {
      const float width = even(text->text, text->style).width;
      all.emplace_back(
          text->text, Rect{text->at.x, text->at.y - 0.7f * text->style.size, width, 0.7f * text->style.size});
    }
  return all;
}

TEST_P(CellView, NoTextLiesOnAnotherOrLeavesThePage) {
  const Example example(GetParam(), {.rules = {"h[2]=0.5"}});
  for (const ThemeName name : {ThemeName::light, ThemeName::projector})
    for (const Size size : {Size{900, 560}, Size{640, 440}, Size{480, 320}, Size{1400, 800}}) {
      const auto texts = texts_of(layout(example.draw("cell", {.unit = 2}), size, make_theme(name), even));
      for (std::size_t a = 0; a < texts.size(); ++a) {
        const auto& [text, rect] = texts[a];
        EXPECT_TRUE(rect.x >= 0 && rect.right() <= size.width && rect.y >= 0 && rect.bottom() <= size.height)
            << text << " at " << size.width << "x" << size.height;
        for (std::size_t b = 0; b < a; ++b) {
          const Rect& other = texts[b].second;
          EXPECT_FALSE(rect.x < other.right() && other.x < rect.right() && rect.y < other.bottom() &&
                       other.y < rect.bottom())
              << text << " on " << texts[b].first << " at " << size.width << "x" << size.height;
        }
      }
    }
}

TEST_P(CellView, WhatIsNotFiniteIsDrawnAsAGap) {
  Example example(GetParam());
  for (float& weight : example.network.parameters()) weight = NAN;
  example.network.prepare_all();
  example.text = trace::trace_text<float>(example.network, example.characters);
  for (const std::optional<int> unit : {std::optional<int>(), std::optional<int>(0)}) {
    const Scene scene =
        layout(example.draw("cell", {.unit = unit}), {900, 560}, make_theme(ThemeName::light), even);
    for (const Item& item : scene.items)
      if (const auto* line = std::get_if<Polyline>(&item.shape)) {
        EXPECT_TRUE(std::isfinite(line->width));
        for (const Point& p : line->points) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
      }
  }
}

TEST_P(CellView, OneUnitAndOneStepAreEnough) {
  const Example example(GetParam(), {.hidden = 1, .characters = 2});
  const Figure figure = example.draw("cell", {.step = 0});
  EXPECT_NE(figure.title.find("unit 0 at step 0"), std::string::npos) << figure.title;
  EXPECT_EQ(figure.caption.find("means"), std::string::npos) << figure.caption;
  const nn::CellInfo& cell = example.network.cell();
  for (const auto& q : diagram_of(figure).quantities)
    for (const nn::State& state : cell.states)
      if (q.symbol == std::string(cell.channels[state.channel].symbol) + "ₜ₋₁") {
        EXPECT_EQ(q.value, static_cast<double>(static_cast<float>(state.initial))) << q.symbol;
      }
  EXPECT_FALSE(layout(figure, {640, 440}, make_theme(ThemeName::dark), even).items.empty());
}

TEST_P(CellView, IsATidyTableOfItsQuantities) {
  const Example example(GetParam(), {.rules = {"h[2]=0.5"}});
  const Figure figure = example.draw("cell", {.step = 3, .unit = 2});
  const std::string csv = to_csv(figure);
  const auto lines = static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'));
  EXPECT_EQ(lines, 1 + diagram_of(figure).quantities.size() + 1) << csv;
  EXPECT_NE(csv.find("quantity,hidden state,,,0.5,hₜ\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("before forcing,hidden state,,,"), std::string::npos) << csv;
}

TEST(CellViewOfAStep, IsTheFramesElseTheChosenElseTheLast) {
  const Example example("lstm");
  const auto step = [&](const ViewOptions& options) { return example.draw("cell", options).title; };
  EXPECT_EQ(step({}), "LSTM, mean of 6 units at step 11");
  EXPECT_EQ(step({.step = 4}), "LSTM, mean of 6 units at step 4");
  EXPECT_EQ(step({.step = 4, .frame = 2}), "LSTM, mean of 6 units at step 2");
  EXPECT_EQ(step({.unit = 3, .frame = 99}), "LSTM, unit 3 at step 11");
}

TEST(CellViewHeadline, SaysHowMuchIsKept) {
  const Example lstm("lstm", {.rules = {"f=0.94"}}), gru("gru", {.rules = {"z=0.25"}}),
      mingru("mingru", {.rules = {"z=0.25"}}), rnn("rnn");
  EXPECT_EQ(lstm.draw("cell", {.unit = 1}).headlines[0].value, "94 %");
  EXPECT_TRUE(lstm.draw("cell", {.unit = 1}).headlines[0].label.starts_with("of cₜ₋₁ kept, "));
  EXPECT_EQ(gru.draw("cell").headlines[0].value, "25 %");
  EXPECT_EQ(mingru.draw("cell").headlines[0].value, "75 %") << "its update gate writes";
  EXPECT_NE(rnn.draw("cell").headlines[0].label.find("hidden state"), std::string::npos);
}

TEST(CellViewReadOut, NamesTheLikeliestNextCharacterAtTheTopLayerOnly) {
  const Example example("gru", {.layers = 2});
  const auto best = analysis::next_characters(example.text.trace.outputs.col(5), 1)[0];
  const auto keys = [&](int layer) {
    std::vector<std::string> all;
    for (const auto& node : diagram_of(example.draw("cell", {.layer = layer, .step = 5})).nodes)
      if (node.shape == Diagram::Node::Shape::key) all.push_back(node.text);
    return all;
  };
  const std::vector<std::string> shown{"a", "␣", "⏎", "é", "z"};
  EXPECT_EQ(keys(0), (std::vector<std::string>{shown[example.text.tokens[5]], "layer 1"}));
  EXPECT_EQ(keys(1), (std::vector<std::string>{"layer 0", shown[best.character]}));
}

TEST(CellViewOfWhatDoesNotExist, IsRefused) {
  const Example example("janet");
  EXPECT_THROW(example.draw("cell", {.layer = 1}), Error);
  EXPECT_THROW(example.draw("cell", {.step = 12}), Error);
  EXPECT_THROW(example.draw("cell", {.unit = 6}), Error);
  EXPECT_THROW(example.draw("cell", {.backward_direction = true}), Error);
}

}  // namespace
}  // namespace gatescope::views
