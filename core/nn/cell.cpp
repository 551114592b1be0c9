#include "core/nn/cell.h"

namespace gatescope::nn {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::gate:
      return "gate";
    case Role::candidate:
      return "candidate";
    case Role::cell_state:
      return "cell state";
    case Role::hidden_state:
      return "hidden state";
    case Role::internal:
      return "internal";
  }
  return "";
}

int CellInfo::find(std::string_view symbol) const {
  for (std::size_t k = 0; k < channels.size(); ++k)
    if (channels[k].symbol == symbol) return static_cast<int>(k);
  return kNone;
}

bool CellInfo::is_state(int channel) const {
  return channel == hidden || channel == cell_state;
}

bool CellInfo::recurrent() const {
  for (const WeightRows& row : rows)
    if (row.recurrent != kNone) return true;
  return false;
}

}  // namespace gatescope::nn
