#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/numbers.h"
#include "app/platform/output.h"
#include "core/analysis/equations.h"
#include "core/analysis/parameter_rows.h"
#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "core/nn/network.h"

namespace gatescope::app {
namespace {

using Json = nlohmann::ordered_json;

struct CellsOptions {
  std::optional<std::string> name;  // none: every cell
  Index hidden = 64, inputs = 64, heads = 1;
  bool json = false;
  std::string block;
  nn::ModelSpec layer;  // of this, the options
};

nn::ModelSpec spec_of(std::string_view key, const CellsOptions& options) {
  nn::ModelSpec spec;
  spec.cell = key;
  spec.hidden = options.hidden;
  if (!options.block.empty()) nn::find_block(options.block).set(spec);
  for (const nn::LayerSwitch& option : nn::layer_switches())
    if (options.layer.*option.on) spec.*option.on = true;
  if (options.layer.conv != 0) spec.conv = options.layer.conv;
  spec.width = options.layer.width;
  if (options.name || nn::can_have_state_size(spec)) spec.state_size = options.layer.state_size;
  if (options.name || nn::can_have_heads(spec)) spec.heads = options.heads;
  return spec;
}

/// The sizes of a layer of that cell. Throws Error where they make no sense.
nn::Sizes sizes_of(std::string_view key, const CellsOptions& options) {
  const nn::Interface interface { nn::InputKind::values, options.inputs, nn::Readout::linear, 1 };
  nn::parameter_table(spec_of(key, options), interface);  // checks them
  return nn::layer_sizes(spec_of(key, options), interface)[0];
}

Index count_of(const nn::ParameterInfo& parameter, const nn::Sizes& sizes) {
  return sizes(parameter.rows) * sizes(parameter.cols);
}

std::string shape_of(const nn::ParameterInfo& parameter) {
  const std::string rows = to_string(parameter.rows);
  return parameter.is_vector ? rows : rows + " x " + to_string(parameter.cols);
}

/// Its shape in files.
std::vector<Index> sizes_of(const nn::ParameterInfo& parameter, const nn::Sizes& sizes) {
  std::vector<Index> shape{sizes(parameter.rows)};
  if (!parameter.is_vector) shape.push_back(sizes(parameter.cols));
  return shape;
}

/// "4 H x I = 256 x 65"; "H = 64".
std::string shape_of(const nn::ParameterInfo& parameter, const nn::Sizes& sizes) {
  return fmt::format("{} = {}", shape_of(parameter), fmt::join(sizes_of(parameter, sizes), " x "));
}

/// The factors of a channel's shape: 64 x 16 of "H x N".
std::vector<Index> sizes_of(const nn::Extent& extent, const nn::Sizes& sizes) {
  std::vector<Index> factors{extent.times * sizes(extent.of)};
  if (extent.by != nn::Size::one) factors.push_back(sizes(extent.by));
  return factors;
}

/// The number of parameters of a layer, where that of an RNN of the same width is 1.
double relative(const nn::CellInfo& cell, const CellsOptions& options) {
  const nn::Sizes sizes = sizes_of(cell.key, options);
  return static_cast<double>(analysis::layer_parameters(cell, sizes)) /
         static_cast<double>(analysis::rnn_parameters(sizes));
}

Json bound(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

/// Whether one of its shapes has that size.
bool counts_in(const nn::CellInfo& cell, nn::Size size) {
  const auto has = [size](const nn::Extent& extent) { return extent.of == size || extent.by == size; };
  return std::ranges::any_of(cell.channels, has, &nn::Channel::extent) ||
         std::ranges::any_of(cell.parameters,
                             [&](const nn::ParameterInfo& each) { return has(each.rows) || has(each.cols); });
}

/// What the symbols of its shapes stand for.
Json symbols_of(const nn::CellInfo& cell, const nn::Sizes& sizes) {
  Json symbols{{"H", sizes.hidden}, {"I", sizes.inputs}};
  if (cell.has_heads()) symbols["G"] = sizes.heads, symbols["d"] = sizes(nn::kHeadWidth);
  if (counts_in(cell, nn::Size::memories)) symbols["N"] = sizes.memories;
  if (counts_in(cell, nn::Size::rank)) symbols["R"] = sizes.rank;
  if (counts_in(cell, nn::Size::window)) symbols["W"] = sizes.window;
  if (counts_in(cell, nn::Size::stream)) symbols["E"] = sizes.stream;
  return symbols;
}

Json to_json(const nn::CellInfo& cell, const CellsOptions& options) {
  Json equations = Json::array(), channels = Json::array(), states = Json::array(),
       parameters = Json::array();
  const nn::Sizes sizes = sizes_of(cell.key, options);
  for (const nn::Formula& formula : cell.formulas)
    equations.push_back(analysis::equation_among_others(cell, formula.channel));
  for (const nn::Channel& channel : cell.channels)
    channels.push_back({{"symbol", channel.symbol},
                        {"name", channel.name},
                        {"role", to_string(channel.role)},
                        {"shape", to_string(channel.extent)},
                        {"sizes", sizes_of(channel.extent, sizes)},
                        {"low", bound(channel.low)},
                        {"high", bound(channel.high)}});
  for (const nn::State& state : cell.states) states.push_back(cell.channels[state.channel].symbol);
  for (const nn::ParameterInfo& parameter : cell.parameters)
    parameters.push_back({{"name", parameter.name},
                          {"shape", shape_of(parameter)},
                          {"sizes", sizes_of(parameter, sizes)},
                          {"count", count_of(parameter, sizes)},
                          {"decay", parameter.decay == nn::Decay::yes}});
  return {{"key", cell.key},
          {"title", cell.title},
          {"citation", cell.citation},
          {"equations", std::move(equations)},
          {"channels", std::move(channels)},
          {"states", std::move(states)},
          {"parameters", std::move(parameters)},
          {"sizes", symbols_of(cell, sizes)},
          {"relative", relative(cell, options)}};
}

std::string range_of(const nn::Channel& channel) {
  const bool low = std::isfinite(channel.low), high = std::isfinite(channel.high);
  if (low && high) return fmt::format("{} to {}", channel.low, channel.high);
  if (low) return fmt::format("from {}", channel.low);
  return high ? fmt::format("up to {}", channel.high) : "any";
}

void print_cell(const nn::CellInfo& cell, const CellsOptions& options) {
  const nn::Sizes sizes = sizes_of(cell.key, options);
  print("{} ({}) [{}]\n\n", cell.title, cell.key, cell.citation);
  for (const nn::Formula& formula : cell.formulas)
    print("  {}\n", analysis::equation_among_others(cell, formula.channel));
  print("\n  {:<8} {:<42} {:<14} {:<8} {}\n", "channel", "", "role", "shape", "range");
  for (const nn::Channel& channel : cell.channels)
    print("  {:<8} {:<42} {:<14} {:<8} {}\n", channel.symbol,
          fmt::format("{}{}", channel.name, cell.is_state(cell.find(channel.symbol)) ? ", carried over" : ""),
          to_string(channel.role), to_string(channel.extent), range_of(channel));
  print("\n  {:<18} {:<30} {:>10}  {}\n", "parameter",
        fmt::format("shape, H = {}, I = {}", options.hidden, options.inputs), "numbers", "weight decay");
  for (const nn::ParameterInfo& parameter : cell.parameters)
    print("  {:<18} {:<30} {:>10}  {}\n", parameter.name, shape_of(parameter, sizes),
          count_of(parameter, sizes), parameter.decay == nn::Decay::yes ? "yes" : "no");
  print("  {:<18} {:<30} {:>10}, {:.3g} times as many as an RNN\n\n", "together", "",
        analysis::layer_parameters(cell, sizes), relative(cell, options));
  if (cell.has_heads())
    print("  d = H / G = {}: --heads cuts the units into G heads; here G = {}.\n", sizes(nn::kHeadWidth),
          sizes.heads);
  if (counts_in(cell, nn::Size::memories))
    print("  N = {}: numbers that a unit has beside each other{}.\n", sizes(nn::Size::memories),
          counts_in(cell, nn::Size::heads) ? ", one for each number of a key (N = d)" : "");
  if (counts_in(cell, nn::Size::rank))
    print("  R = {}: numbers that stand for all units; H / 16, of mamba I / 16, rounded up.\n",
          sizes(nn::Size::rank));
  if (counts_in(cell, nn::Size::window))
    print("  W = {}: steps that the convolution reaches over.\n", sizes(nn::Size::window));
  if (counts_in(cell, nn::Size::stream))
    print("  E = {}: numbers that leave the layer.\n", sizes(nn::Size::stream));
  print("\n");
}

int list_cells(const CellsOptions& options) {
  std::vector<const nn::CellInfo*> cells;
  if (!options.name)
    cells.assign(nn::all_cells().begin(), nn::all_cells().end());
  else
    cells.push_back(&nn::find_cell(*options.name));
  for (const nn::CellInfo*& cell : cells) cell = &nn::cell_of(spec_of(cell->key, options));
  if (options.json) {
    Json all = Json::array();
    for (const nn::CellInfo* cell : cells) all.push_back(to_json(*cell, options));
    print_raw(Json{{"schema", 1}, {"cells", std::move(all)}}.dump(2) + "\n");
    return 0;
  }
  for (const nn::CellInfo* cell : cells) print_cell(*cell, options);
  return 0;
}

}  // namespace

void add_cells(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "cells", "Say what each cell is: its equations and their source, channels, states and parameters");
  auto options = std::make_shared<CellsOptions>();
  command->add_option("name", options->name, "The cell, as --cell calls it; all where none is named");
  command->add_option("--hidden", options->hidden, "Units H that parameters are counted for")
      ->transform(whole_number<Index>(1, nn::kMaxHidden))
      ->capture_default_str();
  command
      ->add_option("--inputs", options->inputs,
                   "Numbers I that enter the layer a step: one-hot characters, say")
      ->transform(whole_number<Index>(1, nn::kMaxInterface))
      ->capture_default_str();
  command->add_option("--heads", options->heads, "Heads of the cells that have them")
      ->transform(whole_number<Index>(1, nn::kMaxHidden));
  const auto add_switch = [&](const char* name, bool nn::ModelSpec::*on, const char* help) {
    command->add_flag(name, options->layer.*on, help);
  };
  add_switch("--norm", &nn::ModelSpec::norm, "Behind a norm of the input");
  add_switch("--token-shift", &nn::ModelSpec::token_shift, "Behind a token shift of the input");
  command
      ->add_option("--conv", options->layer.conv,
                   "Behind a convolution of the input over so many steps; 0: none")
      ->transform(whole_number<int>(0, nn::kMaxWindow));
  add_switch("--head-norm", &nn::ModelSpec::head_norm, "Before a norm of every head");
  add_switch("--output-gate", &nn::ModelSpec::output_gate, "Before an output gate of the layer");
  add_switch("--projection", &nn::ModelSpec::projection, "Before a projection");
  command
      ->add_option("--width", options->layer.width,
                   "Of a projection: so many numbers leave the layer; 0: as many as units")
      ->transform(whole_number<Index>(0, nn::kMaxHidden));
  command
      ->add_option("--state-size", options->layer.state_size,
                   "Numbers N of a unit, of cells that leave this open")
      ->transform(whole_number<Index>(1, nn::kMaxStateSize));
  add_switch("--residual", &nn::ModelSpec::residual, "Beside a residual connection");
  command->add_option("--block", options->block, "In a block of the field: mamba, xlstm or rwkv");
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, &action] { action = [options] { return list_cells(*options); }; });
}

}  // namespace gatescope::app
