#include "core/views/reading.h"

#include <algorithm>
#include <string>
#include <variant>

#include "core/views/view.h"

namespace gatescope::views {
namespace {

template <class M>
bool has(const plot::Figure& figure) {
  return std::ranges::any_of(figure.panels, [](const plot::Panel& panel) {
    return std::ranges::any_of(panel.marks,
                               [](const plot::Mark& mark) { return std::holds_alternative<M>(mark); });
  });
}

const View* view_of(std::string_view id) {
  const auto found = std::ranges::find(all_views(), id, &View::id);
  return found == all_views().end() ? nullptr : &*found;
}

}  // namespace

std::string_view reading_of(std::string_view view) {
  const View* const found = view_of(view);
  return found ? found->reading : std::string_view();
}

plot::Figure with_reading(plot::Figure figure, std::string_view view) {
  const View* const found = view_of(view);
  if (!found || found->reading.empty() || (found->reading_is_of_bars && !has<plot::Bars>(figure)))
    return figure;
  std::string reading(found->reading);
  if (!found->reading_of_band.empty() && has<plot::Band>(figure))
    reading.append(" ").append(found->reading_of_band);
  figure.caption = figure.caption.empty() ? reading : reading + " " + figure.caption;
  return figure;
}

}  // namespace gatescope::views
