#include "core/figure/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/plot/print.h"

namespace gatescope::figure {
namespace {

constexpr float usual_width = 480, usual_height = 300;  // points; smaller pages have smaller type
constexpr float column_font = 8;                        // points, in a column of a paper
constexpr float least_share = 0.73f;                    // of the page's font size

Scene laid_out(const Figure& figure, const FigureRequest& request, float font_size,
               const TextMeasure& measure) {
  return layout(figure, request.size, make_theme(request.theme, {font_size, request.print}), measure);
}

/// A scene and the font size that it came out best with.
std::pair<float, Scene> best(const Figure& figure, const FigureRequest& request, const TextMeasure& measure) {
  if (request.font_size) {
    const auto size = static_cast<float>(*request.font_size);
    return {size, laid_out(figure, request, size, measure)};
  }
  const float usual = usual_font_size(request.theme);
  const float share = std::min(request.size.width / usual_width, request.size.height / usual_height);
  const float largest = std::clamp(share * usual, std::min(column_font, usual), usual);
  std::pair<float, Scene> chosen;
  for (const float factor : {1.0f, 0.9f, 0.81f, least_share}) {
    const float size = factor * largest;
    Scene scene = laid_out(figure, request, size, measure);
    if (factor == 1 || scene.left_out.size() < chosen.second.left_out.size())
      chosen = {size, std::move(scene)};
    if (chosen.second.left_out.empty()) break;
  }
  return chosen;
}

}  // namespace

float font_size_of(const Figure& figure, const FigureRequest& request, const TextMeasure& measure) {
  if (request.font_size) return static_cast<float>(*request.font_size);
  return best(request.print ? for_print(figure) : figure, request, measure).first;
}

Scene lay_out(const Figure& figure, const FigureRequest& request, const TextMeasure& measure) {
  return best(request.print ? for_print(figure) : figure, request, measure).second;
}

Roomier roomier(const Figure& figure, const FigureRequest& request, const TextMeasure& measure) {
  constexpr double millimetre = 72 / 25.4;
  const Figure printed = request.print ? for_print(figure) : figure;
  const auto keeps_all = [&](const FigureRequest& page) {
    return best(printed, page, measure).second.left_out.empty();
  };
  Roomier found;
  // By halving the steps, as more room nearly always shows more; what is found has been tried.
  const auto larger = [&](int tenths) {
    FigureRequest page = request;
    const double factor = std::pow(1.1, tenths);
    const auto side = [&](float points) {
      return static_cast<float>(std::ceil(points * factor / millimetre) * millimetre);
    };
    page.size = {side(request.size.width), side(request.size.height)};
    return page;
  };
  for (int low = 0, high = 25; low < high;) {
    const int middle = (low + high) / 2;
    const FigureRequest page = larger(middle + 1);
    const bool possible = std::max(page.size.width, page.size.height) <= largest_side;
    if (possible && keeps_all(page)) {
      found.size = page.size;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (!request.font_size) return found;
  constexpr double least_read = 5;
  FigureRequest smaller = request;
  for (double size = std::ceil(2 * *request.font_size) / 2 - 0.5; size >= least_read && !found.font_size;
       size = std::floor(2 * 0.9 * size) / 2) {
    smaller.font_size = size;
    if (keeps_all(smaller)) found.font_size = size;
  }
  return found;
}

std::string about_left_out(const std::vector<std::string>& left_out, const Roomier& roomier) {
  if (left_out.empty()) return {};
  std::string list;
  for (std::size_t k = 0; k < left_out.size(); ++k)
    list += (k == 0 ? "" : k + 1 < left_out.size() ? ", " : " and ") + left_out[k];
  const auto centimetres = [](float points) { return std::round(points / 72 * 25.4) / 10; };
  std::string way = "a larger page or smaller type";
  if (roomier.size)
    way = fmt::format("a page of {}cmx{}cm", centimetres(roomier.size->width),
                      centimetres(roomier.size->height));
  if (roomier.font_size)
    way = (roomier.size ? way + " or " : "") + fmt::format("type of {} points", *roomier.font_size);
  return fmt::format("no room for {}; {} would make room", list, way);
}

}  // namespace gatescope::figure
