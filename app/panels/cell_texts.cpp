#include "app/panels/cell_texts.h"

#include "core/analysis/equations.h"
#include "core/analysis/terms.h"

namespace gatescope::ui {

const std::string& CellTexts::of(const nn::CellInfo& cell, int channel) {
  const auto [at, is_new] = made_.try_emplace({&cell, channel});
  if (is_new) at->second = analysis::explain(cell, channel);
  return at->second;
}

const std::string& CellTexts::of(const nn::CellInfo& cell) {
  const auto [at, is_new] = made_.try_emplace({&cell, nn::kNone});
  std::string& text = at->second;
  if (!is_new) return text;
  text = cell.title;
  for (int channel = 0; channel < static_cast<int>(cell.channels.size()); ++channel)
    text += "\n" + analysis::equation_of(cell, channel);
  return text;
}

}  // namespace gatescope::ui
