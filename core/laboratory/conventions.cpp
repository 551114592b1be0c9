#include "core/analysis/conventions.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json conventions_json(const Observation<S>& observation, const Options& options) {
  const int unit = options.unit.value_or(0);
  Json pairs = Json::array();
  for (const analysis::Convention& one :
       analysis::conventions(observation, options.layer, options.backward)) {
    pairs.push_back({{"title", one.title},
                     {"quantity", one.quantity},
                     {"here", one.here},
                     {"elsewhere", one.elsewhere},
                     {"sentence", one.sentence},
                     {"is", analysis::of_unit(one.is, unit)},
                     {"would_be", analysis::of_unit(one.would_be, unit)},
                     {"apart", one.apart}});
  }
  Json json{{"schema", 1}, {"unit", unit}};
  say_direction(observation, options, json);
  json["pairs"] = pairs;
  return json;
}

template Json conventions_json(const Observation<float>&, const Options&);
template Json conventions_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
