// The drawing that a cell without one of its own gets from its equations: nothing is missing, nothing hangs
// in the air, and nothing lies on anything else.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "core/nn/cells/ranges.h"
#include "core/nn/drawing.h"
#include "core/plot/layout.h"
#include "core/views/graph_layout.h"
#include "observations.h"
#include "tests/core/strange_cell.h"

namespace gatescope::views {
namespace {

/// Every letter as wide as the next, and as wide as in the fonts.
TextExtent even_letters(std::string_view text, const TextStyle& style) {
  float letters = 0;
  for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return {letters * style.size * 0.58f, style.size * 0.9f, style.size * 0.25f};
}

std::vector<std::string> drawn_from_equations() {
  std::vector<std::string> all;
  for (const nn::CellInfo* cell : nn::all_cells())
    if (!nn::drawing_of(*cell)) all.emplace_back(cell->key);
  return all;
}

bool on_piece(const nn::Spot& a, const nn::Spot& b, const nn::Spot& at) {
  constexpr double kNear = 1e-6;
  return at.x > std::min(a.x, b.x) - kNear && at.x < std::max(a.x, b.x) + kNear &&
         at.y > std::min(a.y, b.y) - kNear && at.y < std::max(a.y, b.y) + kNear;
}
bool on_wire(const SketchWire& wire, const nn::Spot& at) {
  for (std::size_t k = 0; k + 1 < wire.points.size(); ++k)
    if (on_piece(wire.points[k], wire.points[k + 1], at)) return true;
  return false;
}

struct Box {
  double left, top, right, bottom;

  bool meets(const Box& other, double by = 0) const {
    return left < other.right - by && other.left < right - by && top < other.bottom - by &&
           other.top < bottom - by;
  }
  bool touches(const nn::Spot& at) const {
    constexpr double kNear = 0.75;
    return at.x > left - kNear && at.x < right + kNear && at.y > top - kNear && at.y < bottom + kNear;
  }
};
Box box_of(const SketchPlate& plate) {
  return {plate.at.x - plate.width / 2, plate.at.y - plate.height / 2, plate.at.x + plate.width / 2,
          plate.at.y + plate.height / 2};
}
Box box_of(const SketchValve& valve) {
  return {valve.at.x - valve.radius, valve.at.y - valve.radius, valve.at.x + valve.radius,
          valve.at.y + valve.radius};
}
Box box_of(const SketchNode& node) {
  return {node.at.x - 3, node.at.y - 3, node.at.x + 3, node.at.y + 3};
}

/// A sketch as a person follows it: from a source along its wires to what they end at.
class Followed {
 public:
  Followed(const Sketch& sketch, const CellGraph& graph) : sketch_(sketch), graph_(graph) {}

  /// The wires that hang together with where the source stands.
  std::vector<const SketchWire*> wires(const Origin& from) const {
    std::vector<const SketchWire*> found, left;
    for (const SketchWire& wire : sketch_.wires)
      if (std::ranges::find(wire.from, from) != wire.from.end())
        (stands_at(from, wire.points.front()) ? found : left).push_back(&wire);
    for (std::size_t k = 0; k < found.size(); ++k)
      for (auto at = left.begin(); at != left.end();)
        if (on_wire(*found[k], (*at)->points.front())) {
          found.push_back(*at);
          at = left.erase(at);
        } else {
          ++at;
        }
    for (const SketchWire* wire : left)
      ADD_FAILURE() << "a wire of " << symbol(from) << " begins nowhere at " << wire->points.front().x << ", "
                    << wire->points.front().y;
    return found;
  }

  /// The channels at whose plates, valves and operations they end.
  std::set<int> receivers(const Origin& from) const {
    std::set<int> all;
    for (const SketchWire* wire : wires(from)) {
      const nn::Spot end = wire->points.back();
      bool somewhere = end.x == sketch_.width;
      for (const SketchPlate& plate : sketch_.plates)
        if (plate.channel != nn::kNone && box_of(plate).touches(end)) {
          somewhere = true;
          if (plate.channel != from.channel || from.previous) all.insert(plate.channel);
        }
      for (const SketchValve& valve : sketch_.valves) {  // in a wire that ends at a plate
        if (!box_of(valve).touches(end)) continue;
        somewhere = true;
        for (const SketchWire& other : sketch_.wires)
          if (on_wire(other, valve.at) && !other.points.empty())
            for (const SketchPlate& plate : sketch_.plates)
              if (plate.channel != nn::kNone && box_of(plate).touches(other.points.back()))
                all.insert(plate.channel);
      }
      for (const Box& box : operations())
        if (box.touches(end))
          for (const SketchWire& other : sketch_.wires)
            if (other.state != nn::kNone &&
                (box.touches(other.points.front()) || box.touches(other.points.back()))) {
              somewhere = true;
              all.insert(other.state);
            }
      if (!somewhere) {
        const auto goes_on = [&](const SketchWire& other) {
          return &other != wire && std::ranges::find(other.from, from) != other.from.end() &&
                 (on_wire(other, end) || on_wire(*wire, other.points.front()));
        };
        EXPECT_TRUE(std::ranges::any_of(sketch_.wires, goes_on))
            << "a wire of " << symbol(from) << " hangs in the air at " << end.x << ", " << end.y;
      }
    }
    return all;
  }

