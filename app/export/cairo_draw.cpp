#include <cairo-ft.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "app/export/cairo_detail.h"
#include "app/type/face.h"
#include "core/error.h"

namespace gatescope::app::detail {
namespace {

/// More than cairo's places are rounded by, and too little to be seen. In cells.
constexpr double kCellsBefore = 0.02;

using namespace plot;

void set_color(cairo_t* cr, Color c) {
  cairo_set_source_rgba(cr, c.red, c.green, c.blue, c.alpha);
}

void set_dash(cairo_t* cr, const std::vector<float>& dash) {
  const std::vector<double> lengths(dash.begin(), dash.end());
  cairo_set_dash(cr, lengths.data(), static_cast<int>(lengths.size()), 0);
  cairo_set_line_cap(cr, dash.empty() ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
}

void path(cairo_t* cr, const std::vector<Point>& points) {
  for (std::size_t i = 0; i < points.size(); ++i)
    i == 0 ? cairo_move_to(cr, points[i].x, points[i].y) : cairo_line_to(cr, points[i].x, points[i].y);
}

void rounded(cairo_t* cr, const Rect& r, float radius) {
  constexpr double quarter = std::numbers::pi / 2;
  if (radius <= 0) return cairo_rectangle(cr, r.x, r.y, r.width, r.height);
  const double k = std::min({radius, r.width / 2, r.height / 2});
  cairo_new_sub_path(cr);
  cairo_arc(cr, r.right() - k, r.y + k, k, -quarter, 0);
  cairo_arc(cr, r.right() - k, r.bottom() - k, k, 0, quarter);
  cairo_arc(cr, r.x + k, r.bottom() - k, k, quarter, 2 * quarter);
  cairo_arc(cr, r.x + k, r.y + k, k, 2 * quarter, 3 * quarter);
  cairo_close_path(cr);
}

cairo_text_cluster_flags_t direction(const SetText::Run& run) {
  return run.backward ? CAIRO_TEXT_CLUSTER_FLAG_BACKWARD : static_cast<cairo_text_cluster_flags_t>(0);
}

std::vector<cairo_glyph_t> cairo_glyphs(const SetText::Run& run) {
  std::vector<cairo_glyph_t> glyphs;
  for (const Glyph& glyph : run.glyphs) glyphs.push_back({glyph.index, glyph.x, glyph.y});
  return glyphs;
}

const cairo_user_data_key_t advances_key{};

/// Text that is not seen, for what is drawn by pictures or by several glyphs a letter: readers copy and find
/// it. PDF keeps one text for each glyph of a font; this font has one glyph for each text.
class Unseen {
 public:
  Unseen() : face_(cairo_user_font_face_create(), &cairo_font_face_destroy) {
    cairo_user_font_face_set_render_glyph_func(face_.get(), &Unseen::render);
    auto advances = std::make_unique<std::vector<double>>();
    advances_ = advances.get();
    const auto destroy = [](void* owned) { delete static_cast<std::vector<double>*>(owned); };
    check(cairo_font_face_set_user_data(face_.get(), &advances_key, advances.get(), destroy),
          "text cannot be kept");
    static_cast<void>(advances.release());
  }

  void write(cairo_t* cr, const SetText::Run& run) {
    std::vector<cairo_glyph_t> glyphs;
    std::vector<cairo_text_cluster_t> clusters;
    std::size_t byte = 0, glyph = run.backward ? run.glyphs.size() : 0;
    for (const SetText::Cluster& cluster : run.clusters) {
      const auto bytes = static_cast<std::size_t>(cluster.bytes),
                 count = static_cast<std::size_t>(cluster.glyphs);
      if (run.backward) glyph -= count;
      if (count > 0) {
        const double left = run.glyphs[glyph].x,
                     right = glyph + count < run.glyphs.size() ? run.glyphs[glyph + count].x : run.right;
        glyphs.push_back({number(run.text.substr(byte, bytes), (right - left) / double(run.size)), left, 0});
        clusters.push_back({cluster.bytes, 1});
      } else if (!clusters.empty()) {
        clusters.back().num_bytes += cluster.bytes;
      }
      byte += bytes;
      if (!run.backward) glyph += count;
    }
    if (glyphs.empty()) return;
    if (run.backward) std::reverse(glyphs.begin(), glyphs.end());
    cairo_set_font_face(cr, face_.get());
    cairo_set_source_rgba(cr, 0, 0, 0, 0.005);  // the least that is not left out
    write_half_an_em(cr, glyphs.front());
    cairo_show_text_glyphs(cr, run.text.data(), static_cast<int>(run.text.size()), glyphs.data(),
                           static_cast<int>(glyphs.size()), clusters.data(),
                           static_cast<int>(clusters.size()), direction(run));
  }

 private:
  /// As the font's first glyph, a space. Readers take the first one for half an em wide to tell how large the
  /// font is, and keep only text of one size on a line.
  void write_half_an_em(cairo_t* cr, cairo_glyph_t at) {
    if (has_half_an_em_) return;
    has_half_an_em_ = true;
    at.index = number(" ", 0.5);
    const cairo_text_cluster_t one{1, 1};
    cairo_show_text_glyphs(cr, " ", 1, &at, 1, &one, 1, static_cast<cairo_text_cluster_flags_t>(0));
  }

  /// Of the glyph for a text so many ems wide.
  unsigned long number(std::string text, double advance) {
    const auto [known, fresh] =
        numbers_.try_emplace({std::move(text), std::lround(advance * 100)}, advances_->size());
    if (fresh) advances_->push_back(advance);
    return known->second;
  }

  static cairo_status_t render(cairo_scaled_font_t* font, unsigned long glyph, cairo_t* cr,
                               cairo_text_extents_t* extents) {
    const auto* advances = static_cast<const std::vector<double>*>(
        cairo_font_face_get_user_data(cairo_scaled_font_get_font_face(font), &advances_key));
    extents->x_advance = advances != nullptr && glyph < advances->size() ? (*advances)[glyph] : 0;
    cairo_rectangle(cr, 0, 0, 0.01, 0.01);  // cairo leaves out what is empty
    cairo_fill(cr);
    return CAIRO_STATUS_SUCCESS;
  }

  std::unique_ptr<cairo_font_face_t, decltype(&cairo_font_face_destroy)> face_;
  std::map<std::pair<std::string, long>, unsigned long> numbers_;
  bool has_half_an_em_ = false;
  std::vector<double>* advances_;  // the face owns it: its fonts may be drawn after this object's end
};

struct Draw {
  cairo_t* cr;
  const Scene& scene;
  const Fonts& fonts;
  float pixels_per_point;
  Unseen& unseen;
  CairoFaces& faces;

  void operator()(const Polyline& s) const {
    cairo_set_line_width(cr, s.width);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    set_dash(cr, s.dash);
    if (s.colors.empty()) {
      set_color(cr, s.color);
      path(cr, s.points);
      if (s.closed) cairo_close_path(cr);
      cairo_stroke(cr);
      return;
    }
    for (std::size_t i = 0; i < s.colors.size() && i + 1 < s.points.size();) {
      const Color color = s.colors[i];
      cairo_move_to(cr, s.points[i].x, s.points[i].y);
      for (; i < s.colors.size() && i + 1 < s.points.size() && s.colors[i] == color; ++i)
        cairo_line_to(cr, s.points[i + 1].x, s.points[i + 1].y);
      set_color(cr, color);
      cairo_stroke(cr);
    }
  }
  void operator()(const Area& s) const {
    path(cr, s.upper);
    for (auto p = s.lower.rbegin(); p != s.lower.rend(); ++p) cairo_line_to(cr, p->x, p->y);
    cairo_close_path(cr);
    set_color(cr, s.fill);
    cairo_fill(cr);
  }
  void operator()(const Box& s) const {
    rounded(cr, s.rect, s.radius);
    if (s.fill.alpha > 0) {
      set_color(cr, s.fill);
      cairo_fill_preserve(cr);
    }
    if (s.stroke_width > 0 && s.stroke.alpha > 0) {
      set_color(cr, s.stroke);
      set_dash(cr, s.dash);
      cairo_set_line_join(cr, CAIRO_LINE_JOIN_MITER);
      cairo_set_line_width(cr, s.stroke_width);
      cairo_stroke_preserve(cr);
    }
    cairo_new_path(cr);
  }
  void operator()(const Polygon& s) const {
    path(cr, s.points);
    cairo_close_path(cr);
    set_color(cr, s.fill);
    cairo_fill(cr);
  }
  void operator()(const Image& s) const {
    if (s.rows <= 0 || s.columns <= 0 || !(s.rect.width > 0) || !(s.rect.height > 0)) return;
    const auto surface = image_surface(s, scene.tables[s.table], pixels_per_point);
    cairo_save(cr);
    cairo_rectangle(cr, s.rect.x, s.rect.y, s.rect.width, s.rect.height);
    cairo_clip(cr);
    cairo_translate(cr, s.rect.x, s.rect.y);
    cairo_scale(cr, double(s.rect.width) / cairo_image_surface_get_width(surface.get()),
                double(s.rect.height) / cairo_image_surface_get_height(surface.get()));
    cairo_set_source_surface(cr, surface.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    // A pixel whose centre lies on the border of two cells shows the one before, whatever cairo rounds; so
    // does the shader of the window.
    cairo_matrix_t before;
    cairo_matrix_init_translate(&before, -kCellsBefore, -kCellsBefore);
    cairo_pattern_set_matrix(cairo_get_source(cr), &before);
    cairo_paint(cr);
    cairo_restore(cr);
  }
  void operator()(const Text& s) const {
    cairo_save(cr);
    cairo_translate(cr, s.at.x, s.at.y);
    if (s.rotation != 0) cairo_rotate(cr, -s.rotation * std::numbers::pi / 180);
    const auto set = fonts.set(s.text, s.style);
    for (const SetText::Run& run : set->runs) {
      set_color(cr, s.color);
      const bool vector = pixels_per_point > 0;
      const bool one_to_one =
          std::ranges::all_of(run.clusters, [](const SetText::Cluster& c) { return c.glyphs == 1; });
      if (run.picture) {
        for (const Glyph& glyph : run.glyphs) draw_picture(run, glyph, s.color.alpha);
      } else {
        draw_letters(run, vector && one_to_one);
      }
      if (vector && (run.picture || !one_to_one)) unseen.write(cr, run);
    }
    cairo_restore(cr);
  }
  void draw_letters(const SetText::Run& run, bool as_text) const {
    cairo_set_font_face(cr, faces.get(run.face));
    cairo_set_font_size(cr, run.size);
    const auto glyphs = cairo_glyphs(run);
    const int count = static_cast<int>(glyphs.size());
    if (as_text) {
      std::vector<cairo_text_cluster_t> clusters;
      for (const SetText::Cluster& cluster : run.clusters)
        clusters.push_back({cluster.bytes, cluster.glyphs});
      cairo_show_text_glyphs(cr, run.text.data(), static_cast<int>(run.text.size()), glyphs.data(), count,
                             clusters.data(), static_cast<int>(clusters.size()), direction(run));
    } else {  // in pixels cairo would move every glyph to a whole one
      cairo_glyph_path(cr, glyphs.data(), count);
      cairo_fill(cr);
    }
  }
  void draw_picture(const SetText::Run& run, const Glyph& glyph, float alpha) const {
    const GlyphPicture& picture = fonts.picture(run.face, glyph.index);
    if (picture.columns == 0) return;
    const auto size = double(run.size);
    const Surface pixels = picture_surface(picture);
    cairo_save(cr);
    cairo_translate(cr, glyph.x + picture.left * size, glyph.y + picture.top * size);
    cairo_scale(cr, picture.width * size / picture.columns, picture.height * size / picture.rows);
    cairo_set_source_surface(cr, pixels.get(), 0, 0);
    cairo_paint_with_alpha(cr, double(alpha));
    cairo_restore(cr);
  }
  void operator()(const Markers& s) const {
    if (s.colors.empty()) return;
    const double half = s.size / 2;
    for (std::size_t i = 0; i < s.at.size(); ++i) {
      const auto [x, y] = std::pair<double, double>{s.at[i].x, s.at[i].y};
      set_color(cr, s.colors[i < s.colors.size() ? i : 0]);
      switch (s.shape) {
        case MarkerShape::disc:
          cairo_new_sub_path(cr);
          cairo_arc(cr, x, y, half, 0, 2 * std::numbers::pi);
          break;
        case MarkerShape::square:
          cairo_rectangle(cr, x - half * 0.89, y - half * 0.89, half * 1.78, half * 1.78);
          break;
        case MarkerShape::diamond:
          for (const auto& [dx, dy] : {std::pair{0.0, -1.2}, {1.2, 0.0}, {0.0, 1.2}, {-1.2, 0.0}})
            cairo_line_to(cr, x + dx * half, y + dy * half);
          cairo_close_path(cr);
          break;
        case MarkerShape::triangle:
          for (const auto& [dx, dy] : {std::pair{0.0, -1.2}, {1.1, 0.8}, {-1.1, 0.8}})
            cairo_line_to(cr, x + dx * half, y + dy * half);
          cairo_close_path(cr);
          break;
      }
      cairo_fill(cr);
    }
  }
};

int repeats(float length, int cells, float pixels_per_point) {
  return std::clamp(static_cast<int>(std::ceil(length * pixels_per_point / static_cast<float>(cells))), 1,
                    4096);
}

}  // namespace

Surface own(cairo_surface_t* surface) {
  Surface owned(surface, &cairo_surface_destroy);
  check(cairo_surface_status(surface), "the picture cannot be made");
  return owned;
}

Context draw_on(const Surface& surface) {
  return {cairo_create(surface.get()), &cairo_destroy};
}

void check(cairo_status_t status, const char* what) {
  if (status != CAIRO_STATUS_SUCCESS) fail("{}: {}", what, cairo_status_to_string(status));
}

cairo_font_face_t* CairoFaces::get(const Face* face) {
  const auto known = faces_.find(face);
  if (known != faces_.end()) return known->second.get();
  cairo_font_face_t* made = cairo_ft_font_face_create_for_pattern(face->pattern());
  return faces_.try_emplace(face, made, &cairo_font_face_destroy).first->second.get();
}

Surface picture_surface(const GlyphPicture& picture) {
  Surface surface = own(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, picture.columns, picture.rows));
  unsigned char* data = cairo_image_surface_get_data(surface.get());
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface.get());
  const auto row_bytes = static_cast<std::size_t>(picture.columns) * sizeof(std::uint32_t);
  for (int row = 0; row < picture.rows; ++row)
    std::memcpy(data + row * stride, picture.pixels.data() + std::ptrdiff_t{row} * picture.columns,
                row_bytes);
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

Surface image_surface(const Image& image, const ColorTable& table, float pixels_per_point) {
  const int across = repeats(image.rect.width, image.columns, pixels_per_point);
  const int down = repeats(image.rect.height, image.rows, pixels_per_point);
  auto surface =
      own(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.columns * across, image.rows * down));
  auto pixel = [](Color c) {
    const auto b = bytes(c);
    return std::uint32_t(b[0]) << 16 | std::uint32_t(b[1]) << 8 | b[2];
  };
  std::vector<std::uint32_t> colors;
  for (const auto& c : table) colors.push_back(pixel(c));
  const std::uint32_t gap = pixel(image.gap);
  cairo_surface_flush(surface.get());
  auto* data = cairo_image_surface_get_data(surface.get());
  const auto stride = cairo_image_surface_get_stride(surface.get());
  for (int r = 0; r < image.rows; ++r) {
    auto* first = data + std::ptrdiff_t(r) * down * stride;
    auto* out = reinterpret_cast<std::uint32_t*>(first);
    for (int c = 0; c < image.columns; ++c) {
      const float v = (*image.values)[std::size_t(r) * std::size_t(image.columns) + std::size_t(c)];
      const auto color = std::isfinite(v) ? colors[std::size_t(table_index(v, image.low, image.high))] : gap;
      out = std::fill_n(out, across, color);
    }
    for (int k = 1; k < down; ++k)
      std::copy_n(first, std::size_t(image.columns) * std::size_t(across) * 4,
                  first + std::ptrdiff_t(k) * stride);
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

std::string png_bytes(const Surface& surface) {
  std::string out;
  const auto append = [](void* to, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  check(cairo_surface_write_to_png_stream(surface.get(), append, &out), "the PNG cannot be made");
  return out;
}

void draw_scene(cairo_t* cr, const Scene& scene, const Fonts& fonts, float pixels_per_point) {
  set_color(cr, scene.background);
  cairo_paint(cr);
  std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
      cairo_font_options_create(), &cairo_font_options_destroy);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(cr, options.get());
  Unseen unseen;
  CairoFaces faces;
  for (const auto& item : scene.items) {
    cairo_save(cr);
    if (item.clip) {
      cairo_rectangle(cr, item.clip->x, item.clip->y, item.clip->width, item.clip->height);
      cairo_clip(cr);
    }
    cairo_new_path(cr);  // text leaves a current point
    std::visit(Draw{cr, scene, fonts, pixels_per_point, unseen, faces}, item.shape);
    cairo_restore(cr);
  }
  check(cairo_status(cr), "the figure cannot be drawn");
}

}  // namespace gatescope::app::detail
