#include "core/analysis/diagnoses.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json diagnoses_json(const Observation<S>& observation, const Options& options) {
  const analysis::Diagnoses all = analysis::diagnoses(observation, options.step, options.layer);
  Json found = Json::array(), without = Json::array();
  for (const analysis::Diagnosis& one : all.found) {
    Json at{{"layer", all.layer}};
    if (one.step) at["step"] = *one.step;
    found.push_back(
        {{"key", one.key},
         {"title", one.title},
         {"sentence", one.sentence},
         {"quantity",
          {{"name", one.quantity.name}, {"value", one.quantity.value}, {"unit", one.quantity.unit}}},
         {"counterfactual",
          {{"rule", one.counterfactual.rule},
           {"measure", one.counterfactual.measure},
           {"before", one.counterfactual.before},
           {"after", one.counterfactual.after}}},
         {"confirmed", one.confirmed},
         {"view", one.view},
         {"at", at}});
  }
  for (const analysis::NotDiagnosed& one : all.without)
    without.push_back({{"key", one.key}, {"why", one.why}, {"applies", one.applies}});
  return {
      {"schema", 1}, {"step", all.step}, {"layer", all.layer}, {"diagnoses", found}, {"without", without}};
}

template Json diagnoses_json(const Observation<float>&, const Options&);
template Json diagnoses_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