  std::string symbol(const Origin& from) const {
    return from.channel < 0
               ? "x"
               : std::string(graph_.cell->channels[from.channel].symbol) + (from.previous ? "'" : "");
  }

 private:
  std::vector<Box> operations() const {
    std::vector<Box> all;
    for (const SketchValve& valve : sketch_.valves) all.push_back(box_of(valve));
    for (const SketchNode& node : sketch_.nodes) all.push_back(box_of(node));
    for (const SketchPlate& plate : sketch_.plates)
      if (plate.channel == nn::kNone) all.push_back(box_of(plate));
    return all;
  }
  /// Where the source itself is: its plate, the left edge, the key of what is read, the way of its state.
  bool stands_at(const Origin& from, const nn::Spot& at) const {
    if (from.channel < 0) return std::abs(at.x - sketch_.key.x) < 1e-6 && at.y > sketch_.bottom;
    if (from.previous) return at.x == 0;
    for (const SketchPlate& plate : sketch_.plates)
      if (plate.channel == from.channel && box_of(plate).touches(at)) return true;
    for (const SketchWire& wire : sketch_.wires)
      if (wire.state == from.channel && wire.points.back().x == sketch_.width && on_wire(wire, at))
        return true;
    return false;
  }

  const Sketch& sketch_;
  const CellGraph& graph_;
};

struct Drawn {
  const nn::CellInfo* cell;

