#include "app/desk/laboratory.h"

#include <algorithm>

namespace gatescope::ui {
namespace {

constexpr int kRests = 9;  // times as long as a measurement took, while training

}  // namespace

bool Laboratory::is_small(const FigureOrder& order) {
  return views::find_view(order.view).quick ||
         std::ranges::all_of(order.observations, [](const views::Observation& observation) {
           return !observation.network || observation.network->state_numbers() <= kLiveNumbers;
         });
}

Laboratory::Standing Laboratory::want(const std::string& place, const FigureOrder& order, bool training) {
  Standing standing{.on_demand = !is_small(order)};
  auto held = held_.find(place);
  const auto built = figures_.get(place);
  const bool same = held != held_.end() && held->second.same_figure_as(order);
  const bool asked = asked_.erase(place) > 0;
  const bool rested = !training || !built || Clock::now() - built->done >= kRests * built->took;
  const bool due = standing.on_demand ? asked : held == held_.end() || (!figures_.at_work(place) && rested);
  if (!same && due) {
    held = held_.insert_or_assign(place, order).first;
  } else if (held != held_.end()) {
    FigureOrder& shown = held->second;
    shown.theme = order.theme, shown.size = order.size, shown.style = order.style;
    shown.phrases = order.phrases;
    shown.arrived = order.arrived;
    shown.options.steps = order.options.steps;
  }
  if (held == held_.end()) return standing;
  figures_.want(place, held->second);
  standing.measuring = figures_.at_work(place);
  standing.progress = figures_.progress(place);
  if (built) {
    standing.measured = true;
    standing.update = built->order.update;
    standing.newest = built->order.same_figure_as(order);
  }
  return standing;
}

void Laboratory::stop(const std::string& place) {
  figures_.stop(place);
  held_.erase(place);
  asked_.erase(place);
}

}  // namespace gatescope::ui
