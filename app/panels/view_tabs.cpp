#include "app/panels/view_tabs.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/views/laboratory_group.h"

namespace gatescope::ui {

std::vector<const views::View*> laboratory_views(std::span<const views::View> views) {
  std::vector<const views::View*> all;
  for (const views::View& view : views)
    if (views::in_laboratory(view)) all.push_back(&view);
  return all;
}

std::string_view laboratory_view(const ViewState& view) {
  for (const std::string& id : view.open)
    if (views::in_laboratory(views::find_view(id))) return id;
  return view.laboratory;
}

std::vector<ViewTab> view_tabs(std::span<const views::View> views, std::string_view laboratory) {
  std::vector<ViewTab> tabs;
  for (const views::View* view : views::tabs(views)) {
    const int number = static_cast<int>(tabs.size()) + 1;
    tabs.push_back({view, number <= kViewKeys ? number : 0});
  }
  const std::vector<const views::View*> all = laboratory_views(views);
  if (all.empty()) return tabs;
  const auto chosen = std::ranges::find(all, laboratory, &views::View::id);
  tabs.push_back({chosen == all.end() ? all.front() : *chosen, 0, true});
  return tabs;
}

const views::View* view_of_key(int key) {
  for (const ViewTab& tab : view_tabs())
    if (key > 0 && tab.key == key) return tab.view;
  return nullptr;
}

std::string tab_label(const ViewTab& tab, TabStyle style, bool chosen) {
  if (tab.laboratory)
    return chosen && style == TabStyle::whole ? std::string(tab.view->title) + " ▾" : "Lab ▾";
  const views::Tab& texts = tab.view->tab;
  if (style == TabStyle::names || (style == TabStyle::keys && !chosen && tab.key == 0))
    return std::string(texts.brief);
  if (tab.key == 0) return std::string(texts.name);
  if (style == TabStyle::keys && !chosen) return std::to_string(tab.key);
  return fmt::format("{} {}", tab.key, texts.name);
}

}  // namespace gatescope::ui