  CellGraph graph = cell_graph(*cell);
  const Sketch& sketch = sketch_of(*cell);
};

class GeneralDrawing : public testing::TestWithParam<const nn::CellInfo*> {};

std::vector<const nn::CellInfo*> cells_without_drawing() {
  std::vector<const nn::CellInfo*> all;
  for (const nn::CellInfo* cell : nn::all_cells())
    if (!nn::drawing_of(*cell)) all.push_back(cell);
  all.push_back(&nn::Strange::info);
  return all;
}
INSTANTIATE_TEST_SUITE_P(EveryCellWithoutOne, GeneralDrawing, testing::ValuesIn(cells_without_drawing()),
                         [](const auto& p) { return std::string(p.param->key); });

TEST_P(GeneralDrawing, ShowsEveryChannelOnceAndEveryStateAsItEntersAndAsItLeaves) {
  const Drawn drawn{GetParam()};
  std::map<int, int> shown;
  for (const SketchPlate& plate : drawn.sketch.plates)
    if (plate.channel != nn::kNone) ++shown[plate.channel];
  std::set<int> entering, leaving;
  for (const SketchEnd& end : drawn.sketch.entering) {
    EXPECT_TRUE(end.of.previous);
    EXPECT_TRUE(entering.insert(end.of.channel).second);
    EXPECT_EQ(end.at.x, 0);
  }
  for (const SketchEnd& end : drawn.sketch.leaving) {
    EXPECT_FALSE(end.of.previous);
    EXPECT_TRUE(leaving.insert(end.of.channel).second);
    EXPECT_EQ(end.at.x, drawn.sketch.width);
    if (!drawn.sketch.has_plate(end.of.channel)) ++shown[end.of.channel];
  }
  const nn::CellInfo& cell = *GetParam();
  for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k) {
    EXPECT_EQ(shown[k], 1) << cell.channels[k].symbol;
    EXPECT_EQ(entering.contains(k), cell.is_state(k)) << cell.channels[k].symbol;
    EXPECT_EQ(leaving.contains(k), cell.is_state(k) || k == cell.hidden()) << cell.channels[k].symbol;
  }
}

TEST_P(GeneralDrawing, LeadsFromEveryChannelToThoseInWhoseEquationsItStandsAndToNoOther) {
  const Drawn drawn{GetParam()};
  const Followed followed(drawn.sketch, drawn.graph);
  std::map<Origin, std::set<int>> wanted;
  for (const auto& [from, to] : drawn.graph.edges) wanted[from].insert(to);
  EXPECT_FALSE(wanted.empty());
  for (const auto& [from, to] : wanted) {
    std::set<int> got = followed.receivers(from);
    // A rail that what is read shares with a state leads where both go.
    EXPECT_EQ(got, to) << followed.symbol(from);
  }
}

TEST_P(GeneralDrawing, HasAnEdgeForEverySymbolOfAnEquation) {
  const nn::CellInfo& cell = *GetParam();
  const CellGraph graph = cell_graph(cell);
  for (const nn::Formula& formula : cell.formulas)
    for (int k = 0; k < static_cast<int>(cell.channels.size()); ++k)
      for (const bool previous : {false, true}) {
        const std::string symbol = std::string(cell.channels[k].symbol) + (previous ? "ₜ₋₁" : "ₜ");
        bool stands = false;
        for (std::size_t at = formula.text.find(symbol); at != std::string_view::npos;
             at = formula.text.find(symbol, at + 1)) {
          const bool begins = at == 0 || std::isalpha(static_cast<unsigned char>(formula.text[at - 1])) == 0;
          const bool ends = previous || !formula.text.substr(at + symbol.size()).starts_with("₋₁");
          stands = stands || (begins && ends);
        }
        const nn::Product* product = cell.product(k, formula.channel);
        if (product && cell.is_state(k) == previous) stands = true;
        EXPECT_EQ(graph.edges.contains({Origin{k, previous}, formula.channel}), stands)
            << symbol << " in " << formula.text;
      }
}

TEST_P(GeneralDrawing, ComputesFromLeftToRight) {
  const Drawn drawn{GetParam()};
  std::map<int, int> column;
  for (std::size_t c = 0; c < drawn.graph.columns.size(); ++c)
    for (const int item : drawn.graph.columns[c]) column[item] = static_cast<int>(c);
  for (const auto& [from, to] : drawn.graph.edges) {
    if (from.channel < 0 || from.previous) continue;
    const int a = drawn.graph.item_of.at(from.channel), b = drawn.graph.item_of.at(to);
    if (a != b) {
      EXPECT_LT(column.at(a), column.at(b)) << drawn.graph.cell->channels[to].symbol;
    }
  }
}

TEST_P(GeneralDrawing, LaysNothingOnAnything) {
  const Sketch& sketch = Drawn{GetParam()}.sketch;
  std::vector<Box> boxes;
  for (const SketchPlate& plate : sketch.plates) boxes.push_back(box_of(plate));
  for (const SketchValve& valve : sketch.valves) boxes.push_back(box_of(valve));
  for (const SketchNode& node : sketch.nodes) boxes.push_back(box_of(node));
  for (std::size_t a = 0; a < boxes.size(); ++a) {
    EXPECT_TRUE(boxes[a].left >= sketch.left && boxes[a].right <= sketch.right);
    EXPECT_TRUE(boxes[a].top >= sketch.top && boxes[a].bottom <= sketch.bottom);
    for (std::size_t b = 0; b < a; ++b)
      EXPECT_FALSE(boxes[a].meets(boxes[b]))
          << a << " on " << b << " at " << boxes[a].left << ", " << boxes[a].top;
  }
  // No wire runs through a plate, and no two of different sources along each other.
  std::vector<std::pair<Box, const SketchWire*>> pieces;
  for (const SketchWire& wire : sketch.wires)
    for (std::size_t k = 0; k + 1 < wire.points.size(); ++k) {
      const nn::Spot &a = wire.points[k], &b = wire.points[k + 1];
      EXPECT_TRUE(std::abs(a.x - b.x) < 1e-6 || std::abs(a.y - b.y) < 1e-6) << "neither upright nor level";
      const Box piece{std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x), std::max(a.y, b.y)};
      for (const SketchPlate& plate : sketch.plates)
        if (wire.state == nn::kNone) {
          EXPECT_FALSE(box_of(plate).meets(piece, 0.2))
              << "through " << plate.formula << " at " << a.x << ", " << a.y;
        }
      pieces.emplace_back(piece, &wire);
    }
  for (std::size_t a = 0; a < pieces.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      const Box &one = pieces[a].first, &other = pieces[b].first;
      const SketchWire *of = pieces[a].second, *by = pieces[b].second;
      const bool same = of->from == by->from || of->state != nn::kNone || by->state != nn::kNone ||
                        std::ranges::any_of(of->from, [&](const Origin& origin) {
                          return std::ranges::find(by->from, origin) != by->from.end();
                        });
      if (same) continue;
      const double across = std::min(one.right, other.right) - std::max(one.left, other.left),
                   down = std::min(one.bottom, other.bottom) - std::max(one.top, other.top);
      const bool level =
          one.top == one.bottom && other.top == other.bottom && std::abs(one.top - other.top) < 0.5;
      const bool upright =
          one.left == one.right && other.left == other.right && std::abs(one.left - other.left) < 0.5;
      EXPECT_FALSE(level && across > 0.5) << "along each other at " << one.left << ", " << one.top;
      EXPECT_FALSE(upright && down > 0.5) << "along each other at " << one.left << ", " << one.top;
    }
}

