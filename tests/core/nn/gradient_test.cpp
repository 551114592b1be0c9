// Every cell's gradients against central finite differences in double: parameters, initial states and inputs,
// with and without forced gates.

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "core/nn/blocks.h"
#include "core/nn/network.h"

namespace gatescope::nn {
namespace {

struct Setting {
  std::string name;
  ModelSpec spec;
  std::vector<std::string> rules;
  bool values = false;  // real-valued input and a linear read-out in place of characters and softmax
};

void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.name;
}

/// A small random problem: a network, its input and its targets.
struct Problem {
  static constexpr Index steps = 6, batch = 3, inputs = 4, outputs = 5;

  explicit Problem(const Setting& setting)
      : network(setting.spec, setting.values
                                  ? Interface{InputKind::values, inputs, Readout::linear, 2}
                                  : Interface{InputKind::characters, inputs, Readout::softmax, outputs}) {
    Rng rng(7);
    network.initialise(rng);
    for (double& p : network.parameters()) p += rng.uniform(-0.4, 0.4);
    std::vector<ForceRule> rules;
    for (const std::string& rule : setting.rules) rules.push_back(parse_force_rule(rule));
    network.force(rules);
    network.resize(trace, steps, batch);
    for (Index n = 0; n < steps * batch; ++n) {
      tokens.push_back(static_cast<int>(rng.below(inputs)));
      classes.push_back(n % 4 == 1 ? -1 : static_cast<int>(rng.below(outputs)));
      scored.push_back(n % 4 != 1);
      for (int k = 0; k < 2; ++k) target_values.push_back(rng.normal());
      for (Index k = 0; k < inputs; ++k) x.push_back(rng.normal());
    }
    network.clear_states(trace);
    for (auto& tape : trace.tapes) {
      for (const State& state : network.cell().states)
        for (Index k = 0; k < tape.width(state.channel) * batch; ++k)
          tape.initial_value(state.channel)[k] = rng.uniform(-0.8, 0.8);
    }
  }

  LayerInput<double> input() const {
    return network.interface().input == InputKind::values ? LayerInput<double>{nullptr, x.data()}
                                                          : LayerInput<double>{tokens.data(), nullptr};
  }

  double loss() {
    network.prepare_all();
    network.forward(trace, input(), dropout);
    const bool linear = network.interface().readout == Readout::linear;
    score<double>(trace, network.interface().readout,
                  linear ? Targets<double>{nullptr, target_values.data(), scored.data()}
                         : Targets<double>{classes.data(), nullptr, nullptr},
                  1);
    return trace.total_loss;
  }

  /// Which ReLUs let their pre-activation through, over all steps, in the last loss(). While none of them
  /// changes the loss is smooth.
  std::vector<char> open_relus() const {
    std::vector<char> open;
    const CellInfo& cell = network.cell();
    for (const auto& tape : trace.tapes) {
      for (std::size_t k = 0; k < cell.channels.size(); ++k) {
        if (cell.channels[k].activation != Activation::relu) continue;
        // What it computed: of a channel that is forced the raw values, else the values.
        const auto values = tape.values(static_cast<int>(k)), raw = tape.raw_values(static_cast<int>(k));
        for (Index n = 0; n < values.cols(); ++n) {
          for (Index unit = 0; unit < values.rows(); ++unit) {
            open.push_back(values(unit, n) > 0);
            open.push_back(raw(unit, n) > 0);
          }
        }
      }
    }
    return open;
  }

  /// A central difference, extrapolated from two steps (Richardson). Where the wider one crosses the kink of
  /// a ReLU, which has no slope there, a smaller pair is taken; none where that crosses it, too.
  std::optional<double> slope(double& place) {
    if (!open_relus_) {
      loss();
      open_relus_ = open_relus();
    }
    ++differences;
    for (const double step : {kStep, kSmallStep}) {
      const auto wide = difference(place, step);
      if (wide) return (4 * *difference(place, step / 2) - *wide) / 3;
    }
    ++kinks;
    return std::nullopt;
  }

  static constexpr double kStep = 1e-5, kSmallStep = 1e-6;
  int differences = 0, kinks = 0;  // so far; of these that were left out

