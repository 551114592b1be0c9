#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/desk/view_state.h"
#include "core/views/view.h"

namespace gatescope::ui {

/// A view with a tab, and the key that opens it.
struct ViewTab {
  const views::View* view = nullptr;
  int key = 0;              ///< from 1; 0: there are no more keys
  bool laboratory = false;  ///< one for all of the laboratory's views, with a menu of them
};

inline constexpr int kViewKeys = 9;  ///< 1 to 9

/// The tabs of the stage in their order, as the table of views has them; the last one is the laboratory's,
/// with the view of that id, or its first.
std::vector<ViewTab> view_tabs(std::span<const views::View> views = views::all_views(),
                               std::string_view laboratory = {});
/// The one of the laboratory's views that its tab stands for: the first that is open, else the one chosen
/// last; empty: none was.
std::string_view laboratory_view(const ViewState& view);
/// The laboratory's views, in the order of the table.
std::vector<const views::View*> laboratory_views(std::span<const views::View> views = views::all_views());
/// The view that a key opens, null where there is none.
const views::View* view_of_key(int key);

/// Key and name; short names; or the keys alone but for the chosen tab.
enum class TabStyle { whole, names, keys };
std::string tab_label(const ViewTab& tab, TabStyle style, bool chosen);

}  // namespace gatescope::ui
