#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "app/export/base64.h"
#include "app/export/cairo_detail.h"
#include "app/export/cairo_painter.h"
#include "app/export/metadata.h"
#include "app/type/script_runs.h"
#include "core/utf8.h"

// SVG is written here and not by cairo, whose element names count up through the life of a process: the same
// scene must give the same bytes.

namespace gatescope::app {
namespace {

using namespace plot;

constexpr float pixels_per_point = 3;
constexpr float em = 1000;  // glyph outlines are kept once, in thousandths of an em

std::string num(double value, int decimals = 2) {
  std::string s = fmt::format("{:.{}f}", value, decimals);
  if (s.find('.') != std::string::npos) s.erase(s.find_last_not_of('0') + 1);
  if (s.ends_with('.')) s.pop_back();
  return s == "-0" ? "0" : s;
}

std::string hex(Color c) {
  const auto b = bytes(c);
  return fmt::format("#{:02x}{:02x}{:02x}", b[0], b[1], b[2]);
}

std::string paint(const char* property, Color c) {
  if (c.alpha <= 0) return fmt::format(" {}=\"none\"", property);
  std::string out = fmt::format(" {}=\"{}\"", property, hex(c));
  if (c.alpha < 1) out += fmt::format(" {}-opacity=\"{}\"", property, num(c.alpha, 3));
  return out;
}

std::string points(const std::vector<Point>& list, bool backwards = false) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Point p = list[backwards ? list.size() - 1 - i : i];
    if (i > 0) out += ' ';
    out += num(p.x) + "," + num(p.y);
  }
  return out;
}

std::string dashes(const std::vector<float>& lengths) {
  if (lengths.empty()) return "";
  std::string out = " stroke-dasharray=\"";
  for (std::size_t i = 0; i < lengths.size(); ++i)
    out += fmt::format("{}{}", i > 0 ? "," : "", num(lengths[i]));
  return out + "\"";
}

class Writer {
 public:
  Writer(const Scene& scene, const Fonts& fonts, SvgText text) : scene_(scene), fonts_(fonts), text_(text) {}

