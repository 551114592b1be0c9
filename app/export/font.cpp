#include "app/export/font.h"

#include <cairo-ft.h>
#include <fmt/format.h>
#include <fontconfig/fontconfig.h>
#include <hb.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "app/export/script_runs.h"
#include "core/error.h"
#include "core/utf8.h"

namespace gatescope::app {
namespace {

template <class T, void destroy(T*)>
struct Destroy {
  void operator()(T* owned) const { destroy(owned); }
};
using CairoFace = std::unique_ptr<cairo_font_face_t, Destroy<cairo_font_face_t, cairo_font_face_destroy>>;
using ScaledFont =
    std::unique_ptr<cairo_scaled_font_t, Destroy<cairo_scaled_font_t, cairo_scaled_font_destroy>>;
using Options =
    std::unique_ptr<cairo_font_options_t, Destroy<cairo_font_options_t, cairo_font_options_destroy>>;
using Pattern = std::unique_ptr<FcPattern, Destroy<FcPattern, FcPatternDestroy>>;
using FontSet = std::unique_ptr<FcFontSet, Destroy<FcFontSet, FcFontSetDestroy>>;
using ShapingFont = std::unique_ptr<hb_font_t, Destroy<hb_font_t, hb_font_destroy>>;
using Buffer = std::unique_ptr<hb_buffer_t, Destroy<hb_buffer_t, hb_buffer_destroy>>;

constexpr int em = 1 << 16;  // the units in which HarfBuzz counts

std::string text_of(FcPattern* pattern, const char* object) {
  FcChar8* value = nullptr;
  if (FcPatternGetString(pattern, object, 0, &value) != FcResultMatch) return "";
  return reinterpret_cast<const char*>(value);
}

bool flag_of(FcPattern* pattern, const char* object) {
  FcBool value = FcFalse;
  return FcPatternGetBool(pattern, object, 0, &value) == FcResultMatch && value == FcTrue;
}

Pattern wanted_pattern(const char* family, int weight) {
  Pattern wanted(FcPatternCreate());
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
  FcPatternAddInteger(wanted.get(), FC_WEIGHT, weight);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  return wanted;
}

/// A font's file for cairo and for HarfBuzz, and the characters it has.
class Face {
 public:
  explicit Face(Pattern pattern)
      : pattern_(std::move(pattern)),
        family_(text_of(pattern_.get(), FC_FAMILY)),
        picture_(flag_of(pattern_.get(), FC_COLOR)),
        cairo_(cairo_ft_font_face_create_for_pattern(pattern_.get())) {
    FcPatternGetCharSet(pattern_.get(), FC_CHARSET, 0, &characters_);
  }

  bool has(char32_t c) const {
    return characters_ != nullptr && FcCharSetHasChar(characters_, static_cast<FcChar32>(c)) == FcTrue;
  }
  /// Whether there is something to see of it, or it is a space: fontconfig takes some fonts' word for it.
  bool shows(char32_t c) {
    hb_codepoint_t glyph = 0;
    if (hb_font_get_nominal_glyph(shaping(), static_cast<hb_codepoint_t>(c), &glyph) == 0 || glyph == 0)
      return false;
    hb_glyph_extents_t extents{};
    return picture_ ||
           hb_unicode_general_category(hb_unicode_funcs_get_default(), static_cast<hb_codepoint_t>(c)) ==
               HB_UNICODE_GENERAL_CATEGORY_SPACE_SEPARATOR ||
           (hb_font_get_glyph_extents(shaping(), glyph, &extents) != 0 && extents.width != 0);
  }
  bool picture() const { return picture_; }
  const std::string& family() const { return family_; }
  cairo_font_face_t* cairo() const { return cairo_.get(); }

  hb_font_t* shaping() {
    if (shaping_) return shaping_.get();
    int index = 0;
    FcPatternGetInteger(pattern_.get(), FC_INDEX, 0, &index);
    hb_blob_t* blob = hb_blob_create_from_file(text_of(pattern_.get(), FC_FILE).c_str());
    hb_face_t* face = hb_face_create(blob, static_cast<unsigned>(index & 0xFFFF));
    shaping_.reset(hb_font_create(face));
    hb_font_set_scale(shaping_.get(), em, em);
    hb_face_destroy(face);
    hb_blob_destroy(blob);
    return shaping_.get();
  }

