#include "core/analysis/fixed_points.h"

#include "core/laboratory/analyses.h"

namespace gatescope::laboratory {

template <class S>
Json fixed_points_json(const Observation<S>& observation, const Options& options) {
  const analysis::FixedPoints all = analysis::fixed_points(observation, options.step);
  Json points = Json::array();
  for (const analysis::FixedPoint& point : all.points) {
    Json eigenvalues = Json::array();
    for (const std::complex<double>& value : point.eigenvalues)
      eigenvalues.push_back({value.real(), value.imag()});
    points.push_back({{"speed", point.speed},
                      {"fixed", point.fixed},
                      {"starts", point.starts},
                      {"state", point.state},
                      {"plane", point.plane},
                      {"eigenvalues", eigenvalues},
                      {"unstable", point.unstable},
                      {"slowest", point.slowest ? Json(*point.slowest) : Json()}});
  }
  return {{"schema", 1},
          {"step", all.step},
          {"character", observation.read(all.step)},
          {"state", all.state},
          {"starts", all.starts},
          {"lost", all.lost},
          {"usual_speed", all.usual_speed},
          {"points", points},
          {"plane", {{"mean", all.plane.mean}, {"axes", all.plane.axes}, {"share", all.plane.share}}},
          {"path", all.path}};
}

template Json fixed_points_json(const Observation<float>&, const Options&);
template Json fixed_points_json(const Observation<double>&, const Options&);

}  // namespace gatescope::laboratory
