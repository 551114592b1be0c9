#include "core/figure/make_figure.h"

#include <numeric>
#include <utility>

#include "core/views/reading.h"

namespace gatescope::figure {

Figure make_figure(const FigureRequest& request, const Material& material, std::optional<int> frame) {
  ViewOptions options = request.options;
  if (frame) options.frame = frame;
  Figure figure = find_view(request.view).make(material.observations, options);
  if (request.reading) figure = with_reading(std::move(figure), request.view);
  figure.metadata = to_text(request);
  return figure;
}

std::vector<int> replay_steps(const FigureRequest& request, const Material& material) {
  int all = 0;
  for (const Observation& observation : material.observations)
    all = std::max(all, static_cast<int>(observation.steps()));
  std::vector<int> steps(static_cast<std::size_t>(all));
  std::iota(steps.begin(), steps.end(), 0);
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  if (!find_view(request.view).needs.one_loss || all == 0) return steps;
  Index at = loss.kind == trace::LossAt::Kind::step ? loss.step : all - 1;
  if (request.options.loss_step) at = *request.options.loss_step;
  const auto from = steps.begin() + std::min<Index>(at, all - 1);
  // A layer that reads the text backwards sends its gradient forwards.
  if (request.options.backward_direction) return {from, steps.end()};
  steps.erase(from + 1, steps.end());
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace gatescope::figure
