#include "core/analysis/gain_map.h"

#include <cmath>
#include <numeric>

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

Json lag_json(const std::vector<double>& left, double level) {
  const std::optional<double> lag = analysis::lag_of_level(left, level);
  return lag ? Json(*lag) : Json(nullptr);
}

}  // namespace

template <class S>
Json gain_map_json(const Observation<S>& observation, const Options&) {
  const analysis::GainMap map = analysis::gain_map(observation);
  const analysis::LeverStand stand = analysis::lever_stand(*observation.network);
  const std::vector<double> own =
      analysis::median_left(analysis::left_by_position(observation, map.over, false));
  std::vector<int> seeds(static_cast<std::size_t>(map.seeds));
  std::iota(seeds.begin(), seeds.end(), 1);
  Json tenth = Json::array(), tenfold = Json::array();
  for (const std::vector<double>& left : map.left) {
    tenth.push_back(lag_json(left, analysis::kTenthLeft));
    tenfold.push_back(lag_json(left, analysis::kTenfold));
  }
  return {{"schema", 1},
          {"lever", map.lever == analysis::Lever::keep_bias ? "keep_bias" : "spectral_radius"},
          {"seeds", seeds},
          {"positions", map.over.positions},
          {"state", map.over.state},
          {"directions", map.over.directions},
          {"settings", map.settings},
          {"lags", map.over.lags},
          {"left", map.left},
          {"tenth_left", tenth},
          {"tenfold", tenfold},
          {"model",
           {{"at", stand.at},
            {"lower", stand.lower},
            {"upper", stand.upper},
            {"left", own},
            {"tenth_left", lag_json(own, analysis::kTenthLeft)},
            {"tenfold", lag_json(own, analysis::kTenfold)}}}};
}

template Json gain_map_json(const Observation<float>&, const Options&);
template Json gain_map_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