TEST_P(GeneralDrawing, TurnsTheMemorysWayByTheGateThatKeepsIt) {
  const Drawn drawn{GetParam()};
  const nn::CellInfo& cell = *GetParam();
  const int memory = cell.memory();
  ASSERT_TRUE(drawn.graph.has_way(memory));
  const auto way = std::ranges::find_if(drawn.sketch.wires, [&](const SketchWire& w) { return w.bus; });
  ASSERT_NE(way, drawn.sketch.wires.end());
  const double y = way->points.front().y;
  std::vector<SketchValve> on_it;
  for (const SketchValve& valve : drawn.sketch.valves)
    if (valve.at.y == y) on_it.push_back(valve);
  const auto formula = std::ranges::find(cell.formulas, memory, &nn::Formula::channel);
  const bool whole =
      formula->text.starts_with(std::string(cell.channels[memory].symbol) + "ₜ₋₁");  // all of it is kept
  ASSERT_EQ(on_it.size(), whole ? 0U : 1U);
  if (const int keep = on_it.empty() ? nn::kNone : on_it[0].gate;
      keep != nn::kNone && cell.channels[keep].keeps != nn::Share::none) {
    EXPECT_EQ(on_it[0].complement, cell.channels[keep].keeps == nn::Share::rest);
  }
  const bool adds = std::ranges::any_of(
      drawn.sketch.nodes, [&](const SketchNode& node) { return node.at.y == y && node.text == "+"; });
  EXPECT_TRUE(adds);
}

class GeneralPicture : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(EveryCellWithoutOne, GeneralPicture, testing::ValuesIn(drawn_from_equations()),
                         [](const auto& p) { return p.param; });

TEST_P(GeneralPicture, ShowsAllSymbolsAndNumbersAndNoTextOnAnother) {
  const Example example(GetParam());
  // A block with both of its norms has the most channels: in letters as wide as these it needs the larger
  // page.
  std::vector<Size> sizes{{1280, 800}};
  if (GetParam() != "rwkv4_prenorm") sizes.push_back({900, 560});
  for (const Size size : sizes) {
    const Figure figure = example.draw("cell", {.step = 5, .unit = 2});
    const Scene scene = layout(figure, size, make_theme(ThemeName::light), even_letters);
    for (const std::string& what : scene.left_out)
      EXPECT_TRUE(what == "formulas in the drawing") << what << " at " << size.width;
    std::multiset<std::string> texts;
    std::vector<std::pair<std::string, Rect>> places;
    for (const Item& item : scene.items)
      if (const auto* text = std::get_if<Text>(&item.shape)) {
        texts.insert(text->text);
        const float width = even_letters(text->text, text->style).width;
        places.emplace_back(text->text, Rect{text->at.x, text->at.y - 0.7f * text->style.size, width,
                                             0.7f * text->style.size});
      }
    const Diagram diagram = marks_of<Diagram>(figure.panels.at(0)).at(0);
    for (const auto& q : diagram.quantities) EXPECT_GE(texts.count(q.symbol), 1U) << q.symbol << size.width;
    for (std::size_t a = 0; a < places.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        const Rect &one = places[a].second, &other = places[b].second;
        EXPECT_FALSE(one.x < other.right() && other.x < one.right() && one.y < other.bottom() &&
                     other.y < one.bottom())
            << places[a].first << " on " << places[b].first << " at " << size.width;
      }
  }
}

TEST(GeneralPictureOfAGate, SaysAtAValveThatItLetsTheRestThrough) {
  const Example example("slstm");
  const Figure figure = example.draw("cell", {.step = 5, .unit = 2});
  const Diagram diagram = marks_of<Diagram>(figure.panels.at(0)).at(0);
  const auto& tape = example.text.trace.tapes[0];
  const double w = static_cast<double>(tape.values(tape.info().find("w"))(2, 5));
  int rest = 0;
  for (const auto& valve : diagram.valves) {
    if (valve.name != "w") continue;
    EXPECT_EQ(valve.opening, valve.note.empty() ? w : 1 - w);
    if (valve.note.empty()) continue;
    EXPECT_EQ(valve.note, "1 − w");
    ++rest;
  }
  EXPECT_EQ(rest, 1);
  EXPECT_NE(figure.caption.find("written beside it"), std::string::npos);
}

TEST(GeneralPictureOfAMatrix, SaysWhichOfItsNumbersItShows) {
  const Example example("mlstm");
  EXPECT_NE(example.draw("cell", {.step = 5, .unit = 2}).caption.find("number n = 0"), std::string::npos);
  EXPECT_EQ(Example("slstm").draw("cell", {.unit = 2}).caption.find("number n"), std::string::npos);
}

}  // namespace
}  // namespace gatescope::views
