#include "core/views/cell_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/analysis/formula_tree.h"

namespace gatescope::views {
namespace {

using analysis::FormulaPart;
using analysis::FormulaTerm;
using analysis::FormulaTree;

std::string_view function_name(const FormulaTerm& term) {
  if (term.plain == analysis::PlainFunction::logarithm) return "log";
  if (term.plain == analysis::PlainFunction::root) return "√";
  if (term.plain == analysis::PlainFunction::norm) return "norm";
  switch (term.function) {
    case nn::Activation::sigmoid:
      return "σ";
    case nn::Activation::tanh:
      return "tanh";
    case nn::Activation::relu:
      return "ReLU";
    case nn::Activation::silu:
      return "SiLU";
    case nn::Activation::softplus:
      return "softplus";
    case nn::Activation::exponential:
      return "exp";
    case nn::Activation::none:
      break;
  }
  return "";
}

/// A formula of the cell, its sources and its parts in words.
class ReadFormula {
 public:
  ReadFormula(const nn::CellInfo& cell, const nn::Formula& formula)
      : cell_(cell), channel_(formula.channel), tree_(analysis::read_formula(cell, formula)) {}

  int channel() const { return channel_; }
  int root() const { return static_cast<int>(tree_.terms.size()) - 1; }
  const FormulaTerm& at(int place) const { return tree_.terms[static_cast<std::size_t>(place)]; }

  /// What one term by itself comes from, or nothing.
  std::optional<Origin> origin(int place) const {
    const FormulaTerm& term = at(place);
    switch (term.kind) {
      case FormulaPart::channel:
        return Origin{term.channel, term.previous};
      case FormulaPart::weights:
        return Origin{term.channel, cell_.is_state(term.channel)};
      case FormulaPart::outside:
        return Origin{};
      default:
        return std::nullopt;
    }
  }
  /// A channel by itself, not its product with weights.
  std::optional<Origin> single(int place) const {
    return at(place).kind == FormulaPart::channel ? origin(place) : std::nullopt;
  }

  /// All sources of a part, each once, in the order in which they stand there.
  std::vector<Origin> origins(int place) const {
    std::vector<Origin> all;
    collect(place, all);
    std::vector<Origin> once;
    for (const Origin& one : all)
      if (std::ranges::find(once, one) == once.end()) once.push_back(one);
    return once;
  }
  int times_used(const Origin& of) const {
    std::vector<Origin> all;
    collect(root(), all);
    return static_cast<int>(std::ranges::count(all, of));
  }

  /// A gate of this step, or 1 less it.
  std::optional<Entry> gate(int place) const {
    const FormulaTerm& term = at(place);
    const bool rest = term.kind == FormulaPart::subtract && at(term.left).kind == FormulaPart::number &&
                      at(term.left).value == 1;
    const auto one = single(rest ? term.right : place);
    if (!one || one->previous || cell_.channels[one->channel].role != nn::Role::gate) return std::nullopt;
    return Entry{*one, one->channel, rest};
  }

  std::string text(int place, int around = 0) const {
    const FormulaTerm& term = at(place);
    const auto two = [&](std::string_view sign, int level) {
      const bool loose = term.kind == FormulaPart::subtract || term.kind == FormulaPart::divide;
      const std::string both =
          text(term.left, level) + " " + std::string(sign) + " " + text(term.right, level + (loose ? 1 : 0));
      return level < around ? "(" + both + ")" : both;
    };
    switch (term.kind) {
      case FormulaPart::number:
        return fmt::format("{}", term.value);
      case FormulaPart::channel:
        return std::string(cell_.channels[term.channel].symbol) + (term.previous ? "′" : "");
      case FormulaPart::weights:
        return letter(term.channel) + " " + std::string(cell_.channels[term.channel].symbol) +
               (cell_.is_state(term.channel) ? "′" : "");
      case FormulaPart::outside:
        return letter(nn::kInput) + " x";
      case FormulaPart::of_units:
        return std::string(cell_.parameters[static_cast<std::size_t>(term.parameter)].letter);
      case FormulaPart::bias:
        for (const nn::Bias& bias : cell_.biases)
          if (bias.to == tree_.receiver)
            return std::string(cell_.parameters[static_cast<std::size_t>(bias.parameter)].letter);
        return "b";
      case FormulaPart::add:
        return two("+", 1);
      case FormulaPart::subtract:
        return two("−", 1);
      case FormulaPart::multiply:
        return two("⊙", 2);
      case FormulaPart::divide:
        return two("/", 2);
      case FormulaPart::negate:
        return "−" + text(term.left, 3);
      case FormulaPart::greater:
        return "max(" + text(term.left) + ", " + text(term.right) + ")";
      case FormulaPart::function:
        return std::string(function_name(term)) + "(" + text(term.left) + ")";
      case FormulaPart::sum:
        return "Σ(" + text(term.left) + ")";
    }
    return "";
  }

