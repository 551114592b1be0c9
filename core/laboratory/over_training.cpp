#include "core/analysis/over_training.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json over_training_json(const Observation<S>& observation, const Options&) {
  const analysis::OverTraining all = analysis::over_training(observation);
  Json left = Json::array(), saturated = Json::array(), highway = Json::array(), exponent = Json::array();
  for (const analysis::MomentMeasure& measure : all.measures) {
    left.push_back(measure.left);
    saturated.push_back(measure.saturated);
    highway.push_back(measure.highway);
    exponent.push_back(measure.exponent);
  }
  return {{"schema", 1},
          {"steps", all.steps},
          {"lag", all.lag},
          {"updates", all.updates},
          {"observed", all.observed},
          {"left", left},
          {"saturated", saturated},
          {"highway", highway},
          {"exponent", exponent}};
}

template Json over_training_json(const Observation<float>&, const Options&);
template Json over_training_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
