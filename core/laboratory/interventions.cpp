#include "core/analysis/interventions.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json interventions_json(const Observation<S>& observation, const Options& options) {
  const analysis::Interventions all = analysis::interventions(observation, options.step, options.layer);
  const nn::CellInfo& cell = observation.network->cell();
  Json gates = Json::array(), closed = Json::array(), opened = Json::array();
  for (std::size_t g = 0; g < all.gates.size(); ++g) {
    gates.push_back(cell.channels[all.gates[g]].symbol);
    Json& of_closed = closed.emplace_back(Json::array());
    Json& of_opened = opened.emplace_back(Json::array());
    for (Index t = 0; t <= all.step; ++t) {
      of_closed.push_back(all.closed(static_cast<Index>(g), t));
      of_opened.push_back(all.opened(static_cast<Index>(g), t));
    }
  }
  return {{"schema", 1},    {"step", all.step}, {"layer", all.layer}, {"log_probability", all.without},
          {"gates", gates}, {"closed", closed}, {"opened", opened}};
}

template Json interventions_json(const Observation<float>&, const Options&);
template Json interventions_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