  /// The operation that gives the whole.
  std::string brief() const {
    const FormulaTerm& term = at(root());
    switch (term.kind) {
      case FormulaPart::function:
        return std::string(function_name(term));
      case FormulaPart::sum:
        return "Σ";
      case FormulaPart::add:
        return "+";
      case FormulaPart::subtract:
        return "−";
      case FormulaPart::multiply:
        return "⊙";
      case FormulaPart::divide:
        return "/";
      case FormulaPart::greater:
        return "max";
      default:
        return text(root());
    }
  }

  /// What enters, channels that a gate multiplies through that gate's valve.
  std::vector<Entry> entries() const {
    std::vector<Entry> all;
    std::vector<Origin> gates, gated;
    for (int place = 0; place <= root(); ++place) {
      if (at(place).kind != FormulaPart::multiply) continue;
      for (const auto& [one, other] :
           {std::pair{at(place).left, at(place).right}, std::pair{at(place).right, at(place).left}}) {
        const auto turns = gate(one);
        const auto passes = single(other);
        if (!turns || !passes) continue;
        all.push_back({*passes, turns->gate, turns->complement});
        gates.push_back(turns->from);
        gated.push_back(*passes);
        break;
      }
    }
    std::vector<Origin> used;
    collect(root(), used);
    for (const Origin& one : origins(root())) {
      const auto here = std::ranges::count(used, one);
      const auto there = std::ranges::count(gates, one) + std::ranges::count(gated, one);
      if (here > there) all.push_back({one});
    }
    return all;
  }

  /// The way of the channel from the step before, if its formula changes that.
  std::optional<StateUpdate> update() const {
    const Origin before{channel_, true};
    if (!cell_.is_state(channel_) || times_used(before) != 1) return std::nullopt;
    StateUpdate update{.state = channel_};
    if (single(root()) || !lead(root(), before, update)) return std::nullopt;
    return update;
  }

 private:
  void collect(int place, std::vector<Origin>& into) const {
    if (const auto one = origin(place)) into.push_back(*one);
    for (const int child : {at(place).left, at(place).right})
      if (child != nn::kNone) collect(child, into);
  }

  std::string letter(int from) const {
    const nn::Product* product = cell_.product(from, tree_.receiver);
    return product ? std::string(cell_.parameters[static_cast<std::size_t>(product->parameter)].letter) : "W";
  }

  bool contains(int place, const Origin& one) const {
    const auto all = origins(place);
    return std::ranges::find(all, one) != all.end();
  }

  /// Adds what happens to the state, from what it was to `place`; false where that is no way.
  bool lead(int place, const Origin& state, StateUpdate& update) const {
    const FormulaTerm& term = at(place);
    if (single(place) == state) return true;
    const auto with = [&](Operation::Kind kind, int other, std::string alone) {
      if (origins(other).empty()) {
        update.risers.push_back({.meets = {.text = std::move(alone)}});
        return;
      }
      Riser riser{.meets = {.kind = kind}};
      raise(other, riser);
      update.risers.push_back(std::move(riser));
    };
    const bool on_left = term.left != nn::kNone && contains(term.left, state);
    const int own = on_left ? term.left : term.right, other = on_left ? term.right : term.left;
    switch (term.kind) {
      case FormulaPart::function:
      case FormulaPart::negate:
        if (!lead(term.left, state, update)) return false;
        update.risers.push_back(
            {.meets = {.text = term.kind == FormulaPart::negate ? "−" : std::string(function_name(term))}});
        return true;
      case FormulaPart::multiply:
        if (!lead(own, state, update)) return false;
        if (const auto turns = gate(other)) {
          update.risers.push_back({.meets = {.kind = Operation::Kind::valve,
                                             .gate = turns->gate,
                                             .complement = turns->complement},
                                   .content = turns->from});
        } else {
          with(Operation::Kind::times, other, text(other, 2) + " ⊙");
        }
        return true;
      case FormulaPart::add:
        if (!lead(own, state, update)) return false;
        with(Operation::Kind::add, other, "+ " + text(other, 1));
        return true;
      case FormulaPart::subtract:
      case FormulaPart::divide:
        if (!on_left || !lead(own, state, update)) return false;
        if (term.kind == FormulaPart::subtract)
          with(Operation::Kind::subtract, other, "− " + text(other, 2));
        else
          with(Operation::Kind::divide, other, "/ " + text(other, 3));
        return true;
      default:
        return false;
    }
  }

