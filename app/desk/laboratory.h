#pragma once

#include <map>
#include <set>
#include <string>

#include "app/desk/figure_builder.h"

namespace gatescope::ui {

/// When the laboratory's figures are made. They may take seconds: of small models they are made by
/// themselves, while training so seldom that a tenth of the time goes into them at most; of larger ones where
/// a person asks. What is shown says how old it is.
class Laboratory {
 public:
  /// Numbers of the joint state up to which a model is small.
  static constexpr Index kLiveNumbers = 160;

  explicit Laboratory(FigureBuilder& figures) : figures_(figures) {}

  struct Standing {
    bool on_demand = false;                    // a person asks
    bool measuring = false;                    // now
    double progress = 0;                       // of that, in [0, 1]; 0 where nobody can tell
    bool measured = false;                     // something is shown, or was refused
    std::optional<std::uint64_t> update = {};  // of whose weights that is
    bool newest = false;                       // it is of what there is to see now
  };
  /// Wants the figure at a place, as far as it is its turn; a new size or theme needs none.
  Standing want(const std::string& place, const FigureOrder& order, bool training);
  /// For the next want().
  void measure(const std::string& place) { asked_.insert(place); }
  void stop(const std::string& place);

  static bool is_small(const FigureOrder& order);

 private:
  FigureBuilder& figures_;
  std::map<std::string, FigureOrder> held_;  // what a place shows, or will
  std::set<std::string> asked_;
};

}  // namespace gatescope::ui
