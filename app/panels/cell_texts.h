#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/nn/cell.h"

namespace gatescope::ui {

/// What tooltips say of cells. Formulas are read for it, so each is made once.
class CellTexts {
 public:
  /// Equation and meaning of a channel.
  const std::string& of(const nn::CellInfo& cell, int channel);
  /// Its title and its equations, one a line.
  const std::string& of(const nn::CellInfo& cell);

 private:
  std::map<std::pair<const nn::CellInfo*, int>, std::string> made_;
};

}  // namespace gatescope::ui
