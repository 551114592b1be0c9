#include "core/plot/print.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace gatescope::plot {
namespace {

constexpr std::array all_dashes{Dash::solid,       Dash::dashed,      Dash::dotted,
                                Dash::dash_dotted, Dash::long_dashed, Dash::dash_dot_dotted,
                                Dash::short_dashed};

// What tells a line from another on a screen.
using Look = std::tuple<InkRole, int, Dash>;
Look look_of(const Line& line) {
  return {line.ink.role, line.ink.index, line.dash};
}

template <class F>
void each_line(Figure& figure, F f) {
  for (Panel& panel : figure.panels)
    for (Mark& mark : panel.marks)
      if (Line* line = std::get_if<Line>(&mark); line && line->color_by.empty()) f(*line);
}

}  // namespace

Figure for_print(Figure figure) {
  std::vector<Look> looks;
  each_line(figure, [&](const Line& line) {
    if (std::find(looks.begin(), looks.end(), look_of(line)) == looks.end()) looks.push_back(look_of(line));
  });
  std::map<Look, Dash> dash_of;
  std::vector<Dash> taken;
  const auto take = [&](const Look& look, Dash dash) {
    dash_of[look] = dash;
    taken.push_back(dash);
  };
  const auto is_taken = [&](Dash dash) { return std::find(taken.begin(), taken.end(), dash) != taken.end(); };
  for (const Look& look : looks)
    if (!is_taken(std::get<Dash>(look))) take(look, std::get<Dash>(look));
  std::size_t next = 0;
  for (const Look& look : looks) {
    if (dash_of.contains(look)) continue;
    const auto free = std::find_if_not(all_dashes.begin(), all_dashes.end(), is_taken);
    // More lines than dashes: they begin again.
    take(look, free != all_dashes.end() ? *free : all_dashes[next++ % all_dashes.size()]);
  }
  each_line(figure, [&](Line& line) { line.dash = dash_of.at(look_of(line)); });
  if (const auto at = figure.caption.find(signed_on_screens); at != std::string::npos)
    figure.caption.replace(at, signed_on_screens.size(), signed_in_print);
  return figure;
}

}  // namespace gatescope::plot