  Network<double> network;
  Trace<double> trace;
  std::optional<DropoutKey> dropout;
  std::vector<int> tokens, classes;
  std::vector<char> scored;
  std::vector<double> x, target_values;

 private:
  /// None where a ReLU opens or closes on the way.
  std::optional<double> difference(double& place, double step) {
    const double before = place;
    place = before + step;
    const double up = loss();
    const bool smooth_up = open_relus() == *open_relus_;
    place = before - step;
    const double down = loss();
    const bool smooth_down = open_relus() == *open_relus_;
    place = before;
    if (!smooth_up || !smooth_down) return std::nullopt;
    return (up - down) / (2 * step);
  }

  std::optional<std::vector<char>> open_relus_;  // where nothing is moved
};

/// How far they are apart, over the difference where that is above 1.
double expect_close(double exact, std::optional<double> numeric, const std::string& what) {
  if (!numeric) return 0;
  const double size = std::max(1.0, std::abs(*numeric));
  EXPECT_NEAR(exact, *numeric, 2e-8 * size) << what;
  return std::abs(exact - *numeric) / size;
}

class Gradient : public testing::TestWithParam<Setting> {};

TEST_P(Gradient, MatchesFiniteDifferences) {
  Problem problem(GetParam());
  if (GetParam().spec.dropout > 0) problem.dropout = DropoutKey{11, 3, 0};
  Network<double>& network = problem.network;
  std::vector<double> gradients(static_cast<std::size_t>(network.table().size()), 0.0), dx(problem.x.size());
  problem.loss();
  network.backward(problem.trace, problem.input(), gradients.data(), GetParam().values ? dx.data() : nullptr);
  std::vector<std::vector<double>> initial;
  for (auto& tape : problem.trace.tapes) {
    for (const State& state : network.cell().states) {
      const double* first = tape.initial_gradient(state.channel);
      initial.emplace_back(first, first + tape.width(state.channel) * problem.batch);
    }
  }

  double largest = 0, worst = 0;
  for (const Parameter& p : network.table().all()) {
    for (Index k = p.offset; k < p.offset + p.size(); ++k) {
      worst = std::max(worst, expect_close(gradients[k], problem.slope(network.parameters()[k]), p.name));
      largest = std::max(largest, std::abs(gradients[k]));
    }
  }
  EXPECT_GT(largest, 1e-3) << "the problem is too flat to test anything";

  std::size_t which = 0;
  for (auto& tape : problem.trace.tapes) {
    for (const State& state : network.cell().states) {
      for (Index k = 0; k < tape.width(state.channel) * problem.batch; ++k) {
        worst = std::max(worst,
                         expect_close(initial[which][k], problem.slope(tape.initial_value(state.channel)[k]),
                                      "initial state"));
      }
      ++which;
    }
  }
  for (std::size_t k = 0; GetParam().values && k < dx.size(); ++k)
    worst = std::max(worst, expect_close(dx[k], problem.slope(problem.x[k]), "x"));
  RecordProperty("worst_deviation", std::to_string(worst * 1e9) + "e-9");
  RecordProperty("kinks", problem.kinks);
  EXPECT_LE(problem.kinks * 50, problem.differences) << "too few coordinates are left to be compared";
}

TEST(GradientAtAKink, ADifferenceThatCrossesItTakesASmallerStepOrIsLeftOut) {
  ModelSpec spec;
  spec.cell = "rnn_relu";
  spec.hidden = 5;
  const Setting setting{"kink", spec, {}};
  Problem problem(setting);
  problem.loss();
  const int h = problem.network.cell().output;
  // A unit that is open at the first step, and its bias, by which its pre-activation is put where it is
  // wanted.
  const auto values = problem.trace.tapes[0].values(h);
  Index unit = 0;
  while (values(unit, 0) <= 0) ++unit;
  const Parameter* bias = nullptr;
  for (const Parameter& p : problem.network.table().all())
    if (p.name.find("bias_ih") != std::string::npos) bias = &p;
  ASSERT_TRUE(bias);
  double& place = problem.network.parameters()[bias->offset + unit];
  const double at_kink = place - values(unit, 0);
  for (const double distance : {0.05, 0.5, 2.0}) {
    Problem moved(setting);
    double& same_place = moved.network.parameters()[bias->offset + unit];
    same_place = at_kink + distance * Problem::kStep;
    moved.loss();
    EXPECT_NEAR(moved.trace.tapes[0].values(h)(unit, 0), distance * Problem::kStep, 1e-12);
    EXPECT_EQ(moved.slope(same_place).has_value(), distance * Problem::kStep > Problem::kSmallStep);
  }
}

/// The same behind the filters that a layer may have of its input, with all their channels forced, too.
void add_filters(std::vector<Setting>& all, const CellInfo& cell, ModelSpec spec) {
  for (const auto& [name, shift, conv] :
       {std::tuple{"_shift", true, 0}, {"_conv", false, 3}, {"_shift_and_conv", true, 4}}) {
    const std::string key = std::string(cell.key) + name;
    spec.token_shift = shift;
    spec.conv = conv;
    all.push_back({key, spec, {}});
    all.push_back({key + "_values", spec, {}, true});
    std::vector<std::string> rules, before;
    for (const Channel& channel : cell_of(spec).channels.subspan(cell.channels.size())) {
      const std::string symbol(channel.symbol);
      rules.push_back(symbol + "[1-2]@1-4=*0.5+0.2");
      rules.push_back(symbol + "[0]@3=0.7");
      if (channel.activation == Activation::none) continue;
      before.push_back(symbol + "~[1-2]@1-4=*0.7+0.3");
      before.push_back(symbol + "~[0]@3=-0.4");
    }
    all.push_back({key + "_forced", spec, rules});
    all.push_back({key + "_forced_values", spec, rules, true});
    rules.insert(rules.end(), before.begin(), before.end());
    rules.emplace_back("h[1-3]@1-4=*0.5+0.2");
    if (conv > 0) all.push_back({key + "_everything_forced_values", spec, rules, true});
    ModelSpec deep = spec;
    deep.layers = 2;
    deep.bidirectional = true;
    deep.embedding = 3;
    deep.dropout = 0.3;
    all.push_back({key + "_deep_bidirectional_embedding_dropout", deep, {"1.x[7]@2-=*0.5", "x[0]@1=0.3"}});
  }
}

/// The channels of a layer's options forced, each as wide as it is, in part of its units and steps.
std::vector<std::string> rules_on_options(const ModelSpec& spec) {
  const CellInfo& cell = cell_of(spec);
  const Sizes sizes = layer_sizes(spec, {InputKind::values, Problem::inputs, Readout::linear, 2})[0];
  std::vector<std::string> rules;
  for (const Channel& channel : cell.channels.subspan(find_cell(spec.cell).channels.size())) {
    const std::string symbol(channel.symbol);
    const bool wide = sizes(channel.extent) >= 3;
    rules.push_back(symbol + (wide ? "[1-2]" : "") + "@1-4=*0.5+0.2");
    if (wide) rules.push_back(symbol + "[0]@3=0.7");
    if (channel.activation != Activation::none) rules.push_back(symbol + "~[1]@1-4=*0.7+0.3");
  }
  return rules;
}

/// The same with what a layer may do before and after its cell: each alone, some together, and all.
void add_options(std::vector<Setting>& all, const CellInfo& cell, ModelSpec spec) {
  spec.hidden = Problem::inputs;  // so that the lowest layer has a residual connection of its values, too
  struct Some {
    const char* name;
    LayerOptions options;
  };
  const Some some[] = {
      {"_norm", {.norm = true}},
      {"_norm_and_shift", {.norm = true, .token_shift = true}},
      {"_head_norm", {.head_norm = true}},
      {"_gate", {.output_gate = true}},
      {"_shift_and_gate", {.token_shift = true, .output_gate = true}},
      {"_conv_and_gate", {.conv = true, .output_gate = true}},
      {"_projection", {.projection = true}},
      {"_residual", {.residual = true}},
      {"_shift_and_residual", {.token_shift = true, .residual = true}},
      {"_every_option", {true, true, true, true, true, true, true}},
  };
  const auto with = [&](const LayerOptions& options) {
    ModelSpec one = spec;
    one.norm = options.norm;
    one.token_shift = options.token_shift;
    one.conv = options.conv ? 3 : 0;
    one.head_norm = options.head_norm;
    one.output_gate = options.output_gate;
    one.projection = options.projection;
    one.residual = options.residual;
    return one;
  };
  // Each alone: of cells whose hidden state is a state, or not, or read by heads.
  const bool each = cell.key == "gru" || cell.key == "lstm" || cell.key == "s6" || cell.key == "mlstm" ||
                    cell.key == "rwkv4" || cell.key == "mamba";
  for (const auto& [name, options] : some) {
    if (!each && !options.conv) continue;  // all at once, or the two that need one another
    const std::string key = std::string(cell.key) + name;
    const ModelSpec one = with(options);
    if (each) all.push_back({key, one, {}});
    all.push_back({key + "_values", one, {}, true});
    std::vector<std::string> rules = rules_on_options(one);
    rules.emplace_back("h[1-3]@1-4=*0.5+0.2");
    all.push_back({key + "_forced_values", one, rules, true});
  }
  ModelSpec deep = with({true, true, true, true, true, true, true});
  deep.layers = 2;
  deep.heads = 2;
  deep.embedding = deep.hidden;
  deep.dropout = 0.3;
  all.push_back({std::string(cell.key) + "_every_option_deep_heads_embedding_dropout",
                 deep,
                 {"1.x[3]@2-=*0.5", "0.xn[0]@1=0.3", "hm[1]@2=*0.5", "ho[2]@3=0.1"}});
  deep.residual = false;
  deep.bidirectional = true;
  deep.embedding = 0;
  if (each)
    all.push_back({std::string(cell.key) + "_every_option_deep_bidirectional", deep, {"1.x[7]@2-=*0.5"}});
  for (const Block& block : all_blocks()) {
    ModelSpec in_block = spec;
    in_block.layers = 2;
    block.set(in_block);
    const std::string key = std::string(cell.key) + "_" + std::string(block.key) + "_block";
    if (!each && block.cell != cell.key) continue;
    all.push_back({key, in_block, {}});
    if (each) all.push_back({key + "_values", in_block, {}, true});
  }
}

/// The weights between units cut into heads, free and with a gate forced.
void add_heads(std::vector<Setting>& all, const CellInfo& cell, ModelSpec spec) {
  spec.hidden = 6;
  std::string gate;
  for (const Channel& channel : cell.channels)
    if (channel.role == Role::gate && gate.empty()) gate = channel.symbol;
  for (const Index heads : {2, 3, 6}) {
    const std::string key = std::string(cell.key) + "_" + std::to_string(heads) + "_heads";
    spec.heads = heads;
    all.push_back({key, spec, {}});
    all.push_back(
        {key + "_forced", spec, {"h[1-4]@1-4=*0.5+0.2", gate + "[0-3]@2-=0.4", gate + "~[4]=*0.7"}, true});
    ModelSpec deep = spec;
    deep.layers = 2;
    deep.bidirectional = true;
    all.push_back({key + "_deep_bidirectional", deep, {}});
  }
}

/// A stream of another width than the units, and another number of memories.
void add_widths(std::vector<Setting>& all, const CellInfo& cell, ModelSpec spec) {
  spec.hidden = 5;
  spec.projection = true;
  for (const Index width : {3, 7}) {
    const std::string key = std::string(cell.key) + "_width_" + std::to_string(width);
    spec.width = width;
    spec.state_size = cell.free_memories ? 3 : 0;
    all.push_back({key, spec, {}});
    all.push_back({key + "_forced_values", spec, {"hp[0-1]@1-4=*0.5+0.2", "h[1-3]@1-4=*0.5+0.2"}, true});
    ModelSpec deep = spec;
    deep.layers = 2;
    deep.embedding = width;
    deep.norm = deep.residual = true;
    deep.head_norm = deep.output_gate = width == 7;
    deep.dropout = 0.3;
    deep.last_norm = Norm::rms;
    all.push_back({key + "_deep", deep, {"1.ho[1]@2-=*0.5", "xb[2]@1=0.3"}});
    ModelSpec both = spec;
    both.layers = 2;
    both.bidirectional = both.token_shift = true;
    all.push_back({key + "_bidirectional", both, {}});
  }
}

/// A norm before the read-out, over one direction and both, and over what a rule forces.
void add_last_norms(std::vector<Setting>& all, const CellInfo& cell, ModelSpec spec) {
  for (const Norm norm : {Norm::rms, Norm::layer}) {
    const std::string key = std::string(cell.key) + (norm == Norm::rms ? "_last_norm" : "_last_layer_norm");
    spec.last_norm = norm;
    spec.norm_epsilon = 1e-2;
    all.push_back({key, spec, {}});
    all.push_back({key + "_forced_values", spec, {"h[1-3]@1-4=*0.5+0.2"}, true});
    ModelSpec both = spec;
    both.layers = 2;
    both.bidirectional = both.norm = both.projection = true;
    all.push_back({key + "_bidirectional_options", both, {"1.h[1]@0-3=0.3"}});
  }
}

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const CellInfo* cell : all_cells()) {
    const std::string key(cell->key);
    ModelSpec spec;
    spec.cell = key;
    spec.hidden = 5;
    all.push_back({key, spec, {}});
    all.push_back({key + "_values", spec, {}, true});

    // Every channel forced, in part of its units and steps, by a scale and a shift.
    std::vector<std::string> every;
    for (const Channel& channel : cell->channels) {
      const bool of_units = cell->counts_units(cell->find(channel.symbol));
      every.push_back(std::string(channel.symbol) + (of_units ? "[1-3]" : "") + "@1-4=*0.5+0.2");
      every.push_back(std::string(channel.symbol) + "[0]@3=0.7");
    }
    all.push_back({key + "_every_channel_forced", spec, every});

    // Every pre-activation, alone, and together with rules on the same values.
    std::vector<std::string> before;
    for (const Channel& channel : cell->channels) {
      if (channel.activation == Activation::none) continue;
      const std::string symbol(channel.symbol);
      before.push_back(symbol + "~[1-3]@1-4=*0.7+0.3");
      before.push_back(symbol + "~[0]@3=-0.4");
      // A turned exponent grows too fast for finite differences.
      const char* scaled = channel.activation == Activation::exponential ? "*0.7" : "*-0.7";
      for (const char* value : {"-0.5", scaled, "*1+0.5"}) {
        const std::string name = value[0] == '-' ? "set" : value == scaled ? "scaled" : "moved";
        all.push_back({key + "_before_" + symbol + "_" + name, spec, {symbol + "~=" + value}});
        all.push_back({key + "_before_" + symbol + "_" + name + "_and_after",
                       spec,
                       {symbol + "[0-2]@1-3=*0.5+0.2", symbol + "~=" + value, symbol + "[3]@2-=0.1"}});
      }
    }
    all.push_back({key + "_every_pre_activation_forced", spec, before});
    std::vector<std::string> everything = every;
    everything.insert(everything.end(), before.begin(), before.end());
    all.push_back({key + "_everything_forced", spec, everything});
    for (const Channel& channel : cell->channels) {
      if (channel.role != Role::gate && channel.role != Role::candidate) continue;
      for (const char* value : {"closed", "open", "*0.5"}) {
        std::string name =
            key + "_" + std::string(channel.symbol) + "_" + (value[0] == '*' ? "halved" : value);
        all.push_back({name, spec, {std::string(channel.symbol) + "=" + value}});
      }
    }
    ModelSpec deep = spec;
    deep.layers = 2;
    deep.embedding = 3;
    deep.dropout = 0.3;
    all.push_back({key + "_deep_embedding_dropout", deep, {"1.h[2]@2-=*0.5"}});
    ModelSpec both = spec;
    both.layers = 2;
    both.bidirectional = true;
    all.push_back({key + "_bidirectional", both, {"0.h[1]@0-3=0.3"}});
    add_filters(all, *cell, spec);
    add_options(all, *cell, spec);
    if (cell->has_heads()) add_heads(all, *cell, spec);
    if (key == "gru" || key == "mamba") add_widths(all, *cell, spec);
    if (key == "gru" || key == "s6") add_last_norms(all, *cell, spec);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cells, Gradient, testing::ValuesIn(settings()),
                         [](const auto& setting) { return setting.param.name; });

}  // namespace
}  // namespace gatescope::nn
