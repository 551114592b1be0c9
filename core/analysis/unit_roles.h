#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/nn/layer_tape.h"

namespace gatescope::analysis {

/// What a unit does over a text: one of the things a reader would follow there [karpathy2015, strobelt2018].
struct UnitRole {
  std::string_view what;  ///< "counts brackets"
  int unit = 0;
  double strength = 0;   ///< in [0, 1]: how surely it does
  std::string evidence;  ///< the number, for people: "forget gate 0.08 at spaces, 0.71 elsewhere"
};

/// For each thing that the characters (T, UTF-8) have and the cell can do, the unit that does it most, and
/// only where it does. In this order:
///   closes at spaces, closes at line ends
///                      the share of the memory that is kept, there and elsewhere: at least 0.25 less
///   longest memory     the time constant −1 / mean ln keep, of the units whose memory varies as others' does
///   counts brackets    |r| of the memory with the depth of ( [ { < after the character, at least 0.5
///   follows quotes     |r| with whether a quotation is open, at least 0.5
///   position in line   |r| with the characters since the last line break, at least 0.5
///   position in word   |r| with the letters since the last character that is none, at least 0.5
/// The last two only where a line or word begins after another one. r is Pearson's correlation over the text;
/// the memory is the cell state, or the hidden state where there is none. Steps that are not finite are left
/// out.
std::vector<UnitRole> unit_roles(const nn::LayerTape<float>& tape,
                                 const std::vector<std::string>& characters);

}  // namespace gatescope::analysis
