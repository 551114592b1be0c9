#include "core/analysis/replacements.h"
#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json saliency_json(const Observation<S>& observation, const Options& options) {
  const Index every = observation.network->interface().inputs;
  const analysis::PredictionSaliency all = analysis::prediction_saliency(observation, options.step, every);
  Json strongest = Json::array();
  for (const int other : all.strongest_other) {
    if (other < 0)
      strongest.push_back(nullptr);
    else if (observation.alphabet.inputs.empty())
      strongest.push_back(other);
    else
      strongest.push_back(observation.alphabet.input(other));
  }
  return {{"schema", 1},
          {"step", all.step},
          {"gradient", all.gradient},
          {"gradient_times_input", all.times_input},
          {"mean_change", all.mean},
          {"mean_change_by_gradient", all.predicted},
          {"strongest_change", all.strongest},
          {"strongest_change_by_gradient", all.strongest_predicted},
          {"strongest", strongest}};
}

template Json saliency_json(const Observation<float>&, const Options&);
template Json saliency_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