  std::string write(const std::string& metadata, const std::string& title) {
    for (const auto& item : scene_.items) {
      enter_clip(item.clip);
      std::visit([&](const auto& shape) { draw(shape); }, item.shape);
    }
    enter_clip(std::nullopt);
    const std::string w = num(scene_.size.width), h = num(scene_.size.height);
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "width=\"{0}pt\" "
        "height=\"{1}pt\" viewBox=\"0 0 {0} {1}\">\n",
        w, h);
    if (!title.empty()) out += "<title>" + xml_escaped(title) + "</title>\n";
    if (!metadata.empty()) out += "<metadata id=\"gatescope\">" + xml_escaped(metadata) + "</metadata>\n";
    out += "<defs>\n" + definitions_ + "</defs>\n";
    out += fmt::format("<rect width=\"{}\" height=\"{}\"{}/>\n", w, h, paint("fill", scene_.background));
    return out + body_ + "</svg>\n";
  }

 private:
  void enter_clip(const std::optional<Rect>& clip) {
    if (clip == clip_) return;
    if (clip_) body_ += "</g>\n";
    clip_ = clip;
    if (!clip) return;
    const std::string rect = fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", num(clip->x),
                                         num(clip->y), num(clip->width), num(clip->height));
    const auto [known, fresh] = clips_.try_emplace(rect, static_cast<int>(clips_.size()));
    if (fresh) definitions_ += fmt::format("<clipPath id=\"clip{}\">{}</clipPath>\n", known->second, rect);
    body_ += fmt::format("<g clip-path=\"url(#clip{})\">\n", known->second);
  }

  void draw(const Polyline& s) {
    const std::string style =
        fmt::format(" fill=\"none\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}", num(s.width),
                    s.dash.empty() ? " stroke-linecap=\"round\"" : dashes(s.dash));
    if (s.colors.empty()) {
      body_ += fmt::format("<{} points=\"{}\"{}{}/>\n", s.closed ? "polygon" : "polyline", points(s.points),
                           style, paint("stroke", s.color));
      return;
    }
    body_ += "<g" + style + ">\n";
    for (std::size_t i = 0; i < s.colors.size() && i + 1 < s.points.size();) {
      const Color color = s.colors[i];
      std::vector<Point> run{s.points[i]};
      for (; i < s.colors.size() && i + 1 < s.points.size() && s.colors[i] == color; ++i)
        run.push_back(s.points[i + 1]);
      body_ += fmt::format("<polyline points=\"{}\"{}/>\n", points(run), paint("stroke", color));
    }
    body_ += "</g>\n";
  }
  void draw(const Area& s) {
    body_ += fmt::format("<polygon points=\"{} {}\"{}/>\n", points(s.upper), points(s.lower, true),
                         paint("fill", s.fill));
  }
  void draw(const Polygon& s) {
    body_ += fmt::format("<polygon points=\"{}\"{}/>\n", points(s.points), paint("fill", s.fill));
  }
  void draw(const Box& s) {
    const float radius = std::min({s.radius, s.rect.width / 2, s.rect.height / 2});
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", num(s.rect.x), num(s.rect.y),
                         num(s.rect.width), num(s.rect.height));
    if (radius > 0) body_ += fmt::format(" rx=\"{}\"", num(radius));
    body_ += paint("fill", s.fill);
    if (s.stroke_width > 0 && s.stroke.alpha > 0)
      body_ += paint("stroke", s.stroke) + fmt::format(" stroke-width=\"{}\"", num(s.stroke_width)) +
               dashes(s.dash);
    body_ += "/>\n";
  }
  void draw(const Image& s) {
    if (s.rows <= 0 || s.columns <= 0 || !(s.rect.width > 0) || !(s.rect.height > 0)) return;
    const auto surface = detail::image_surface(s, scene_.tables[s.table], pixels_per_point);
    body_ += fmt::format(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
        "style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,{}\"/>\n",
        num(s.rect.x), num(s.rect.y), num(s.rect.width), num(s.rect.height),
        base64(detail::png_bytes(surface)));
  }
  void draw(const Markers& s) {
    if (s.colors.empty()) return;
    const bool same = s.colors.size() == 1;
    if (same) body_ += "<g" + paint("fill", s.colors[0]) + ">\n";
    for (std::size_t i = 0; i < s.at.size(); ++i)
      body_ += marker(s.shape, s.at[i], s.size / 2) +
               (same ? "" : paint("fill", s.colors[i < s.colors.size() ? i : 0])) + "/>\n";
    if (same) body_ += "</g>\n";
  }
  static std::string marker(MarkerShape shape, Point p, float half) {
    auto at = [&](float dx, float dy) { return Point{p.x + dx * half, p.y + dy * half}; };
    switch (shape) {
      case MarkerShape::square:
        return fmt::format("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\"", num(p.x - half * 0.89),
                           num(p.y - half * 0.89), num(half * 1.78));
      case MarkerShape::diamond:
        return fmt::format("<polygon points=\"{}\"",
                           points({at(0, -1.2f), at(1.2f, 0), at(0, 1.2f), at(-1.2f, 0)}));
      case MarkerShape::triangle:
        return fmt::format("<polygon points=\"{}\"", points({at(0, -1.2f), at(1.1f, 0.8f), at(-1.1f, 0.8f)}));
      case MarkerShape::disc:
        break;
    }
    return fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", num(p.x), num(p.y), num(half));
  }

  // Where the text is anchored it stays when it is edited, or drawn in another font.
  void draw_editable(const Text& s) {
    const std::string text = Fonts::in_signs(s.text);
    const auto set = fonts_.set(s.text, s.style);
    const float along = s.anchor * static_cast<float>(set->advance);
    const float angle = s.rotation * std::numbers::pi_v<float> / 180;
    const std::string x = num(s.at.x + along * std::cos(angle)), y = num(s.at.y - along * std::sin(angle));
    const bool backward = runs_right_to_left(all_characters(text));
    body_ += fmt::format("<text x=\"{}\" y=\"{}\"", x, y);
    if (s.rotation != 0) body_ += fmt::format(" transform=\"rotate({},{},{})\"", num(-s.rotation), x, y);
    // A line from right to left starts at its right end.
    const float start = backward ? 1 - s.anchor : s.anchor;
    if (start > 0) body_ += fmt::format(" text-anchor=\"{}\"", start < 1 ? "middle" : "end");
    if (backward) body_ += " direction=\"rtl\"";
    body_ += fmt::format(" font-family=\"{}\" font-size=\"{}\"", families(*set, s.style.mono),
                         num(s.style.size, 3));
    if (s.style.weight == Weight::bold) body_ += " font-weight=\"bold\"";
    body_ += paint("fill", s.color) + " xml:space=\"preserve\">" + xml_escaped(text) + "</text>\n";
  }

  // Our font, or the one in which the whole text is set, then the others that the text needs here, then what
  // stands in for ours elsewhere.
  static std::string families(const SetText& set, bool mono) {
    std::vector<std::string_view> wanted;
    const auto want = [&](std::string_view family) {
      if (std::find(wanted.begin(), wanted.end(), family) == wanted.end()) wanted.push_back(family);
    };
    const bool in_one = std::all_of(set.runs.begin(), set.runs.end(), [&](const SetText::Run& run) {
      return run.family == set.runs.front().family;
    });
    if (in_one && !set.runs.empty()) want(set.runs.front().family);
    want(mono ? "DejaVu Sans Mono" : "DejaVu Sans");
    for (const SetText::Run& run : set.runs) want(run.family);
    std::string list;
    for (const std::string_view family : wanted)
      if (family.find('\'') == family.npos) list += fmt::format("'{}',", xml_escaped(family));
    return list + (mono ? "Menlo,Consolas,monospace" : "Verdana,sans-serif");
  }

  // Programs that edit SVG have no coloured pictures in text.
  bool has_pictures(const Text& s) const {
    const auto set = fonts_.set(s.text, s.style);
    return std::any_of(set->runs.begin(), set->runs.end(),
                       [](const SetText::Run& run) { return run.picture; });
  }

  void draw(const Text& s) {
    if (text_ == SvgText::text && !has_pictures(s)) return draw_editable(s);
    TextStyle design = s.style;
    design.size = em;
    const auto set = fonts_.set(s.text, design);
    std::string turn = s.rotation == 0 ? "" : fmt::format(" rotate({})", num(-s.rotation));
    body_ +=
        fmt::format("<g aria-label=\"{}\" transform=\"translate({},{}){} scale({})\"{}>", xml_escaped(s.text),
                    num(s.at.x), num(s.at.y), turn, num(s.style.size / em, 5), paint("fill", s.color));
    for (const SetText::Run& run : set->runs)
      for (const Glyph& at : run.glyphs) {
        const std::string& id = glyph(run, at.index);
        if (id.empty()) continue;  // a space
        body_ += fmt::format("<use xlink:href=\"#{}\" x=\"{}\"", id, num(at.x, 0));
        if (std::abs(at.y) > 0.5) body_ += fmt::format(" y=\"{}\"", num(at.y, 0));
        body_ += "/>";
      }
    body_ += "</g>\n";
  }

  // The name of a glyph's outline, defined on first use.
  const std::string& glyph(const SetText::Run& run, unsigned long index) {
    const auto [known, fresh] = glyphs_.try_emplace({run.face, run.size, index});
    if (!fresh) return known->second;
    const std::string name = fmt::format("{}{}", font_name(run), index);
    if (run.picture) {
      const GlyphPicture& picture = fonts_.picture(run.face, index);
      if (picture.columns == 0) return known->second;
      known->second = name;
      definitions_ += fmt::format(
          "<image id=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
          "xlink:href=\"data:image/png;base64,{}\"/>\n",
          name, num(picture.left * em), num(picture.top * em), num(picture.width * em),
          num(picture.height * em), base64(detail::png_bytes(detail::picture_surface(picture))));
      return known->second;
    }
    const std::string d = path_data(fonts_.outline(run.face, index, run.size));
    if (d.empty()) return known->second;
    known->second = name;
    definitions_ += fmt::format("<path id=\"{}\" d=\"{}\"/>\n", known->second, d);
    return known->second;
  }

  static std::string path_data(const Outline& outline) {
    static constexpr std::string_view letters = "MLCZ";
    std::string d, begin;
    for (const Outline::Step& step : outline.steps) {
      const std::size_t from = d.size();
      d += letters[static_cast<std::size_t>(step.verb)];
      for (std::size_t k = 0; k < step.points.size(); ++k)
        d += fmt::format("{}{} {}", k > 0 ? " " : "", num(step.points[k].x, 0), num(step.points[k].y, 0));
      if (step.verb == Outline::Verb::move) begin = d.substr(from);
    }
    return d + begin;  // back where the last contour began, as cairo ends a path: files keep their bytes
  }

  // r, b and m for DejaVu Sans, its bold and its mono; f1-, f2-, ... for others in the order of their use,
  // and for other sizes.
  std::string font_name(const SetText::Run& run) {
    if (run.size == em) {
      if (run.face == fonts_.face({em, Weight::regular, true})) return "m";
      if (run.face == fonts_.face({em, Weight::bold})) return "b";
      if (run.face == fonts_.face({em})) return "r";
    }
    const std::size_t next = fonts_used_.size() + 1;
    return fmt::format("f{}-", fonts_used_.try_emplace({run.face, run.size}, next).first->second);
  }

  const Scene& scene_;
  const Fonts& fonts_;
  SvgText text_;
  std::string definitions_, body_;
  std::optional<Rect> clip_;
  std::map<std::string, int> clips_;
  std::map<std::tuple<const Face*, float, unsigned long>, std::string> glyphs_;
  std::map<std::pair<const Face*, float>, std::size_t> fonts_used_;
};

}  // namespace

std::string paint_svg(const Scene& scene, const Fonts& fonts, const std::string& metadata,
                      const std::string& title, SvgText text) {
  return Writer(scene, fonts, text).write(metadata, title);
}

}  // namespace gatescope::app