 private:
  Pattern pattern_;
  std::string family_;
  bool picture_;
  CairoFace cairo_;
  ShapingFont shaping_;
  FcCharSet* characters_ = nullptr;
};

using FacePtr = std::unique_ptr<Face>;

FacePtr find_face(const char* family, int weight) {
  if (!FcInit()) fail("fontconfig could not be started, so no font can be found for text in figures");
  const Pattern wanted = wanted_pattern(family, weight);
  FcResult result = FcResultMatch;
  Pattern found(FcFontMatch(nullptr, wanted.get(), &result));
  const std::string nearest = found ? text_of(found.get(), FC_FAMILY) : "";
  if (nearest != family)
    fail(
        "the font '{}' is not installed (fontconfig's nearest is '{}'); install it, on Debian and Ubuntu "
        "with "
        "apt-get install fonts-dejavu-core",
        family, nearest.empty() ? "none" : nearest);
  return std::make_unique<Face>(std::move(found));
}

/// All other fonts of a weight, the likest first; each is opened when it is needed first.
class Fallback {
 public:
  explicit Fallback(int weight) : weight_(weight) {}

  /// A font with outlines if any has the character, else one with coloured pictures, else null.
  Face* find(char32_t c) {
    if (const auto known = known_.find(c); known != known_.end()) return known->second;
    if (!sorted_) {
      wanted_ = wanted_pattern("DejaVu Sans", weight_);
      FcResult result = FcResultMatch;
      sorted_.reset(FcFontSort(nullptr, wanted_.get(), FcFalse, nullptr, &result));
    }
    Face* found = nullptr;
    for (const bool color : {false, true})
      for (int i = 0; sorted_ && i < sorted_->nfont && found == nullptr; ++i)
        if (FcCharSet* has = nullptr;
            flag_of(sorted_->fonts[i], FC_COLOR) == color &&
            (color || flag_of(sorted_->fonts[i], FC_OUTLINE)) &&
            FcPatternGetCharSet(sorted_->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch &&
            FcCharSetHasChar(has, static_cast<FcChar32>(c)) == FcTrue)
          if (Face& face = opened(i); face.shows(c)) found = &face;
    return known_.emplace(c, found).first->second;
  }

 private:
  Face& opened(int index) {
    FacePtr& face = faces_[index];
    if (!face)
      face =
          std::make_unique<Face>(Pattern(FcFontRenderPrepare(nullptr, wanted_.get(), sorted_->fonts[index])));
    return *face;
  }

  int weight_;
  Pattern wanted_;
  FontSet sorted_;
  std::map<int, FacePtr> faces_;
  std::unordered_map<char32_t, Face*> known_;
};

/// What joins or chooses shapes of the characters around it and shows nothing itself.
bool is_joiner(char32_t c) {
  return c == 0x200C || c == 0x200D || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0xE0020 && c <= 0xE007F) || (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0x180B && c <= 0x180F);
}

/// Control characters, those that only steer the lines and directions of text, and what is no character.
bool has_no_shape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x061C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0xFEFF || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x180B && c <= 0x180F) ||
         c >= 0xE0000 || is_noncharacter(c);
}

/// The name of a control character or of its picture (U+2400 ... U+2421), which it shows in small letters.
std::string_view control_name(char32_t c) {
  static constexpr std::array<std::string_view, 34> names{
      "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS",  "HT",  "LF",  "VT",
      "FF",  "CR",  "SO",  "SI",  "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB",
      "CAN", "EM",  "SUB", "ESC", "FS",  "GS",  "RS",  "US",  "SP",  "DEL"};
  if (c < 0x20) return names[c];
  if (c == 0x7F) return names.back();
  return c >= 0x2400 && c <= 0x2421 ? names[c - 0x2400] : std::string_view();
}

std::u32string control_picture(char32_t c) {
  return {c < 0x20 ? 0x2400 + c : c == 0x7F ? U'\u2421' : c};
}

