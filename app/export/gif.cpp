#include <gif_lib.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "app/export/animation.h"
#include "app/export/palette.h"
#include "core/error.h"

namespace gatescope::app {
namespace {

constexpr int palette_size = 255;
constexpr unsigned char unchanged = 255;  // the transparent colour: what was there before stays

struct Closer {
  void operator()(GifFileType* gif) const { EGifCloseFile(gif, nullptr); }
};
struct MapFree {
  void operator()(ColorMapObject* map) const { GifFreeMapObject(map); }
};
using Gif = std::unique_ptr<GifFileType, Closer>;
using ColorMap = std::unique_ptr<ColorMapObject, MapFree>;

void check(int result, const Gif& gif) {
  if (result != GIF_ERROR) return;
  const char* reason = GifErrorString(gif->Error);
  fail("the GIF cannot be made: {}", reason ? reason : "unknown reason");
}

void repeat_forever(const Gif& gif) {
  const unsigned char loop[3] = {1, 0, 0};
  check(EGifPutExtensionLeader(gif.get(), APPLICATION_EXT_FUNC_CODE), gif);
  check(EGifPutExtensionBlock(gif.get(), 11, "NETSCAPE2.0"), gif);
  check(EGifPutExtensionBlock(gif.get(), 3, loop), gif);
  check(EGifPutExtensionTrailer(gif.get()), gif);
}

struct Part {
  int x = 0, y = 0, width = 1, height = 1;
};

// The box around the pixels that differ; one pixel where none does.
Part changed_part(const std::vector<unsigned char>& before, const std::vector<unsigned char>& now, int width,
                  int height) {
  int left = width, right = -1, top = height, bottom = -1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (const auto i = std::size_t(y) * std::size_t(width) + std::size_t(x); before[i] != now[i]) {
        left = std::min(left, x), right = std::max(right, x);
        top = std::min(top, y), bottom = std::max(bottom, y);
      }
  return right < 0 ? Part{} : Part{left, top, right - left + 1, bottom - top + 1};
}

}  // namespace

struct GifEncoder::State {
  int frames;
  double frames_per_second;
  int index = 0;
  bool counting = true;  // the colours of all frames; then their pictures
  int width = 0, height = 0;
  Palette palette;
  std::string out;
  Gif gif;
  std::vector<unsigned char> before, now;

  void check_size(const Raster& raster);
  void begin();
  void put(const Raster& raster);
};

void GifEncoder::State::check_size(const Raster& raster) {
  if (raster.width < 1 || raster.height < 1 || raster.width > 65535 || raster.height > 65535)
    fail("frame {} has {}x{} pixels, a GIF's sides have 1 to 65535", index, raster.width, raster.height);
  if (width == 0) width = raster.width, height = raster.height;
  if (width != raster.width || height != raster.height)
    fail("frame {} has {}x{} pixels, the first has {}x{}", index, raster.width, raster.height, width, height);
}

/// The header, with the colours.
void GifEncoder::State::begin() {
  palette.choose(palette_size);
  const auto append = [](GifFileType* to, const GifByteType* data, int length) {
    static_cast<std::string*>(to->UserData)
        ->append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(length));
    return length;
  };
  int error = 0;
  gif.reset(EGifOpen(&out, append, &error));
  if (!gif) fail("the GIF cannot be made: {}", GifErrorString(error));
  EGifSetGifVersion(gif.get(), true);
  const ColorMap map(GifMakeMapObject(256, nullptr));
  if (!map) fail("the GIF cannot be made: no memory for its colours");
  for (std::size_t i = 0; i < palette.colors().size(); ++i)
    map->Colors[i] = {palette.colors()[i][0], palette.colors()[i][1], palette.colors()[i][2]};
  check(EGifPutScreenDesc(gif.get(), width, height, 8, 0, map.get()), gif);
  if (frames > 1) repeat_forever(gif);
}

void GifEncoder::State::put(const Raster& raster) {
  now.clear();
  for (std::size_t p = 0; p + 3 < raster.rgba.size(); p += 4)
    now.push_back(palette.nearest({raster.rgba[p], raster.rgba[p + 1], raster.rgba[p + 2]}));
  const Part part = index == 0 ? Part{0, 0, width, height} : changed_part(before, now, width, height);

  GraphicsControlBlock control{};
  control.DisposalMode = DISPOSE_DO_NOT;
  control.TransparentColor = unchanged;
  // Hundredths of a second, rounded so that the errors do not add up.
  auto hundredths = [&](int n) { return static_cast<int>(std::lround(n * 100 / frames_per_second)); };
  control.DelayTime = std::max(2, hundredths(index + 1) - hundredths(index));
  GifByteType bytes[4];
  EGifGCBToExtension(&control, bytes);
  check(EGifPutExtension(gif.get(), GRAPHICS_EXT_FUNC_CODE, 4, bytes), gif);
  check(EGifPutImageDesc(gif.get(), part.x, part.y, part.width, part.height, false, nullptr), gif);
  std::vector<unsigned char> line(static_cast<std::size_t>(part.width));
  for (int y = part.y; y < part.y + part.height; ++y) {
    for (int x = 0; x < part.width; ++x) {
      const auto at = std::size_t(y) * std::size_t(width) + std::size_t(part.x + x);
      line[std::size_t(x)] = index > 0 && before[at] == now[at] ? unchanged : now[at];
    }
    check(EGifPutLine(gif.get(), line.data(), part.width), gif);
  }
  std::swap(before, now);
}

GifEncoder::GifEncoder(int frames, double frames_per_second) {
  if (frames < 1) fail("an animation needs at least one frame, there are {}", frames);
  if (!(frames_per_second > 0))
    fail("an animation of {} frames per second cannot be made", frames_per_second);
  state_ = std::make_unique<State>();
  state_->frames = frames;
  state_->frames_per_second = frames_per_second;
}

GifEncoder::~GifEncoder() = default;

int GifEncoder::next() const {
  return state_->index;
}

bool GifEncoder::take(const Raster& frame) {
  state_->check_size(frame);
  if (state_->counting)
    state_->palette.count(frame);
  else
    state_->put(frame);
  if (++state_->index < state_->frames) return true;
  state_->index = 0;
  if (!std::exchange(state_->counting, false)) return false;
  state_->begin();
  return true;
}

std::string GifEncoder::bytes() {
  int error = 0;
  if (EGifCloseFile(state_->gif.release(), &error) == GIF_ERROR)
    fail("the GIF cannot be made: {}", GifErrorString(error));
  return std::move(state_->out);
}

std::string encode_gif(int frames, const FrameSource& frame, double frames_per_second) {
  GifEncoder encoder(frames, frames_per_second);
  while (encoder.take(frame(encoder.next()))) {
  }
  return encoder.bytes();
}

}  // namespace gatescope::app
