#pragma once

#include <filesystem>
#include <memory>

#include "app/export/animation.h"

namespace gatescope::app {

/// Feeds frames to `ffmpeg`, which writes the file (H.264), a piece at a time. Ended before the last one, it
/// stops ffmpeg, and what was at the path stays.
class Mp4Encoder {
 public:
  /// Throws as export_animation does; what ffmpeg says comes from advance().
  Mp4Encoder(const std::filesystem::path& path, int frames, double frames_per_second);
  Mp4Encoder(const Mp4Encoder&) = delete;
  Mp4Encoder& operator=(const Mp4Encoder&) = delete;
  ~Mp4Encoder();

  /// The frame that is wanted next, once advance() is done with the last one; how many there are, where that
  /// was the last.
  int next() const;
  void take(const Raster& frame);
  /// Some milliseconds of handing over, or of waiting. False: ffmpeg has what was taken; the file, if that
  /// was all.
  bool advance();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatescope::app