/// A mark that has nothing to stand on gets a circle.
void put_on_circle(std::u32string& line) {
  if (!line.empty() && is_mark(line.front()) && !is_joiner(line.front()))
    line.insert(line.begin(), U'\u25CC');
}

}  // namespace

struct Fonts::Faces {
  FacePtr regular = find_face("DejaVu Sans", FC_WEIGHT_REGULAR),
          bold = find_face("DejaVu Sans", FC_WEIGHT_BOLD);
  FacePtr mono = find_face("DejaVu Sans Mono", FC_WEIGHT_REGULAR);
  Fallback others{FC_WEIGHT_REGULAR}, bold_others{FC_WEIGHT_BOLD};
  std::recursive_mutex mutex;
  std::map<std::pair<cairo_font_face_t*, float>, ScaledFont> scaled;
  std::map<std::pair<cairo_font_face_t*, unsigned long>, Picture> pictures;

  /// What was set lately: pages are laid out again and again with the same words.
  static constexpr std::size_t most_known = 8192;
  std::unordered_map<std::string, std::shared_ptr<const SetText>> known;

  Face& own(const plot::TextStyle& style) const {
    if (style.mono) return *mono;
    return style.weight == plot::Weight::bold ? *bold : *regular;
  }

  /// Null where no font has the character.
  Face* find(char32_t c, const plot::TextStyle& style) {
    if (Face& first = own(style); first.has(c)) return &first;
    const bool heavy = style.weight == plot::Weight::bold && !style.mono;
    if (Face& sans = heavy ? *bold : *regular; sans.has(c)) return &sans;
    if (regular->has(c)) return regular.get();
    return (heavy ? bold_others : others).find(c);
  }
};

namespace {

/// Sets one line of text.
template <class Faces>
class Setter {
 public:
  Setter(Faces& faces, const plot::TextStyle& style) : faces_(faces), style_(style) {}

  SetText set(std::u32string line) {
    put_on_circle(line);
    std::vector<Face*> chosen = choose(line);
    for (const ScriptRun& run : script_runs(line)) {
      std::vector<std::pair<std::size_t, std::size_t>> parts;  // of one face
      for (std::size_t i = run.begin; i < run.end; ++i) {
        if (!parts.empty() && chosen[i] != nullptr && chosen[i] == chosen[i - 1])
          parts.back().second = i + 1;
        else
          parts.emplace_back(i, i + 1);
      }
      if (run.right_to_left) std::reverse(parts.begin(), parts.end());
      for (const auto& [begin, end] : parts) {
        if (chosen[begin] != nullptr)
          shape(*chosen[begin], std::u32string_view(line).substr(begin, end - begin), run);
        else
          sign(line[begin]);
      }
    }
    return std::move(text_);
  }

 private:
  /// The face of each character; null for one that is shown by a sign.
  std::vector<Face*> choose(const std::u32string& line) {
    std::vector<Face*> chosen;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char32_t c = line[i];
      Face* before = i > 0 ? chosen.back() : nullptr;
      Face* face = nullptr;
      if (is_joiner(c) && before != nullptr && i > 0 && line[i - 1] != U' ')
        face = before;  // the font makes something of it, or HarfBuzz hides it
      else if (before != nullptr && (is_mark(c) || (i > 0 && line[i - 1] == 0x200D)) && before->has(c))
        face = before;
      else if (!has_no_shape(c))
        face = faces_.find(c, style_);
      // A base that its mark's font has as well stands with it in that font.
      if (face != nullptr && face != before && before != nullptr && is_mark(c) && face->has(line[i - 1]))
        chosen.back() = face;
      chosen.push_back(face);
    }
    return chosen;
  }

