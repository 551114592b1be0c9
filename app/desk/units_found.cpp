#include "app/desk/units_found.h"

namespace gatescope::ui {

UnitsFound::~UnitsFound() {
  settle();
}

void UnitsFound::settle() {
  executor_.wait_until([this] { return idle(); });
}

void UnitsFound::take() {
  if (!is_ready(pending_)) return;
  try {
    roles_ = pending_.get();
  } catch (const std::exception&) {
    roles_ = nullptr;  // what cannot be read has none
  }
  of_ = wanted_;
}

UnitsFound::Roles UnitsFound::get(const Shown& shown) {
  const auto readings = shown.snapshot()->readings;
  const ViewState& view = shown.view();
  if (!readings || !shown.observation()) return nullptr;
  take();
  const Key key{readings->version, view.model, view.layer, view.backward};
  if (key == of_) return roles_;
  if (!pending_.valid()) {
    wanted_ = key;
    pending_ = post_task(executor_, [readings, key] {
      return analysis::unit_roles(readings->observations[key.model], key.layer, key.backward);
    });
    take();  // an executor may do it at once
  }
  const bool of_the_same = of_.model == key.model && of_.layer == key.layer && of_.backward == key.backward;
  return of_ == key || of_the_same ? roles_ : nullptr;
}

}  // namespace gatescope::ui
