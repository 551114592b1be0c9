#pragma once

#include <string_view>
#include <vector>

namespace gatescope::task {

/// What a reader of the bracket language knows after a character.
struct BracketState {
  int depth = 0;          ///< brackets open, 0 or more
  bool in_quote = false;  ///< true from an opening quote on, false from its closing quote on

  bool operator==(const BracketState&) const = default;
};

/// The state AFTER each character of `text`, so the result has as many entries as the text has characters.
///
/// The language is that of assets/corpora/brackets.txt (grammar in scripts/make_corpora.py): (), [] and {}
/// nest, a '"' opens or closes a quote, inside a quote brackets do not count, and a newline resets to depth 0
/// outside quotes. Any text has states, for a model that is still learning writes wrong ones: a closing
/// bracket that does not match the innermost open one is passed over and changes nothing.
std::vector<BracketState> bracket_states(std::u32string_view text);

}  // namespace gatescope::task