  void shape(Face& face, std::u32string_view part, const ScriptRun& run) {
    const Buffer buffer(hb_buffer_create());
    std::vector<std::uint32_t> codes(part.begin(), part.end());
    hb_buffer_add_utf32(buffer.get(), codes.data(), static_cast<int>(codes.size()), 0,
                        static_cast<int>(codes.size()));
    hb_buffer_set_direction(buffer.get(), run.right_to_left ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(buffer.get(), run.script);
    hb_buffer_set_language(buffer.get(), hb_language_from_string("und", -1));
    // Latin letters, Greek, Cyrillic and signs stand side by side as their font's widths say.
    const bool plain = run.script == HB_SCRIPT_COMMON || run.script == HB_SCRIPT_LATIN ||
                       run.script == HB_SCRIPT_GREEK || run.script == HB_SCRIPT_CYRILLIC;
    const auto off = [](const char* tag) {
      return hb_feature_t{hb_tag_from_string(tag, -1), 0, 0, static_cast<unsigned>(-1)};
    };
    const std::array<hb_feature_t, 4> features{off("kern"), off("liga"), off("clig"), off("calt")};
    hb_shape(face.shaping(), buffer.get(), features.data(), plain && !face.picture() ? 4 : 0);

    unsigned count = 0;
    const hb_glyph_info_t* infos = hb_buffer_get_glyph_infos(buffer.get(), &count);
    const hb_glyph_position_t* places = hb_buffer_get_glyph_positions(buffer.get(), &count);
    SetText::Run set{.face = face.cairo(),
                     .family = face.family(),
                     .size = style_.size,
                     .picture = face.picture(),
                     .text = encode_utf8(part),
                     .backward = run.right_to_left};
    const double unit = double(style_.size) / em;
    const int shift = on_circle(face, part, infos, places, count);
    std::vector<std::size_t> starts;  // of clusters, from the left
    for (unsigned i = 0; i < count; ++i) {
      set.glyphs.push_back({infos[i].codepoint,
                            text_.advance + (places[i].x_offset + (i == 1 ? shift : 0)) * unit,
                            -places[i].y_offset * unit});
      text_.advance += places[i].x_advance * unit;
      if (starts.empty() || starts.back() != infos[i].cluster) {
        starts.push_back(infos[i].cluster);
        set.clusters.push_back({0, 0});
        set.ends.push_back(0);
      }
      ++set.clusters.back().num_glyphs;
      set.ends.back() = text_.advance;
    }
    if (set.backward) {
      std::reverse(starts.begin(), starts.end());
      std::reverse(set.clusters.begin(), set.clusters.end());
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : part.size();
      set.clusters[i].num_bytes =
          static_cast<int>(encode_utf8(part.substr(starts[i], end - starts[i])).size());
    }
    set.right = text_.advance;
    if (!set.glyphs.empty()) text_.runs.push_back(std::move(set));
  }

  /// How far a mark on a circle for which the font does not say its place is to be moved, to stand in the
  /// middle.
  static int on_circle(Face& face, std::u32string_view part, const hb_glyph_info_t* infos,
                       const hb_glyph_position_t* places, unsigned count) {
    if (part.front() != 0x25CC || count != 2 || places[1].x_offset != 0 || places[1].x_advance != 0) return 0;
    hb_glyph_extents_t mark{};
    if (hb_font_get_glyph_extents(face.shaping(), infos[1].codepoint, &mark) == 0) return 0;
    return -places[0].x_advance / 2 - mark.x_bearing - mark.width / 2;
  }

  /// The code of a character, or the name of a control character, in small letters one below the other.
  void sign(char32_t c) {
    const std::string_view name = control_name(c);
    const auto code = static_cast<std::uint32_t>(c);
    const std::string letters = !name.empty()   ? std::string(name)
                                : code > 0xFFFF ? fmt::format("{:06X}", code)
                                                : fmt::format("{:04X}", code);
    const std::size_t rows = name.empty() ? 2 : letters.size(), columns = letters.size() / rows;
    const float size = style_.size * (name.empty() ? 0.46f : 0.42f);
    const double step = 0.602 * double(size), margin = 0.05 * double(style_.size);
    SetText::Run set{.face = faces_.mono->cairo(), .family = faces_.mono->family(), .size = size};
    set.text = name.empty() ? fmt::format("U+{:04X}", code) : encode_utf8(control_picture(c));
    for (std::size_t i = 0; i < letters.size(); ++i) {
      hb_codepoint_t glyph = 0;
      hb_font_get_nominal_glyph(faces_.mono->shaping(), static_cast<unsigned char>(letters[i]), &glyph);
      const std::size_t row = i / columns, column = name.empty() ? i % columns : i;
      const double up = name.empty() ? double(rows - 1 - row) * 0.4 : 0.36 - double(row) * 0.18;
      set.glyphs.push_back(
          {glyph, text_.advance + margin + static_cast<double>(column) * step * (name.empty() ? 1 : 0.8),
           -up * double(style_.size)});
    }
    set.clusters.push_back({static_cast<int>(set.text.size()), static_cast<int>(set.glyphs.size())});
    text_.advance = set.glyphs.empty()
                        ? text_.advance
                        : text_.advance + 2 * margin +
                              (name.empty() ? static_cast<double>(columns) * step
                                            : (static_cast<double>(letters.size() - 1) * 0.8 + 1) * step);
    set.right = text_.advance;
    set.ends.push_back(set.right);
    text_.runs.push_back(std::move(set));
  }

  Faces& faces_;
  const plot::TextStyle& style_;
  SetText text_;
};

/// A coloured picture as coverage: what is dark in it covers most.
std::shared_ptr<cairo_surface_t> shades(cairo_surface_t* picture) {
  const int width = cairo_image_surface_get_width(picture), height = cairo_image_surface_get_height(picture);
  const std::shared_ptr<cairo_surface_t> made(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height),
                                              cairo_surface_destroy);
  unsigned char* to = cairo_image_surface_get_data(made.get());
  const unsigned char* from = cairo_image_surface_get_data(picture);
  if (to == nullptr || from == nullptr) return made;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, from + std::ptrdiff_t{y} * cairo_image_surface_get_stride(picture) + x * 4, 4);
      const auto part = [&](int shift) { return static_cast<int>(pixel >> shift & 255); };
      const int light = (part(16) * 54 + part(8) * 183 + part(0) * 19) / 256;  // opacity multiplied in
      to[std::ptrdiff_t{y} * cairo_image_surface_get_stride(made.get()) + x] =
          static_cast<unsigned char>(part(24) - light * 3 / 4);
    }
  cairo_surface_mark_dirty(made.get());
  return made;
}

}  // namespace

