#include "app/language/figure_words.h"

#include <type_traits>
#include <variant>

namespace gatescope::language {
namespace {

/// Goes through the texts of a figure.
class Teller {
 public:
  Teller(const Phrases& phrases, std::vector<std::string>* unknown) : phrases_(phrases), unknown_(unknown) {}

  void operator()(plot::Figure& figure) const {
    tell(figure.title);
    tell(figure.caption);
    for (plot::Headline& headline : figure.headlines) tell(headline.value), tell(headline.label);
    for (plot::Panel& panel : figure.panels) (*this)(panel);
  }

 private:
  void tell(std::string& text) const {
    if (has_word(text)) text = phrases_.told(text, unknown_);
  }
  void tell(std::vector<std::string>& texts) const {
    for (std::string& text : texts) tell(text);
  }
  void operator()(plot::Panel& panel) const {
    tell(panel.title);
    tell(panel.remark);
    tell(panel.heading);
    if (panel.empty_text.empty()) panel.empty_text = "no data yet";
    tell(panel.empty_text);
    (*this)(panel.x);
    (*this)(panel.y);
    for (plot::Mark& mark : panel.marks) std::visit([this](auto& kind) { (*this)(kind); }, mark);
  }
  void operator()(plot::Axis& axis) const {
    tell(axis.title);
    tell(axis.unit);
    for (plot::Tick& tick : axis.ticks) tell(tick.label);
  }
  void operator()(plot::ColorScale& colors) const { tell(colors.title); }
  void operator()(plot::Note& note) const { tell(note.text); }
  void operator()(plot::Rule& rule) const { tell(rule.label); }
  void operator()(plot::Bars& bars) const {
    tell(bars.name);
    tell(bars.categories);
  }
  void operator()(plot::Chain& chain) const {
    tell(chain.name);
    tell(chain.notes);
    for (plot::Chain::Lane& lane : chain.lanes) tell(lane.name);
  }
  void operator()(plot::Links& links) const { tell(links.name); }
  void operator()(plot::Diagram& diagram) const {
    for (plot::Diagram::Node& node : diagram.nodes) tell(node.text);
    for (plot::Diagram::Valve& valve : diagram.valves) tell(valve.note);
    for (plot::Diagram::Quantity& quantity : diagram.quantities) tell(quantity.name);
    for (plot::Diagram::Remark& remark : diagram.remarks) tell(remark.text);
  }
  /// Marks that have a name and perhaps a scale of colours.
  template <class Mark>
  void operator()(Mark& mark) const {
    if constexpr (requires { mark.name; }) tell(mark.name);
    if constexpr (requires { mark.colors; }) (*this)(mark.colors);
  }

  const Phrases& phrases_;
  std::vector<std::string>* unknown_;
};

}  // namespace

plot::Figure told(plot::Figure figure, const Phrases& phrases, std::vector<std::string>* unknown) {
  if (!phrases.empty()) Teller(phrases, unknown)(figure);
  return figure;
}

}  // namespace gatescope::language
