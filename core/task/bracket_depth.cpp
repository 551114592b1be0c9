#include "core/task/bracket_depth.h"

#include <string>

namespace gatescope::task {
namespace {

/// The bracket that closes `opening`, or 0 where `opening` opens nothing.
char32_t closing_of(char32_t opening) {
  switch (opening) {
    case U'(':
      return U')';
    case U'[':
      return U']';
    case U'{':
      return U'}';
    default:
      return 0;
  }
}

}  // namespace

std::vector<BracketState> bracket_states(std::u32string_view text) {
  std::vector<BracketState> states;
  states.reserve(text.size());
  std::u32string awaited;  // the closing brackets still due, innermost last
  bool in_quote = false;
  for (const char32_t c : text) {
    if (c == U'\n') {
      awaited.clear();
      in_quote = false;
    } else if (c == U'"') {
      in_quote = !in_quote;
    } else if (!in_quote) {
      if (const char32_t closing = closing_of(c)) {
        awaited.push_back(closing);
      } else if (!awaited.empty() && c == awaited.back()) {
        awaited.pop_back();
      }
    }
    states.push_back({static_cast<int>(awaited.size()), in_quote});
  }
  return states;
}

}  // namespace gatescope::task
