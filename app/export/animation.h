#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/plot/raster.h"

namespace gatescope::app {

using plot::Raster;

/// Frame `index` of an animation; all frames have one size. It is asked for each frame twice (first for the
/// colours, then for the picture) so that no more than two are ever held.
using FrameSource = std::function<Raster(int index)>;

/// encode_gif a frame at a time, to the same bytes.
class GifEncoder {
 public:
  /// Throws what encode_gif does.
  GifEncoder(int frames, double frames_per_second);
  GifEncoder(const GifEncoder&) = delete;
  GifEncoder& operator=(const GifEncoder&) = delete;
  ~GifEncoder();

  /// The frame that is wanted next.
  int next() const;
  /// Takes it. False: that was the last one.
  bool take(const Raster& frame);
  /// The file, after the last one.
  std::string bytes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The bytes of an endlessly repeating GIF. One palette of 255 colours for all frames; after the first, only
/// what changed is stored. Throws Error for no frames or frames of different sizes.
std::string encode_gif(int frames, const FrameSource& frame, double frames_per_second);

/// Writes a .gif, or a .mp4 (H.264) through the program `ffmpeg`. Throws Error that names the path for any
/// other ending, says what to install where there is no ffmpeg, and what it said where it failed.
void export_animation(const std::filesystem::path& path, int frames, const FrameSource& frame,
                      double frames_per_second);

}  // namespace gatescope::app
