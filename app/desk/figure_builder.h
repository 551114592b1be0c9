#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/type/fonts.h"
#include "core/plot/layout.h"
#include "core/views/view.h"

namespace gatescope::ui {

/// What a figure is made from. Orders are equal where their figures would be.
struct FigureOrder {
  std::string view;
  std::shared_ptr<const void> keeps;  // keeps what the observations point to alive
  std::shared_ptr<const std::vector<views::Observation>> observations;
  std::uint64_t version = 0;  // of the observations
  views::ViewOptions options;
  plot::ThemeName theme = plot::ThemeName::dark;
  plot::Size size;  // in points

  bool same_as(const FigureOrder& other) const;
};

/// A figure, laid out.
struct BuiltFigure {
  FigureOrder order;
  plot::Figure figure;
  plot::Scene scene;
  std::string problem;  // why there is no figure; empty else
  std::uint64_t number = 0;
};

/// Makes figures and lays them out on a thread of its own: a window hands in what it wants to show and draws
/// the newest that is done. An order that was not begun yet is replaced by a newer one for the same place.
class FigureBuilder {
 public:
  FigureBuilder();
  ~FigureBuilder();
  FigureBuilder(const FigureBuilder&) = delete;
  FigureBuilder& operator=(const FigureBuilder&) = delete;

  /// Wants a figure at a place, unless the newest wanted there is the same.
  void want(const std::string& place, const FigureOrder& order);
  /// The newest figure of a place; null before the first.
  std::shared_ptr<const BuiltFigure> get(const std::string& place);
  /// Whether everything wanted is done.
  bool idle();
  /// Waits until it is.
  void settle();
  /// Lets go of places that are not in use.
  void keep_only(const std::vector<std::string>& places);

 private:
  void work();

  struct Place {
    std::shared_ptr<const FigureOrder> wanted, waiting;
    std::shared_ptr<const BuiltFigure> built;
  };
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::map<std::string, Place> places_;
  std::string turn_;  // the place served last
  bool working_ = false, quit_ = false;
  std::uint64_t number_ = 0;
  app::Fonts fonts_;  // of the thread alone
  std::thread thread_;
};

/// The figure and its layout; a view's Error becomes its problem.
BuiltFigure build_figure(const FigureOrder& order, const plot::TextMeasure& measure);

}  // namespace gatescope::ui
