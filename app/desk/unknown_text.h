#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatescope::ui {

/// What of a text a model does not know.
struct UnknownText {
  std::vector<std::pair<std::size_t, std::size_t>> places;  // [begin, end) in characters
  std::vector<std::string> which;                           // each once, in the order of the text
  std::string without;                                      // the text where these are left out

  bool empty() const { return places.empty(); }
  /// "The model does not know ‘q’ and ‘ü’."; of many the first.
  std::string sentence() const;
};

/// `vocabulary` is the model's, by its entries; where there is none, everything is known.
UnknownText find_unknown(std::string_view utf8, std::span<const std::string> vocabulary);

}  // namespace gatescope::ui
