#include "app/desk/document.h"

#include <algorithm>

#include "core/views/view.h"

namespace gatescope::ui {

bool same_choices(const Document& one, const Document& other) {
  return same_work(one, other) && one.view == other.view && one.lesson == other.lesson;
}

bool same_work(const Document& one, const Document& other) {
  return one.experiment == other.experiment && one.probe == other.probe;
}

bool same_place(const nn::ForceRule& rule, const nn::ForceRule& place) {
  return rule.layer == place.layer && rule.channel == place.channel &&
         rule.before_activation == place.before_activation && rule.units == place.units &&
         rule.steps == place.steps;
}

bool wants_one_loss(const ViewState& view) {
  return std::ranges::any_of(view.open,
                             [](const std::string& id) { return views::find_view(id).needs.one_loss; });
}

}  // namespace gatescope::ui
