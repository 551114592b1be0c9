#pragma once

#include <hb.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace gatescope::app {

/// Neighbouring characters of one script and one direction.
struct ScriptRun {
  std::size_t begin = 0, end = 0;  ///< indices of characters
  hb_script_t script = HB_SCRIPT_COMMON;
  bool right_to_left = false;
};

/// Splits a line into runs in the order in which they stand on the page, from the left. The line's own
/// direction is that of its first letter. Numbers run from left to right in every script; marks and
/// punctuation take the script of what stands before them.
std::vector<ScriptRun> script_runs(std::u32string_view line);

/// The direction of a line: that of its first letter, left to right where it has none.
bool runs_right_to_left(std::u32string_view line);

/// A combining mark, which stands on the character before it.
bool is_mark(char32_t character);

/// Whether the shape or the place of a character depends on its neighbours: marks, what joins characters,
/// and the letters of scripts that join, stack or run from right to left.
bool needs_shaping(char32_t character);

}  // namespace gatescope::app