Fonts::Fonts() : faces_(std::make_shared<Faces>()) {}

cairo_font_face_t* Fonts::face(const plot::TextStyle& style) const {
  return faces_->own(style).cairo();
}

cairo_scaled_font_t* Fonts::scaled(const plot::TextStyle& style) const {
  return scaled(face(style), style.size);
}

cairo_scaled_font_t* Fonts::scaled(cairo_font_face_t* face, float size) const {
  const std::lock_guard lock(faces_->mutex);
  const std::pair key{face, size};
  if (const auto known = faces_->scaled.find(key); known != faces_->scaled.end()) return known->second.get();
  cairo_matrix_t matrix, page;
  cairo_matrix_init_scale(&matrix, size, size);
  cairo_matrix_init_identity(&page);
  const Options options(cairo_font_options_create());
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  ScaledFont font(cairo_scaled_font_create(face, &matrix, &page, options.get()));
  if (const auto status = cairo_scaled_font_status(font.get()); status != CAIRO_STATUS_SUCCESS)
    fail("a font cannot be used at {} points: {}", size, cairo_status_to_string(status));
  return faces_->scaled.emplace(key, std::move(font)).first->second.get();
}

std::shared_ptr<const SetText> Fonts::set(std::string_view text, const plot::TextStyle& style) const {
  const std::pair face_and_size{face(style), style.size};
  std::string key(reinterpret_cast<const char*>(&face_and_size.first), sizeof face_and_size.first);
  key.append(reinterpret_cast<const char*>(&face_and_size.second), sizeof face_and_size.second).append(text);
  const std::lock_guard lock(faces_->mutex);
  if (const auto known = faces_->known.find(key); known != faces_->known.end()) return known->second;
  auto made = std::make_shared<const SetText>(Setter(*faces_, style).set(all_characters(text)));
  if (faces_->known.size() >= Faces::most_known) faces_->known.clear();
  return faces_->known.emplace(std::move(key), std::move(made)).first->second;
}

std::string Fonts::in_signs(std::string_view text) {
  std::u32string line = all_characters(text);
  put_on_circle(line);
  std::string signs;
  for (const char32_t c : line) {
    if (!control_name(c).empty())
      signs += encode_utf8(control_picture(c));
    else if (has_no_shape(c) && !is_joiner(c))
      signs += fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
    else
      signs += encode_utf8(std::u32string_view(&c, 1));
  }
  return signs;
}

