#include "app/panels/view_tabs.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatescope::ui {
namespace {

/// Views with tabs in backward order, and one without.
std::vector<views::View> many(int count) {
  std::vector<views::View> all;
  for (int k = count; k > 0; --k)
    all.push_back({.id = "view", .tab = {k, k == 12 ? "Twelfth" : "Long name", "Brief"}, .draw = nullptr});
  all.push_back({.id = "without", .draw = nullptr});
  return all;
}

TEST(ViewTabs, AreAsManyAsThereAreAndTheFirstNineHaveKeys) {
  const std::vector<views::View> all = many(12);
  const std::vector<ViewTab> tabs = view_tabs(all);
  ASSERT_EQ(tabs.size(), 12u);
  for (int k = 0; k < 12; ++k) {
    EXPECT_EQ(tabs[k].view->tab.place, k + 1);
    EXPECT_EQ(tabs[k].key, k < 9 ? k + 1 : 0);
  }
}

TEST(ViewTabs, SayTheirKeyAndNameAsFarAsThereIsRoom) {
  const std::vector<views::View> all = many(12);
  const std::vector<ViewTab> tabs = view_tabs(all);
  EXPECT_EQ(tab_label(tabs[2], TabStyle::whole, false), "3 Long name");
  EXPECT_EQ(tab_label(tabs[2], TabStyle::names, true), "Brief");
  EXPECT_EQ(tab_label(tabs[2], TabStyle::keys, false), "3");
  EXPECT_EQ(tab_label(tabs[2], TabStyle::keys, true), "3 Long name");
  EXPECT_EQ(tab_label(tabs[11], TabStyle::whole, false), "Twelfth");
  EXPECT_EQ(tab_label(tabs[11], TabStyle::keys, false), "Brief");
  EXPECT_EQ(tab_label(tabs[11], TabStyle::keys, true), "Twelfth");
}

TEST(ViewTabs, KeysOpenTheViewsOfTheTable) {
  const std::vector<ViewTab> tabs = view_tabs();
  for (const ViewTab& tab : tabs) {
    if (tab.key > 0) {
      EXPECT_EQ(view_of_key(tab.key), tab.view);
    }
  }
  EXPECT_EQ(view_of_key(0), nullptr);
  EXPECT_EQ(view_of_key(static_cast<int>(tabs.size()) + 1), nullptr);
}

TEST(ViewTabs, TheLaboratoryHasOneForAllOfItsViews) {
  const std::vector<ViewTab> tabs = view_tabs(views::all_views(), "fan");
  EXPECT_TRUE(tabs.back().laboratory);
  EXPECT_EQ(tabs.back().view->id, "fan");
  EXPECT_EQ(tabs.size(), views::tabs().size() + 1);
  EXPECT_EQ(tab_label(tabs.back(), TabStyle::whole, true), "Jacobian fan ▾");
  EXPECT_EQ(tab_label(tabs.back(), TabStyle::whole, false), "Lab ▾");
  EXPECT_EQ(view_tabs().back().view, laboratory_views().front());
}

}  // namespace
}  // namespace gatescope::ui