  /// The way of a part up to where it meets a state's.
  void raise(int place, Riser& riser) const {
    const FormulaTerm& term = at(place);
    if (const auto one = single(place)) {
      riser.content = one;
      return;
    }
    if (term.kind == FormulaPart::function) {
      riser.on_the_way.push_back({.text = std::string(function_name(term))});
      return raise(term.left, riser);
    }
    if (term.kind == FormulaPart::multiply) {
      int weight = term.left, content = term.right;
      const auto is_candidate = [&](int of) {
        const auto one = single(of);
        return one && one->channel >= 0 && cell_.channels[one->channel].role == nn::Role::candidate;
      };
      const bool turned = !gate(weight) && (gate(content) || (is_candidate(weight) && single(content)) ||
                                            (!single(weight) && single(content)));
      if (turned) std::swap(weight, content);
      if (const auto turns = gate(weight)) {
        riser.on_the_way.push_back({.kind = Operation::Kind::valve,
                                    .gate = turns->gate,
                                    .complement = turns->complement,
                                    .operands = {turns->from}});
        return raise(content, riser);
      }
      if (const auto one = single(weight)) {
        riser.on_the_way.push_back({.kind = Operation::Kind::times, .operands = {*one}});
        return raise(content, riser);
      }
      if (origins(weight).empty()) {
        riser.on_the_way.push_back({.text = text(weight, 2) + " ⊙"});
        return raise(content, riser);
      }
      if (origins(content).empty()) {
        riser.on_the_way.push_back({.text = text(content, 2) + " ⊙"});
        return raise(weight, riser);
      }
    }
    riser.on_the_way.push_back(
        {.kind = Operation::Kind::expression, .text = text(place), .operands = origins(place)});
  }

  const nn::CellInfo& cell_;
  int channel_;
  FormulaTree tree_;
};

/// Puts a cell's channels into items, and these into layers.
class GraphBuilder {
 public:
  explicit GraphBuilder(const nn::CellInfo& cell) {
    graph_.cell = &cell.alone();
    for (const nn::Formula& formula : graph_.cell->formulas) formulas_.emplace_back(*graph_.cell, formula);
  }

  CellGraph build() {
    make_items();
    stack_up();
    find_layers();
    make_columns();
    return std::move(graph_);
  }

 private:
  const nn::CellInfo& cell() const { return *graph_.cell; }
  int size() const { return static_cast<int>(graph_.items.size()); }
  GraphItem& item(int k) { return graph_.items[static_cast<std::size_t>(k)]; }

  void make_items() {
    std::set<int> made;
    const auto add = [&](int channel, GraphItem one) {
      made.insert(channel);
      graph_.item_of[channel] = size();
      graph_.items.push_back(std::move(one));
    };
    for (const ReadFormula& formula : formulas_) {
      for (const Origin& one : formula.origins(formula.root())) graph_.edges.insert({one, formula.channel()});
      GraphItem one;
      one.update = formula.update();
      if (!one.update)
        one.plates.push_back({.channel = formula.channel(),
                              .entries = formula.entries(),
                              .formula = formula.text(formula.root()),
                              .brief = formula.brief()});
      add(formula.channel(), std::move(one));
    }
    for (int k = 0; k < static_cast<int>(cell().channels.size()); ++k)
      if (!made.contains(k)) add(k, {.plates = {{.channel = k}}});
  }

  /// A plate whose only source has no other receiver stands on it.
  void stack_up() {
    std::map<Origin, int> receivers;
    for (const auto& [from, to] : graph_.edges) ++receivers[from];
    std::vector<bool> gone(graph_.items.size());
    for (int k = 0; k < size(); ++k) {
      if (item(k).update || item(k).plates.size() != 1) continue;
      const std::vector<Entry>& entries = item(k).plates[0].entries;
      if (entries.size() != 1 || entries[0].gate != nn::kNone) continue;
      const Origin from = entries[0].from;
      if (from.channel < 0 || from.previous || receivers[from] != 1) continue;
      if (cell().is_state(from.channel) || from.channel == cell().hidden()) continue;
      const int below = graph_.item_of.at(from.channel);
      if (item(below).update || below == k) continue;
      item(below).plates.push_back(item(k).plates[0]);
      graph_.item_of[item(k).plates[0].channel] = below;
      gone[static_cast<std::size_t>(k)] = true;
    }
    std::vector<GraphItem> left;
    std::vector<int> moved(graph_.items.size());
    for (int k = 0; k < size(); ++k) {
      moved[static_cast<std::size_t>(k)] = static_cast<int>(left.size());
      if (!gone[static_cast<std::size_t>(k)]) left.push_back(item(k));
    }
    for (auto& [channel, at] : graph_.item_of) at = moved[static_cast<std::size_t>(at)];
    graph_.items = std::move(left);
  }

