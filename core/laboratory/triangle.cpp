#include "core/analysis/triangle.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {
namespace {

/// Rows of loss steps.
Json rows_of_losses(const Eigen::MatrixXd& values) {
  Json rows = Json::array();
  for (Index s = 0; s < values.rows(); ++s) {
    Json& row = rows.emplace_back(Json::array());
    for (Index t = 0; t < values.cols(); ++t) row.push_back(values(s, t));
  }
  return rows;
}

}  // namespace

template <class S>
Json triangle_json(const Observation<S>& observation, const Options& options) {
  const analysis::Triangle all = analysis::triangle(observation, options.layer, analysis::kMeasureAll);
  return {{"schema", 1},
          {"loss_to_hidden", rows_of_losses(all.loss_to_hidden)},
          {"measured", rows_of_losses(all.measured)}};
}

template Json triangle_json(const Observation<float>&, const Options&);
template Json triangle_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
