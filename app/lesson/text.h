#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/lesson/number.h"

/// A lesson's texts: words with live references in braces.
///
///     {channel:f}                       a channel's symbol, in its colour
///     {channel:f|forget gate}           other words for it
///     {number:mean f after ")"}         a number of the network now (lesson/number.h); two decimals, or as
///     {number:loss|3}                   many as stand behind the bar
///     {percent:here f}                  in per cent
///     {control:closed##force f|closed}  a control of the window by its label, outlined while one points at
///                                       its words
///     {{                                a brace
///
/// Empty lines part paragraphs.
namespace gatescope::lesson {

struct Run {
  enum class Kind { words, channel, number, percent, control };
  Kind kind = Kind::words;
  std::string text;       // as it is shown; of a number empty, or what stands in its place
  std::string what = {};  // the channel's symbol, the control's label
  std::optional<Quantity> quantity = {};
  int decimals = 2;

  bool operator==(const Run&) const = default;
};

/// Throws Error that quotes what does not read.
std::vector<Run> parse_text(std::string_view text);

/// "0.37", or "0,37"; "–" where there is no such number.
std::string written(std::optional<double> value, int decimals, std::string_view decimal_point);

/// The runs with their numbers as they are now.
std::vector<Run> filled_in(std::vector<Run> runs, const ui::Workbench& bench, std::string_view decimal_point);

/// All of it, one after the other.
std::string plain(const std::vector<Run>& runs);

}  // namespace gatescope::lesson
