#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "app/desk/executor.h"
#include "app/language/phrases.h"
#include "app/type/fonts.h"
#include "core/clock.h"
#include "core/plot/layout.h"
#include "core/trace/watch.h"
#include "core/views/view.h"

namespace gatescope::ui {

/// What a figure is made from, and how it is laid out.
struct FigureOrder {
  std::string view;
  std::shared_ptr<const void> keeps;  // keeps the observations alive
  std::span<const views::Observation> observations;
  std::uint64_t version = 0;  // of all observations that there are
  std::size_t first = 0;      // of these the first one that is shown
  views::ViewOptions options;
  plot::ThemeName theme = plot::ThemeName::dark;
  plot::Size size;                                   // in points
  plot::Style style;                                 // how it departs from the theme
  std::shared_ptr<const language::Phrases> phrases;  // that its words are told by; null: English
  /// How far a figure under other rules has come from the one before it, 0 to 1; at 1 there is no transition.
  double arrived = 1;
  std::uint64_t update = 0;  // of the weights

  /// Whether the figures would be the same, laid out for whatever size, theme and range of steps.
  bool same_figure_as(const FigureOrder& other) const;
  bool same_as(const FigureOrder& other) const;
};

/// A figure, laid out.
struct BuiltFigure {
  FigureOrder order;
  std::shared_ptr<const plot::Figure> figure;  // null where there is a problem
  std::shared_ptr<const plot::Figure> from;    // that of the rules before, on the way from it; else null
  plot::Scene scene;
  std::string problem;          // why there is no figure; empty else
  Clock::duration took{};       // that making the figure took
  Clock::time_point done = {};  // when it was made
  std::uint64_t number = 0;
};

/// Makes figures and lays them out beside the frames, each a piece of a job: a window hands in what it wants
/// to show and draws the newest that is done. An order that was not begun yet is replaced by a newer one for
/// the same place. For another size, theme or range of steps a figure is laid out anew, not made anew.
class FigureBuilder {
 public:
  explicit FigureBuilder(Executor& executor) : executor_(executor) {}
  ~FigureBuilder();
  FigureBuilder(const FigureBuilder&) = delete;
  FigureBuilder& operator=(const FigureBuilder&) = delete;

  /// Wants a figure at a place, unless the newest wanted there is the same.
  void want(const std::string& place, const FigureOrder& order);
  /// The newest figure of a place; null before the first.
  std::shared_ptr<const BuiltFigure> get(const std::string& place);
  /// Whether the newest wanted at a place is still to be made or laid out.
  bool at_work(const std::string& place);
  /// How far what is made there is, in [0, 1]; 0 where nobody can tell.
  double progress(const std::string& place);
  /// Stops what is made for a place, and lets go of it.
  void stop(const std::string& place);
  /// Whether everything wanted is done.
  bool idle();
  /// Waits until it is.
  void settle();
  /// How many figures were made, and how many laid out, so far.
  std::uint64_t made();
  std::uint64_t laid_out();
  /// Lets go of places that are not in use.
  void keep_only(const std::vector<std::string>& places);

 private:
  /// False where nothing waits.
  bool build_next();

  struct Place {
    std::shared_ptr<const FigureOrder> wanted, waiting;
    std::shared_ptr<const BuiltFigure> built;
    std::shared_ptr<trace::Watch> watch;  // of what is being made
  };
  Executor& executor_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, Place> places_;
  std::string turn_;      // the place served last
  bool at_work_ = false;  // a job is posted
  bool quit_ = false;
  std::uint64_t number_ = 0, made_ = 0;
  app::Fonts fonts_;  // of the job alone
};

/// The figure and its layout; a view's Error becomes its problem. The figure is that of `before` where it
/// would be the same.
BuiltFigure build_figure(const FigureOrder& order, const plot::TextMeasure& measure,
                         const BuiltFigure* before = nullptr);

}  // namespace gatescope::ui
