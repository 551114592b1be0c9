#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/plot/layout.h"
#include "core/request/request.h"

namespace gatescope::figure {

/// The font size of a request: its own, else the largest one that fits its page and leaves nothing out. A
/// page in a column has smaller type than a whole one; none is smaller than can be read there.
float font_size_of(const Figure& figure, const FigureRequest& request, const TextMeasure& measure);

/// The figure laid out on its request's page, in its request's type and colours.
Scene lay_out(const Figure& figure, const FigureRequest& request, const TextMeasure& measure);

/// What would leave nothing out: a page of the same shape, and smaller type where the request asks for some.
struct Roomier {
  std::optional<Size> size = {};         ///< in points, of whole millimetres; none up to ten times as wide
  std::optional<double> font_size = {};  ///< in points, by halves; none where it could not be read
};
Roomier roomier(const Figure& figure, const FigureRequest& request, const TextMeasure& measure);

/// What a scene leaves out, for people: "no room for the caption and the legend; a page of 10cmx7.1cm would
/// make room". Empty where it leaves nothing out.
std::string about_left_out(const std::vector<std::string>& left_out, const Roomier& roomier);

}  // namespace gatescope::figure