  /// Layers by the longest way from the inputs; then what can wait stands just before what reads it. Plates
  /// stand before the updates of their layer.
  void find_layers() {
    struct Step {
      int from, to, more;
    };
    std::vector<Step> steps;
    std::set<std::pair<int, int>> known;
    const auto reaches = [&](int from, int to) {
      std::vector<int> open{from};
      std::set<int> seen{from};
      while (!open.empty()) {
        const int at = open.back();
        open.pop_back();
        if (at == to) return true;
        for (const Step& step : steps)
          if (step.from == at && seen.insert(step.to).second) open.push_back(step.to);
      }
      return false;
    };
    for (const auto& [from, to] : graph_.edges) {
      if (from.channel < 0 || from.previous) continue;
      const int a = graph_.item_of.at(from.channel), b = graph_.item_of.at(to);
      if (a == b || !known.insert({a, b}).second) continue;
      steps.push_back({a, b, item(b).update && !item(a).update ? 0 : 1});
    }
    for (const auto& [from, to] : graph_.edges) {  // who reads what a state was does so before it changes
      if (from.channel < 0 || !from.previous || !graph_.has_way(from.channel)) continue;
      const int reader = graph_.item_of.at(to), update = graph_.item_of.at(from.channel);
      if (reader == update || reaches(update, reader)) continue;
      steps.push_back({reader, update, item(reader).update ? 1 : 0});
    }
    for (int round = 0; round < size(); ++round)
      for (const Step& step : steps)
        item(step.to).layer = std::max(item(step.to).layer, item(step.from).layer + step.more);
    int last = 0;
    for (const GraphItem& one : graph_.items) last = std::max(last, one.layer);
    const int output = graph_.item_of.at(cell().hidden());
    if (!item(output).update) item(output).layer = std::max(item(output).layer, last);
    for (int round = 0; round < size(); ++round)
      for (int k = 0; k < size(); ++k) {
        if (item(k).update || k == output) continue;
        int latest = -1;
        for (const Step& step : steps)
          if (step.from == k) {
            const int at = item(step.to).layer - step.more;
            latest = latest < 0 ? at : std::min(latest, at);
          }
        if (latest > item(k).layer) item(k).layer = latest;
      }
  }

  void make_columns() {
    std::map<int, std::vector<int>> plates, updates;
    for (int k = 0; k < size(); ++k) (item(k).update ? updates : plates)[item(k).layer].push_back(k);
    int last = 0;
    for (const GraphItem& one : graph_.items) last = std::max(last, one.layer);
    for (int layer = 0; layer <= last; ++layer) {
      if (plates.contains(layer)) graph_.columns.push_back(plates[layer]);
      for (const int k : updates[layer]) graph_.columns.push_back({k});
    }
    // Plates that do not wait for the update in front of them find room under it.
    for (std::size_t c = 1; c < graph_.columns.size();) {
      std::vector<int>& before = graph_.columns[c - 1];
      const std::vector<int>& here = graph_.columns[c];
      const bool under =
          before.size() == 1 && item(before[0]).update && std::ranges::none_of(here, [&](int k) {
            return item(k).update || reads(k, item(before[0]).update->state);
          });
      if (under) {
        before.insert(before.end(), here.begin(), here.end());
        graph_.columns.erase(graph_.columns.begin() + static_cast<std::ptrdiff_t>(c));
      } else {
        ++c;
      }
    }
  }
  bool reads(int k, int state) {
    return std::ranges::any_of(item(k).plates, [&](const ChannelPlate& plate) {
      return graph_.edges.contains({Origin{state, false}, plate.channel});
    });
  }

  CellGraph graph_;
  std::vector<ReadFormula> formulas_;
};

}  // namespace

bool CellGraph::has_way(int channel) const {
  const auto at = item_of.find(channel);
  return at != item_of.end() && items[static_cast<std::size_t>(at->second)].update.has_value();
}

CellGraph cell_graph(const nn::CellInfo& cell) {
  return GraphBuilder(cell).build();
}

}  // namespace gatescope::views
