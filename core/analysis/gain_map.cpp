#include "core/analysis/gain_map.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/analysis/state_steps.h"
#include "core/analysis/watched.h"
#include "core/error.h"
#include "core/observe/read_again.h"
#include "core/observe/sequence_key.h"

namespace gatescope::analysis {
namespace {

struct Range {
  double low, high;
};
/// Where the interesting settings are: from a memory of less than a step to one of hundreds; from recurrent
/// weights that fade to some that explode.
constexpr Range kBiases{-2, 6}, kRadii{0.4, 2};

/// The bias that the lever sets, and whether a high one keeps (1) or writes (-1).
struct KeepBias {
  int channel = nn::kNone;
  double sign = 1;
};
KeepBias keep_bias_of(const nn::CellInfo& cell) {
  if (const int keeps = cell.keep_bias(); keeps != nn::kNone) return {keeps, 1};
  return {cell.write_bias(), -1};
}

/// The products that lead a state on to the next step.
std::vector<nn::Product> recurrent_products(const nn::CellInfo& cell) {
  std::vector<nn::Product> all;
  for (const nn::Product& product : cell.products)
    if (product.from >= 0 && cell.is_state(product.from) && !cell.by_heads(product)) all.push_back(product);
  return all;
}

template <class S>
Index offset_of(const nn::Network<S>& network, int parameter, int layer) {
  return network.table().find(nn::parameter_name(network.spec(), parameter, layer, false))->offset;
}

/// The recurrent weights of a layer, (H, H).
template <class S>
Eigen::MatrixXd recurrent_weights(const nn::Network<S>& network, int layer) {
  const nn::Product product = recurrent_products(network.cell()).front();
  const Index hidden = network.spec().hidden;
  const Index rows = network.sizes()[layer](network.cell().parameters[product.parameter].rows);
  const ConstMatrixView<S> all(network.parameters().data() + offset_of(network, product.parameter, layer),
                               rows, hidden);
  return all.middleRows(product.block * hidden, hidden).template cast<double>();
}

/// Brings the recurrent weights of every layer to a spectral radius; those that have none stay.
template <class S>
void set_spectral_radius(nn::Network<S>& network, std::span<const double> from, double to) {
  const nn::Product product = recurrent_products(network.cell()).front();
  const nn::ParameterInfo& info = network.cell().parameters[product.parameter];
  for (int layer = 0; layer < network.spec().layers; ++layer) {
    if (from[layer] <= 0) continue;
    S* first = network.parameters().data() + offset_of(network, product.parameter, layer);
    const Index count = network.sizes()[layer](info.rows) * network.sizes()[layer](info.cols);
    for (Index n = 0; n < count; ++n) first[n] *= static_cast<S>(to / from[layer]);
  }
}

/// Fresh weights with the lever set, that have read what the observation read.
template <class S>
class Untrained {
 public:
  Untrained(const observe::Observation<S>& observation, Lever lever, int seed)
      : observation_(observation), lever_(lever), seed_(seed) {}

  observe::Observation<S> at(double setting) {
    const nn::Network<S>& like = *observation_.network;
    nn::ModelSpec spec = like.spec();
    if (lever_ == Lever::keep_bias) {
      spec.init.forget_bias = setting;
      spec.init.chrono = 0;
    }
    const auto network = std::make_shared<nn::Network<S>>(spec, like.interface());
    network->initialise(Rng{static_cast<std::uint64_t>(seed_), 0});
    if (lever_ == Lever::spectral_radius) {
      if (radii_.empty())
        for (int layer = 0; layer < spec.layers; ++layer)
          radii_.push_back(spectral_radius(recurrent_weights(*network, layer)));
      set_spectral_radius<S>(*network, radii_, setting);
    }
    network->prepare_all();
    observe::Observation<S> fresh;
    fresh.name = observation_.name;
    fresh.sequence = observe::values_of<S>(*network, *observation_.sequence);
    fresh.network = network;
    return fresh;
  }