plot::TextExtent Fonts::extent(std::string_view text, const plot::TextStyle& style) const {
  cairo_font_extents_t font_extents;
  cairo_scaled_font_extents(scaled(style), &font_extents);
  return {static_cast<float>(set(text, style)->advance), static_cast<float>(font_extents.ascent),
          static_cast<float>(font_extents.descent)};
}

plot::TextMeasure Fonts::measure() const {
  return [fonts = *this](std::string_view text, const plot::TextStyle& style) {
    return fonts.extent(text, style);
  };
}

const Fonts::Picture& Fonts::picture(cairo_font_face_t* face, unsigned long glyph) const {
  constexpr float size = 96;  // pixels
  const std::lock_guard lock(faces_->mutex);
  const auto [known, fresh] = faces_->pictures.try_emplace({face, glyph});
  if (!fresh) return known->second;
  cairo_scaled_font_t* font = scaled(face, size);
  const cairo_glyph_t origin{glyph, 0, 0};
  cairo_text_extents_t extents;
  cairo_scaled_font_glyph_extents(font, &origin, 1, &extents);
  const double left = std::floor(extents.x_bearing), top = std::floor(extents.y_bearing);
  const int width = static_cast<int>(std::ceil(extents.width)) + 1,
            height = static_cast<int>(std::ceil(extents.height)) + 1;
  if (!(extents.width > 0 && extents.height > 0) ||
      std::max(extents.width, extents.height) > 8 * double(size))
    return known->second;
  const std::shared_ptr<cairo_surface_t> pixels(
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height), cairo_surface_destroy);
  cairo_t* cr = cairo_create(pixels.get());
  cairo_set_scaled_font(cr, font);
  const cairo_glyph_t at{glyph, -left, -top};
  cairo_show_glyphs(cr, &at, 1);
  cairo_destroy(cr);
  cairo_surface_flush(pixels.get());
  known->second = {pixels,
                   shades(pixels.get()),
                   left / double(size),
                   top / double(size),
                   width / double(size),
                   height / double(size)};
  return known->second;
}

void Fonts::Picture::lay(cairo_t* cr, double x, double y, double size) const {
  cairo_translate(cr, x + left * size, y + top * size);
  cairo_scale(cr, width * size / cairo_image_surface_get_width(pixels.get()),
              height * size / cairo_image_surface_get_height(pixels.get()));
}

std::vector<unsigned char> Fonts::coverage(const SetText& text, int width, int height, double x,
                                           double y) const {
  const std::shared_ptr<cairo_surface_t> surface(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height),
                                                 cairo_surface_destroy);
  const std::unique_ptr<cairo_t, Destroy<cairo_t, cairo_destroy>> cr(cairo_create(surface.get()));
  cairo_translate(cr.get(), x, y);
  for (const SetText::Run& run : text.runs) {
    if (!run.picture) {
      cairo_set_scaled_font(cr.get(), scaled(run.face, run.size));
      cairo_glyph_path(cr.get(), run.glyphs.data(), static_cast<int>(run.glyphs.size()));
      cairo_fill(cr.get());
      continue;
    }
    for (const cairo_glyph_t& glyph : run.glyphs) {
      const Picture& shown = picture(run.face, glyph.index);
      if (!shown.shades) continue;
      cairo_save(cr.get());
      shown.lay(cr.get(), glyph.x, glyph.y, double(run.size));
      cairo_set_source_surface(cr.get(), shown.shades.get(), 0, 0);
      cairo_paint(cr.get());
      cairo_restore(cr.get());
    }
  }
  cairo_surface_flush(surface.get());
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  if (data == nullptr)
    fail("a text of {}x{} pixels cannot be drawn: {}", width, height,
         cairo_status_to_string(cairo_surface_status(surface.get())));
  std::vector<unsigned char> pixels;
  for (int row = 0; row < height; ++row) {
    const auto* from = data + std::ptrdiff_t{row} * cairo_image_surface_get_stride(surface.get());
    pixels.insert(pixels.end(), from, from + width);
  }
  return pixels;
}

}  // namespace gatescope::app