 private:
  const observe::Observation<S>& observation_;
  Lever lever_;
  int seed_;
  std::vector<double> radii_;  // of the weights as they are drawn, by layer
};

std::vector<double> settings_of(Lever lever, double stand, int count) {
  Range range = lever == Lever::keep_bias ? kBiases : kRadii;
  if (std::isfinite(stand)) {
    range.low = std::min(range.low, std::floor(2 * stand) / 2);
    range.high = std::max(range.high, std::ceil(2 * stand) / 2);
  }
  std::vector<double> settings;
  for (int n = 0; n < count; ++n)
    settings.push_back(range.low + (range.high - range.low) * n / std::max(1, count - 1));
  return settings;
}

/// Setting by setting.
template <class S>
std::vector<std::vector<double>> untrained_rows(const observe::Observation<S>& observation,
                                                const GainMap& map) {
  const Index runs = static_cast<Index>(map.settings.size()) * map.seeds + 1;  // and the model's own
  Watched::expect(runs * std::ssize(map.over.positions) * map.over.lags.back());
  std::vector<Untrained<S>> untrained;
  for (int seed = 1; seed <= map.seeds; ++seed) untrained.emplace_back(observation, map.lever, seed);
  std::vector<std::vector<double>> rows;
  for (const double setting : map.settings) {
    std::vector<std::vector<double>> curves;
    for (Untrained<S>& weights : untrained)
      for (std::vector<double>& curve : left_by_position(weights.at(setting), map.over, false))
        curves.push_back(std::move(curve));
    rows.push_back(median_left(curves));
  }
  return rows;
}

}  // namespace

std::optional<Lever> lever_of(const nn::CellInfo& cell) {
  if (keep_bias_of(cell).channel != nn::kNone) return Lever::keep_bias;
  if (cell.keep_gate() == nn::kNone && !recurrent_products(cell).empty()) return Lever::spectral_radius;
  return std::nullopt;
}

std::string why_no_gain_map(const nn::CellInfo& cell, const nn::ModelSpec& spec) {
  if (std::string why = why_no_joint_state(spec); !why.empty()) return why;
  if (lever_of(cell)) return {};
  return "no bias before a σ keeps its memory, and no recurrent weights lead its state on";
}

double spectral_radius(const Eigen::MatrixXd& weights) {
  constexpr int kSquarings = 20;
  Eigen::MatrixXd power = weights;
  double logarithm = 0;  // the power itself is e^logarithm times what is held
  for (int k = 0;; ++k) {
    const double norm = power.norm();
    if (!(norm > 0) || !std::isfinite(norm)) return norm;
    logarithm += std::log(norm);
    if (k == kSquarings) return std::exp(std::ldexp(logarithm, -kSquarings));
    power /= norm;
    power = (power * power).eval();
    logarithm *= 2;
  }
}

template <class S>
LeverStand lever_stand(const nn::Network<S>& network) {
  const nn::CellInfo& cell = network.cell();
  const nn::ModelSpec& spec = network.spec();
  if (const std::string why = why_no_gain_map(cell, spec); !why.empty()) fail("{}", why);
  LeverStand stand;
  if (*lever_of(cell) == Lever::spectral_radius) {
    for (int layer = 0; layer < spec.layers; ++layer)
      stand.at = std::max(stand.at, spectral_radius(recurrent_weights(network, layer)));
    stand.lower = stand.upper = stand.at;
    return stand;
  }
  const KeepBias lever = keep_bias_of(cell);
  std::vector<double> units;
  for (int layer = 0; layer < spec.layers; ++layer) {
    const Index width = network.sizes()[layer](cell.channels[lever.channel].extent);
    std::vector<double> sums(static_cast<std::size_t>(width), 0.0);
    for (const nn::Bias& bias : cell.biases) {
      if (bias.to != lever.channel) continue;
      const S* first =
          network.parameters().data() + offset_of(network, bias.parameter, layer) + bias.block * width;
      for (Index unit = 0; unit < width; ++unit)
        sums[static_cast<std::size_t>(unit)] += lever.sign * static_cast<double>(first[unit]);
    }
    units.insert(units.end(), sums.begin(), sums.end());
  }
  std::ranges::sort(units);
  stand.at = std::accumulate(units.begin(), units.end(), 0.0) / static_cast<double>(units.size());
  stand.lower = units[units.size() / 4];
  stand.upper = units[units.size() - 1 - units.size() / 4];
  return stand;
}

std::vector<double> GainMap::left_at(double setting) const {
  if (setting <= settings.front()) return left.front();
  if (setting >= settings.back()) return left.back();
  const auto above = std::ranges::upper_bound(settings, setting);
  const auto n = static_cast<std::size_t>(above - settings.begin());
  const double part = (setting - settings[n - 1]) / (settings[n] - settings[n - 1]);
  std::vector<double> between;
  for (std::size_t lag = 0; lag < left.front().size(); ++lag) {
    const double low = left[n - 1][lag], high = left[n][lag];
    between.push_back(low == high ? low : low + part * (high - low));
  }
  return between;
}

template <class S>
GainMap gain_map(const observe::Observation<S>& observation, const GainGrid& grid) {
  if (!observation.network || observation.steps() < 3)
    fail("{} read {} steps: a map over lags needs three or more", observation.name, observation.steps());
  const nn::Network<S>& network = *observation.network;
  const double stand = lever_stand(network).at;
  GainMap map;
  map.lever = *lever_of(network.cell());
  map.seeds = grid.seeds;
  map.over = left_grid(observation.steps(), network.state_numbers(), grid.positions, grid.lags,
                       grid.directions, grid.of_larger);
  map.settings = settings_of(map.lever, stand, grid.settings);
  const auto measure = [&] { return untrained_rows(observation, map); };
  const std::shared_ptr<const observe::Past>& past = observation.past;
  if (!past || !past->memo) {
    map.left = measure();
    return map;
  }
  // A training changes nothing of it.
  observe::Memo::Options key = observe::key_of<S>(*observation.sequence);
  for (const Index of :
       {past->model, Index(grid.settings), Index(grid.seeds), grid.positions, grid.lags, map.over.directions,
        Index(std::lround(1e6 * map.settings.front())), Index(std::lround(1e6 * map.settings.back()))})
    key.push_back(of);
  map.left = *past->memo->get("gain map", key, measure, 4);
  return map;
}

template LeverStand lever_stand(const nn::Network<float>&);
template LeverStand lever_stand(const nn::Network<double>&);
template GainMap gain_map(const observe::Observation<float>&, const GainGrid&);
template GainMap gain_map(const observe::Observation<double>&, const GainGrid&);

}  // namespace gatescope::analysis
